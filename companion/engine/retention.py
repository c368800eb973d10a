"""Deleting what has been kept long enough: every institution, every kind, in short transactions (design 2.12)."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select

from companion.db import Database
from companion.models import Institution
from companion.rules.retention import Kept
from companion.services import forgetting, importing, records, retention, sign_in, transfers

log = logging.getLogger(__name__)

ROWS, WINDOWS, PEOPLE = 500, 100, 20
"""At most so many in one transaction; a window has dozens of answers, and a person hundreds of rows."""
STAFF_LINKS = timedelta(days=30)
ATTEMPTS = timedelta(days=1)


def sweep(database: Database, now: datetime, machine: datetime) -> list[str]:
    """Delete whatever is due. Gives what could not be done, as `kind:fault`; the rest is done all the same.

    Idempotent, and safe in two processes: what one has taken, the other does not find.
    """
    failed = []
    with database.read() as session:
        places = session.execute(select(Institution.id, Institution.zone).order_by(Institution.id)).all()
        held = {place.id: retention.days(session, place.id) for place in places}
    for place in places:
        for kind, step in _steps(place, held[place.id], now, machine):
            try:
                _repeat(database, place, kind, step, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other kinds and places must go on
                log.error("retention of %s in institution %s: %s", kind, place.id, type(error).__name__)
                failed.append(f"{kind}:{type(error).__name__}")
    with database.write() as session:
        sign_in.forget_old(session, now, ATTEMPTS)
        transfers.lapse(session, now)
    return failed


def _steps(place, held: dict[Kept, int], now: datetime, machine: datetime) -> Iterator[tuple]:
    """What is to be repeated for one institution, in this order: a record goes when its answers were counted."""
    here, zone = {"institution_id": place.id}, {"zone": place.zone}
    due = {kind: {"cutoff": now - timedelta(days=days), "limit": ROWS} for kind, days in held.items()}
    closed = {"cutoff": now, "limit": WINDOWS}
    old_links = {"cutoff": now - STAFF_LINKS, "limit": ROWS}
    yield Kept.LINKS, partial(forgetting.links, now=now, **here, **closed)
    yield Kept.LINKS, partial(forgetting.staff_links, **here, **old_links)
    yield Kept.DRAFTS, partial(importing.forget_old, now=now, machine=machine, **here)
    yield Kept.SIXTH, partial(forgetting.sixth, **here, **due[Kept.SIXTH])
    yield Kept.WORRIES, partial(forgetting.worries, **here, **due[Kept.WORRIES])
    windows = due[Kept.ANSWERS] | {"limit": WINDOWS}
    yield Kept.ANSWERS, partial(forgetting.answers, now=now, **here, **zone, **windows)
    people = due[Kept.RECORDS] | {"limit": PEOPLE}
    yield Kept.RECORDS, partial(records.forget, **here, **zone, **people)
    yield Kept.RECORDS, partial(records.forget_acts, **here, **due[Kept.RECORDS])


def _repeat(database: Database, place, kind: Kept, step, now: datetime) -> None:
    """One batch after the other until nothing is due; each is written into the book with what it deleted."""
    today = now.astimezone(ZoneInfo(place.zone)).date()
    while True:
        with database.write() as session:
            did = step(session)
            retention.written_down(session, place.id, kind, today, did["deleted"])
        if not did["looked"]:
            return
