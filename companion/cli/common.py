"""What commands share: the parts of the app, instants as text, and how they refuse."""

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import select

from companion import migrations
from companion.config import Config
from companion.db import Database
from companion.engine import presence
from companion.engine.house import House
from companion.models import Institution


def config() -> Config:
    return current_app.config["COMPANION"]


def storage() -> Database:
    """The database whatever its schema, with the secrets that opening its values needs."""
    if not config().data_keys or not config().secret_key:
        refuse("SECRET_KEY and DATA_KEYS are missing. `flask --app app make-keys` prints them.")
    made = current_app.extensions["database"]
    if made.is_sqlite:
        Path(made.url.database).parent.mkdir(parents=True, exist_ok=True)
    return made


def database() -> Database:
    """The database, at which this command is now at work until it ends.

    Refuses one whose schema is older or newer than this program, and one that is being replaced.
    """
    made = storage()
    try:
        click.get_current_context().with_resource(presence.at_work(made))
    except presence.Occupied as error:
        refuse(str(error))
    if why_not := migrations.refusal(*migrations.standing(made)):
        refuse(why_not)
    return made


def migrate(made: Database) -> tuple[str | None, str]:
    """Bring the schema up to date, while nobody else is at the database; gives where it was and where it is.

    Refuses a schema that is newer than this program.
    """
    has, needs = migrations.standing(made)
    if has and not migrations.knows(has):
        refuse(migrations.refusal(has, needs))
    try:
        with presence.alone(made) if has != needs else nullcontext():
            migrations.upgrade(made)
    except presence.Occupied as error:
        refuse(str(error))
    return has, needs


def house() -> House:
    database()
    return current_app.extensions["house"]


def now() -> datetime:
    return current_app.extensions["clock"].now()


def refuse(why: str, status: int = 2):
    """Say why not, on stderr, and leave."""
    click.echo(why, err=True)
    sys.exit(status)


def institution(session, code: str) -> Institution:
    found = session.scalars(select(Institution).where(Institution.code == code)).first()
    return found or refuse(f"There is no institution with the code {code!r}.")


class Instant(click.ParamType):
    """An ISO 8601 instant with an offset, or a date (its midnight UTC)."""

    name = "instant"

    def convert(self, value, param, ctx):
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an ISO 8601 instant such as 2026-11-22T10:00:00+07:00", param, ctx)
        if at.tzinfo is None:
            if len(value) > 10:
                self.fail(f"{value!r} has no offset: say Z or +07:00", param, ctx)
            at = at.replace(tzinfo=UTC)
        return at.astimezone(UTC)


INSTANT = Instant()


def zulu(at: datetime | None) -> str | None:
    """An instant as other people's scripts read it: UTC, to the second, with Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
