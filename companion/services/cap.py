"""The cap per number: what it has had in seven days, and whose claim on the next text is better (design 3)."""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from companion.models import Message, Phone, Slot
from companion.models.messages import is_planned
from companion.rules import gate
from companion.rules.days import midnight
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import Purpose
from companion.services.prepared import Prepared, one_of

COUNTED = (MessageState.SENT, MessageState.DELIVERED, MessageState.UNSURE, MessageState.SENDING)
LONGEST_LIFE = timedelta(days=4)
"""No message waits longer between its first attempt and its last (design 4.2, expires_at)."""


def texts_of_seven_days(session: Session, message, zone: str, now: datetime) -> list[datetime]:
    """When the texts that count against the cap left: to this number, whatever they were for.

    That is their last attempt; the first may have met a closed door days before. It only serves the index.
    """
    if message.number_id is None:
        return []
    first = midnight(now, zone, 1 - gate.CAP_DAYS)
    found = _COUNTED_TEXTS.run(
        session.connection(), number_id=message.number_id, since=first - LONGEST_LIFE, first=first
    )
    return [row.last_attempt_at for row in found]


_COUNTED_TEXTS = Prepared(
    lambda _: select(Message.last_attempt_at).where(
        Message.number_id == bindparam("number_id"),
        Message.first_attempt_at >= bindparam("since"),
        Message.last_attempt_at >= bindparam("first"),
        one_of(Message.state, COUNTED),
    )
)


def outranked(session: Session, message, zone: str, now: datetime) -> bool:
    """Whether something with a better claim is to go to this number today.

    That is a text that waits; for a reading also a check-in or a reminder that falls due later in the day. Not asked
    for a check-in's own texts: nothing that the cap could hold goes before them. What was itself put off until another
    day outranks nobody.
    """
    better = gate.better_claims(message.purpose)
    if message.number_id is None or not better:
        return False
    tomorrow = midnight(now, zone, 1)
    waits = select(Message.id).where(
        Message.number_id == message.number_id, is_planned, Message.purpose.in_(better),
        Message.look_at < tomorrow, Message.expires_at > now,
    )  # fmt: skip
    found = waits.exists()
    if message.purpose is Purpose.FAMILY_WEEKLY:
        found |= _asked_today(message.number_id, tomorrow, now).exists()
    return bool(session.scalar(select(found)))


def _asked_today(number_id: int, tomorrow: datetime, now: datetime):
    """Check-ins, or their reminders, that are to go to this number before the day is over."""
    here = select(Phone.person_id).where(Phone.number_id == number_id, Phone.rank == 0)
    invited = Slot.state == SlotState.PLANNED
    reminded = and_(Slot.state == SlotState.OPEN, Slot.remind_at < tomorrow)
    return select(Slot.id).where(
        Slot.person_id.in_(here), Slot.due_at >= now - LONGEST_LIFE, Slot.due_at < tomorrow,
        or_(invited, reminded),
    )  # fmt: skip
