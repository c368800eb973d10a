"""Handing over: what each answer of the carrier makes of a message, and that it never leaves twice (design 4.2)."""

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, literal, select
from sqlalchemy.exc import OperationalError

from companion.channels.protocol import Misconfigured, NeverLeft, Reason, Refused, Unsure
from companion.engine import sending
from companion.engine.tick import Exit
from companion.models import Attempt, ChannelHold, Institution, Message, Number, Parked
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import Lane, Purpose
from companion.services import gate, handover, outbox
from tests.cast import NOW
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND, WATI


def invited(scene, **answers):
    """Budi's invitation after the carrier has answered in the way given."""
    scene.carrier.refuses = {BUDI: answers["raises"]} if "raises" in answers else {}
    slot = scene.asked(scene.people.budi)
    return slot, scene.message(slot)


def attempts(scene, message):
    with scene.database.read() as session:
        return list(
            session.scalars(select(Attempt).where(Attempt.message_id == message.id).order_by(Attempt.n))
        )


def hold(scene):
    with scene.database.read() as session:
        return session.get(ChannelHold, "sms")


def test_what_the_carrier_accepted_is_sent_with_its_sid(scene):
    _, message = invited(scene)
    assert (message.state, message.attempts, message.lease_until) == (MessageState.SENT, 1, None)
    assert message.carrier_sid.startswith("SM")
    assert [one.outcome for one in attempts(scene, message)] == ["sent"]


def test_the_words_are_not_kept_but_their_hash_is(scene):
    _, message = invited(scene)
    body = scene.carrier.bodies(BUDI)[0]
    assert len(message.body_hash) == 64
    assert (message.template.split(".")[0], message.language) == ("invitation", "id")
    assert body not in str(vars(message))


@pytest.mark.parametrize(
    "error", [Unsure(500), TimeoutError(), ConnectionResetError(), ValueError("strange")]
)
def test_whatever_may_have_gone_out_is_unsure_and_not_sent_again(scene, error):
    _, message = invited(scene, raises=error)
    assert message.state is MessageState.UNSURE
    scene.at(scene.clock.at + MINUTE)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_a_refused_connection_is_tried_again_after_1_5_and_15_minutes_and_then_given_up(scene):
    slot, message = invited(scene, raises=NeverLeft())
    tries = [slot.due_at]
    for wait in (1, 5, 15):
        assert message.state is MessageState.PLANNED
        at = tries[-1] + wait * MINUTE
        scene.at(at - SECOND)
        assert scene.message(slot).attempts == len(tries)
        scene.at(at)
        tries.append(at)
        message = scene.message(slot)
        assert message.attempts == len(tries)
    assert (message.state, message.reason) == (MessageState.REFUSED, "carrier")
    assert [one.started_at for one in attempts(scene, message)] == tries
    assert scene.slot(slot.id).asked_at is None


def test_the_carriers_own_wish_to_wait_is_kept_when_it_is_longer(scene):
    slot, message = invited(scene, raises=NeverLeft(20429, 600))
    assert message.look_at == slot.due_at + timedelta(seconds=600)


def test_a_shorter_wish_does_not_hurry_us(scene):
    slot, message = invited(scene, raises=NeverLeft(20429, 2))
    assert message.look_at == slot.due_at + MINUTE


def test_a_longer_rest_of_the_channel_is_not_cut_short_by_another_message(scene):
    slot, _ = invited(scene, raises=NeverLeft(20429, 3600))
    scene.write(handover.hold_channel, "sms", slot.due_at, slot.due_at + MINUTE, "unreachable", None)
    assert hold(scene).until == slot.due_at + HOUR


def test_a_fault_in_our_configuration_holds_the_channel_with_an_alarm_and_spends_nothing(scene):
    slot, message = invited(scene, raises=Misconfigured(20003))
    assert (message.state, message.held_because) == (MessageState.PLANNED, "configuration")
    assert hold(scene).until == slot.due_at + 15 * MINUTE
    assert "configuration" in scene.carrier.alarms
    sent = len(scene.carrier.letters)
    for minute in range(1, 15):
        scene.at(slot.due_at + minute * MINUTE)
    assert len(scene.carrier.letters) == sent  # nobody's text is tried at a closed door
    scene.carrier.refuses = {}
    scene.at(slot.due_at + 15 * MINUTE)
    assert scene.message(slot).state is MessageState.SENT
    assert hold(scene) is None


