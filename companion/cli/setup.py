"""make-keys, migrate, rotate-keys, create-institution, create-staff."""

import secrets
import sys

import click

from companion import crypto
from companion.cli import common
from companion.rules import numbers, provinces
from companion.rules.terms import PhoneKind, Role
from companion.services import enrol, rotation

SHORTEST_PASSWORD = 10


@click.command("make-keys")
def make_keys():
    """Print SECRET_KEY and DATA_KEYS, ready for a shell or an env file."""
    click.echo(f"SECRET_KEY={secrets.token_urlsafe(48)}")
    click.echo(f"DATA_KEYS={crypto.new_key()}")


@click.command("migrate")
def migrate():
    """Bring the database's schema up to date. Stop web and worker first, and back up."""
    before, needed = common.migrate(common.storage())
    click.echo(f"schema: {before or 'empty'} -> {needed}")


@click.command("rotate-keys")
def rotate_keys():
    """Close every stored value again with the first key of DATA_KEYS; then older keys may go."""
    database = common.database()
    try:
        changed = rotation.rotate(database)
    except crypto.CannotOpen as error:
        common.refuse(f"{error}: put the older key behind the new one in DATA_KEYS.", 1)
    click.echo(f"{changed} values closed with the current key {crypto.ring().current.hex()}")
    with database.read() as session:
        left = rotation.key_ids(session.connection()) - {crypto.ring().current}
    if left:
        common.refuse(f"Still in use: {crypto.names(left)}. Restart web and worker, then rotate again.", 1)


@click.command("create-institution")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--zone", default=None, help="IANA zone; default: the province's, else Asia/Jakarta.")
@click.option("--province", default=None)
@click.option("--phones", type=click.Choice(["shared", "own"]), default="shared", show_default=True)
def create_institution(code, name, zone, province, phones):
    """Set up an institution with the default plan."""
    place = provinces.find(province) if province else None
    if province and place is None:
        common.refuse(f"There is no province {province!r}.")
    zone = zone or (place.zone if place else "Asia/Jakarta")
    with common.database().write() as session:
        try:
            enrol.create_institution(
                session, common.now(), code=code, name=name, zone=zone,
                province=place.code if place else None, phones=PhoneKind(phones),
            )  # fmt: skip
        except enrol.Taken:
            common.refuse(f"The code {code!r} is taken.")
        except (KeyError, ValueError, OSError):
            common.refuse(f"There is no zone {zone!r}.")
    click.echo(f"institution {code} created")


@click.command("create-staff")
@click.argument("login")
@click.option("--institution", "code", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--phone", default=None, help="For urgent texts; E.164 or as it is written in Indonesia.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_staff(login, code, name, role, phone, password_stdin):
    """Give a caseworker or supervisor a sign-in; prints a password where none was given."""
    e164 = None
    if phone:
        reading = numbers.read(phone)
        e164 = reading.e164 or common.refuse(f"The phone is not a mobile number: {reading.fault}.")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(12)
    if len(password) < SHORTEST_PASSWORD:
        common.refuse(f"The password needs at least {SHORTEST_PASSWORD} characters.")
    with common.database().write() as session:
        try:
            enrol.create_staff(
                session, common.now(), institution=common.institution(session, code), login=login.strip(),
                name=name, role=Role(role), password=password, phone=e164,
            )  # fmt: skip
        except enrol.Taken:
            common.refuse(f"The login {login!r} is taken.")
    click.echo(f"staff {login} created" + ("" if password_stdin else f", password: {password}"))


COMMANDS = (make_keys, migrate, rotate_keys, create_institution, create_staff)
