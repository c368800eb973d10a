"""The storm of a crash trial: workers killed at random moments while people answer and opt out."""

import subprocess
import time
from pathlib import Path
from random import Random
from select import select as readable

from sqlalchemy import select

from companion.clock import Clock
from companion.db import Database
from companion.models import Link
from companion.trials import chaos_processes as processes
from companion.trials.chaos_pages import Pages
from companion.trials.chaos_processes import Setting
from companion.trials.chaos_scene import Plan, Scene
from companion.trials.chaos_stage import Show, Stage, at_rest

ENOUGH = 600
"""Seconds after which a storm that does not come to rest is a fault of its own."""

WHILE_SENDING = 0.7
"""The kills are spread over so much of the texts; those that chance leaves over come afterwards."""
A_MOMENT = 1.0
"""Seconds. A call to the carrier takes half of that, so a worker may be killed before, in and after one."""

ALSO_THE_PAGES = 5
"""With one in so many workers the web process is killed too: people try again, callbacks are lost."""


class Gang:
    """The workers: killed one by one at random, and each replaced at once."""

    def __init__(self, plan: Plan, setting: Setting, log: Path):
        self.kills, self.fell = 0, []
        self._setting, self._log = setting, log
        self._dice = Random(f"{plan.seed}:kills")  # noqa: S311 - play, not secrecy
        self._workers = [self._start() for _ in range(plan.workers)]

    def _start(self) -> subprocess.Popen:
        return processes.start("worker", self._setting, self._log)

    def kill_one(self) -> bool:
        """One that is at work; False if none is, because all are still starting."""
        up = set(readable([worker.stdout for worker in self._workers], [], [], 0)[0])
        ready = [n for n, worker in enumerate(self._workers) if worker.stdout in up]
        if not ready:
            return False
        n = self._dice.choice(ready)
        processes.kill(self._workers[n])
        self._workers[n] = self._start()
        self.kills += 1
        return True

    def look(self) -> None:
        """One that ended although nobody killed it is a fault; the trial goes on with another in its place."""
        for n, worker in enumerate(self._workers):
            if worker.poll() is not None:
                self.fell.append(f"a worker ended by itself with status {processes.end(worker)}")
                self._workers[n] = self._start()

    def end(self) -> None:
        """As an operator would; whatever they are doing is finished first."""
        self.fell += processes.tell_to_end(self._workers)


class _Killer:
    """Strikes at random moments of the work, not of the day: after so many texts, and a moment later.

    By the clock a slow machine would have its workers killed before they had sent anything, and nothing would be tried.
    """

    def __init__(self, plan: Plan, gang: Gang, pages: Pages):
        self._gang, self._left, self._pages = gang, plan.kills, pages
        self._every = WHILE_SENDING * plan.messages / max(plan.kills, 1)
        self._dice = Random(f"{plan.seed}:killer")  # noqa: S311 - play, not secrecy
        self._texts = self._draw(0)
        self._at: float | None = None

    @property
    def done(self) -> bool:
        return self._left == 0

    def look(self, texts: int, now: float, *, over: bool) -> None:
        """`texts` have reached phones by `now`; with `over` none is to be waited for."""
        if self.done:
            return
        if self._at is None and (texts >= self._texts or over):
            self._at = now + self._dice.uniform(0, A_MOMENT)
        if self._at is not None and now >= self._at and self._gang.kill_one():
            self._left, self._at = self._left - 1, None
            if self._left % ALSO_THE_PAGES == 0:
                self._pages.kill()
            self._texts = self._draw(texts)

    def _draw(self, texts: int) -> float:
        return texts + self._dice.expovariate(1 / self._every)


def storm(stage: Stage, show: Show) -> Gang:
    """Until all is sent, nothing is in anybody's hands, and all kills were made. The workers have ended by then."""
    plan, people, gang = stage.plan, stage.people, Gang(stage.plan, stage.setting, stage.log)
    began, early, killer = Clock.stopwatch(), _Early(stage.furniture), _Killer(plan, gang, stage.pages)
    people.opt_out(stage.furniture.old_links, plan.storm)
    try:
        while Clock.stopwatch() < began + plan.storm + ENOUGH:
            now, rests = Clock.stopwatch(), at_rest(stage.house, plan.end)
            killer.look(len(stage.ears.arrived), now, over=rests)
            gang.look()
            stage.pages.look()
            people.answer(early.tokens(stage.database))
            show(stage.now())
            if killer.done and rests and now > began + plan.storm and not stage.pages.starting:
                break
            time.sleep(0.1)
    finally:
        gang.end()
    stage.fell += gang.fell + stage.pages.fell
    return gang


class _Early:
    """Links of people who answer before their text has come; each is given once."""

    def __init__(self, scene: Scene):
        self._left = set(scene.early)

    def tokens(self, database: Database) -> list[str]:
        if not self._left:
            return []
        with database.read() as session:
            rows = session.execute(select(Link.token, Link.slot_id).where(Link.slot_id.in_(self._left))).all()
        self._left -= {row.slot_id for row in rows}
        return [row.token for row in rows]
