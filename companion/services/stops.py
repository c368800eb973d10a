"""The stop switch: nothing leaves for an institution, a province, or for anybody, until a named instant (design 2.6).

The gate asks it in the transaction that takes a message, so it counts for what already waits in a sender's queue. It
ends by itself. Texts that tell staff about a red alert are held only by a stop of everything (decisions/0008).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import EngineState, Message, Staff, Stop
from companion.models.messages import is_planned
from companion.services import after_restore, audit

LONGEST = timedelta(days=14)
"""On the page; whoever needs more asks again, so that nobody is forgotten in silence."""


class Why(StrEnum):
    """What a supervisor chooses from: free words would sooner or later hold somebody's name."""

    DISASTER = "disaster"  # flood, quake, smoke: people have other worries
    WORDING = "wording"  # a text says something wrong
    DATA = "data"  # numbers or people were entered wrongly
    MOURNING = "mourning"  # a day on which no text is fitting
    OTHER = "other"


@dataclass(frozen=True)
class Standing:
    """A stop in force. `who` is the name of the member of staff, None for the operator."""

    institution_id: int | None
    province: str | None
    reason: str
    who: str | None = field(repr=False)
    began_at: datetime
    until: datetime


def stop(
    session: Session, now: datetime, *, institution_id: int | None, reason: str, until: datetime,
    province: str | None = None, staff: Staff | None = None,
) -> Stop:  # fmt: skip
    """Stop sending. It works at the next hand-over, so within seconds, and ends by itself.

    The same stop a second time (a second click) is the one that stands.
    """
    same = select(Stop).where(
        *_in_force(now), Stop.institution_id.is_not_distinct_from(institution_id), Stop.until == until,
        Stop.province.is_not_distinct_from(province), Stop.reason == reason,
    )  # fmt: skip
    if (known := session.scalars(same.limit(1)).first()) is not None:
        return known
    row = Stop(
        institution_id=institution_id, province=province, reason=reason, began_at=now, until=until,
        staff_id=staff and staff.id,
    )  # fmt: skip
    session.add(row)
    _note(session, now, "stopped", institution_id, staff)
    return row


def lift(
    session: Session, now: datetime, *, institution_id: int | None, province: str | None = None,
    staff: Staff | None = None,
) -> int:  # fmt: skip
    """Let texts leave again; says how many stops were lifted.

    With a province only the stops of that province, without one every stop of the institution, or of all. Lifting all
    also lifts what a restore had stopped.
    """
    lifted = rows_changed(
        session,
        update(Stop)
        .where(*_in_force(now), Stop.institution_id.is_not_distinct_from(institution_id))
        .where(province is None or Stop.province == province)
        .values(lifted_at=now),
    )
    if institution_id is None and province is None:
        after_restore.before_it_is_lifted(session, now)
        lifted += rows_changed(
            session,
            update(EngineState).where(EngineState.restored_at.is_not(None)).values(restored_at=None),
        )
    _wake(session, now, institution_id)
    if lifted:
        _note(session, now, "stop_lifted", institution_id, staff)
    return lifted


def _note(session, now, act, institution_id, staff) -> None:
    audit.note(
        session, now, act, actor="staff" if staff else "command", institution_id=institution_id,
        staff_id=staff and staff.id,
    )  # fmt: skip


def _wake(session, now, institution_id) -> None:
    """What was held by the stop is asked for again at once."""
    query = update(Message).where(is_planned, Message.held_because == "stop")
    if institution_id is not None:
        query = query.where(Message.institution_id == institution_id)
    rows_changed(session, query.values(look_at=now))


def _in_force(now: datetime):
    return Stop.lifted_at.is_(None), Stop.until > now


def standing(session: Session, now: datetime, institution_id: int | None = None) -> Sequence[Standing]:
    """The stops in force, the one that ends first in front: all of them, or those that an institution feels."""
    query = (
        select(Stop.institution_id, Stop.province, Stop.reason, Staff.name, Stop.began_at, Stop.until)
        .outerjoin(Staff, Staff.id == Stop.staff_id)
        .where(*_in_force(now))
        .order_by(Stop.until, Stop.id)
    )
    if institution_id is not None:
        query = query.where(or_(Stop.institution_id.is_(None), Stop.institution_id == institution_id))
    return [Standing(*row) for row in session.execute(query)]
