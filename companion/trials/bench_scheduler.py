"""One tick job against one scheduler job per person: the same work, the same run, the same database (issue 3).

The work is opening a check-in that has fallen due. With a job per person the scheduler keeps the plan in its own table and
wakes once for each; with one tick job the rows hold the plan. Neither sends anything.
"""

import threading
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import select, update

from companion.clock import Clock
from companion.db import Database
from companion.engine.tick import tick
from companion.models import Slot
from companion.rules.states import SlotState
from companion.trials.bench_engine import as_of, forget_messages, loader_of
from companion.trials.bench_rows import Options, figure
from companion.trials.grounds import migrated

LONGEST = 600
"""Seconds after which a comparison that hangs is given up."""


class Jobs:
    """A scheduler with a job for each person, in the database of the house. A due job opens that person's check-in."""

    here: "Jobs | None" = None
    """Jobs are kept as the name of a function, so the function finds its house here."""

    def __init__(self, database: Database, due: int):
        self.database, self.left, self.done = database, due, threading.Event()
        self.lock = threading.Lock()
        self.scheduler = BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": SQLAlchemyJobStore(engine=database.writer)},
            executors={"default": ThreadPoolExecutor(10)},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )
        Jobs.here = self

    def plan(self, due: list[int], ahead: list[int], now: datetime) -> None:
        """A job for each check-in: those that are due, and those that lie a month ahead."""
        self.scheduler.start(paused=True)
        for slot_ids, at in ((ahead, now + timedelta(days=30)), (due, now)):
            for slot_id in slot_ids:
                self.scheduler.add_job(open_one, "date", run_date=at, args=(slot_id,), id=f"slot-{slot_id}")

    def run(self) -> float:
        """Seconds until the last due job has ended. Raises RuntimeError if it never does."""
        began = Clock.stopwatch()
        self.scheduler.resume()
        ended = self.done.wait(LONGEST)
        seconds = Clock.stopwatch() - began
        self._end()
        if not ended:
            raise RuntimeError("the jobs did not end")
        return seconds

    def _end(self) -> None:
        """Shut down between two rounds of the scheduler.

        The last job can end before the round that started it has taken it out of the plan, and a scheduler that is shut
        down in between does not find it there any more. A question about a job waits for the end of the round.
        """
        self.scheduler.get_job("none")
        self.scheduler.shutdown(wait=False)

    def open(self, slot_id: int) -> None:
        with self.database.write() as session:
            session.execute(
                update(Slot)
                .where(Slot.id == slot_id, Slot.state == SlotState.PLANNED)
                .values(state=SlotState.OPEN)
                .execution_options(synchronize_session=False)
            )
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.done.set()


def open_one(slot_id: int) -> None:
    """What the scheduler calls for one person."""
    Jobs.here.open(slot_id)


def rows(options: Options) -> list[dict]:
    """Milliseconds for so many due of so many enrolled, both ways, and how many times as long the one takes."""
    with migrated(on_disk=True) as (database, _key):
        loader = loader_of(database, options)
        while loader.people < options.enrolled:
            loader.block(loader.institution(f"balai{loader.people}", 20))
        loader.done()
        with database.read() as session:
            newest = select(Slot.id).where(Slot.seq == 21).order_by(Slot.id.desc())
            slot_ids = list(session.scalars(newest.limit(options.enrolled)))
        due, ahead = slot_ids[: options.due], slot_ids[options.due :]
        ticked = _ticked(database, loader.now, due)
        with database.write() as session:
            session.execute(
                update(Slot).where(Slot.id.in_(due)).values(state=SlotState.PLANNED, look_at=None)
            )
        jobs = Jobs(database, len(due))
        began = Clock.stopwatch()
        jobs.plan(due, ahead, Clock().machine())
        planned = Clock.stopwatch() - began
        ran = jobs.run() * 1000
    named = f"{len(due)} due of {len(slot_ids)}"
    return [
        figure(f"one tick job, {named}", ticked, "ms"),
        figure(f"a job for each person, {named}", ran, "ms"),
        figure("a job for each person against one tick job", ran / ticked, "times"),
        figure(f"a job for each person, planning {len(slot_ids)} jobs", planned, "s"),
    ]


def _ticked(database: Database, now: datetime, due: list[int]) -> float:
    """The same check-ins opened by one tick, which also writes their invitations and links; in milliseconds."""
    for start in range(0, len(due), 500):
        with database.write() as session:
            session.execute(
                update(Slot)
                .where(Slot.id.in_(due[start : start + 500]))
                .values(
                    due_at=now,
                    give_up_at=now + timedelta(hours=24),
                    closes_at=now + timedelta(days=3),
                    look_at=now,
                )
                .execution_options(synchronize_session=False)
            )
    house, began = as_of(database, now), Clock.stopwatch()
    report = tick(house, send=False)
    milliseconds = (Clock.stopwatch() - began) * 1000
    if report.did["opened"] != len(due):
        raise RuntimeError("the tick did not open what was due")
    forget_messages(database)
    return milliseconds
