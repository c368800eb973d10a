"""Copies of our words at the carrier: deleted once the row has ended, and counted where that does not succeed."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.models import Message
from companion.rules.states import MessageState

TO_ERASE = (
    MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.REFUSED,
    MessageState.CANCELLED, MessageState.EXPIRED,
)  # fmt: skip
"""Every end of a text. Of one that was given up here the carrier may have a copy too, if it had left after all."""
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
