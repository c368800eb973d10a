"""Back up, send, opt out, restore: nothing leaves until a person lifts it, and nothing that left leaves again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.channels.protocol import NotAnswered
from companion.engine.backups import back_up, restore
from companion.engine.walk import walk
from companion.models import Alert, FamilyMember, Number, Person, Phone, Signal
from companion.rules.states import Level, MessageState, SlotState
from companion.rules.terms import PhoneKind
from companion.services import numbers, stops
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, WATI, YUSUF
from tests.whole.failure_cases import reader

MOTHER = "+6281300000009"
NUMBERS = (BUDI, WATI, YUSUF, MOTHER)


@pytest.fixture
def disaster(scene, tmp_path):
    """Back up now, live on until then, put the copy back, and let a person lift the stop an hour later."""

    def strike(until, *, lives):
        target = tmp_path / "copy.db"
        back_up(scene.database, target, scene.clock.at)
        lives(until)
        restore(scene.database, target, until)
        scene.after_standing_still(until + MINUTE)
        before = len(scene.carrier.letters)
        scene.after_standing_still(until + 20 * MINUTE)
        assert len(scene.carrier.letters) == before  # stopped
        scene.write(stops.lift, until + 21 * MINUTE, institution_id=None)
        for minutes in range(22, 122, 10):
            scene.after_standing_still(until + minutes * MINUTE)

    return strike


def texts(scene) -> dict[str, int]:
    return {number: len(scene.carrier.bodies(number)) for number in NUMBERS}


def test_a_check_in_that_was_asked_after_the_copy_was_made_is_not_asked_again(scene, disaster):
    due_at = scene.due_together()
    slot = scene.next_slot(scene.people.budi)
    scene.at(due_at - HOUR)
    disaster(due_at + HOUR, lives=scene.at)
    assert texts(scene) == {BUDI: 1, WATI: 1, YUSUF: 1, MOTHER: 0}
    again = scene.slot(slot.id)
    assert (again.state, again.reason) == (SlotState.VOID, "downtime")
    scene.at(scene.next_slot(scene.people.budi).due_at)  # the next one is asked as ever
    assert texts(scene)[BUDI] == 2


def test_what_fell_due_after_the_restore_is_asked_once_the_stop_is_lifted(scene, disaster):
    due_at = scene.due_together()
    scene.at(due_at - 2 * HOUR)
    disaster(due_at - 10 * MINUTE, lives=scene.at)
    assert texts(scene) == {BUDI: 1, WATI: 1, YUSUF: 1, MOTHER: 0}


@pytest.mark.parametrize("left", [True, False])
def test_a_text_that_was_promised_in_the_copy_leaves_only_if_the_carrier_never_had_it(scene, disaster, left):
    """Its link is in the copy, so the carrier can be asked whether it left in the time that nobody remembers."""
    due_at = scene.due_together()
    scene.at(due_at, send=False)
    slot = scene.slots(scene.people.budi)[0]
    disaster(due_at + HOUR, lives=lambda until: scene.at(until, send=left))
    assert texts(scene) == {BUDI: 1, WATI: 1, YUSUF: 1, MOTHER: 0}
    message = scene.message(slot)
    assert (message.state, message.resent) == (MessageState.SENT, not left)
    assert scene.slot(slot.id).state is SlotState.OPEN


def test_a_text_that_left_and_was_erased_at_the_carrier_does_not_leave_again(scene, disaster):
    """Its words are gone there, and with them the link; but one text of which we know nothing is there (design 4.2)."""
    due_at = scene.due_together()
    scene.at(due_at, send=False)
    slot = scene.slots(scene.people.budi)[0]

    def lives(until):
        scene.at(until)
        scene.carrier.erase_all()

    disaster(due_at + HOUR, lives=lives)
    assert texts(scene) == {BUDI: 1, WATI: 1, YUSUF: 1, MOTHER: 0}
    assert scene.message(slot).state is MessageState.SENT


def test_whoever_said_stop_since_the_copy_was_made_stays_silent(scene, disaster):
    due_at = scene.due_together()
    scene.at(due_at, send=False)
    number_id = scene.number_id(scene.people.budi)

    def lives(until):
        scene.write(numbers.silence, due_at, number_id, "page")
        scene.at(until)

    disaster(due_at + HOUR, lives=lives)
    assert texts(scene) == {BUDI: 0, WATI: 1, YUSUF: 1, MOTHER: 0}
    kept = scene._all(select(Number).where(Number.id == number_id))[0]
    assert (kept.silenced_at, kept.silenced_how) == (due_at, "page")
    budi = scene.people.budi
    told = select(Alert.level).join(Signal, Signal.alert_id == Alert.id)
    told = scene._all(told.where(Alert.person_id == budi, Signal.code == "X_opt_out"))
    assert told == [Level.AMBER], "staff hear of it once more, and once"
    assert {slot.state for slot in scene.slots(budi)} == {SlotState.CANCELLED}
    assert SlotState.PLANNED in {slot.state for slot in scene.slots(scene.people.yusuf)}


def test_a_stop_that_the_copy_knows_is_told_no_second_time(scene, disaster):
    scene.write(numbers.silence, scene.clock.at, scene.number_id(scene.people.budi), "page")
    disaster(scene.clock.at + HOUR, lives=scene.at)
    told = scene._all(select(Signal.id).where(Signal.code == "X_opt_out"))
    assert len(told) == 1


def test_a_second_number_that_is_somebody_elses_is_said_to_be_so_after_a_restore(scene, disaster):
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        second = numbers.attach(session, budi, MOTHER, PhoneKind.OWN, rank=1).number_id

    def lives(until):
        scene.write(numbers.silence, until - MINUTE, second, "bukan_saya")
        scene.at(until)

    disaster(scene.clock.at + HOUR, lives=lives)
    assert len(scene._all(select(Signal.id).where(Signal.code == "D1"))) == 1
    assert scene._all(select(Phone.doubted_at).where(Phone.number_id == second)) != [None]
    assert SlotState.PLANNED in {slot.state for slot in scene.slots(scene.people.budi)}


def test_a_stop_of_a_number_that_the_copy_does_not_know_holds_when_it_is_entered_again(scene, tmp_path):
    back_up(scene.database, tmp_path / "copy.db", scene.clock.at)
    with scene.database.write() as session:
        numbers.silence(session, scene.clock.at, numbers.find_or_add(session, MOTHER).id, "page")
    restore(scene.database, tmp_path / "copy.db", scene.clock.at)
    with scene.database.write() as session:
        assert numbers.find_or_add(session, MOTHER).silenced_at == scene.clock.at


def test_while_the_carrier_does_not_answer_nothing_is_sent_on_a_guess(scene, disaster):
    due_at = scene.due_together()
    scene.at(due_at, send=False)

    def lives(until):
        scene.at(until)
        scene.carrier.look_up_fails = NotAnswered()

    disaster(due_at + HOUR, lives=lives)
    assert texts(scene) == {BUDI: 1, WATI: 1, YUSUF: 1, MOTHER: 0}


def test_a_reminder_and_a_familys_text_of_that_time_are_not_made_up_for(scene, disaster):
    reader(scene)
    scene.at(scene.clock.at, send=True)
    slot = scene.asked(scene.people.budi)
    week = scene._all(select(FamilyMember.look_at))[0]
    scene.at(slot.remind_at - HOUR)
    disaster(max(slot.remind_at, week) + HOUR, lives=lambda until: _day_by_day(scene, until))
    bodies = scene.carrier.bodies(MOTHER)
    assert len(bodies) == len(set(bodies)) == 2
    reminders = [message for message in scene.messages(slot_id=slot.id) if message.step]
    assert reminders == []
    assert len({letter.ref for letter in scene.carrier.letters}) == len(scene.carrier.letters)


def _day_by_day(scene, until):
    at = scene.clock.at
    while at < until:
        at = min(at + timedelta(hours=6), until)
        scene.at(at)


def test_nothing_of_it_happens_without_a_restore(scene):
    due_at = scene.due_together()
    scene.at(due_at, send=False)
    scene.after_standing_still(due_at + DAY - HOUR)
    assert scene.carrier.bodies(BUDI) != []


@pytest.fixture
def put_back(scene, tmp_path):
    """An hour in which all three were asked, of which the copy in place knows nothing; no tick since."""
    due_at = scene.due_together()
    scene.at(due_at - HOUR)
    back_up(scene.database, tmp_path / "copy.db", scene.clock.at)
    scene.at(due_at + HOUR)
    restore(scene.database, tmp_path / "copy.db", due_at + HOUR)
    return due_at + HOUR


def test_whoever_lifts_the_stop_before_the_first_tick_lets_nothing_leave_again(scene, put_back):
    scene.write(stops.lift, put_back + MINUTE, institution_id=None)
    scene.after_standing_still(put_back + 2 * MINUTE)
    scene.after_standing_still(put_back + HOUR)
    assert texts(scene) == {BUDI: 1, WATI: 1, YUSUF: 1, MOTHER: 0}


@pytest.mark.parametrize("move_clock", [True, False])
@pytest.mark.parametrize("lifted_first", [True, False])
def test_the_time_before_a_restore_is_not_walked_through_a_second_time(
    scene, put_back, move_clock, lifted_first
):
    if lifted_first:
        scene.write(stops.lift, put_back, institution_id=None)
    walk(scene.house, put_back + HOUR, move_clock=move_clock)
    scene.write(stops.lift, put_back + HOUR, institution_id=None)
    walk(scene.house, put_back + 2 * HOUR, move_clock=move_clock)
    assert texts(scene) == {BUDI: 1, WATI: 1, YUSUF: 1, MOTHER: 0}
