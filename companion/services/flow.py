"""How fast one sender's texts may leave: what its carrier takes in a second, shared by all workers (decisions/0008).

A text that was handed over faster than that lies in the carrier's queue, and an urgent one behind it. One row per
sender says when its next turn is. It is moved by the last statement of the transaction that takes a message, so it is
locked for the commit alone. Whoever comes too early reserves a later turn, waits with no transaction open, and asks the
gate again. Urgent texts ask for no turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import and_, bindparam, case, or_, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from companion.db import insert_ignore
from companion.models import SenderTurn
from companion.services.prepared import Prepared

AT_ONCE = 0.25
"""Seconds: so much of what a second may take can leave in the same instant. Hands come in bursts, carriers bear them."""
ABSURD = 60.0
"""Seconds; a turn farther ahead than anybody reserves was made by a clock that has gone back since."""


@dataclass(frozen=True)
class Pace:
    """A sender by the carrier's name for it, and how many of its texts may leave in a second (0.5: one in two)."""

    sender: str
    per_second: float

    @property
    def step(self) -> float:
        """Seconds from one turn to the next."""
        return 1 / self.per_second


Paces = Mapping[str, Pace]
NO_PACES: Paces = MappingProxyType({})


def paces(sender: str, per_second: float | None) -> Paces:
    """The pace of each channel that has one; every text of ours is an SMS of one sender."""
    return {"sms": Pace(sender, per_second)} if per_second else NO_PACES


class NotYet(Exception):
    """It is not this text's turn; the transaction that would have taken it is undone."""

    def __init__(self, pace: Pace):
        self.pace = pace
        super().__init__(pace.sender)


def claim(session: Session, pace: Pace, machine: datetime) -> None:
    """Take the turn that is now. Raises NotYet if others have it."""
    if _move(session, pace, machine.timestamp(), AT_ONCE) is None:
        raise NotYet(pace)


def reserve(session: Session, pace: Pace, machine: datetime, within: float) -> float | None:
    """Take the next turn that is free; how many seconds it lies ahead, or None if that is not within so many."""
    now = machine.timestamp()
    turn = _move(session, pace, now, within)
    return None if turn is None else max(0.0, turn - now)


def _move(session: Session, pace: Pace, now: float, ahead: float) -> float | None:
    """Move the sender's next turn on by one and give the one that was taken, if it lies no farther ahead."""
    values = {
        "name": pace.sender, "now": now, "latest": now + ahead, "absurd": now + ABSURD + 2 * pace.step,
        "step": pace.step,
    }  # fmt: skip
    moved = _MOVE.first(session.connection(), **values)
    if moved is None and session.get(SenderTurn, pace.sender) is None:
        insert_ignore(session, SenderTurn.__table__, [{"sender": pace.sender, "next_at": 0.0}])
        moved = _MOVE.first(session.connection(), **values)
    return moved and moved.next_at - pace.step


def _move_statement(_dialect: str):
    believed = and_(SenderTurn.next_at > bindparam("now"), SenderTurn.next_at <= bindparam("absurd"))
    return (
        update(SenderTurn.__table__)
        .where(
            SenderTurn.sender == bindparam("name"),
            or_(SenderTurn.next_at <= bindparam("latest"), SenderTurn.next_at > bindparam("absurd")),
        )
        .values(next_at=case((believed, SenderTurn.next_at), else_=bindparam("now")) + bindparam("step"))
        .returning(type_coerce(SenderTurn.next_at, NullType()).label("next_at"))  # both drivers give a float
    )


_MOVE = Prepared(_move_statement)
