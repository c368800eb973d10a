"""What time it is: the only file that reads it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time. `now` is what people live by; `machine` is what leases and carriers are measured with."""

    def now(self) -> datetime:
        return self.machine()

    def machine(self) -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def stopwatch() -> float:
        """Seconds that only ever grow, for measuring how long something took."""
        return time.perf_counter()


class ShiftedClock(Clock):
    """The machine's time moved by an offset that lives in the database, so that all processes agree (DEMO only)."""

    def __init__(self, offset: Callable[[], timedelta], real: Clock):
        self._offset, self._real = offset, real

    def machine(self) -> datetime:
        return self._real.machine()

    def now(self) -> datetime:
        return self.machine() + self._offset()


class SetClock(Clock):
    """A clock that stands where it was put: for `tick --at`, walks, trials and tests. The machine's goes on."""

    def __init__(self, at: datetime, real: Clock | None = None):
        self.at, self._real = at, real or Clock()

    def machine(self) -> datetime:
        return self._real.machine()

    def now(self) -> datetime:
        return self.at
