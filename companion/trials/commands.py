"""simulate and bench (chaos has a file of its own). Neither needs an environment; what they need is loaded when they are called."""

import sys
from pathlib import Path

import click

POSTGRESQL = "TEST_POSTGRESQL_URL"
DRAWN = Path("build/simulate.svg")
GROUPS = ("pages", "list", "answers", "engine", "scheduler", "dispatch", "house", "simulate")


@click.command("simulate")
@click.option("--clients", type=click.IntRange(1, 100_000), required=True, help="How many graduates.")
@click.option("--days", type=click.IntRange(1, 400), required=True, help="How many days they live.")
@click.option("--seed", default=1, show_default=True, help="Decides everything that is left to chance.")
@click.option("--faults", is_flag=True, help="A carrier that errs, and an engine that stands still at times.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it all to FILE."
)
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the run as SVG into FILE; with --faults build/simulate.svg unless said otherwise.",
)  # fmt: skip
@click.option("--database-url", help="A PostgreSQL server; a database of its own is made there and dropped.")
def simulate(clients, days, seed, faults, json_file, picture, database_url):
    """Live DAYS days with CLIENTS simulated graduates; exit 1 if any promise was broken."""
    from companion.trials import drawing, houses, printing, simulate
    from companion.trials.figures import figures
    from companion.trials.stopwatch import Stopwatch

    watch, end = Stopwatch(), simulate.BEGIN + days * simulate.DAY
    with printing.progress("living", simulate.BEGIN, end) as show:
        lived = houses.live(clients, houses.Order(days, seed, faults, _server(database_url)), show)
    counted = figures([house.counts for house in lived])
    faulty = houses.faults_of(lived)
    effort = {"seconds": watch.seconds(), "of processor": watch.processor_seconds()}
    printing.show_trial(counted, faulty, effort)
    if json_file:
        asked = {"clients": clients, "days": days, "seed": seed, "faults": faults}
        printing.write_json(json_file, asked | {"figures": counted, "broken": faulty, "effort": effort})
    if picture := picture or (DRAWN if faults else None):
        heading = f"{clients} graduates, {days} days, seed {seed}{', with faults' if faults else ''}"
        drawing.draw(drawing.together([house.days for house in lived]), heading, picture)
        click.echo(f"drawn in {picture}")
    sys.exit(1 if faulty else 0)


def _server(url: str | None) -> str | None:
    """Only a server can give us a database of our own; a file is never taken, it might be somebody's."""
    if url and not url.startswith("postgresql"):
        raise click.BadParameter("simulate makes its own SQLite file; only a PostgreSQL server can be named")
    return url


@click.command("bench")
@click.option("--big", is_flag=True, envvar="BIG", help="Also with a million enrolled.")
@click.option("--postgresql-url", envvar=POSTGRESQL, help="A PostgreSQL server, to measure there too.")
@click.option("--only", multiple=True, type=click.Choice(GROUPS), help="Only these groups of figures.")
@click.option("--out", default="build/bench.json", type=click.Path(dir_okay=False, path_type=Path))
def bench(big, postgresql_url, only, out):
    """Measure every budget and print it beside its figure."""
    from companion.trials import printing
    from companion.trials.bench import measure
    from companion.trials.bench_rows import Options

    rows = []
    for name, found in measure(only, options=Options(server=postgresql_url, big=big)):
        click.echo(name)
        printing.show_bench(found)
        rows += found
    printing.write_json(out, printing.as_json(rows))
    click.echo(f"written to {out}")


COMMANDS = (simulate, bench)
