"""Many people live in several houses: installations of their own, as many at a time as the machine has processors.

A house holds at most `MOST` institutions. How the people are divided follows from their number alone, so the same seed
gives the same figures on every machine.
"""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from multiprocessing import get_context

from companion.trials.crowd import PER_INSTITUTION
from companion.trials.drawing import ByDay, by_day
from companion.trials.figures import Counts, count
from companion.trials.promises import broken
from companion.trials.simulate import BEGIN, simulate

MOST = 7
"""Institutions in one house: about a thousand people."""
LOOKS = 1.0
"""Seconds between two looks at how far the houses are."""
_far = None
"""In the process of a house: for each house the seconds it has lived, shared with whoever asked for them."""


@dataclass(frozen=True)
class Order:
    """What a run is asked for, but for the number of people."""

    days: int
    seed: int
    faults: bool
    server: str | None


@dataclass(frozen=True)
class Lived:
    """What is left of one house."""

    counts: Counts
    days: ByDay
    broken: dict[str, list[str]]


def divided(clients: int) -> list[range]:
    """Which of the people live in which house: whole institutions, as evenly as they can be dealt."""
    institutions = ceil(clients / PER_INSTITUTION)
    houses = ceil(institutions / MOST)
    cuts = [institutions * n // houses * PER_INSTITUTION for n in range(houses)] + [clients]
    return [range(start, end) for start, end in pairwise(cuts)]


def live(clients: int, order: Order, show: Callable[[datetime], None]) -> list[Lived]:
    """Everybody lives their days; `show` is told how far they are, on the whole."""
    homes = divided(clients)
    if len(homes) == 1:
        return [_live_in(clients, homes[0], order, show)]
    context = get_context("spawn")
    far = context.Array("d", len(homes))
    hands = min(len(homes), len(os.sched_getaffinity(0)))
    with ProcessPoolExecutor(
        hands, context, initializer=_share, initargs=(far,), max_tasks_per_child=1
    ) as pool:
        running = [pool.submit(_live_apart, n, clients, home, order) for n, home in enumerate(homes)]
        waiting = set(running)
        while waiting:
            _, waiting = wait(waiting, LOOKS)
            show(BEGIN + timedelta(seconds=sum(far) / len(homes)))
        return [one.result() for one in running]


def faults_of(houses: list[Lived]) -> dict[str, list[str]]:
    """Every promise that was broken in any of them, with where; places of several houses name the house."""
    found: dict[str, list[str]] = {}
    for n, house in enumerate(houses, start=1):
        where = f"house {n}: " if len(houses) > 1 else ""
        for name, places in house.broken.items():
            found.setdefault(name, []).extend(f"{where}{place}" for place in places)
    return found


def _live_in(clients: int, home: range, order: Order, show: Callable[[datetime], None]) -> Lived:
    seen = simulate(
        clients, order.days, order.seed, home=home, faults=order.faults, server=order.server, show=show
    )
    return Lived(count(seen), by_day(seen), broken(seen))


def _share(far) -> None:
    global _far
    _far = far


def _live_apart(n: int, clients: int, home: range, order: Order) -> Lived:
    def show(at: datetime) -> None:
        _far[n] = (at - BEGIN).total_seconds()

    return _live_in(clients, home, order, show)
