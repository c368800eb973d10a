"""What goes wrong in a trial with `--faults`: at the carrier, and with the engine itself. All decided by the seed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from companion.db import Database
from companion.phones import Phones
from companion.services import stops
from companion.trials.crowd import Crowd

AT_THE_CARRIER = {
    "lose": 0.01, "lose_before": 0.005, "error": 0.005, "error_before": 0.005, "garbage": 0.002,
    "refuse": {"21211": 0.002, "20429": 0.01}, "undelivered": {"30003": 0.03, "30005": 0.002},
    "repeat": 0.1, "reorder": 0.1, "no_callbacks": 0.05, "blind": 0.1,
}  # fmt: skip
GAP = timedelta(hours=7)
STOP = timedelta(hours=4)


@dataclass(frozen=True)
class Trouble:
    """The plan of one trial: when the engine stands still, and when somebody stops all sending."""

    gaps: tuple[tuple[datetime, datetime], ...] = ()
    stops: tuple[tuple[datetime, datetime], ...] = ()
    carrier: dict | None = None

    @property
    def still(self) -> list[tuple[datetime, datetime]]:
        """When nothing could leave."""
        return sorted((*self.gaps, *self.stops))


CALM = Trouble()


def plan_trouble(begin: datetime, days: int, seed: int) -> Trouble:
    """One gap of some hours in every ten days, and a stop in every fourteen; both in the daytime."""
    dice = Random(f"{seed}:trouble")  # noqa: S311 - play, not secrecy
    gaps, halts = [], []
    for tenth in range(max(1, days // 10)):
        began = begin + timedelta(days=tenth * 10 + dice.uniform(1.0, 6.0))
        gaps.append((began, began + GAP * dice.uniform(0.4, 2.5)))
    for week in range(max(1, days // 14)):
        began = begin + timedelta(days=week * 14 + dice.uniform(7.0, 12.0))
        halts.append((began, began + STOP * dice.uniform(0.5, 2.0)))
    end = begin + timedelta(days=days)
    return Trouble(
        tuple((began, min(ended, end)) for began, ended in gaps if began < end),
        tuple((began, min(ended, end)) for began, ended in halts if began < end),
        AT_THE_CARRIER,
    )


def set_carrier(phones: Phones, crowd: Crowd, trouble: Trouble, seed: int) -> None:
    """What the carrier does to everybody, and to the numbers that are dead or often off."""
    base = trouble.carrier or {}
    numbers: dict[str, dict] = {}
    for graduate in crowd.graduates.values():
        if graduate.habit.number == "dead":
            known = Random(f"{seed}:{graduate.e164}").random() < 0.5  # noqa: S311
            numbers[graduate.e164] = {"refuse": 21211} if known else {"undelivered": 30005}
        if graduate.habit.number == "away":
            numbers[graduate.e164] = {"undelivered": {"30003": 0.5}}
    phones.set_faults(**base, numbers=numbers)


def halt(database: Database, began: datetime, ended: datetime) -> None:
    """Somebody presses the stop switch for everybody."""
    with database.write() as session:
        stops.stop(session, began, institution_id=None, reason="percobaan", until=ended)
