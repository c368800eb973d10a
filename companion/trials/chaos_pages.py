"""The web process of a crash trial: it can be killed, or taken down and put up again, and remembers when it was dark."""

from datetime import datetime, timedelta
from pathlib import Path
from select import select as readable
from typing import Self

from companion.trials import chaos_processes as processes
from companion.trials.chaos_processes import Setting

A_MOMENT = timedelta(seconds=2)
"""Real time in which somebody notes that a page did not come, after it could have come again."""


class Pages:
    """Up for as long as this context lasts, unless somebody kills it. `dark`: from when to when there were no pages."""

    def __init__(self, setting: Setting, log: Path):
        self.kills, self.dark, self.fell = 0, [], []
        self._setting, self._log, self._process = setting, log, None
        self._down_since: datetime | None = None

    def __enter__(self) -> Self:
        self.put_up()
        return self

    def __exit__(self, *_) -> None:
        self.take_down()

    @property
    def starting(self) -> bool:
        """There are no pages just now."""
        return self._down_since is not None

    def put_up(self) -> None:
        """Start, and wait until it listens. Raises RuntimeError if it does not."""
        self._process = processes.start("web", self._setting, self._log)
        if not self._process.stdout.readline():
            raise RuntimeError("a process did not come up")
        self._is_up()

    def take_down(self) -> None:
        """As an operator would."""
        if self._process is not None:
            processes.end(self._process)
            self._process, self._down_since = None, self._down_since or self._setting.clock.machine()

    def kill(self) -> bool:
        """`kill -9`, and another one is started at once; False while one is starting."""
        if self.starting:
            return False
        self._down_since = self._setting.clock.machine()
        processes.kill(self._process)
        self._process = processes.start("web", self._setting, self._log)
        self.kills += 1
        return True

    def look(self) -> None:
        """Has it come up again? One that ended although nobody killed it is a fault."""
        if self._process.poll() is not None:
            self.fell.append(f"the pages ended by themselves with status {processes.end(self._process)}")
            self._down_since = self._down_since or self._setting.clock.machine()
            self._process = processes.start("web", self._setting, self._log)
        if self.starting and readable([self._process.stdout], [], [], 0)[0]:
            self._process.stdout.readline()
            self._is_up()

    def _is_up(self) -> None:
        if self.starting:
            until = self._setting.clock.machine() + A_MOMENT * self._setting.pace
            self.dark.append((self._down_since, until))
            self._down_since = None
