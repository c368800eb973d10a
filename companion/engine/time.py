"""The one clock, and its pretended time in a demonstration (design 6, `clock`)."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from companion.clock import Clock, ShiftedClock
from companion.config import Config
from companion.db import Database, insert_ignore
from companion.models import EngineState

READ_AGAIN = timedelta(seconds=1)


class PretendedTimeRefused(Exception):
    """A pretended time was asked for where real people could be texted by it."""


def clock_for(config: Config, database: Database, real: Clock | None = None) -> Clock:
    """Real time; with DEMO=1 and a carrier on this machine, real time moved by the offset in the database.

    `real`: what counts as the machine's own time, for a trial whose machines all run faster.
    """
    real = real or Clock()
    if not (config.demo and config.carrier_on_loopback):
        return real
    held = {"at": None, "offset": timedelta()}

    def offset() -> timedelta:
        # Read at most once a second: every page and every tick asks what time it is.
        if held["at"] is None or real.machine() - held["at"] > READ_AGAIN:
            held["offset"], held["at"] = _read_offset(database), real.machine()
        return held["offset"]

    return ShiftedClock(offset, real)


def _read_offset(database: Database) -> timedelta:
    try:
        with database.read() as session:
            seconds = session.scalar(select(EngineState.clock_offset_s).limit(1))
    except DBAPIError:  # before the first migration there is no table to ask
        seconds = None
    return timedelta(seconds=seconds or 0.0)


def require_pretending(config: Config) -> None:
    """Raise PretendedTimeRefused unless this is a demonstration with a carrier on loopback."""
    if not config.demo:
        raise PretendedTimeRefused("A pretended time needs DEMO=1.")
    if not config.carrier_on_loopback:
        raise PretendedTimeRefused("A pretended time is refused: the carrier is not on this machine.")


def state_of(session: Session) -> EngineState:
    """The one row of the engine's state. On a new database several processes may be the first to want it."""
    one = select(EngineState).limit(1)
    state = session.scalars(one).first()
    if state is None:
        insert_ignore(session, EngineState.__table__, [{"id": 1, "clock_offset_s": 0.0}])
        state = session.scalars(one).one()
    return state


def set_clock(session: Session, at: datetime | None, machine: datetime) -> None:
    """Let the demo clock run on from `at`; None: real time again."""
    state_of(session)
    seconds = (at - machine).total_seconds() if at else 0.0
    session.execute(update(EngineState).values(clock_offset_s=seconds))
