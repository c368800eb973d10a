"""chaos: the crash trial and its scenes as a command. It needs no environment; what it needs is loaded when it is called."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import click

from companion.trials.commands import POSTGRESQL

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FEWEST_KILLS = 50
"""What a full trial has to survive."""
STORM = "storm"
SCENES = {
    "days-off": "chaos_days_off",
    "suspended": "chaos_suspended",
    "clock-back": "chaos_clock_back",
    "restored": "chaos_restored",
}
"""What comes after the storm, in this order: each a module whose `play(plan, server)` tells how it went, at the size of `usual(seed)`."""

SIDE_BY_SIDE = 2


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
@click.option(
    "--only", multiple=True, type=click.Choice([STORM, *SCENES]), help="Only these; else all of them."
)
@click.option("--database", type=click.Choice([*DATABASES, "both"]), default="both", show_default=True)
@click.option(
    "--postgresql-url", envvar=POSTGRESQL, help="A server; a database of its own is made there and dropped."
)
@click.option("--out", default="build/chaos.json", type=click.Path(dir_okay=False, path_type=Path))
def chaos(messages, kills, workers, seed, only, database, postgresql_url, out):
    """Kill workers while they send, then stand still, hold up, turn back and restore; count each time.

    Exit 1 if anything was sent twice, too late, or lost. The first four options are the storm's.
    """
    from companion.trials import printing
    from companion.trials.chaos_scene import Plan

    if database == "postgresql" and not postgresql_url:
        raise click.BadParameter(f"no server is named: --postgresql-url or {POSTGRESQL}")
    plan = Plan(messages=messages, kills=kills, workers=workers, seed=seed)
    names = list(DATABASES) if database == "both" else [database]
    servers = {"postgresql": postgresql_url}
    rows = []
    for scene, name, went in _played(only or (STORM, *SCENES), names, plan, servers):
        found = _rows(scene, DATABASES[name], went)
        click.echo(f"{scene}, {DATABASES[name]}")
        printing.show_bench(found)
        if went is not None:
            printing.show_broken({what: places for what, places in went.broken.items() if places})
        rows += found
    printing.write_json(out, printing.as_json(rows))
    click.echo(f"written to {out}")
    sys.exit(1 if any(row["ok"] is False for row in rows) else 0)


def _played(scenes, names: list[str], plan, servers: dict) -> Iterator[tuple]:
    """Scene, database and how it went; None where there is no such server.

    The storm has the machine to itself. The scenes mostly wait, so two are played at a time, in processes of their own.
    """
    there = [name for name in names if name == "sqlite" or servers[name]]
    if STORM in scenes:
        for name in names:
            yield STORM, name, _storm(plan, name, servers.get(name)) if name in there else None
    others = [(scene, name) for name in names for scene in SCENES if scene in scenes]
    with ProcessPoolExecutor(SIDE_BY_SIDE, mp_context=get_context("spawn")) as pool:
        plays = {
            (scene, name): pool.submit(_play, scene, plan.seed, servers.get(name))
            for scene, name in others
            if name in there
        }
        for scene, name in others:
            yield scene, name, plays[scene, name].result() if name in there else None


def _storm(plan, name: str, server: str | None):
    from companion.trials import chaos

    with _bar(plan, DATABASES[name]) as show:
        return chaos.outcome(plan, chaos.run(plan, server, show))


def _play(scene: str, seed: int, server: str | None):
    module = import_module(f"companion.trials.{SCENES[scene]}")
    return module.play(module.usual(seed), server)


def _rows(scene: str, where: str, went) -> list[dict]:
    """The storm's lines keep their names; those of a scene begin with its name."""
    from companion.trials.bench_rows import figure, least, most, not_measured

    if went is None:
        return [not_measured(f"{'crash trial' if scene == STORM else scene}, {where}", "s", "-")]
    begins = "" if scene == STORM else f"{scene}: "
    return [
        *(least(f"{begins}{what}, {where}", value, "", low) for what, (value, low) in went.needed.items()),
        *(figure(f"{begins}{what}, {where}", value, "") for what, value in went.figures.items()),
        *(most(f"{begins}{what}, {where}", len(places), "", 0) for what, places in went.broken.items()),
        figure(f"{begins}time, {where}", went.seconds, "s"),
    ]


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
