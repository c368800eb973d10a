"""Failures elsewhere, tried here: missed, lost, stale (cases 19-28)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import LargeBinary, literal, select, update

from companion.engine import alarms as looking
from companion.engine.tick import tick
from companion.models import GapCall, Number, Parked, Slot, Window
from companion.rules.states import Family, Level, MessageState, SlotState
from companion.rules.terms import Lane
from companion.services import books, slots
from tests import cast
from tests.carriers import RecordingChannel
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND, WATI, YUSUF, Scene
from tests.whole.failure_cases import crowd


def states(scene, person_id) -> list[tuple[str, str | None]]:
    return [(slot.state.value, slot.reason) for slot in scene.slots(person_id)]


def test_case_19_after_five_days_of_downtime_one_text_leaves_and_the_earlier_ones_are_our_void(scene):
    third = scene.slots(scene.people.budi)[2]
    scene.after_standing_still(third.due_at + HOUR)
    assert states(scene, scene.people.budi)[:3] == [
        ("void", "downtime"),
        ("void", "downtime"),
        ("open", None),
    ]
    assert len(scene.carrier.bodies(BUDI)) == 1


@pytest.mark.parametrize("heard_days_ago", [0, 6])
def test_case_20_an_outage_opens_no_alert_by_itself_and_gives_a_call_list_instead(scene, heard_days_ago):
    """Also not for silence: nobody was asked, so that nothing was heard says nothing yet."""
    people = (scene.people.budi, scene.people.wati, scene.people.yusuf)
    for person_id in people:
        window = scene.window(person_id)
        heard_at = window.heard_at - heard_days_ago * DAY
        scene.change(Window, window.id, heard_at=heard_at, look_at=heard_at + 7 * DAY)
    scene.after_standing_still(cast.NOW + 8 * DAY + 3 * HOUR)
    assert [alert for person_id in people for alert in scene.alerts(person_id)] == []
    assert not any(message.lane is Lane.URGENT for message in scene.messages())
    assert {call.person_id for call in scene._all(select(GapCall))} == set(people)
    assert [len(scene.carrier.bodies(number)) for number in (BUDI, WATI, YUSUF)] == [1, 1, 1]
    scene.at(scene.window(scene.people.budi).look_at)  # still nothing, although asked: now it says something
    assert [alert.level for alert in scene.alerts(scene.people.budi) if alert.family is Family.SILENCE] == [
        Level.RED
    ]


def test_case_21_what_was_due_on_a_skipped_day_is_still_asked_and_reminded(scene):
    """Not `due == today`: whatever has come since the last run that ended."""
    slot = scene.next_slot(scene.people.budi)
    scene.after_standing_still(slot.due_at + 23 * HOUR)
    asked = scene.slot(slot.id)
    assert asked.asked_at == slot.due_at + 23 * HOUR
    scene.after_standing_still(asked.remind_at + 20 * MINUTE)
    assert [message.step for message in scene.messages(slot_id=slot.id)] == [0, 1]
    assert len(scene.carrier.bodies(BUDI)) == 2


def test_case_23_one_poisoned_row_among_a_thousand_is_parked_and_999_leave(house, clock, carrier):
    clock.at = due_at = clock.at + DAY + HOUR
    crowd(house.database, 1000, due_at)
    with house.database.write() as session:
        rubbish = literal(b"rubbish", LargeBinary)
        session.execute(Number.__table__.update().where(Number.id == 500).values(e164=rubbish))
    scene = Scene(house, clock, carrier, None)
    scene.at(due_at, senders=2)
    assert len(carrier.letters) == 999
    (parked,) = scene._all(select(Parked))
    assert (parked.kind, parked.reason, parked.until) == ("send", "CannotOpen", due_at + HOUR)
    with house.database.read() as session:
        assert "row_parked" in looking.alarms(session, clock.at, clock.machine())
    scene.at(due_at + HOUR - SECOND)
    assert scene._all(select(Parked))[0].at == due_at
    scene.at(due_at + HOUR)
    assert scene._all(select(Parked))[0].at == due_at + HOUR


def test_case_25_a_check_in_that_was_locked_in_this_run_is_taken_in_the_next(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.clock.at = slot.due_at
    holds, lets_go = threading.Event(), threading.Event()

    def hold():
        with scene.database.write() as session:
            session.execute(update(Slot).where(Slot.id == slot.id).values(seq=slot.seq))
            holds.set()
            lets_go.wait(5)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(hold)
        holds.wait()
        ticked = pool.submit(tick, scene.house, lived=True)
        threading.Event().wait(0.3)  # PostgreSQL goes past the row, SQLite waits for its one writer
        lets_go.set()
        held.result(timeout=10)
        ticked.result(timeout=10)
    scene.at(slot.due_at + 15 * SECOND)
    assert scene.slot(slot.id).state is SlotState.OPEN
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_case_25_what_was_planned_is_the_sum_of_what_became_of_it_and_the_night_looks(scene):
    planned = scene._all(select(Slot.id))
    scene.at(cast.later(days=30))
    with scene.database.read() as session:
        assert sum(books.slots_by_state(session).values()) == len(planned)
        assert books.faults(session, scene.clock.at) == []
    scene.change(Slot, scene.next_slot(scene.people.budi).id, look_at=None)
    with scene.database.read() as session:  # what the night's look would raise
        assert books.faults(session, scene.clock.at) == ["slots_nobody_looks_at:1"]


class Breaks(Exception):
    pass


def test_case_27_new_promises_replace_the_old_ones_in_one_transaction_or_not_at_all(scene):
    def again(fails):
        with scene.database.write() as session:
            made = slots.new_generation(session, cast.NOW, session.get_one(Window, window_id))
            if fails:
                raise Breaks
        return made

    window_id, before = scene.window(scene.people.budi).id, states(scene, scene.people.budi)
    with pytest.raises(Breaks):
        again(fails=True)
    assert states(scene, scene.people.budi) == before
    assert again(fails=False) == len(before)
    counts = [state for state, _ in states(scene, scene.people.budi)]
    assert (counts.count("planned"), counts.count("cancelled")) == (len(before), len(before))


def test_case_27_nothing_is_ever_scheduled_at_the_carrier(scene, phones):
    scene.asked(scene.people.budi)
    scheduling = {"SendAt", "ScheduleType", "SendAsMms", "MessageStatus"}
    assert phones.calls and not any(scheduling & call.form.keys() for call in phones.calls)
    assert {message.slot_id for message in scene.messages()} <= {
        slot.id for slot in scene._all(select(Slot).where(Slot.state != SlotState.PLANNED))
    }


class OneHangs(RecordingChannel):
    """One phone's text keeps its sender waiting until all the others have gone."""

    others = None

    def send(self, letter):
        if letter.to == BUDI:
            assert self.others.wait(10)
        accepted = super().send(letter)
        if {WATI, YUSUF} <= {one.to for one in self.letters}:
            self.others.set()
        return accepted


def test_case_28_one_phone_that_hangs_does_not_keep_the_others_waiting(scene):
    carrier = scene.house.channels["sms"] = OneHangs()
    carrier.others = threading.Event()
    scene.at(scene.due_together(), senders=2)
    assert {letter.to for letter in carrier.letters} == {BUDI, WATI, YUSUF}


def test_case_28_without_any_receipt_a_text_is_neither_undelivered_nor_a_reason_for_unreached(scene):
    slot = scene.asked(scene.people.budi)
    scene.at(slot.miss_at - SECOND)
    assert {message.state for message in scene.messages(slot_id=slot.id)} == {MessageState.SENT}
    assert scene.slot(slot.id).state is SlotState.OPEN
    scene.at(slot.miss_at)
    assert scene.slot(slot.id).state is SlotState.MISSED  # for want of an answer, not of a receipt
