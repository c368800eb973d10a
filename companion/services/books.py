"""The books balance: what was planned is the sum of what became of it (design 2.13)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.models import Message, Slot
from companion.rules.states import MessageState, SlotState

LATE = timedelta(minutes=30)


def slots_by_state(session: Session, institution_id: int | None = None) -> dict[str, int]:
    """How many slots stand in each state."""
    query = select(Slot.state, func.count()).group_by(Slot.state)
    if institution_id is not None:
        query = query.where(Slot.institution_id == institution_id)
    counts = {state.value: n for state, n in session.execute(query)}
    return {state.value: counts.get(state.value, 0) for state in SlotState}


def faults(session: Session, now: datetime) -> list[str]:
    """Rows that should not be as they are; empty when the books balance.

    A slot that waits for something must say when somebody looks at it; what is past its time must have ended.
    """
    overdue = now - LATE
    checks = {
        "slots_nobody_looks_at": select(func.count()).where(
            Slot.state.in_((SlotState.PLANNED, SlotState.OPEN)), Slot.look_at.is_(None)
        ),
        "slots_past_their_time": select(func.count()).where(
            Slot.state == SlotState.OPEN, func.coalesce(Slot.miss_at, Slot.give_up_at) <= overdue
        ),
        "slots_nobody_opened": select(func.count()).where(
            Slot.state == SlotState.PLANNED, Slot.look_at <= overdue
        ),
        "answered_without_an_instant": select(func.count()).where(
            Slot.state.in_((SlotState.ANSWERED, SlotState.ANSWERED_LATE)), Slot.answered_at.is_(None)
        ),
        "missed_without_a_text": select(func.count()).where(
            Slot.state == SlotState.MISSED, Slot.asked_at.is_(None)
        ),
        "messages_nobody_looks_at": select(func.count()).where(
            Message.state.in_((MessageState.PLANNED, MessageState.SENDING)), Message.look_at.is_(None)
        ),
        "messages_past_their_time": select(func.count()).where(
            Message.state == MessageState.PLANNED, Message.expires_at <= overdue
        ),
    }
    return [f"{name}:{n}" for name, query in checks.items() if (n := session.scalar(query))]
