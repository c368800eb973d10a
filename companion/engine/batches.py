"""Work through what is due in batches; one that raises is halved until the bad row stands alone (failures 23)."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from companion.db import Database, insert_ignore, locked
from companion.models import Parked

log = logging.getLogger(__name__)

MOST = 500
PARKED_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class StateStep:
    """One kind of work: `run(session, now, limit)` does it, `pick(now, limit)` says on which rows.

    `run` returns a Counter whose `looked` is how many rows it looked at; 0 means nothing is due. `among` is the state
    that all its rows have, if they have one: without a due row in it the step need not be asked. With `leases`, `run`
    is given the machine's time too.
    """

    name: str
    model: type
    run: Callable
    pick: Callable
    among: str | None = None
    leases: bool = False


def work_off(database: Database, step: StateStep, now: datetime) -> Counter:
    """Repeat one step until nothing is due, each batch in its own transaction."""
    did: Counter = Counter()
    limit = MOST
    while True:
        try:
            with database.write() as session:
                batch = step.run(session, now, limit)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other rows must go on
            if limit > 1:
                limit //= 2
                continue
            _park_first(database, step, now, error)
            did["parked"] += 1
            limit = MOST
            continue
        did += batch
        if batch["looked"] < limit:  # what is left is due to somebody else, or to the next round
            return did
        limit = min(limit * 2, MOST)


def _park_first(database: Database, step: StateStep, now: datetime, error: Exception) -> None:
    """Park the row that a batch of one could not digest."""
    with database.write() as session:
        found = session.execute(locked(session, step.pick(now, 1), of=step.model)).first()
        row_id = found and (getattr(found, "id", None) or found[0].id)
    if row_id:
        park(database, step.name, step.model, row_id, now, error)


def park(database: Database, kind: str, model: type, row_id: int, now: datetime, error: Exception) -> None:
    """Leave one row alone for an hour, with the kind of its fault, where staff can see it (failures 23)."""
    log.error("%s: row %s parked: %s", kind, row_id, type(error).__name__)
    until = now + PARKED_FOR
    with database.write() as session:
        # Columns only: what is wrong with the row may be that it cannot be opened.
        institution_id = session.scalar(select(model.institution_id).where(model.id == row_id))
        session.execute(
            update(model)
            .where(model.id == row_id, model.look_at <= now)
            .values(look_at=until)
            .execution_options(synchronize_session=False)
        )
        row = {
            "institution_id": institution_id, "kind": kind, "row_id": row_id, "reason": type(error).__name__,
            "at": now, "until": until,
        }  # fmt: skip
        if not insert_ignore(session, Parked.__table__, [row], index_elements=["kind", "row_id"]):
            session.execute(
                update(Parked)
                .where(Parked.kind == kind, Parked.row_id == row_id)
                .values(at=now, until=until, reason=row["reason"])
            )
