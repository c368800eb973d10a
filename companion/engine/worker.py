"""The engine's own process: APScheduler keeps time, the rows hold the schedule (design 3).

One state loop and a few senders. Nothing is planned inside the scheduler, so nothing is lost with it.
"""

import logging
import signal
import time
from collections.abc import Callable
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from companion.clock import Clock
from companion.engine import night, sending, watch
from companion.engine.house import House
from companion.engine.tick import tick

log = logging.getLogger(__name__)

URGENT_EVERY, WATCH_EVERY, NIGHT_EVERY = 2, 60, 600  # seconds
LISTENS_EVERY = 0.5
"""Seconds after which it looks whether it was told to end. Python carries a signal's handler out when the main thread
next runs: one that comes just before a wait without end would not be heard in it."""


def run_worker(house: House, *, every: int, senders: int, heartbeat_url: str = "") -> None:
    """Tick every few seconds until told to stop; the round that is running is finished first, and no other begun."""
    told = []

    def stop(*_):
        told.append(
            True
        )  # a handler may interrupt anything, and must wait for no lock: this one waits for none

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    add_jobs(
        scheduler,
        house,
        every=every,
        senders=senders,
        heartbeat_url=heartbeat_url,
        stopping=lambda: bool(told),
    )
    scheduler.start()
    while not told:
        time.sleep(LISTENS_EVERY)
    scheduler.shutdown(wait=True)


def add_jobs(
    scheduler: BaseScheduler, house: House, *, every: int, senders: int, heartbeat_url: str,
    stopping: Callable[[], bool] = lambda: False,
) -> None:  # fmt: skip
    """The state loop with its senders; the urgent lane, which waits for neither; the watch; the night's work.

    They are timed by the real machine, whatever clock the house was handed: the scheduler has that one.
    """
    at_once = Clock().machine()
    jobs = (
        ("tick", every, _guarded, (house, senders, stopping), at_once),
        ("urgent", URGENT_EVERY, _guarded_urgent, (house, stopping), at_once),
        ("watch", WATCH_EVERY, watch.look, (house, heartbeat_url), None),
        ("night", NIGHT_EVERY, night.look, (house,), at_once),
    )
    for name, seconds, act, given, begins in jobs:
        first = {"next_run_time": begins} if begins else {}
        scheduler.add_job(act, "interval", given, seconds=seconds, id=name, **first)


def _guarded(house: House, senders: int, stopping: Callable[[], bool]) -> None:
    """A tick that breaks must not end the worker; the next one begins from the rows again."""
    if stopping():
        return
    try:
        tick(house, senders=senders, stopping=stopping)
    except Exception as error:  # noqa: BLE001 - the watch sees that ticks no longer end
        log.error("tick failed: %s", type(error).__name__)


def _guarded_urgent(house: House, stopping: Callable[[], bool]) -> None:
    if stopping():
        return
    try:
        sending.send_urgent(house, house.clock.now())
    except Exception as error:  # noqa: BLE001 - the tick sends urgent texts too, and says what is wrong
        log.error("urgent texts: %s", type(error).__name__)
