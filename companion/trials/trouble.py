"""What goes wrong in a trial with `--faults`: at the carrier, and with the engine itself. All decided by the seed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from sqlalchemy import select, update

from companion.db import Database
from companion.models import Institution
from companion.phones import Phones
from companion.services import stops
from companion.trials.crowd import Crowd

AT_THE_CARRIER = {
    "lose": 0.01, "lose_before": 0.005, "error": 0.005, "error_before": 0.005, "garbage": 0.002,
    "refuse": {"21211": 0.002, "20429": 0.01}, "undelivered": {"30003": 0.03, "30005": 0.002},
    "repeat": 0.1, "reorder": 0.1, "no_callbacks": 0.05, "blind": 0.1,
}  # fmt: skip
UNPLUGGED = {"refuse": {"20003": 1.0}}
"""The carrier does not know our password any more."""
A_FEW = 3
"""Texts that an institution without money may send that day."""


class Kind(StrEnum):
    """What happens to the engine or around it."""

    GAP = "gap"  # no tick runs; pages and staff go on
    OUTAGE = "outage"  # the same for days
    STOP = "stop"  # somebody presses the stop switch for everybody
    UNPLUGGED = "unplugged"  # the carrier refuses our configuration
    BUDGET = "budget"  # one institution's money for the day is nearly gone
    CLOCK_BACK = "clock back"  # the machine's clock goes back a day for a moment


STILL = frozenset({Kind.GAP, Kind.OUTAGE, Kind.STOP, Kind.UNPLUGGED})
"""While these last nothing can leave at all."""


@dataclass(frozen=True)
class Plan:
    """One kind of trouble: how often it comes, when in that time at the earliest and latest, and how long it stays."""

    kind: Kind
    every: int
    days: tuple[float, float]
    hours: tuple[float, float]


PLANS = (
    Plan(Kind.GAP, 10, (1.0, 6.0), (2.8, 17.5)),
    Plan(Kind.STOP, 14, (7.0, 12.0), (2.0, 8.0)),
    Plan(Kind.UNPLUGGED, 20, (12.5, 16.5), (1.0, 6.0)),
    Plan(Kind.BUDGET, 10, (7.0, 9.0), (24.0, 24.0)),
    Plan(Kind.CLOCK_BACK, 15, (6.1, 6.9), (0.0, 0.0)),
    Plan(Kind.OUTAGE, 60, (30.0, 40.0), (120.0, 120.0)),
)


@dataclass(frozen=True, order=True)
class Event:
    """One trouble of one trial."""

    began: datetime
    ended: datetime
    kind: Kind


@dataclass(frozen=True)
class Trouble:
    """The plan of one trial."""

    events: tuple[Event, ...] = ()
    carrier: dict | None = None

    @property
    def still(self) -> list[tuple[datetime, datetime]]:
        """When nothing could leave."""
        return [(event.began, event.ended) for event in self.events if event.kind in STILL]


CALM = Trouble()


def plan_trouble(begin: datetime, days: int, seed: int) -> Trouble:
    """So many of each kind as the days have room for, at least one where one fits; no two at the same time."""
    end = begin + timedelta(days=days)
    found: list[Event] = []
    for plan in PLANS:
        dice = Random(f"{seed}:trouble:{plan.kind}")  # noqa: S311 - play, not secrecy
        for nth in range(max(1, days // plan.every)):
            began = begin + timedelta(days=nth * plan.every + dice.uniform(*plan.days))
            found.append(Event(began, began + timedelta(hours=dice.uniform(*plan.hours)), plan.kind))
    return Trouble(tuple(_apart(sorted(found), end)), AT_THE_CARRIER)


def _apart(events: list[Event], end: datetime) -> list[Event]:
    """The first of those that would meet; what begins behind the end never happens."""
    kept: list[Event] = []
    for event in events:
        if event.began < end and (not kept or event.began >= kept[-1].ended):
            kept.append(Event(event.began, min(event.ended, end), event.kind))
    return kept


def set_carrier(phones: Phones, crowd: Crowd, trouble: Trouble, seed: int, **instead) -> None:
    """What the carrier does to everybody, and to the numbers that are dead or often off. `instead` overrides."""
    base = (trouble.carrier or {}) | instead
    numbers: dict[str, dict] = {}
    for graduate in crowd.graduates.values():
        if graduate.habit.number == "dead":
            known = Random(f"{seed}:{graduate.e164}").random() < 0.5  # noqa: S311
            numbers[graduate.e164] = {"refuse": 21211} if known else {"undelivered": 30005}
        if graduate.habit.number == "away":
            numbers[graduate.e164] = {"undelivered": {"30003": 0.5}}
    phones.set_faults(**base, numbers={} if "refuse" in instead else numbers)


def halt(database: Database, event: Event) -> None:
    """Somebody presses the stop switch for everybody."""
    with database.write() as session:
        stops.stop(session, event.began, institution_id=None, reason="percobaan", until=event.ended)


def set_budget(database: Database, texts: int | None) -> None:
    """The money of the first institution for one day, in texts; None: no limit."""
    with database.write() as session:
        first = session.scalar(select(Institution.id).order_by(Institution.id).limit(1))
        session.execute(update(Institution).where(Institution.id == first).values(daily_budget=texts))
