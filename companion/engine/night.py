"""What is done once a night: is everything sound, and what has been kept long enough goes (design 2.12, 2.13)."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from companion.db import Database, rows_changed
from companion.engine import retention, soundness
from companion.engine.house import House
from companion.engine.time import state_of
from companion.models import EngineState

log = logging.getLogger(__name__)

BEGINS = timedelta(hours=18, minutes=30)
"""After midnight UTC: half past one in Jakarta, half past three in Jayapura."""


def look(house: House) -> None:
    """Every few minutes: has this night's work been begun? If not, it is ours now.

    Not at a fixed minute: a machine that is switched off at night does it when it is on again.
    """
    now = house.clock.now()
    try:
        if _is_ours(house.database, now):
            check(house)
            forget(house)
    except Exception as error:  # noqa: BLE001 - the next night begins again
        log.error("the night broke off: %s", type(error).__name__)
        house.alarm("night", f"The nightly work broke off: {type(error).__name__}")


def check(house: House) -> None:
    """Tell a person of everything that is not sound."""
    found = soundness.facts(house.database, house.clock)
    for name, alarm in soundness.AT_NIGHT.items():
        if found[name] != soundness.OK:
            house.alarm(alarm, found[name])


def forget(house: House) -> None:
    """Delete what is due, and tell a person if something could not be."""
    failed = retention.sweep(house.database, house.clock.now(), house.clock.machine())
    if failed:
        house.alarm("retention", ", ".join(failed))


def night_of(now: datetime) -> datetime:
    """When the night that is or was last began."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight + BEGINS
    return begins if begins <= now else begins - timedelta(days=1)


def _is_ours(database: Database, now: datetime) -> bool:
    """One UPDATE decides which process does it. A new installation begins with the night to come."""
    night = night_of(now)
    with database.read() as session:
        begun = session.scalar(select(EngineState.night_at).limit(1))
    if begun == night:
        return False
    with database.write() as session:
        state_of(session)
        # Later than now: the clock had been wrong, and has been put right.
        behind = or_(EngineState.night_at.is_(None), EngineState.night_at < night, EngineState.night_at > now)
        won = rows_changed(session, update(EngineState).where(behind).values(night_at=night))
    return bool(won) and begun is not None
