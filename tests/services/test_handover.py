"""What became of an attempt, written down by the attempt that counts (design 4.2). More in tests/engine."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from companion.models import Attempt, ChannelHold, Message
from companion.rules.states import NEXT_MESSAGE, MessageState
from companion.services import gate, handover
from companion.services.handover import MAY_COME_FROM
from tests.cast import NOW
from tests.engine.scene import HOUR, MINUTE, SECOND

SID = "SM" + "c" * 32


@pytest.fixture
def taken(scene):
    scene.at(NOW)
    now = scene.due_together()
    scene.at(now, send=False)
    message = scene.messages(person_id=scene.people.budi)[0]
    return scene.write(gate.take, message.id, now, now, "https://s.id")


def message(scene, taken):
    return scene.messages(id=taken.message_id)[0]


def attempts(scene, taken):
    with scene.database.read() as session:
        return session.scalars(select(Attempt).where(Attempt.message_id == taken.message_id)).all()


def test_taking_writes_the_attempt_before_the_network_is_touched(scene, taken):
    [attempt] = attempts(scene, taken)
    assert (attempt.n, attempt.started_at, attempt.outcome) == (1, taken.started_at, None)
    stands = message(scene, taken)
    assert (stands.state, stands.attempts, stands.first_attempt_at) == (
        MessageState.SENDING,
        1,
        taken.started_at,
    )
    assert stands.lease_until - stands.machine_at == MINUTE


OUTCOMES = {
    "sent": lambda session, taken, now: handover.accepted(session, taken, SID, now),
    "unsure": lambda session, taken, now: handover.unsure(session, taken, now),
    "never_left": lambda session, taken, now: handover.never_left(session, taken, now, None, None),
    "refused": lambda session, taken, now: handover.refused(session, taken, now, "filtered", 30007),
    "configuration": lambda session, taken, now: handover.misconfigured(session, taken, now, 20003),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_is_recorded_once_and_legally(scene, taken, outcome):
    now = taken.started_at + SECOND
    assert scene.write(OUTCOMES[outcome], taken, now)
    assert message(scene, taken).state in NEXT_MESSAGE[MessageState.SENDING]
    assert message(scene, taken).lease_until is None
    [attempt] = attempts(scene, taken)
    assert (attempt.outcome, attempt.ended_at) == (outcome, now)
    assert not scene.write(OUTCOMES[outcome], taken, now + SECOND)
    assert attempts(scene, taken)[0].ended_at == now


def test_a_second_record_never_moves_a_message_back(scene, taken):
    scene.write(OUTCOMES["sent"], taken, taken.started_at)
    for outcome in ("unsure", "never_left", "refused", "configuration"):
        assert not scene.write(OUTCOMES[outcome], taken, taken.started_at)
        assert message(scene, taken).state is MessageState.SENT


def test_a_refusal_that_comes_after_the_lease_is_believed(scene, taken):
    scene.change(Message, taken.message_id, state=MessageState.UNSURE)
    assert scene.write(OUTCOMES["refused"], taken, taken.started_at)
    assert message(scene, taken).state is MessageState.REFUSED


def test_never_left_is_not_believed_after_the_lease(scene, taken):
    """Two look-ups decide then."""
    scene.change(Message, taken.message_id, state=MessageState.UNSURE)
    assert not scene.write(OUTCOMES["never_left"], taken, taken.started_at)
    assert message(scene, taken).state is MessageState.UNSURE


def test_receipts_only_move_where_the_table_of_states_allows():
    for to, sources in MAY_COME_FROM.items():
        for source in sources:
            assert to in NEXT_MESSAGE[source], (source, to)


def test_the_channel_rests_as_long_as_the_longest_wish(scene, taken):
    now = taken.started_at
    for minutes in (5, 60, 1):
        scene.write(handover.hold_channel, "sms", now, now + minutes * MINUTE, "unreachable", 20429)
    with scene.database.read() as session:
        held = session.get(ChannelHold, "sms")
    assert (held.until, held.failures, held.since) == (now + HOUR, 3, now)


def test_a_success_after_the_rest_opens_the_channel(scene, taken):
    now = taken.started_at
    scene.write(handover.hold_channel, "sms", now - HOUR, now, "unreachable", None)
    scene.write(handover.accepted, taken, SID, now)
    with scene.database.read() as session:
        assert session.get(ChannelHold, "sms") is None


def test_a_hold_ends_at_its_instant_in_whatever_zone_that_was_said(scene):
    """A minute's rest, said in Jakarta's time, held every text for seven hours."""
    jakarta = ZoneInfo("Asia/Jakarta")
    until = (NOW + MINUTE).astimezone(jakarta)
    for _ in range(2):
        scene.write(handover.hold_channel, "sms", NOW.astimezone(jakarta), until, "unreachable", None)
    assert scene._all(select(ChannelHold.until)) == [NOW + MINUTE]
