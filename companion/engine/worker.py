"""The engine's own process: APScheduler keeps time, the rows hold the schedule (design 3).

One state loop and a few senders. Nothing is planned inside the scheduler, so nothing is lost with it.
"""

import logging
import signal
import threading
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from companion.engine import watch
from companion.engine.house import House
from companion.engine.tick import tick

log = logging.getLogger(__name__)

NIGHT = 18  # UTC: half past one at night in Jakarta


def run_worker(house: House, *, every: int, senders: int, heartbeat_url: str = "") -> None:
    """Tick every few seconds until told to stop; a tick that is running is finished first."""
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_job(
        _guarded, "interval", (house, senders), seconds=every, id="tick", next_run_time=house.clock.machine()
    )
    scheduler.add_job(watch.look, "interval", (house, heartbeat_url), seconds=60, id="watch")
    scheduler.add_job(watch.balance, "cron", (house,), hour=NIGHT, minute=30, id="books")
    stopping = threading.Event()

    def stop(*_):
        if not stopping.is_set():
            stopping.set()
            threading.Thread(target=scheduler.shutdown, kwargs={"wait": True}).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler.start()


def _guarded(house: House, senders: int) -> None:
    """A tick that breaks must not end the worker; the next one begins from the rows again."""
    try:
        tick(house, senders=senders)
    except Exception as error:  # noqa: BLE001 - the watch sees that ticks no longer end
        log.error("tick failed: %s", type(error).__name__)
