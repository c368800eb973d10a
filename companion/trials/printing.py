"""How a trial shows itself: a bar on stderr while it works, tables on stdout, and one form of JSON for scripts."""

import json
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from companion.clock import Clock

SHOWN = 10
"""Places that are printed for one broken promise; the JSON holds all."""
LABELS = {
    "promised": "planned", "ahead": "still ahead", "open": "still open", "asked": "sent",
    "answered": "answered", "answered_late": "answered late", "missed": "missed", "unreached": "unreached",
    "void": "void", "excused": "excused", "cancelled": "cancelled", "response_rate": "response rate",
}  # fmt: skip
WORK = {
    "caseworkers": "caseworkers", "working_days": "caseworker days", "lines_a_day": "lines in the morning",
    "most_lines": "most lines in a morning", "calls_a_day": "calls and visits", "reds_a_day": "reds",
}  # fmt: skip


@contextmanager
def progress(label: str, begin: datetime, end: datetime) -> Iterator[Callable[[datetime], None]]:
    """A bar that follows simulated time; nothing where nobody watches (no terminal)."""
    length = max(int((end - begin).total_seconds()), 1)
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda at: bar.update(int((at - begin).total_seconds()) - bar.pos)


def show_trial(figures: dict, broken: dict[str, list[str]], effort: dict) -> None:
    """The whole report of a simulation."""
    _table("check-ins", {LABELS[name]: n for name, n in figures["slots"].items()})
    if figures["void_because"]:
        _table("void because of", figures["void_because"])
    _table("texts", figures["texts"] | {f"for {name}": n for name, n in figures["texts_by_purpose"].items()})
    _table(
        "alerts", figures["alerts"] | {f"about {name}": n for name, n in figures["alerts_by_family"].items()}
    )
    _table("work a caseworker and day", {WORK[name]: n for name, n in figures["work"].items()})
    _table("deadlines that have come", figures["deadlines"])
    _table("effort", effort)
    click.echo()
    show_broken(broken)


def show_broken(broken: dict[str, list[str]]) -> None:
    """Where promises were broken, or that none was."""
    if not broken:
        click.echo("every promise was kept")
    for name, places in broken.items():
        click.echo(f"BROKEN: {name} ({len(places)})")
        for place in places[:SHOWN]:
            click.echo(f"  {place}")


def _table(heading: str, rows: dict) -> None:
    click.echo(f"\n{heading}")
    for name, value in rows.items():
        click.echo(f"  {name:<28}{value if value is not None else '-':>10}")


def show_bench(rows: list[dict]) -> None:
    """One line for each budget: figure, unit, budget, and whether it was kept."""
    for row in rows:
        said = "not measured" if row["value"] is None else f"{row['value']:g} {row['unit']}"
        verdict = {True: "ok", False: "NOT KEPT", None: "-"}[row["ok"]]
        click.echo(f"  {row['name']:<66}{said:>20}  {row['budget']:<16}{verdict}")


def as_json(rows: list[dict]) -> dict:
    """The form of build/bench.json (design 6)."""
    machine = {
        "system": platform.platform(), "processor": _processor(), "python": platform.python_version(),
        "load": _load(),
    }  # fmt: skip
    at = Clock().machine().isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"machine": machine, "at": at, "commit": commit(), "rows": rows}


def write_json(path: Path, what: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(what, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def commit() -> str:
    """The commit that was measured; empty where there is no history at hand."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607
            capture_output=True, text=True, timeout=10, check=False, cwd=Path(__file__).parent,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def _load() -> list[float] | None:
    """How busy the machine was: figures from a busy one say little."""
    loads = Path("/proc/loadavg")
    return [float(part) for part in loads.read_text().split()[:3]] if loads.exists() else None
