"""How long a simulation takes (design 7)."""

from companion.trials import promises, simulate
from companion.trials.bench_rows import Options, figure, most
from companion.trials.stopwatch import Stopwatch

LIMIT = 90
"""Seconds for 300 people and 28 days."""


def rows(options: Options) -> list[dict]:
    """Raises RuntimeError if a promise was broken: a fast engine that breaks its word is not fast."""
    watch = Stopwatch()
    seen = simulate.simulate(options.clients, options.days)
    name, seconds = f"simulate {options.clients} x {options.days}", watch.seconds()
    if faulty := promises.broken(seen):
        raise RuntimeError(f"broken promises: {', '.join(faulty)}")
    return [
        most(name, seconds, "s", LIMIT * options.clients * options.days / (300 * 28)),
        figure(f"{name}, of processor", watch.processor_seconds(), "s"),
    ]
