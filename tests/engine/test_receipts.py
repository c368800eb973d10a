"""Reports of the carrier: by rank, never backwards, as often and as late as they like (design 4.2)."""

import pytest

from companion.channels.protocol import Accepted, Reason, Receipt, Status
from companion.engine import settle
from companion.models import Message, Slot
from companion.rules.states import MessageState, SlotState
from tests.engine.scene import BUDI, MINUTE
from tests.engine.settling import LEFT, come


def test_a_receipt_may_be_faster_than_our_own_record(scene, monkeypatch):
    slot = scene.next_slot(scene.people.budi)

    def send(letter):
        settle.receive(scene.house, letter.ref, Receipt(Status.DELIVERED, None, None, LEFT))
        return Accepted(LEFT)

    monkeypatch.setattr(scene.carrier, "send", send)
    scene.due_together()
    scene.at(scene.next_slot(scene.people.budi).due_at, senders=1)
    message = scene.message(slot)
    assert (message.state, message.carrier_sid) == (MessageState.DELIVERED, LEFT)
    assert scene.slot(slot.id).asked_at == message.last_attempt_at


S, D, U = Status.SENT, Status.DELIVERED, Status.UNDELIVERED


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ([D], "delivered"), ([U], "undelivered"), ([S], "sent"),
        ([D, S], "delivered"), ([D, U], "delivered"), ([U, S], "undelivered"),
        ([U, D], "delivered"), ([D, D, D], "delivered"), ([U, D, U], "delivered"),
    ],
)  # fmt: skip
def test_receipts_move_by_rank_and_never_backwards(scene, reports, state):
    slot = scene.asked(scene.people.budi)
    sid = scene.message(slot).carrier_sid
    for status in reports:
        come(scene, slot, status, Reason.CARRIER if status is U else None, sid)
    assert scene.message(slot).state.value == state


def test_a_repeated_or_unknown_receipt_is_no_news(scene):
    slot = scene.asked(scene.people.budi)
    assert come(scene, slot, D)
    assert not come(scene, slot, D)
    assert not settle.receive(scene.house, "never-heard-of", Receipt(D, None, None, LEFT))


def test_a_receipt_settles_an_unsure_message(scene, unsure):
    come(scene, unsure, D)
    message = scene.message(unsure)
    assert (message.state, message.carrier_sid) == (MessageState.DELIVERED, LEFT)


def test_a_late_receipt_stops_the_second_sending_of_a_text_thought_absent(scene, unsure):
    """Two look-ups did not find it, and then the phone says that it came: never twice by machine."""
    scene.at(unsure.due_at + 2 * MINUTE)
    scene.change(
        Message, scene.message(unsure).id, state=MessageState.PLANNED, resent=True, look_at=scene.clock.at
    )
    come(scene, unsure, D)
    scene.at(scene.clock.at + MINUTE)
    assert (scene.message(unsure).state, len(scene.carrier.bodies(BUDI))) == (MessageState.DELIVERED, 1)


@pytest.mark.parametrize("state", [MessageState.CANCELLED, MessageState.EXPIRED, MessageState.REFUSED])
def test_a_receipt_never_wakes_what_has_ended(scene, state):
    slot = scene.asked(scene.people.budi)
    scene.change(Message, scene.message(slot).id, state=state, look_at=None)
    assert not come(scene, slot, D)


def test_a_receipt_for_a_planned_text_that_never_left_is_not_believed(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    assert not come(scene, slot, D)
    assert scene.message(slot).state is MessageState.PLANNED


def test_a_receipt_that_names_the_number_dead_stays_on_the_number(scene):
    slot = scene.asked(scene.people.budi)
    come(scene, slot, U, Reason.NUMBER_DEAD)
    assert scene.number(scene.people.budi).unusable_why == "number_dead"
    come(scene, slot, D)  # a late receipt: it came after all
    assert scene.message(slot).state is MessageState.DELIVERED


def test_an_answered_slot_is_not_touched_by_a_late_receipt(scene):
    slot = scene.asked(scene.people.budi)
    scene.change(Slot, slot.id, state=SlotState.ANSWERED, look_at=None)
    come(scene, slot, U, Reason.CARRIER)
    assert (scene.slot(slot.id).state, scene.slot(slot.id).look_at) == (SlotState.ANSWERED, None)
