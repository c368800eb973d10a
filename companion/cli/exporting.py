"""export: rows as JSON lines or CSV."""

import csv
import json
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from companion.cli import common
from companion.db import take_your_time
from companion.services import audit, export


@click.command("export")
@click.argument("kind", type=click.Choice(list(export.COLUMNS)))
@click.option("--institution", default=None, help="Code; default: all.")
@click.option("--since", type=common.INSTANT, default=None)
@click.option("--until", type=common.INSTANT, default=None)
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None)
@click.option("--identify", is_flag=True, help="People with name and number; it is written down.")
def export_rows(kind, institution, since, until, form, out, identify):
    """Rows for other scripts; instants in UTC, refs instead of ids."""
    database = common.database()
    if identify:
        with database.write() as session:
            audit.note(session, common.now(), f"export_identified:{kind}", actor="command")
    with database.read() as session:
        take_your_time(session)
        if institution:
            common.institution(session, institution)
        rows = export.rows(
            session, kind, common.now(), institution=institution, since=since, until=until, identify=identify
        )
        with _stream(out) as stream:
            _write(stream, form, export.columns(kind, identify=identify), rows)


@contextmanager
def _stream(out: Path | None):
    """The screen, or a file; a new one is for nobody else to read."""
    if out is None:
        yield sys.stdout
        return
    if not out.exists():
        out.touch(mode=0o600)
    with out.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def _write(stream, form, columns, rows) -> None:
    lines = csv.writer(stream, lineterminator="\n")
    if form == "csv":
        lines.writerow(columns)
    for row in rows:
        values = {name: _plain(row.get(name)) for name in columns}
        if form == "csv":
            lines.writerow(["" if value is None else _guarded(value) for value in values.values()])
        else:
            stream.write(json.dumps(values, ensure_ascii=False) + "\n")


def _plain(value):
    return common.zulu(value) if isinstance(value, datetime) else value


def _guarded(value) -> str:
    """A spreadsheet must not run what stands in a cell; a number in E.164 is safe as it is."""
    text = str(value)
    is_number = text[:1] == "+" and text[1:].isdigit()
    return f"'{text}" if text[:1] in "=+-@\t\r" and not is_number and isinstance(value, str) else text


COMMANDS = (export_rows,)
