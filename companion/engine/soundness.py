"""Is this installation sound? One list of facts for `check`, and for the night (design 2.13)."""

from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from companion import crypto
from companion.clock import Clock
from companion.db import Database
from companion.engine.alarms import LITTLE_DISK, OLD_BACKUP, TICK_AGE, alarms, free_disk
from companion.models import EngineState
from companion.rules.days import load_calendar
from companion.services import books, copies, rotation

OK = "ok"
HAVE_A_LINE = {"calendar_ends", "no_tick", "clock_went_back", "disk_low", "backup_old"}
"""Alarms that a fact of their own says more about."""
BACKWARDS = timedelta(seconds=5)
AT_NIGHT = {
    "keys": "keys_missing", "clock": "clock_behind", "disk": "disk_low", "books": "books", "integrity": "damaged",
    "last_backup": "backup_old",
}  # fmt: skip
"""What is told to a person at night: the alarm of each fact. That no tick ends is seen within minutes."""


def facts(database: Database, clock: Clock) -> dict[str, str]:
    """Each fact with "ok", or with what is wrong. Never a name, a number or a word of anybody."""
    with database.read() as session:
        state = session.scalars(select(EngineState).limit(1)).first()
        faults = books.faults(session, clock.now())
        left = copies.left(session, clock.now())
        wrong = [name for name in alarms(session, clock.now(), clock.machine()) if name not in HAVE_A_LINE]
        return {
            "keys": keys(session),
            "clock": _clock(state, clock),
            "disk": _disk(database),
            "books": ", ".join(faults) or OK,
            "integrity": _integrity(session, sqlite=database.is_sqlite),
            "copies": f"{left} ended texts still stand at the carrier" if left else OK,
            "calendar": _calendar(clock),
            "last_tick": _last_tick(state, clock),
            "last_backup": _last_backup(state, clock),
            "alarms": ", ".join(wrong) or OK,
        }


def keys(session: Session) -> str:
    """Whether everything stored can be opened: the keys it was closed with are all in DATA_KEYS."""
    missing = rotation.key_ids(session.connection()) - set(crypto.ring().ids)
    if not missing:
        return OK
    return f"closed with {crypto.names(missing)}, which is not in DATA_KEYS"


def _clock(state: EngineState | None, clock: Clock) -> str:
    """Whether the machine's clock stands behind what was done already."""
    if state is None:
        return OK
    if state.clock_back_at:
        return f"went back at {state.clock_back_at:%Y-%m-%dT%H:%M:%SZ}"
    ticked = state.ticked_machine_at
    behind = ticked - clock.machine() if ticked else timedelta()
    return OK if behind <= BACKWARDS else f"{int(behind.total_seconds())} s behind the last tick"


def _disk(database: Database) -> str:
    free = free_disk(database.url)
    return OK if free > LITTLE_DISK else f"only {free // 1024 // 1024} MB free"


def _calendar(clock: Clock) -> str:
    calendar = load_calendar()
    ends = calendar.ends_soon(clock.now().date())
    return f"holidays are known until {calendar.known_until} only: install a newer version" if ends else OK


def _integrity(session: Session, *, sqlite: bool) -> str:
    """Whether the database itself finds anything broken.

    SQLite reads all its pages. PostgreSQL is asked for pages that did not match their checksum (if it was set up with
    them), and for indexes it does not trust.
    """
    if sqlite:
        first = session.execute(text("PRAGMA quick_check(1)")).scalar()
        orphans = session.execute(text("PRAGMA foreign_key_check")).first()
        return OK if first == "ok" and orphans is None else "the database file is damaged"
    broken = session.execute(_POSTGRESQL_FAULTS).one()
    return OK if not any(broken) else f"{broken.pages} damaged pages, {broken.indexes} broken indexes"


_POSTGRESQL_FAULTS = text(
    "SELECT (SELECT coalesce(max(checksum_failures), 0) FROM pg_stat_database"
    " WHERE datname = current_database()) AS pages,"
    " (SELECT count(*) FROM pg_index WHERE NOT indisvalid) AS indexes"
)


def _last_tick(state: EngineState | None, clock: Clock) -> str:
    if state is None or state.ticked_machine_at is None:
        return "none yet: is the worker running?"
    age = clock.machine() - state.ticked_machine_at
    return OK if age <= TICK_AGE else f"{int(age.total_seconds())} s ago"


def _last_backup(state: EngineState | None, clock: Clock) -> str:
    if state is None or state.backed_up_at is None:
        return "none yet"
    age = clock.now() - state.backed_up_at
    return OK if age <= OLD_BACKUP else f"{age.days} days ago"
