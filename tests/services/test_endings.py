"""The line that an ended check-in leaves, and when it sets a clock on staff (design 4.1)."""

import pytest

from companion import crypto
from companion.channels.protocol import Reason as Why
from companion.channels.protocol import Refused, Unsure
from companion.models import Alert, Answer, Message, Slot, Window
from companion.rules.states import AlertState, Family, Level, MessageState, SlotState
from companion.services import endings
from tests.cast import NOW
from tests.engine.scene import BUDI, DAY, HOUR, SECOND

FAR = 40  # days since leaving, so that the first 14 are long over


@pytest.fixture
def late(scene):
    """Budi left forty days ago, was heard of yesterday, and has been asked nothing yet."""
    window = scene.window(scene.people.budi)
    left_on = (NOW - FAR * DAY).date()
    scene.change(Window, window.id, left_on=left_on, heard_at=NOW - DAY)
    return scene


def add_slot(scene, ago, state, **values):
    """A check-in of Budi's that ended so long ago."""
    window, due_at = scene.window(scene.people.budi), NOW - ago
    row = {
        "ref": crypto.token(), "institution_id": scene.people.melati, "person_id": scene.people.budi,
        "window_id": window.id, "generation": 0, "seq": int(ago.total_seconds()), "due_at": due_at,
        "give_up_at": due_at + DAY, "closes_at": due_at + 7 * DAY, "asked_at": due_at, "miss_at": due_at + 2 * DAY,
        "state": state,
    }  # fmt: skip
    with scene.database.write() as session:
        slot = Slot(**(row | values))
        session.add(slot)
        session.flush()
        return slot.id


def miss(scene, at=NOW):
    """An asked check-in whose miss_at is now."""
    slot_id = add_slot(scene, 2 * DAY - (at - NOW), SlotState.OPEN, look_at=at, miss_at=at)
    with scene.database.write() as session:
        session.add(
            Message(
                institution_id=scene.people.melati, purpose="invitation", subject=f"slot:{slot_id}", slot_id=slot_id,
                person_id=scene.people.budi, number_id=scene.number_id(scene.people.budi), state=MessageState.SENT,
                planned_for=at, expires_at=at, state_at=at, first_attempt_at=at - 2 * DAY, last_attempt_at=at - 2 * DAY,
            )
        )  # fmt: skip
        session.flush()
        endings.settle_due(session, at, 500)
    assert scene.slot(slot_id).state is SlotState.MISSED
    return scene.alerts(scene.people.budi)[-1]


def answer(scene, calm, proven=True):
    with scene.database.write() as session:
        session.add(
            Answer(
                institution_id=scene.people.melati, person_id=scene.people.budi, at=NOW - DAY, proven=proven,
                said={"mood": 4, "calm": calm},
            )
        )  # fmt: skip


def test_a_single_miss_later_on_is_a_line_without_a_clock(late):
    add_slot(late, 9 * DAY, SlotState.ANSWERED)
    alert = miss(late)
    assert (alert.family, alert.level, alert.deadline_at, alert.look_at) == (
        Family.SILENCE,
        Level.NONE,
        None,
        None,
    )
    [signal] = late.signals(late.people.budi)
    assert (signal.code, signal.values["x"], signal.values["y"]) == ("M1", 1, 1)


@pytest.mark.parametrize(
    "between", [SlotState.VOID, SlotState.UNREACHED, SlotState.EXCUSED, SlotState.CANCELLED]
)
def test_the_second_in_a_row_has_a_clock_and_our_own_faults_in_between_do_not_break_the_row(late, between):
    add_slot(late, 9 * DAY, SlotState.MISSED)
    add_slot(late, 5 * DAY, between)
    alert = miss(late)
    assert (alert.level, alert.deadline_at) == (Level.AMBER, NOW + 2 * DAY)
    assert [signal.code for signal in late.signals(late.people.budi)] == ["A7"]


@pytest.mark.parametrize("state", [SlotState.ANSWERED, SlotState.ANSWERED_LATE])
def test_an_answer_in_between_breaks_the_row(late, state):
    add_slot(late, 12 * DAY, SlotState.MISSED)
    add_slot(late, 9 * DAY, state)
    assert miss(late).level is Level.NONE


@pytest.mark.parametrize(("days", "level"), [(13, Level.AMBER), (14, Level.NONE)])
def test_in_the_first_fourteen_days_every_miss_has_a_clock(late, days, level):
    late.change(Window, late.window(late.people.budi).id, left_on=(NOW - days * DAY).date())
    assert miss(late).level is level


@pytest.mark.parametrize(
    ("calm", "proven", "level"),
    [(False, True, Level.AMBER), (True, True, Level.NONE), (False, False, Level.NONE)],
)
def test_after_a_proven_answer_that_was_not_calm_it_has_one(late, calm, proven, level):
    answer(late, calm, proven)
    assert miss(late).level is level


@pytest.mark.parametrize(("seconds", "level"), [(1, Level.NONE), (0, Level.AMBER)])
def test_when_last_heard_has_passed_it_has_one(late, seconds, level):
    """Ten days from the fifth week on."""
    late.change(Window, late.window(late.people.budi).id, heard_at=NOW - 10 * DAY + seconds * SECOND)
    assert miss(late).level is level