def test_configuration_faults_do_not_use_up_the_tries_of_a_message(scene):
    slot, _ = invited(scene, raises=Misconfigured(21606))
    at = slot.due_at
    for _ in range(4):
        at += 15 * MINUTE
        scene.at(at)
    scene.carrier.refuses = {BUDI: NeverLeft()}
    scene.at(at + 15 * MINUTE)
    message = scene.message(slot)
    assert (message.state, message.attempts) == (MessageState.PLANNED, 6)
    assert message.look_at == at + 16 * MINUTE


def test_a_tick_that_met_a_fault_in_our_configuration_says_so(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.carrier.refuses = {BUDI: Misconfigured(20003)}
    assert scene.at(slot.due_at).exit is Exit.ALARM


def test_a_text_under_way_when_the_channel_was_held_does_not_open_it(scene):
    """Two senders: one was on the line already when the other met a closed door."""
    now = scene.due_together()
    scene.at(now, send=False)
    message = scene.messages(person_id=scene.people.wati)[0]
    taken = scene.write(gate.take, message.id, now, now, "https://s.id")
    scene.write(handover.hold_channel, "sms", now, now + HOUR, "configuration", 20003)
    scene.write(handover.accepted, taken, "SM" + "f" * 32, now)
    assert hold(scene).until == now + HOUR


@pytest.mark.parametrize(
    ("reason", "silenced", "unusable"),
    [
        (Reason.NUMBER_INVALID, False, True),
        (Reason.NUMBER_DEAD, False, True),
        (Reason.OPTED_OUT, True, False),
        (Reason.BLOCKED, True, False),
        (Reason.FILTERED, False, False),
        (Reason.UNKNOWN, False, False),
    ],
)
def test_a_refusal_says_something_about_the_number_only_when_the_reason_lies_there(
    scene, reason, silenced, unusable
):
    _, message = invited(scene, raises=Refused(reason, 1))
    number = scene.number(scene.people.budi)
    assert (message.state, message.reason) == (MessageState.REFUSED, reason.value)
    assert (number.silenced_at is not None, number.unusable_at is not None) == (silenced, unusable)


def test_a_number_the_carrier_says_has_opted_out_cancels_what_is_promised_and_tells_staff(scene):
    invited(scene, raises=Refused(Reason.OPTED_OUT, 21610))
    assert {slot.state for slot in scene.slots(scene.people.budi)} == {SlotState.CANCELLED}
    assert [signal.code for signal in scene.signals(scene.people.budi)] == ["X_opt_out"]


# --- order and poison -----------------------------------------------------------------------------------------------


def test_an_urgent_text_is_never_behind_bulk(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    scene.write(
        outbox.promise, scene.clock.at, institution_id=scene.people.melati, purpose=Purpose.STAFF_URGENT,
        subject="alert:0", expires_at=scene.clock.at + DAY, lane=Lane.URGENT, staff_id=scene.people.sari, token="t",
    )  # fmt: skip
    scene.house.shuffle = list.reverse
    scene.at(scene.clock.at + SECOND, senders=1)
    assert scene.carrier.letters[0].to == "+6281900000002"


def test_one_message_that_cannot_be_read_is_parked_and_the_others_leave(scene):
    with scene.database.write() as session:
        session.execute(
            Number.__table__.update()
            .where(Number.id == scene.number_id(scene.people.budi))
            .values(e164=literal(b"rubbish", LargeBinary))
        )
    due_at = scene.due_together()
    report = scene.at(due_at)
    assert report.exit is Exit.ALARM
    assert len(scene.carrier.bodies(WATI)) == 1
    parked = scene._all(select(Parked))
    assert [(row.kind, row.reason, row.until) for row in parked] == [("send", "CannotOpen", due_at + HOUR)]
    letters = len(scene.carrier.letters)
    scene.at(due_at + HOUR - SECOND)
    assert scene._all(select(Parked))[0].at == due_at
    scene.at(due_at + HOUR)
    assert scene._all(select(Parked))[0].at == due_at + HOUR
    assert len(scene.carrier.letters) == letters


def test_a_slow_carrier_lets_the_state_steps_have_their_turn(scene, monkeypatch):
    scene.at(scene.due_together(), send=False)
    seconds = iter(range(0, 1000, 6))
    monkeypatch.setattr(scene.clock, "stopwatch", lambda: next(seconds), raising=False)
    did = sending.send_due(scene.house, scene.clock.at, 1)
    assert (did["tried"], did["sent"]) == (1, 1)  # two were left for the next round
    monkeypatch.undo()
    assert sending.send_due(scene.house, scene.clock.at, 1)["sent"] == 2


def test_the_gate_is_asked_about_the_instant_of_sending_not_about_the_tick(scene, monkeypatch):
    """A queue that outlives the hours: the tick began at 19.39, this text's turn comes at 19.41."""
    slot = scene.next_slot(scene.people.budi)
    evening = slot.due_at.replace(hour=12, minute=39)  # 19.39 in Jakarta
    scene.at(evening, send=False)
    scene.clock.at = evening + 2 * MINUTE
    assert sending.send_due(scene.house, evening, 1)["sent"] == 0
    assert scene.message(slot).held_because == "hours"


@pytest.mark.parametrize("times", [1, 2])
def test_an_outcome_that_the_database_ends_is_written_down_again_once(scene, monkeypatch, times):
    """Only the sender knows it: lost, the text is unsure, and perhaps a person's "stop" is not known for a while."""
    real, left = handover.accepted, [times]

    def ended(session, *given):
        real(session, *given)
        if left[0]:
            left[0] -= 1
            raise OperationalError("", None, Exception("deadlock detected"))

    monkeypatch.setattr(handover, "accepted", ended)
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    with contextlib.nullcontext() if times == 1 else pytest.raises(OperationalError):
        sending.send_one(scene.house, scene.message(slot).id)
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.message(slot).state is (MessageState.SENT if times == 1 else MessageState.SENDING)


def test_messages_are_only_made_when_their_step_falls_due(scene):
    assert scene.messages() == []
    slot = scene.asked(scene.people.budi)
    assert len(scene._all(select(Message.id).where(Message.slot_id == slot.id))) == 1


# --- texts to staff -------------------------------------------------------------------------------------------------

SARI = "+6281900000002"
DUTY = "+6281900000009"


def told_late(scene, staff_id, **institution):
    """A text promised for half past three that the channel, held, lets go only at ten at night."""
    scene.change(Institution, scene.people.melati, duty_number=DUTY, **institution)
    afternoon = NOW.replace(hour=8, minute=30)
    scene.at(afternoon)
    scene.write(handover.hold_channel, "sms", afternoon, NOW.replace(hour=15), "configuration", 20003)
    scene.write(
        outbox.promise, afternoon, institution_id=scene.people.melati, purpose=Purpose.STAFF_URGENT, subject="alert:0",
        expires_at=afternoon + DAY, lane=Lane.URGENT, staff_id=staff_id, token="t",
    )  # fmt: skip
    scene.at(NOW.replace(hour=15))


def test_a_text_to_staff_that_was_held_past_their_hours_waits_for_the_next_opening(scene):
    told_late(scene, scene.people.sari)
    opening = NOW.replace(hour=1) + DAY
    message = scene.messages(subject="alert:0")[0]
    assert (message.state, message.held_because, message.look_at) == (MessageState.PLANNED, "hours", opening)
    scene.at(opening - SECOND)
    assert scene.carrier.bodies(SARI) == []
    scene.at(opening)
    assert len(scene.carrier.bodies(SARI)) == 1


@pytest.mark.parametrize(("on_call", "texts"), [(True, 1), (False, 0)])
def test_at_the_duty_number_only_whoever_is_on_call_is_texted_at_night(scene, on_call, texts):
    told_late(scene, None, on_call=on_call)
    assert len(scene.carrier.bodies(DUTY)) == texts
