"""How a check-in ends: answered, missed, unreached or void, each exactly when design 4.1 says so."""

import pytest

from companion.channels.protocol import (
    Misconfigured,
    NotAnswered,
    Reason,
    Receipt,
    Refused,
    Status,
    Unsure,
)
from companion.engine import settle
from companion.engine.walk import walk
from companion.models import Institution, Message, Number, Phone
from companion.rules.states import MessageState, SlotState, VoidReason
from companion.services import answers, books, stops
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND, YUSUF


def reply(scene, slot, said=None):
    """The person answers by the link of their invitation, at the clock's now."""
    with scene.database.write() as session:
        door = answers.look(session, scene.message(slot).token, scene.clock.at)
        return answers.receive(session, door, said or {"mood": 4}, scene.clock.at)


def report(scene, message, status, reason=None):
    return settle.receive(
        scene.house, message.ref, Receipt(status, reason, None, message.carrier_sid or "SMx")
    )


def test_an_asked_slot_is_missed_at_miss_at_and_not_a_second_before(scene):
    slot = scene.asked(scene.people.budi)
    scene.at(slot.miss_at - SECOND)
    assert scene.slot(slot.id).state is SlotState.OPEN
    scene.at(slot.miss_at)
    assert scene.slot(slot.id).state is SlotState.MISSED


def test_a_missing_receipt_never_counts_against_or_for_the_person(scene):
    """`sent` without any receipt is enough for missed: the carrier had it."""
    slot = scene.asked(scene.people.budi)
    assert scene.message(slot).state is MessageState.SENT
    scene.at(slot.miss_at)
    assert scene.slot(slot.id).state is SlotState.MISSED


@pytest.mark.parametrize(
    ("late", "state"),
    [(-SECOND, SlotState.ANSWERED), (0 * SECOND, SlotState.ANSWERED_LATE), (SECOND, SlotState.ANSWERED_LATE)],
)
def test_an_answer_is_late_from_miss_at_on_whether_or_not_the_tick_has_run(scene, late, state):
    slot = scene.asked(scene.people.budi)
    scene.clock.at = slot.miss_at + late
    reply(scene, slot)
    assert scene.slot(slot.id).state is state


@pytest.mark.parametrize(
    ("before", "state"), [(SECOND, SlotState.ANSWERED_LATE), (0 * SECOND, SlotState.MISSED)]
)
def test_a_missed_slot_takes_a_late_answer_until_it_closes(scene, before, state):
    slot = scene.asked(scene.people.budi)
    scene.at(slot.miss_at)
    scene.clock.at = slot.closes_at - before
    reply(scene, slot)
    assert scene.slot(slot.id).state is state


def test_a_number_that_does_not_exist_is_unreached_at_once(scene):
    scene.carrier.refuses = {BUDI: Refused(Reason.NUMBER_INVALID, 21211)}
    slot = scene.asked(scene.people.budi)
    assert (slot.state, slot.asked_at) == (SlotState.UNREACHED, None)
    assert scene.number(scene.people.budi).unusable_why == "number_invalid"
    assert scene.signals(scene.people.budi)[-1].values["cause"] == "number_invalid"


def test_a_number_known_to_be_unusable_is_not_even_tried(scene):
    number_id = scene.number_id(scene.people.budi)
    scene.change(Number, number_id, unusable_at=cast.NOW, unusable_why="number_dead")
    slot = scene.asked(scene.people.budi)
    assert slot.state is SlotState.UNREACHED
    assert scene.carrier.bodies(BUDI) == []


def test_somebody_without_a_phone_is_unreached_at_once(scene):
    with scene.database.write() as session:
        session.execute(Phone.__table__.delete().where(Phone.person_id == scene.people.budi))
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at)
    assert scene.slot(slot.id).state is SlotState.UNREACHED


def test_an_undelivered_text_makes_it_unreached_only_at_miss_at(scene):
    slot = scene.asked(scene.people.budi)
    report(scene, scene.message(slot), Status.UNDELIVERED, Reason.CARRIER)
    scene.at(slot.remind_at)
    report(scene, scene.message(slot, 1), Status.UNDELIVERED, Reason.CARRIER)
    scene.at(slot.miss_at - SECOND)
    assert scene.slot(slot.id).state is SlotState.OPEN
    scene.at(slot.miss_at)
    assert scene.slot(slot.id).state is SlotState.UNREACHED
    assert scene.signals(scene.people.budi)[-1].values["cause"] == "carrier"


def test_after_an_undelivered_invitation_the_ladder_goes_on_and_a_reminder_that_arrived_makes_it_missed(
    scene,
):
    slot = scene.asked(scene.people.budi)
    report(scene, scene.message(slot), Status.UNDELIVERED, Reason.CARRIER)
    scene.at(slot.remind_at)
    report(scene, scene.message(slot, 1), Status.DELIVERED)
    scene.at(slot.miss_at)
    assert scene.slot(slot.id).state is SlotState.MISSED