def test_a_pause_does_not_count_as_silence(late):
    late.change(Window, late.window(late.people.budi).id, heard_at=NOW - 30 * DAY, paused_until=NOW - DAY)
    assert miss(late).level is Level.NONE


def test_missed_says_nothing_about_relapse_and_keeps_no_words(late):
    miss(late)
    [signal] = late.signals(late.people.budi)
    assert set(signal.values) == {"due_at", "asked_at", "x", "y"}


# --- a line that stands already -------------------------------------------------------------------------------------


def test_a_second_end_is_written_onto_the_standing_line(late):
    first = miss(late)
    second = miss(late, NOW + DAY)
    assert (first.id, second.level) == (second.id, Level.AMBER)
    assert len(late.signals(late.people.budi)) == 2


def test_a_red_line_stays_red_with_its_own_clock(late):
    alert = miss(late)
    late.change(Alert, alert.id, level=Level.RED, deadline_at=NOW + HOUR, look_at=NOW + HOUR)
    assert (miss(late, NOW + DAY).level, miss(late, NOW + DAY + SECOND).deadline_at) == (
        Level.RED,
        NOW + HOUR,
    )


def test_an_answered_line_begins_again(late):
    alert = miss(late)
    late.change(Alert, alert.id, answered_at=NOW, step="supervisor")
    again = miss(late, NOW + DAY)
    assert (again.id, again.answered_at, again.step, again.deadline_at) == (
        alert.id, None, "caseworker", NOW + 3 * DAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("level", "state"), [(Level.AMBER, AlertState.SNOOZED), (Level.NONE, AlertState.OPEN)]
)
def test_a_line_put_off_wakes_only_for_something_more_urgent(late, level, state):
    alert = miss(late)
    late.change(
        Alert, alert.id, level=level, state=AlertState.SNOOZED, snoozed_until=NOW + 5 * DAY, look_at=NOW + 5 * DAY,
        deadline_at=NOW if level is Level.AMBER else None,
    )  # fmt: skip
    again = miss(late, NOW + DAY)
    assert again.state is state
    assert again.look_at == (NOW + 5 * DAY if state is AlertState.SNOOZED else NOW + 3 * DAY)


def test_after_a_close_the_next_miss_is_a_new_line(late):
    alert = miss(late)
    late.change(Alert, alert.id, state=AlertState.CLOSED)
    assert miss(late, NOW + DAY).id != alert.id


# --- the other lists ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "cause"),
    [(Why.NUMBER_INVALID, "number_invalid"), (Why.NUMBER_DEAD, "number_dead")],
)
def test_unreached_is_amber_and_says_why(scene, reason, cause):
    scene.carrier.refuses = {BUDI: Refused(reason, 1)}
    scene.asked(scene.people.budi)
    [alert] = scene.alerts(scene.people.budi)
    [signal] = scene.signals(scene.people.budi)
    assert (alert.family, alert.level, signal.code, signal.values["cause"]) == (
        Family.UNDELIVERED, Level.AMBER, "U1", cause,
    )  # fmt: skip
    assert alert.deadline_at - scene.clock.at == 2 * DAY


def test_void_and_unsure_goes_to_undelivered_too(scene):
    scene.carrier.refuses = {BUDI: Unsure()}
    slot = scene.asked(scene.people.budi)
    scene.at(slot.miss_at)
    lines = {signal.code: signal.values for signal in scene.signals(scene.people.budi)}
    assert lines["U1"]["cause"] == "unsure"


def test_our_own_faults_are_a_line_without_a_clock(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.give_up_at)
    [alert] = scene.alerts(scene.people.budi)
    assert (alert.family, alert.level, alert.look_at) == (Family.SYSTEM, Level.NONE, None)
    assert scene.signals(scene.people.budi)[0].values["reason"] == "downtime"


def test_a_thousand_ends_in_one_minute_are_one_batch_per_window(late):
    """Two slots of the same window go one after the other: the line of the second depends on the first."""
    for days in (3, 2):
        add_slot(late, days * DAY, SlotState.OPEN, look_at=NOW, miss_at=NOW, asked_at=None, give_up_at=NOW)
    with late.database.write() as session:
        assert endings.settle_due(session, NOW, 500)["void"] == 1
        assert endings.settle_due(session, NOW, 500)["void"] == 1
        assert endings.settle_due(session, NOW, 500)["looked"] == 0
    assert len(late.alerts(late.people.budi)) == 1


@pytest.mark.parametrize(
    ("level", "deadline"), [(Level.RED, NOW + 4 * DAY), (Level.AMBER, NOW + 4 * DAY), (Level.NONE, None)]
)
def test_a_miss_without_a_clock_starts_that_of_an_answered_line_which_had_one(late, level, deadline):
    alert = miss(late)
    late.change(Alert, alert.id, level=level, answered_at=NOW)
    add_slot(late, DAY, SlotState.ANSWERED)
    again = miss(late, NOW + 2 * DAY)
    assert (again.id, again.level, again.answered_at) == (alert.id, level, None)
    assert (again.deadline_at, again.look_at) == (deadline, deadline)
