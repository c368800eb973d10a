"""check: is this installation sound?"""

import json
import sys

import click
from flask import current_app
from sqlalchemy import select

from companion import crypto, migrations
from companion.cli import common
from companion.engine.alarms import LITTLE_DISK, OLD_BACKUP, TICK_AGE, alarms, free_disk
from companion.models import EngineState, Institution, Secret
from companion.rules.days import load_calendar
from companion.services import books, copies

HAVE_A_LINE = {"calendar_ends", "no_tick", "clock_went_back", "disk_low", "backup_old"}
"""Alarms that a line of their own says more about."""


@click.command("check")
@click.option("--json", "as_json", is_flag=True)
def check(as_json):
    """Secrets, schema, clock, disk, books, calendar, copies at the carrier, last tick, last backup, alarms; exit 1 if not sound."""
    found = _secrets() | _schema()
    if all(word == "ok" for word in found.values()):
        found |= _inside()
    ok = all(word == "ok" for word in found.values())
    if as_json:
        click.echo(json.dumps({"ok": ok, "checks": found}))
    else:
        for name, word in found.items():
            click.echo(f"{name}: {word}")
    sys.exit(0 if ok else 1)


def _secrets() -> dict[str, str]:
    config = common.config()
    missing = [
        name
        for name, value in (("SECRET_KEY", config.secret_key), ("DATA_KEYS", config.data_keys))
        if not value
    ]
    return {"secrets": f"missing: {', '.join(missing)}" if missing else "ok"}


def _schema() -> dict[str, str]:
    try:
        has, needs = migrations.standing(current_app.extensions["database"])
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that we cannot reach it
        return {"schema": f"no database: {type(error).__name__}"}
    return {"schema": "ok" if has == needs else f"at {has or 'nothing'}, needs {needs}"}


def _inside() -> dict[str, str]:
    database, clock = common.storage(), current_app.extensions["clock"]
    with database.read() as session:
        state = session.scalars(select(EngineState).limit(1)).first()
        faults = books.faults(session, clock.now())
        opens = _opens(session)
        wrong = [name for name in alarms(session, clock.now(), clock.machine()) if name not in HAVE_A_LINE]
        left = copies.left(session, clock.now())
    return {
        "keys": opens,
        "clock": _clock(state, clock),
        "disk": _disk(database),
        "books": "ok" if not faults else ", ".join(faults),
        "copies": "ok" if not left else f"{left} ended texts still stand at the carrier",
        "calendar": _calendar(clock),
        "last_tick": _last_tick(state, clock),
        "last_backup": _last_backup(state, clock),
        "alarms": ", ".join(wrong) or "ok",
    }


def _opens(session) -> str:
    try:
        session.scalars(select(Secret.wrapped)).all()
        session.scalars(select(Institution.duty_number)).all()
    except crypto.CannotOpen:
        return "the database was closed with a key that is not in DATA_KEYS"
    return "ok"


def _clock(state, clock) -> str:
    if state and state.clock_back_at:
        return f"went back at {common.zulu(state.clock_back_at)}"
    return "ok"


def _calendar(clock) -> str:
    calendar = load_calendar()
    ends = calendar.ends_soon(clock.now().date())
    return f"holidays are known until {calendar.known_until} only: install a newer version" if ends else "ok"


def _disk(database) -> str:
    free = free_disk(database.url)
    return "ok" if free > LITTLE_DISK else f"only {free // 1024 // 1024} MB free"


def _last_tick(state, clock) -> str:
    if state is None or state.ticked_machine_at is None:
        return "none yet: is the worker running?"
    age = clock.machine() - state.ticked_machine_at
    return "ok" if age <= TICK_AGE else f"{int(age.total_seconds())} s ago"


def _last_backup(state, clock) -> str:
    if state is None or state.backed_up_at is None:
        return "none yet"
    age = clock.now() - state.backed_up_at
    return "ok" if age <= OLD_BACKUP else f"{age.days} days ago"


COMMANDS = (check,)
