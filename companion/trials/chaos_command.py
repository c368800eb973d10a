"""chaos: the crash trial as a command. It needs no environment; what it needs is loaded when it is called."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click

from companion.trials.commands import POSTGRESQL

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FEWEST_KILLS = 50
"""What a full trial has to survive."""
ENOUGH_SENT, ENOUGH_CUT_OFF = 0.7, 0.25
"""A trial in which little was sent, or whose kills hit nobody at work, has shown nothing and must not pass."""


@click.command("chaos")
@click.option("--messages", type=click.IntRange(1, 20_000), default=2_000, show_default=True,
              help="Check-ins that fall due while workers are killed.")  # fmt: skip
@click.option("--kills", type=click.IntRange(0, 1_000), default=FEWEST_KILLS, show_default=True,
              help="How often a worker is killed.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 16), default=4, show_default=True)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    help="Decides everything that is left to chance, but not the timing.",
)
@click.option("--database", type=click.Choice([*DATABASES, "both"]), default="both", show_default=True)
@click.option(
    "--postgresql-url", envvar=POSTGRESQL, help="A server; a database of its own is made there and dropped."
)
@click.option("--out", default="build/chaos.json", type=click.Path(dir_okay=False, path_type=Path))
def chaos(messages, kills, workers, seed, database, postgresql_url, out):
    """Kill workers while they send, then count; exit 1 if anything was sent twice, too late, or lost."""
    from companion.trials import printing
    from companion.trials.chaos_scene import Plan

    if database == "postgresql" and not postgresql_url:
        raise click.BadParameter(f"no server is named: --postgresql-url or {POSTGRESQL}")
    plan = Plan(messages=messages, kills=kills, workers=workers, seed=seed)
    rows = []
    for name in DATABASES if database == "both" else [database]:
        found, places = _tried(plan, name, postgresql_url)
        click.echo(DATABASES[name])
        printing.show_bench(found)
        if places is not None:
            printing.show_broken(places)
        rows += found
    printing.write_json(out, printing.as_json(rows))
    click.echo(f"written to {out}")
    sys.exit(1 if any(row["ok"] is False for row in rows) else 0)


def _tried(plan, name: str, server: str | None) -> tuple[list[dict], dict[str, list[str]] | None]:
    """The rows of one database, and where something was broken; None if it could not be tried."""
    from companion.trials.bench_rows import figure, least, most, not_measured
    from companion.trials.chaos import CUT_OFF, SENT, run
    from companion.trials.chaos_checks import broken

    where = DATABASES[name]
    if name == "postgresql" and not server:
        return [not_measured(f"crash trial, {where}", "s", "-")], None
    with _bar(plan, where) as show:
        ran = run(plan, server if name == "postgresql" else None, show)
    found, figures = broken(ran.seen), dict(ran.figures)
    rows = [
        least(f"workers killed, {where}", ran.kills, "kills", plan.kills),
        least(f"{SENT}, {where}", figures.pop(SENT), "texts", ENOUGH_SENT * plan.messages),
        least(f"{CUT_OFF}, {where}", figures.pop(CUT_OFF), "", ENOUGH_CUT_OFF * plan.kills),
        *(figure(f"{what}, {where}", value, "") for what, value in figures.items()),
        *(most(f"{what}, {where}", len(places), "", 0) for what, places in found.items()),
        figure(f"time, {where}", ran.seconds, "s"),
    ]
    return rows, {what: places for what, places in found.items() if places}


@contextmanager
def _bar(plan, where: str) -> Iterator[Callable[[datetime], None]]:
    """Half of the bar is the storm, the other half the days after it, which pass much faster."""
    from companion.trials import printing
    from companion.trials.chaos_scene import BEGIN, LIVES_ON

    storm = plan.storm_lived
    with printing.progress(where, BEGIN, BEGIN + 2 * storm) as show:

        def follow(at: datetime) -> None:
            beyond = max(at - BEGIN - storm, timedelta())
            show(min(at, BEGIN + storm) + storm * min(beyond / LIVES_ON, 1))

        yield follow
