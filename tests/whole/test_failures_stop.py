"""Failures elsewhere, tried here: how sending is stopped, and by whom (cases 38, 55)."""

from sqlalchemy import func, select

from companion.models import Institution, Slot, Window
from companion.rules.results import WindowOutcome
from companion.rules.states import Family, Level, MessageState
from companion.rules.terms import Lane, Purpose
from companion.services import closing
from tests.carriers import RecordingChannel
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND, WATI, YUSUF, Scene
from tests.whole.failure_cases import crowd, promise, somewhere_else, stop


class StopsAfter(RecordingChannel):
    """Somebody pulls the switch while the tenth text is being handed over."""

    def __init__(self, pull):
        super().__init__()
        self.pull = pull

    def send(self, letter):
        accepted = super().send(letter)
        if len(self.letters) == 10:
            self.pull()
        return accepted


def test_case_38_a_stop_holds_a_batch_that_is_under_way_and_ends_by_itself(house, clock, carrier):
    clock.at = due_at = clock.at + DAY + HOUR
    crowd(house.database, 100, due_at)
    scene, until = Scene(house, clock, carrier, None), due_at + 3 * HOUR
    carrier = house.channels["sms"] = StopsAfter(lambda: stop(scene, until, institution_id=1))
    scene.at(due_at, senders=4)
    assert 10 <= len(carrier.letters) <= 13  # the other three hands had theirs already
    held = scene.messages(state=MessageState.PLANNED)
    assert {(message.held_because, message.look_at) for message in held} == {("stop", until)}
    scene.at(until - SECOND)
    assert len(carrier.letters) <= 13
    scene.at(until)
    assert len({letter.to for letter in carrier.letters}) == len(carrier.letters) == 100


def test_case_38_a_stop_of_one_province_holds_only_its_people(scene):
    somewhere_else(scene, scene.people.budi, "Asia/Jakarta", "SB")
    due_at = scene.due_together()
    row = stop(scene, due_at + DAY, province="SB", reason="gempa")
    scene.at(due_at)
    assert (scene.carrier.bodies(BUDI), len(scene.carrier.bodies(WATI))) == ([], 1)
    assert row.reason == "gempa"


def test_case_55_a_spent_budget_holds_bulk_until_tomorrow_and_never_the_urgent_lane(scene):
    scene.change(Institution, scene.people.melati, daily_budget=1)
    due_at = scene.due_together()
    scene.at(due_at, senders=1)
    assert len(scene.carrier.bodies(BUDI) + scene.carrier.bodies(WATI)) == 1
    assert len(scene.carrier.bodies(YUSUF)) == 1  # another institution's money
    (waits,) = [one for one in scene.messages(state=MessageState.PLANNED)]
    tomorrow = due_at.replace(hour=1) + DAY
    assert (waits.held_because, waits.look_at) == ("budget", tomorrow)
    promise(scene, Purpose.STAFF_URGENT, lane=Lane.URGENT, staff_id=scene.people.sari, number_id=None)
    scene.at(due_at + MINUTE)
    assert len(scene.carrier.bodies("+6281900000002")) == 1


def test_case_55_the_end_of_a_window_stops_all_its_texts(scene):
    scene.asked(scene.people.budi)
    with scene.database.write() as session:
        window = session.get_one(Window, scene.window(scene.people.budi).id)
        staff = session.get_one(closing.Staff, scene.people.ratna)
        fault = closing.close_window(
            session, scene.clock.at, window.person, window, staff, WindowOutcome.STABLE
        )
    assert fault is None
    promise(scene, Purpose.WE_RANG)
    walked = scene.clock.at
    for days in range(1, 40):
        scene.at(walked + days * DAY)
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.messages(person_id=scene.people.budi, state=MessageState.PLANNED) == []
    with scene.database.read() as session:
        waiting = select(func.count()).where(Slot.person_id == scene.people.budi, Slot.look_at.is_not(None))
        assert session.scalar(waiting) == 0
    assert not any(
        alert.family is Family.SILENCE and alert.level is Level.RED
        for alert in scene.alerts(scene.people.budi)
    )
