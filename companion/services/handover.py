"""What became of an attempt: written down after the network was slow, and when receipts come (design 4.2).

Callbacks may be unordered, repeated, or faster than our own commit: each change is one conditional UPDATE
whose expected states say which news is older.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from companion.db import UtcDateTime, insert_ignore, lock_row, rows_changed
from companion.models import Attempt, ChannelHold, Message, Number
from companion.rules.states import MessageState as M
from companion.services.asked import Whereabouts, asked_by, look_at_slot, not_asked_yet, set_asked
from companion.services.copies import SID_BY_ID, SID_BY_REF
from companion.services.gate import Taken
from companion.services.prepared import Prepared, one_of
from companion.services.told import not_told, told

RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
MOST_ATTEMPTS = 4
FIRST_LOOK_UP = timedelta(minutes=2)
SECOND_LOOK_UP = timedelta(minutes=15)
HOLD = timedelta(minutes=15)
ERASE_AFTER = timedelta(days=1)
"""A text without any receipt: its words are deleted at the carrier after a day."""

MAY_COME_FROM = {
    M.SENT: (M.SENDING, M.UNSURE),
    M.DELIVERED: (M.SENDING, M.UNSURE, M.SENT, M.UNDELIVERED),
    M.UNDELIVERED: (M.SENDING, M.UNSURE, M.SENT),
}
"""From which states a receipt may move a message: by rank, never backwards."""
LEFT = (M.SENT, M.DELIVERED, M.UNDELIVERED, M.UNSURE)
LOST_SIGHT_OF = (M.SENDING, M.UNSURE)
GIVEN_UP = and_(Message.state == M.PLANNED, Message.resent)
"""Two look-ups did not find it, so it was to be sent once more; a late receipt says that it had left after all."""


def accepted(session: Session, taken: Taken, sid: str, now: datetime) -> bool:
    """The carrier has it. False if a receipt was faster; then only the sid is filled in.

    A sender that was slower than its lease still knows better than whoever gave it up.
    """
    _end_attempt(session, taken, now, "sent")
    won = bool(
        _ACCEPTED.run(
            session.connection(),
            message=taken.message_id,
            n=taken.n,
            now=now,
            sid=sid,
            again=now + ERASE_AFTER,
        )
    )
    if not won:
        SID_BY_ID.run(session.connection(), message=taken.message_id, sid=sid, now=now)
    _asked(session, taken)
    told(session, taken.alert_id, now)
    _channel_works(session, taken)
    return won


def unsure(session: Session, taken: Taken, now: datetime) -> bool:
    """It may have gone out or not: never sent again by machine before two look-ups said it is absent."""
    _end_attempt(session, taken, now, "unsure")
    won = _advance(session, taken, now, state=M.UNSURE, look_at=taken.started_at + FIRST_LOOK_UP)
    if won:
        _asked(session, taken)
    return won


def never_left(session: Session, taken: Taken, now: datetime, retry_after: int | None, code) -> bool:
    """Surely nothing left: back to planned after 1, 5 and 15 minutes; the fourth time it is given up.

    The channel rests too, so that an outage costs one message its tries and not every message of the day.
    """
    _end_attempt(session, taken, now, "never_left", code)
    tries = session.scalar(
        select(func.count()).where(Attempt.message_id == taken.message_id, Attempt.outcome == "never_left")
    )
    wait = RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1]
    if retry_after:
        wait = max(wait, timedelta(seconds=retry_after))
    hold_channel(session, taken.channel, now, now + wait, "unreachable", code)
    if tries >= MOST_ATTEMPTS:
        return _refuse(session, taken, now, "carrier")
    return _advance(session, taken, now, state=M.PLANNED, look_at=now + wait, held_because="configuration")


def not_begun(session: Session, taken: Taken, now: datetime) -> bool:
    """The sender was held up so long that it did not call at all: the gate is asked afresh.

    Also when the lease is over and somebody wrote down that nobody knows: this sender does.
    """
    _end_attempt(session, taken, now, "not_begun")
    return _advance(session, taken, now, LOST_SIGHT_OF, state=M.PLANNED, look_at=now)


def refused(session: Session, taken: Taken, now: datetime, reason: str, code: int | None) -> bool:
    """Permanent for this text. The caller tells the number when the reason lies with it."""
    _end_attempt(session, taken, now, "refused", code)
    return _refuse(session, taken, now, reason)


def misconfigured(session: Session, taken: Taken, now: datetime, code: int | None) -> bool:
    """Our own set-up is at fault: the message goes back unspent and the channel is held with an alarm."""
    _end_attempt(session, taken, now, "configuration", code)
    hold_channel(session, taken.channel, now, now + HOLD, "configuration", code)
    return _advance(session, taken, now, state=M.PLANNED, look_at=now + HOLD, held_because="configuration")


def _refuse(session, taken, now, reason) -> bool:
    won = _advance(session, taken, now, LOST_SIGHT_OF, state=M.REFUSED, reason=reason, look_at=None)
    if won:
        look_at_slot(session, taken.slot_id, now)
        not_told(session, taken.message_id, taken.alert_id, now)
    return won


def _advance(session, taken: Taken, now, come_from=(M.SENDING,), **values) -> bool:
    """Move the message on, if this very attempt is still the one that counts."""
    return (
        rows_changed(
            session,
            update(Message)
            .where(
                Message.id == taken.message_id, Message.state.in_(come_from), Message.attempts == taken.n
            )
            .values(state_at=now, lease_until=None, **values),
        )
        == 1
    )  # fmt: skip


def _end_attempt(session, taken, now, outcome, code=None) -> None:
    _END_ATTEMPT.run(
        session.connection(), message=taken.message_id, nth=taken.n, now=now, became=outcome, number=code
    )


_END_ATTEMPT = Prepared(
    lambda _: update(Attempt.__table__)
    .where(
        Attempt.message_id == bindparam("message"), Attempt.n == bindparam("nth"), Attempt.ended_at.is_(None)
    )
    .values(ended_at=bindparam("now"), outcome=bindparam("became"), code=bindparam("number"))
)  # fmt: skip
_ACCEPTED = Prepared(
    lambda _: (
        update(Message.__table__)
        .where(
            Message.id == bindparam("message"),
            one_of(Message.state, LOST_SIGHT_OF),
            Message.attempts == bindparam("n"),
        )
        .values(
            state=M.SENT,
            state_at=bindparam("now"),
            lease_until=None,
            carrier_sid=bindparam("sid"),
            look_at=bindparam("again"),
        )
        .returning(Message.id)
    )
)


def _asked(session, taken: Taken) -> None:
    """The slot was asked at the start of its first attempt that became sent or unsure."""
    if taken.slot_id is not None and taken.closes_at is not None:
        where = Whereabouts(taken.calendar, taken.zone, taken.province, taken.quiet, taken.reminders)
        set_asked(session, taken.slot_id, taken.started_at, taken.closes_at, where)


def hold_channel(session: Session, channel: str, now: datetime, until: datetime, reason: str, code) -> None:
    """Let a channel rest, at least until then; messages on it wait without being spent."""
    end = bindparam(None, until, type_=UtcDateTime())  # in a CASE it would be kept as somebody's local time
    insert_ignore(
        session, ChannelHold.__table__,
        [{"channel": channel, "until": now, "reason": reason, "code": code, "failures": 0, "since": now}],
    )  # fmt: skip
    session.execute(
        update(ChannelHold)
        .where(ChannelHold.channel == channel)
        .values(
            until=case((ChannelHold.until > end, ChannelHold.until), else_=end),
            reason=reason,
            code=code,
            failures=ChannelHold.failures + 1,
        )
        .execution_options(synchronize_session=False)
    )


def _channel_works(session, taken: Taken) -> None:
    """The hold is over; not when this text had already been on its way before somebody else met a closed door."""
    if _HELD.run(session.connection(), name=taken.channel, now=taken.started_at):
        over = ChannelHold.channel == taken.channel, ChannelHold.until <= taken.started_at
        session.execute(ChannelHold.__table__.delete().where(*over))


_HELD = Prepared(
    lambda _: select(ChannelHold.channel).where(
        ChannelHold.channel == bindparam("name"), ChannelHold.until <= bindparam("now")
    )
)


def receipt(
    session: Session, now: datetime, ref: str, status: str, reason: str | None, sid: str
) -> int | None:
    """A report of the carrier about the text with our reference; the message's id if it was news.

    Unknown and repeated ones change nothing (204 for the carrier all the same).
    """
    to = M(status)
    if session.get_bind().dialect.name == "postgresql":
        # The number's row first, as the gate does: the two must not wait for each other.
        lock_row(session, Number, session.scalar(select(Message.number_id).where(Message.ref == ref)))
    row = _RECEIPTS[to].first(
        session.connection(), name=ref, now=now, because=reason, sid=sid,
        again=now + ERASE_AFTER if to is M.SENT else now,
    )  # fmt: skip
    if row is None:
        SID_BY_REF.run(session.connection(), name=ref, sid=sid, now=now)
        return None
    if not_asked_yet(session, row.slot_id):
        asked_by(session, [row.id])
    if to is M.UNDELIVERED:
        look_at_slot(session, row.slot_id, now)
        not_told(session, row.id, row.alert_id, now)
    else:
        told(session, row.alert_id, now)
    return row.id


def _receipt_statement(to: M):
    return (
        update(Message.__table__)
        .where(
            Message.ref == bindparam("name"),
            or_(one_of(Message.state, MAY_COME_FROM[to]), GIVEN_UP),
        )
        .values(
            state=to, state_at=bindparam("now"), reason=bindparam("because"), lease_until=None,
            carrier_sid=func.coalesce(Message.carrier_sid, bindparam("sid")), look_at=bindparam("again"),
        )
        .returning(Message.id, Message.slot_id, Message.alert_id)
    )  # fmt: skip


_RECEIPTS = {to: Prepared(lambda _, to=to: _receipt_statement(to)) for to in MAY_COME_FROM}
