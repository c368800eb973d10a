"""The carrier's copy is deleted once, whatever became of the text, and one that stays is shown (design 4.2)."""

import pytest

from companion.channels.protocol import NotAnswered, Status
from companion.models import Message
from companion.rules.states import MessageState
from companion.services import copies, handover, outbox
from tests.engine.scene import DAY, HOUR, SECOND
from tests.engine.settling import LEFT, come


def test_the_carriers_copy_is_deleted_once_the_text_has_arrived(scene):
    slot = scene.asked(scene.people.budi)
    sid = scene.message(slot).carrier_sid
    come(scene, slot, Status.DELIVERED, sid=sid)
    scene.at(scene.clock.at + SECOND)
    assert sid in scene.carrier.erased
    assert (scene.message(slot).erased_at, scene.message(slot).look_at) == (scene.clock.at, None)


def test_without_any_receipt_it_is_deleted_after_a_day(scene):
    slot = scene.asked(scene.people.budi)
    sid = scene.message(slot).carrier_sid
    scene.at(slot.asked_at + DAY - SECOND)
    assert sid not in scene.carrier.erased
    scene.at(slot.asked_at + DAY)
    assert sid in scene.carrier.erased


def test_a_deletion_that_was_not_confirmed_is_asked_for_again(scene, monkeypatch):
    slot = scene.asked(scene.people.budi)

    def refuse(sid):
        raise NotAnswered()

    monkeypatch.setattr(scene.carrier, "erase", refuse)
    come(scene, slot, Status.DELIVERED, sid=scene.message(slot).carrier_sid)
    scene.at(scene.clock.at + SECOND)
    assert (scene.message(slot).erased_at, scene.message(slot).look_at) == (None, scene.clock.at + HOUR)
    monkeypatch.undo()
    scene.at(scene.clock.at + HOUR)
    assert scene.message(slot).erased_at == scene.clock.at


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.UNDELIVERED])
def test_it_is_deleted_whatever_became_of_the_text(scene, status):
    slot = scene.asked(scene.people.budi)
    sid = scene.message(slot).carrier_sid
    come(scene, slot, status, sid=sid)
    scene.at(scene.clock.at + SECOND)
    assert sid in scene.carrier.erased


@pytest.mark.parametrize("state", [MessageState.REFUSED, MessageState.CANCELLED, MessageState.EXPIRED])
def test_a_receipt_for_a_text_that_we_had_given_up_changes_nothing_but_lets_its_copy_be_deleted(
    scene, unsure, state
):
    """Somebody decided that it had not left, or it was stopped before it was to go once more."""
    scene.change(Message, scene.message(unsure).id, state=state, reason="decided", look_at=None)
    assert not come(scene, unsure, Status.DELIVERED)
    scene.at(scene.clock.at + SECOND)
    message = scene.message(unsure)
    assert (message.state, message.reason, message.carrier_sid) == (state, "decided", LEFT)
    assert scene.carrier.erased == [LEFT]
    assert (message.erased_at, message.look_at) == (scene.clock.at, None)


def test_a_text_decided_as_sent_is_deleted_when_its_sid_becomes_known(scene, unsure):
    assert scene.write(outbox.decide, scene.clock.at, scene.message(unsure).id, sent=True)
    come(scene, unsure, Status.SENT)
    scene.at(scene.clock.at + SECOND)
    assert (scene.message(unsure).state, scene.carrier.erased) == (MessageState.SENT, [LEFT])


def test_a_sender_that_answers_after_everybody_gave_up_names_the_copy(scene, taken):
    scene.change(Message, taken.message_id, state=MessageState.EXPIRED, look_at=None, lease_until=None)
    assert not scene.write(handover.accepted, taken, LEFT, scene.clock.at)
    scene.at(scene.clock.at + SECOND)
    assert scene.messages(id=taken.message_id)[0].state is MessageState.EXPIRED
    assert LEFT in scene.carrier.erased


def test_a_late_receipt_does_not_move_the_instant_of_the_deletion(scene):
    slot = scene.asked(scene.people.budi)
    sid = scene.message(slot).carrier_sid
    scene.at(slot.asked_at + DAY)
    erased_at = scene.message(slot).erased_at
    come(scene, slot, Status.DELIVERED, sid=sid)
    scene.at(scene.clock.at + HOUR)
    assert scene.carrier.erased.count(sid) == 1
    assert (scene.message(slot).erased_at, scene.message(slot).look_at) == (erased_at, None)


def test_a_copy_that_stays_is_asked_for_every_hour_and_shown_after_two_days(scene, monkeypatch):
    slot = scene.asked(scene.people.yusuf)
    stays, asked, erase = scene.message(slot).carrier_sid, [], scene.carrier.erase

    def refuse(sid):
        if sid != stays:
            return erase(sid)
        asked.append(scene.clock.at)
        raise NotAnswered()

    def left(*institution_id):
        with scene.database.read() as session:
            return copies.left(session, scene.clock.at, *institution_id)

    monkeypatch.setattr(scene.carrier, "erase", refuse)
    come(scene, slot, Status.DELIVERED, sid=stays)
    ended = scene.message(slot).state_at
    scene.at(ended + SECOND)
    for hours in (1, 2, 3):
        scene.at(ended + SECOND + hours * HOUR)
    assert len(asked) == 4
    scene.at(ended + 2 * DAY - SECOND)
    assert left() == 0
    scene.at(ended + 2 * DAY)
    assert (left(), left(scene.people.melati), left(scene.people.other)) == (1, 0, 1)
    monkeypatch.undo()
    scene.at(scene.clock.at + HOUR)
    assert left() == 0
