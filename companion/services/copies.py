"""Copies of our words at the carrier: deleted once the row has ended, and counted where that does not succeed."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from companion.db import UtcDateTime
from companion.models import Message
from companion.rules.states import MessageState
from companion.services.prepared import Prepared, one_of

TO_ERASE = (
    MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.REFUSED,
    MessageState.CANCELLED, MessageState.EXPIRED,
)  # fmt: skip
"""Every end of a text. Of one that was given up here the carrier may have a copy too, if it had left after all."""
NEVER_LEFT = (MessageState.REFUSED, MessageState.CANCELLED, MessageState.EXPIRED)
"""What we believe has not gone out; a sid that comes later says that the carrier has a copy all the same."""
LEFT_AFTER = timedelta(days=2)
"""A day is given to receipts, and another one to asking every hour."""
ASKED_AGAIN = timedelta(hours=1)


def left(session: Session, now: datetime, institution_id: int | None = None) -> int:
    """Ended texts of which the carrier has not confirmed for two days that its copy is gone."""
    query = select(func.count()).where(
        Message.look_at <= now + ASKED_AGAIN,
        Message.state.in_(TO_ERASE),
        Message.state_at <= now - LEFT_AFTER,
        Message.erased_at.is_(None),
    )
    if institution_id is not None:
        query = query.where(Message.institution_id == institution_id)
    return session.scalar(query)


def _keep_sid(*which):
    """A sid that comes too late to change anything: by it the carrier's copy can still be deleted."""
    known = (Message.state == MessageState.SENT) & Message.look_at.is_(None)
    ended = or_(one_of(Message.state, NEVER_LEFT), known)
    return (
        update(Message.__table__)
        .where(*which, Message.carrier_sid.is_(None), Message.erased_at.is_(None))
        .values(
            carrier_sid=bindparam("sid"),
            look_at=case((ended, bindparam("now", type_=UtcDateTime())), else_=Message.look_at),
        )
    )


SID_BY_ID = Prepared(lambda _: _keep_sid(Message.id == bindparam("message")))
SID_BY_REF = Prepared(
    lambda _: _keep_sid(
        Message.ref == bindparam("name"), one_of(Message.state, (*NEVER_LEFT, MessageState.SENT))
    )
)
