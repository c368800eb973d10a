"""The stop switch: nothing leaves for an institution, or for anybody, until a named instant (design 2.6)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import EngineState, Message, Stop
from companion.rules.states import MessageState
from companion.services import after_restore


def stop(
    session: Session, now: datetime, *, institution_id: int | None, reason: str, until: datetime,
    province: str | None = None,
) -> Stop:  # fmt: skip
    """Stop sending. It works at the next hand-over, so within seconds, and ends by itself."""
    row = Stop(institution_id=institution_id, province=province, reason=reason, began_at=now, until=until)
    session.add(row)
    return row


def lift(session: Session, now: datetime, *, institution_id: int | None) -> int:
    """Let texts leave again; lifting all also lifts what a restore had stopped."""
    lifted = rows_changed(
        session,
        update(Stop)
        .where(Stop.lifted_at.is_(None), Stop.until > now)
        .where(
            Stop.institution_id.is_(None) if institution_id is None else Stop.institution_id == institution_id
        )
        .values(lifted_at=now),
    )
    if institution_id is None:
        after_restore.before_it_is_lifted(session, now)
        lifted += rows_changed(
            session,
            update(EngineState).where(EngineState.restored_at.is_not(None)).values(restored_at=None),
        )
    _wake(session, now, institution_id)
    return lifted


def _wake(session, now, institution_id) -> None:
    """What was held by the stop is asked for again at once."""
    query = update(Message).where(Message.state == MessageState.PLANNED, Message.held_because == "stop")
    if institution_id is not None:
        query = query.where(Message.institution_id == institution_id)
    rows_changed(session, query.values(look_at=now))


def standing(session: Session, now: datetime) -> list[Stop]:
    """The stops in force, for the staff page and `check`."""
    return list(session.scalars(select(Stop).where(Stop.lifted_at.is_(None), Stop.until > now)))
