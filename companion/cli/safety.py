"""stop, backup, restore."""

from pathlib import Path

import click

from companion.cli import common
from companion.engine import backups
from companion.services import stops


@click.command("stop")
@click.argument("code")
@click.option("--reason", default=None)
@click.option("--until", type=common.INSTANT, default=None)
@click.option("--lift", is_flag=True)
def stop(code, reason, until, lift):
    """Let nothing leave for the institution CODE, or for `all`, until an instant; or lift it."""
    with common.database().write() as session:
        institution_id = None if code == "all" else common.institution(session, code).id
        if lift:
            lifted = stops.lift(session, common.now(), institution_id=institution_id)
            click.echo(f"lifted: {lifted}")
            return
        if not reason or not until:
            common.refuse("A stop needs --reason and --until: it must not be forgotten.")
        if until <= common.now():
            common.refuse("--until lies in the past.")
        stops.stop(session, common.now(), institution_id=institution_id, reason=reason, until=until)
    click.echo(f"stopped until {common.zulu(until)}")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file):
    """Write one consistent copy of the database to FILE."""
    try:
        backups.back_up(common.database(), file, common.now())
    except backups.CannotBackUp as error:
        common.refuse(str(error), 1)
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
