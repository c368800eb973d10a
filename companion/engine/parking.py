"""Parked rows, tried again because a person says so (failures 23): otherwise each waits for its hour."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.engine.tick import STEPS
from companion.models import Message, Parked

MODELS = {step.name: step.model for step in STEPS} | {"send": Message, "carrier": Message}
"""Whose row a parked one is, by the kind of work that could not digest it."""


def try_again(session: Session, now: datetime, institution_id: int) -> int:
    """Let the engine look at an institution's parked rows at its next tick; how many there are.

    What is still wrong with a row parks it again.
    """
    parked = session.execute(
        select(Parked.kind, Parked.row_id).where(
            Parked.institution_id == institution_id, Parked.until > now, Parked.kind.in_(MODELS)
        )
    ).all()
    for kind, row_id in parked:
        model = MODELS[kind]
        mine = model.id == row_id, model.look_at > now
        rows_changed(session, update(model).where(*mine).values(look_at=now))
    return rows_changed(
        session,
        update(Parked)
        .where(Parked.institution_id == institution_id, Parked.until > now, Parked.kind.in_(MODELS))
        .values(until=now),
    )
