"""The life of one check-in, from its due_at to the one state it ends in (design 4.1)."""

from datetime import UTC, datetime

import pytest

from companion.channels.protocol import (
    NeverLeft,
    Unsure,
)
from companion.models import PlanVersion, Slot
from companion.rules.plan import PlanSettings
from companion.rules.states import MessageState, SlotState, VoidReason
from companion.services import answers, stops
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND


def reply(scene, slot, said=None):
    """The person answers by the link of their invitation, at the clock's now."""
    with scene.database.write() as session:
        door = answers.look(session, scene.message(slot).token, scene.clock.at)
        return answers.receive(session, door, said or {"mood": 4}, scene.clock.at)


# --- opening and asking ---------------------------------------------------------------------------------------------


def test_a_slot_opens_at_its_due_at_and_not_a_second_before(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at - SECOND)
    assert scene.slot(slot.id).state is SlotState.PLANNED
    assert scene.carrier.bodies(BUDI) == []
    report = scene.at(slot.due_at)
    assert scene.slot(slot.id).state is SlotState.OPEN
    assert (report.did["opened"], len(scene.carrier.bodies(BUDI))) == (1, 1)


def test_asked_at_is_when_the_attempt_began_and_the_other_times_follow_from_it(scene):
    slot = scene.asked(scene.people.budi)
    assert slot.asked_at == slot.due_at
    assert slot.miss_at == slot.asked_at + 48 * HOUR
    # Asked in the morning: reminded a day later, from 14.00 Jakarta time on.
    assert slot.remind_at == datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
    assert slot.give_up_at == slot.due_at + 24 * HOUR
    assert slot.closes_at == scene.next_slot(scene.people.budi).due_at


def test_a_slot_is_asked_when_the_first_attempt_was_unsure(scene):
    scene.carrier.refuses = {BUDI: NeverLeft()}
    slot = scene.asked(scene.people.budi)
    assert slot.asked_at is None  # the first attempt surely never left
    scene.carrier.refuses = {BUDI: Unsure()}
    scene.at(slot.due_at + MINUTE)
    assert scene.slot(slot.id).asked_at == slot.due_at + MINUTE


def test_a_check_in_on_a_blocked_day_waits_for_the_next_morning(scene):
    slot = move(scene, datetime(2026, 12, 25, 1, 30, tzinfo=UTC))  # Natal, 08.30 in Jakarta
    scene.at(slot.due_at)
    assert scene.slot(slot.id).state is SlotState.OPEN
    assert scene.message(slot).planned_for == datetime(2026, 12, 26, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "state"), [(7, SlotState.EXCUSED), (8, SlotState.EXCUSED), (9, SlotState.OPEN)]
)
def test_nothing_allowed_before_it_would_be_given_up_is_an_excuse(scene, hour, state):
    """08.00 on the day after Natal is the very instant at which an 08.00 check-in of Natal is given up."""
    slot = move(scene, datetime(2026, 12, 25, hour - 7, 0, tzinfo=UTC))
    scene.at(slot.due_at)
    excused = state is SlotState.EXCUSED
    assert (scene.slot(slot.id).state, scene.slot(slot.id).reason) == (state, "calendar" if excused else None)
    assert len(scene.messages(slot_id=slot.id)) == (not excused)


def move(scene, due_at):
    """Let Budi's next check-in be due at that instant instead."""
    slot = scene.next_slot(scene.people.budi)
    scene.change(
        Slot, slot.id, due_at=due_at, look_at=due_at, give_up_at=due_at + DAY, closes_at=due_at + 7 * DAY
    )
    return scene.slot(slot.id)


def test_a_check_in_we_are_too_late_for_is_our_void_and_no_excuse(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.give_up_at)  # nothing stood still, so no gap rule helps
    slot = scene.slot(slot.id)
    assert (slot.state, slot.reason, slot.asked_at) == (SlotState.VOID, VoidReason.DOWNTIME, None)
    assert scene.carrier.bodies(BUDI) == []


def test_no_invitation_leaves_once_its_link_would_be_closed(scene):
    slot = scene.next_slot(scene.people.budi)
    closes_at = slot.due_at + HOUR
    scene.change(Slot, slot.id, closes_at=closes_at)
    scene.write(stops.stop, cast.NOW, institution_id=None, reason="test", until=closes_at)
    scene.at(slot.due_at)
    scene.at(closes_at)
    assert scene.carrier.bodies(BUDI) == []
    assert scene.message(slot).state is MessageState.EXPIRED


# --- the reminder ---------------------------------------------------------------------------------------------------


def test_there_is_one_reminder_in_the_other_half_of_the_day(scene):
    slot = scene.asked(scene.people.budi)
    scene.at(slot.remind_at - SECOND)
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.at(slot.remind_at).did["reminded"] >= 1
    assert len(scene.carrier.bodies(BUDI)) == 2
    assert scene.carrier.bodies(BUDI)[0] != scene.carrier.bodies(BUDI)[1]
    scene.at(slot.remind_at + HOUR)
    assert len(scene.carrier.bodies(BUDI)) == 2


def test_whoever_answered_is_not_reminded(scene):
    slot = scene.asked(scene.people.budi)
    scene.clock.at = slot.remind_at - SECOND
    reply(scene, slot)
    scene.at(slot.remind_at)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_a_reminder_that_comes_too_late_to_be_answered_does_not_leave(scene):
    slot = scene.asked(scene.people.budi)
    scene.at(slot.miss_at - 6 * HOUR)
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.slot(slot.id).look_at == slot.miss_at


def test_a_plan_without_reminders_sends_none(scene):
    plan_id = scene.window(scene.people.budi).plan_version_id
    scene.change(PlanVersion, plan_id, settings=PlanSettings(reminders=0).to_json())
    slot = scene.asked(scene.people.budi)
    assert (slot.remind_at, slot.look_at) == (None, slot.miss_at)
