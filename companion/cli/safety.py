"""stop, backup, restore."""

from pathlib import Path

import click

from companion import crypto
from companion.cli import common
from companion.engine import backups
from companion.rules import provinces
from companion.services import stops


@click.command("stop")
@click.argument("code")
@click.option("--reason", default=None, help="Shown to staff; no names.")
@click.option("--until", type=common.INSTANT, default=None)
@click.option("--province", "place", default=None, help="Only people who live there: a name or a code (SB).")
@click.option("--lift", is_flag=True)
def stop(code, reason, until, place, lift):
    """Let nothing leave for the institution CODE, or for `all`, until an instant; or lift it."""
    with common.database().write() as session:
        province = _province(place) if place else None
        institution_id = None if code == "all" else common.institution(session, code).id
        where = {"institution_id": institution_id, "province": province}
        if lift:
            click.echo(f"lifted: {stops.lift(session, common.now(), **where)}")
            return
        if not (reason or "").strip() or not until:
            common.refuse("A stop needs --reason and --until: it must not be forgotten.")
        if until <= common.now():
            common.refuse("--until lies in the past.")
        stops.stop(session, common.now(), reason=reason.strip(), until=until, **where)
    click.echo(f"stopped until {common.zulu(until)}")


def _province(text: str) -> str:
    found = provinces.by_code(text.strip().upper()) or provinces.find(text)
    return found.code if found else common.refuse(f"There is no province {text!r}.")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file):
    """Write one consistent copy of the database to FILE."""
    try:
        needed = backups.back_up(common.database(), file, common.now())
    except backups.CannotBackUp as error:
        common.refuse(str(error), 1)
    held = crypto.ring().ids
    for key in sorted(needed, key=lambda one: held.index(one) if one in held else len(held)):
        place = f"number {held.index(key) + 1} of DATA_KEYS" if key in held else "NOT in DATA_KEYS: find it"
        click.echo(f"needs data key {key.hex()} ({place})")
    click.echo(f"backed up to {file}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file):
    """Put the copy FILE in place; sending stays stopped until `stop all --lift`. Stop web and worker first."""
    try:
        backups.restore(common.storage(), file, common.now())
    except backups.CannotBackUp as error:
        common.refuse(str(error), 1)
    click.echo("restored; nothing leaves until you say: stop all --lift")


COMMANDS = (stop, backup, restore)