def test_a_number_found_dead_by_a_receipt_is_unreached_at_once(scene):
    slot = scene.asked(scene.people.budi)
    report(scene, scene.message(slot), Status.UNDELIVERED, Reason.NUMBER_DEAD)
    scene.at(slot.asked_at + MINUTE)
    assert scene.slot(slot.id).state is SlotState.UNREACHED


def test_nothing_but_unsure_texts_is_void_and_not_missed(scene):
    scene.carrier.next_answers = [Unsure()] * 9
    scene.carrier.look_up_fails = NotAnswered()
    slot = scene.asked(scene.people.budi)
    scene.at(slot.remind_at)
    scene.at(slot.miss_at)
    ended = scene.slot(slot.id)
    assert (ended.state, ended.reason) == (SlotState.VOID, VoidReason.UNSURE)
    assert [alert.family.value for alert in scene.alerts(scene.people.budi)] == ["data", "undelivered"]


def hold_by_stop(scene):
    scene.write(
        stops.stop, cast.NOW, institution_id=scene.people.melati, reason="banjir", until=cast.later(days=9)
    )


def hold_by_budget(scene):
    scene.change(Institution, scene.people.melati, daily_budget=0)


def hold_by_configuration(scene):
    scene.carrier.refuses = {BUDI: Misconfigured(20003)}


def hold_by_cap(scene):
    for days in (0, 1, 2):
        spend_cap(scene, cast.NOW + days * DAY)


def spend_cap(scene, at):
    """A text of another purpose went to Budi's number."""
    with scene.database.write() as session:
        session.add(
            Message(
                institution_id=scene.people.melati, purpose="we_rang", subject=f"x:{at}", person_id=scene.people.budi,
                number_id=scene.number_id(scene.people.budi), state=MessageState.SENT, planned_for=at, expires_at=at,
                state_at=at, first_attempt_at=at, last_attempt_at=at,
            )
        )  # fmt: skip


def hold_by_wording(scene):
    scene.change(Institution, scene.people.melati, app_name="x" * 150)


@pytest.mark.parametrize(
    ("hold", "reason"),
    [
        (hold_by_stop, VoidReason.STOP),
        (hold_by_budget, VoidReason.BUDGET),
        (hold_by_configuration, VoidReason.CONFIGURATION),
        (hold_by_cap, VoidReason.CAP),
        (hold_by_wording, VoidReason.WORDING),
    ],
)
def test_what_we_held_back_is_void_with_the_reason_at_give_up_at(scene, hold, reason):
    hold(scene)
    slot = scene.asked(scene.people.budi)
    while (now := scene.clock.at + 30 * MINUTE) < slot.give_up_at:
        scene.at(now)
        if hold is hold_by_cap and now.hour == 0:
            spend_cap(scene, now)
    assert (scene.slot(slot.id).state, scene.slot(slot.id).asked_at) == (SlotState.OPEN, None)
    scene.at(slot.give_up_at)
    ended = scene.slot(slot.id)
    assert (ended.state, ended.reason) == (SlotState.VOID, reason)
    assert scene.alerts(scene.people.budi)[-1].family.value == "system"


def test_what_is_stopped_for_one_institution_leaves_for_another(scene):
    hold_by_stop(scene)
    slot = scene.asked(scene.people.budi)
    assert slot.asked_at is None
    scene.at(slot.due_at + HOUR)
    assert (len(scene.carrier.bodies(BUDI)), len(scene.carrier.bodies(YUSUF))) == (0, 1)


def test_planned_is_the_sum_of_what_became_of_it(scene):
    """Three weeks in which everything happens: every slot ends in exactly one state, and none is lost."""
    before = sum(books_of(scene).values())
    scene.carrier.refuses = {YUSUF: Refused(Reason.NUMBER_INVALID, 21211)}
    end = cast.later(days=21)

    def live(at, report):
        scene.clock.at = at
        for slot in scene.slots(scene.people.budi):
            if slot.state is SlotState.OPEN and slot.asked_at and slot.seq % 3:
                reply(scene, slot)

    walk(scene.house, end, after=live, senders=1)
    counts = books_of(scene)
    assert sum(counts.values()) == before
    assert counts["answered"] and counts["missed"] and counts["unreached"]
    assert not any(slot.due_at < end - 3 * DAY and slot.state is SlotState.OPEN for slot in all_slots(scene))
    with scene.database.read() as session:
        assert books.faults(session, end) == []


def all_slots(scene):
    people = (scene.people.budi, scene.people.wati, scene.people.yusuf)
    return [slot for person_id in people for slot in scene.slots(person_id)]


def books_of(scene):
    with scene.database.read() as session:
        return books.slots_by_state(session)
