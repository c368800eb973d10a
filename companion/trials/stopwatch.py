"""How long something took, on the wall and on the processor: on a busy machine the two tell different stories."""

import resource

from companion.clock import Clock


class Stopwatch:
    """Runs from the moment it is made."""

    def __init__(self):
        self._began, self._used = Clock.stopwatch(), _used()

    def seconds(self) -> float:
        return round(Clock.stopwatch() - self._began, 2)

    def processor_seconds(self) -> float:
        """User and system time of this process and of those it waited for."""
        return round(_used() - self._used, 2)


def thread_seconds() -> float:
    """Processor time of the calling thread so far."""
    mine = resource.getrusage(resource.RUSAGE_THREAD)
    return mine.ru_utime + mine.ru_stime


def _used() -> float:
    mine, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime
