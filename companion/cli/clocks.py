"""clock: the pretended time of a demonstration."""

from datetime import timedelta

import click

from companion.cli import common
from companion.engine import time as engine_time
from companion.engine.walk import walk

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@click.group("clock")
def clock():
    """Show or move the one clock (DEMO=1 only)."""


@clock.command("show")
def show():
    """What time web, worker and commands live in."""
    common.database()
    click.echo(common.zulu(common.now()))


@clock.command("set")
@click.argument("at", type=common.INSTANT)
@click.option("--walk", "walking", is_flag=True, help="Live through the time since the last tick.")
def set_(at, walking):
    """Let the clock run on from AT."""
    _move(at, walking)


@clock.command("add")
@click.argument("span")
@click.option("--walk", "walking", is_flag=True, help="Live through the time since the last tick.")
def add(span, walking):
    """Move the clock ahead by SPAN: 30m, 6h, 1d, 2w."""
    try:
        by = timedelta(**{UNITS[span[-1:]]: float(span[:-1])})
    except (KeyError, ValueError):
        common.refuse(f"{span!r} is not a span such as 30m, 6h, 1d or 2w.")
    _move(common.now() + by, walking)


@clock.command("real")
def real():
    """Back to real time."""
    _require()
    with common.database().write() as session:
        engine_time.set_clock(session, None, common.house().clock.machine())
    click.echo(common.zulu(common.house().clock.machine()))


def _move(at, walking) -> None:
    _require()
    house = common.house()
    if walking:
        walk(house, at, move_clock=True)
    with house.database.write() as session:
        engine_time.set_clock(session, at, house.clock.machine())
    click.echo(common.zulu(at))


def _require() -> None:
    common.database()
    try:
        engine_time.require_pretending(common.config())
    except engine_time.PretendedTimeRefused as error:
        common.refuse(str(error))


COMMANDS = (clock,)
