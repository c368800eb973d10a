"""The schema's history: one revision set for both databases, and the two ways to use it."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from companion.db import Database
from companion.services import keys

HERE = Path(__file__).resolve().parent


def _config(connection: Connection | None = None):
    # Alembic takes a fifth of a second to import; only these functions need it.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to date and make the look-up key if there is none.

    On SQLite foreign keys are off meanwhile: a rebuilt table is dropped, and with keys on the drop would
    cascade and delete the children (tech.md 7).
    """
    from alembic import command

    _run(database, lambda config: command.upgrade(config, revision))
    if revision == "head":
        with database.write() as session:
            keys.ensure(session)


def downgrade(database: Database, revision: str) -> None:
    from alembic import command

    _run(database, lambda config: command.downgrade(config, revision))


def _run(database: Database, act) -> None:
    with database.writer.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                act(_config(connection))
            return
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=off")
        try:
            with connection.begin():
                act(_config(connection))
                broken = raw.execute("PRAGMA foreign_key_check").fetchall()
                if broken:  # undone with the migration that did it
                    raise RuntimeError(f"{len(broken)} rows lost their parent in this migration")
        finally:
            raw.execute("PRAGMA foreign_keys=on")


def standing(database: Database) -> tuple[str | None, str]:
    """The revision this database is at, and the one this program needs."""
    from alembic.runtime.migration import MigrationContext

    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), _history()[0]


@cache
def _history() -> tuple[str, ...]:
    """All revisions of this program, newest first."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    return tuple(revision.revision for revision in script.walk_revisions())


def knows(revision: str) -> bool:
    """Whether this program can work with a schema of that revision, if need be after `upgrade`."""
    return revision in _history()


def refusal(has: str | None, needs: str) -> str | None:
    """Why this program does not start on a schema at `has`, and what to run; None when it does."""
    if has == needs:
        return None
    if has is None:
        return "The database has no schema yet. Run: flask --app app migrate"
    if knows(has):
        return (
            f"The schema is at {has}, older than the {needs} this program needs. "
            "Stop web and worker, back up, then run: flask --app app migrate"
        )
    return (
        f"The schema is at {has}, which this program (up to {needs}) does not know: a newer one has migrated it. "
        "Run that newer program, or restore the backup from before the upgrade."
    )


def revise(database: Database, message: str, revision_id: str) -> None:
    """Write the next revision from the difference between models and schema (for developers)."""
    from alembic import command

    with database.writer.connect() as connection:
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=revision_id)
