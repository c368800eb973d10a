"""How many texts an institution pays for in a day: a warning at 80 %, and at the end bulk waits (failures 55).

Urgent texts are outside of it. Counted are texts that left or may have left; what surely never left, and what waits
again, costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from companion.db import lock_row, rows_changed
from companion.models import Institution, Message, Staff
from companion.models.messages import is_planned
from companion.rules.days import midnight
from companion.rules.gate import Because
from companion.rules.states import MessageState
from companion.rules.terms import Lane
from companion.services import audit
from companion.services.cap import COUNTED
from companion.services.prepared import Prepared, one_of

PAID = (*COUNTED, MessageState.UNDELIVERED)
WARN_AT = 80  # per cent
MOST = 1_000_000
NEAR = 100
"""So near to its end the day's budget is counted under a lock; before, no worker waits for another. More hands than
that would have to be taking a text in the same instant to overdraw it."""


@dataclass(frozen=True)
class Spent:
    """The day's budget in texts, and how many of them are gone."""

    budget: int
    used: int

    @property
    def warns(self) -> bool:
        """Whether somebody is to hear of it: 80 % or more are gone."""
        return self.used * 100 >= self.budget * WARN_AT

    @property
    def over(self) -> bool:
        """Whether bulk waits for tomorrow."""
        return self.used >= self.budget


def left(session: Session, institution, now: datetime) -> int | None:
    """How many texts the day still pays for, in the transaction that takes one; None without a budget."""
    if institution.daily_budget is None:
        return None
    rest = institution.daily_budget - _used(session, institution, now)
    if not 0 < rest <= NEAR:
        return rest
    lock_row(session, Institution, institution.id)
    return institution.daily_budget - _used(session, institution, now)


def spent(session: Session, institution: Institution, now: datetime) -> Spent | None:
    """What the page shows; None without a budget. One statement."""
    if institution.daily_budget is None:
        return None
    return Spent(institution.daily_budget, _used(session, institution, now))


def warned(session: Session, now: datetime) -> Sequence[tuple[Institution, Spent]]:
    """The institutions whose budget of the day is nearly or wholly gone; asks only about those that have one."""
    with_budget = session.scalars(
        select(Institution).where(Institution.daily_budget.is_not(None)).order_by(Institution.id)
    )
    found = ((one, spent(session, one, now)) for one in with_budget)
    return [(one, so_far) for one, so_far in found if so_far.warns]


def set_daily(session: Session, now: datetime, staff: Staff, texts: int | None) -> None:
    """Set how many texts a day the institution pays for, None for no limit; what waited for it is asked for again."""
    session.execute(
        update(Institution).where(Institution.id == staff.institution_id).values(daily_budget=texts)
    )
    rows_changed(
        session,
        update(Message)
        .where(
            Message.institution_id == staff.institution_id, is_planned,
            Message.held_because == Because.BUDGET,
        )
        .values(look_at=now),
    )  # fmt: skip
    audit.note(
        session, now, "budget_set", actor="staff", staff_id=staff.id, institution_id=staff.institution_id
    )


def _used(session: Session, institution, now: datetime) -> int:
    today = midnight(now, institution.zone)
    return _USED.first(session.connection(), institution=institution.id, today=today).used


_USED = Prepared(
    lambda _: select(func.count().label("used"))
    .select_from(Message)
    .where(
        Message.institution_id == bindparam("institution"),
        Message.last_attempt_at >= bindparam("today"),
        one_of(Message.state, PAID),
        Message.lane == Lane.BULK,
    )
)  # fmt: skip
