"""All budgets of design 7 that exist so far, each measured by a file of its own."""

from collections.abc import Iterator, Sequence

from companion.trials import (
    bench_answers,
    bench_dispatch,
    bench_engine,
    bench_house,
    bench_list,
    bench_pages,
    bench_scheduler,
    bench_simulate,
)
from companion.trials.bench_rows import Options

USUAL = Options()
GROUPS = {
    "pages": bench_pages.rows,
    "list": bench_list.rows,
    "answers": bench_answers.rows,
    "engine": bench_engine.rows,
    "scheduler": bench_scheduler.rows,
    "dispatch": bench_dispatch.rows,
    "house": bench_house.rows,
    "simulate": bench_simulate.rows,
}


def measure(only: Sequence[str] = (), *, options: Options = USUAL) -> Iterator[tuple[str, list[dict]]]:
    """Each group's name with its rows, as soon as it is measured. Raises KeyError for a group that is none."""
    for name in only or GROUPS:
        yield name, GROUPS[name](options)
