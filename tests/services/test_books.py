"""The books balance, and say so when they do not (design 2.13, failures 25)."""

import pytest

from companion.models import Message, Slot
from companion.rules.states import MessageState, SlotState
from companion.services import books
from tests.cast import NOW
from tests.engine.scene import MINUTE, SECOND


def faults(scene, at):
    with scene.database.read() as session:
        return books.faults(session, at)


def test_every_slot_is_counted_in_one_state(scene):
    with scene.database.read() as session:
        everywhere = books.slots_by_state(session)
        here = books.slots_by_state(session, scene.people.melati)
    assert set(everywhere) == {state.value for state in SlotState}
    assert (everywhere["planned"], here["planned"], sum(everywhere.values())) == (60, 40, 60)


def test_they_balance_after_a_day_of_work(scene):
    scene.asked(scene.people.budi)
    assert faults(scene, scene.clock.at) == []


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"look_at": None}, "slots_nobody_looks_at:1"),
        ({"state": SlotState.ANSWERED, "look_at": None}, "answered_without_an_instant:1"),
        ({"state": SlotState.MISSED, "look_at": None}, "missed_without_a_text:1"),
    ],
)
def test_a_slot_that_should_not_be_as_it_is_is_named(scene, values, fault):
    scene.change(Slot, scene.next_slot(scene.people.budi).id, **values)
    assert faults(scene, NOW) == [fault]


@pytest.mark.parametrize(("late", "found"), [(-SECOND, []), (0 * SECOND, ["slots_past_their_time:3"])])
@pytest.mark.parametrize("asked", [True, False])
def test_what_is_half_an_hour_past_its_time_is_named(scene, asked, late, found):
    """Asked ones are past their time at miss_at, the others when they should have been given up."""
    scene.at(scene.due_together(), send=asked)
    slot = scene.slots(scene.people.budi)[0]
    stale = [] if asked else ["messages_past_their_time:3"]
    at = (slot.miss_at or slot.give_up_at) + 30 * MINUTE + late
    assert faults(scene, at) == (found + stale if found else [])


@pytest.mark.parametrize(("late", "found"), [(-SECOND, []), (0 * SECOND, ["slots_nobody_opened:3"])])
def test_what_should_have_been_opened_half_an_hour_ago_is_named(scene, late, found):
    assert faults(scene, scene.due_together() + 30 * MINUTE + late) == found


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"state": MessageState.PLANNED, "look_at": None}, "messages_nobody_looks_at:1"),
        ({"state": MessageState.SENDING, "look_at": None}, "messages_nobody_looks_at:1"),
        ({"state": MessageState.PLANNED, "look_at": NOW, "expires_at": NOW}, "messages_past_their_time:1"),
    ],
)
def test_a_message_that_should_not_be_as_it_is_is_named(scene, values, fault):
    slot = scene.asked(scene.people.budi)
    scene.change(Message, scene.message(slot).id, **values)
    assert faults(scene, scene.clock.at) == [fault]
