"""Windows that go over to a new plan version: a few at each tick, each in its own transaction (design 3)."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from companion.db import Database
from companion.engine.batches import park
from companion.engine.house import House
from companion.models import Window
from companion.services import rollouts

AT_A_TICK = 200
LONGEST_ROUND = 2.0
"""Seconds; then check-ins, alerts and senders have their turn. Ten thousand windows take minutes, and may."""
A_MOMENT = timedelta(seconds=1)


def roll_on(house: House, now: datetime, most: int = AT_A_TICK) -> Counter:
    """Take the next windows over, at most so many; counts looked, rolled and parked. The rest is due a moment later.

    One goes over however slow the machine is, or a busy one would never come to an end.
    A window that cannot be taken over is parked, and the others go on (failures 23).
    """
    did: Counter = Counter()
    database, until = house.database, house.clock.stopwatch() + LONGEST_ROUND
    while due := _next(database, now):
        rollout_id, window_id = due
        with database.write() as session:
            if window_id is None:
                rollouts.finish(session, now, rollout_id)
                continue
            if did["looked"] == most or (did["looked"] and house.clock.stopwatch() > until):
                rollouts.rest(session, rollout_id, now, now + A_MOMENT)
                continue
        did["looked"] += 1
        did[_one(database, now, rollout_id, window_id)] += 1
    return did


def _next(database: Database, now: datetime) -> tuple[int, int | None] | None:
    with database.read() as session:
        return rollouts.next_window(session, now)


def _one(database: Database, now: datetime, rollout_id: int, window_id: int) -> str:
    try:
        with database.write() as session:
            return "rolled" if rollouts.move(session, now, rollout_id, window_id) else "rolled_before"
    except OperationalError:  # the database, not this window
        raise
    except Exception as error:  # noqa: BLE001 - one bad window must not keep the others waiting
        park(database, "rollout", Window, window_id, now, error)
        with database.write() as session:
            rollouts.pass_over(session, now, rollout_id, window_id)
        return "parked"
