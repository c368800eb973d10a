"""How the engine is for one institution, in figures a person understands: what waits and why, what is parked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, text, type_coerce
from sqlalchemy.orm import Session

from companion.db import UtcDateTime
from companion.models import EngineState, Message, Parked, Slot, Staff
from companion.models.messages import is_planned, is_unsure
from companion.rules.states import SlotState
from companion.services import budget, stops
from companion.services.budget import Spent

SOON = timedelta(hours=1)
PARKED_SHOWN = 20


@dataclass(frozen=True)
class Held:
    """Texts that wait for one reason, and when the first of them is asked for again."""

    because: str
    n: int
    first_at: datetime


@dataclass(frozen=True)
class ParkedRows:
    """Rows of one kind that a step could not digest: how many, since when, until when, and the kind of fault."""

    kind: str
    fault: str
    n: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Condition:
    """Everything the page says, but for alarms, which engine/alarms knows."""

    last_tick_at: datetime | None
    ticked_machine_at: datetime | None
    held: Sequence[Held]
    in_turn: int
    """Due now, and only waiting for a free hand or the sender's pace."""
    unsure: int
    parked: Sequence[ParkedRows]
    stops: Sequence[stops.Standing]
    spent: Spent | None
    soon: int
    """Texts of the next hour: those that are written down, and check-ins that fall due."""

    def own_stops(self, institution_id: int) -> list[stops.Standing]:
        """Those that this institution's supervisor may lift."""
        return [one for one in self.stops if one.institution_id == institution_id]


def of(session: Session, now: datetime, staff: Staff) -> Condition:
    """The condition of the engine as a supervisor's institution feels it; six statements whatever its size."""
    here = staff.institution_id
    figures = session.execute(_figures(here, now)).one()
    held = list(session.execute(_held(here, now)))
    return Condition(
        last_tick_at=figures.last_tick_at,
        ticked_machine_at=figures.ticked_machine_at,
        held=[Held(*row) for row in held if row.because is not None],
        in_turn=sum(row.n for row in held if row.because is None),
        unsure=figures.unsure,
        parked=[ParkedRows(*row) for row in session.execute(_parked(here, now))],
        stops=stops.standing(session, now, here),
        spent=budget.spent(session, staff.institution, now),
        soon=figures.texts_soon + figures.check_ins_soon,
    )


def _figures(here: int, now: datetime):
    soon = now + SOON

    def count(model, *where):
        return select(func.count()).select_from(model).where(model.institution_id == here, *where)

    def state(column):
        return type_coerce(select(column).limit(1).scalar_subquery(), UtcDateTime)

    check_ins = count(Slot, Slot.look_at > now, Slot.look_at <= soon, Slot.state == SlotState.PLANNED)
    texts = count(Message, is_planned, Message.look_at > now, Message.look_at <= soon)
    return select(
        state(EngineState.last_tick_at).label("last_tick_at"),
        state(EngineState.ticked_machine_at).label("ticked_machine_at"),
        count(Message, is_unsure).scalar_subquery().label("unsure"),
        texts.scalar_subquery().label("texts_soon"),
        check_ins.scalar_subquery().label("check_ins_soon"),
    )


def _held(here: int, now: datetime):
    """By reason; what is due now has none any more, and what was only ever promised for later has none yet."""
    due = Message.look_at <= now
    because = case((due, None), else_=Message.held_because).label("because")
    return (
        select(because, func.count().label("n"), type_coerce(func.min(Message.look_at), UtcDateTime))
        .where(Message.institution_id == here, is_planned, due | Message.held_because.is_not(None))
        .group_by(text("because"))  # by its name: bound twice, it would be two different expressions
        .order_by(func.count().desc())
    )


def _parked(here: int, now: datetime):
    return (
        select(
            Parked.kind, Parked.reason, func.count(), type_coerce(func.min(Parked.at), UtcDateTime),
            type_coerce(func.max(Parked.until), UtcDateTime),
        )
        .where(Parked.institution_id == here, Parked.until > now)
        .group_by(Parked.kind, Parked.reason)
        .order_by(func.min(Parked.at))
        .limit(PARKED_SHOWN)
    )  # fmt: skip
