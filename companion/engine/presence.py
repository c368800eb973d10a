"""Many are at work on a database, or one puts another in its place; never both (design 4.5).

A worker that went on while a copy is put in place would send from what is gone, and then again from the copy.
SQLite: a lock on a file beside the database, which ends with its process, even when that is killed. PostgreSQL: who is
connected, and an advisory lock that keeps newcomers out.
"""

import fcntl
import os
import time
from contextlib import contextmanager, suppress

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from companion.db import Database

KEY = 0x5A4A4254
"""The advisory lock of a database that is being replaced. Any number, as long as it is always the same."""
PATIENCE = 3.0
"""Seconds in which a server forgets connections that were just closed."""


class Occupied(Exception):
    """Somebody else is at the database; the message says what to do."""


@contextmanager
def at_work(database: Database):
    """Be one of many, for as long as this lasts. Raises Occupied while the database is being replaced."""
    if database.is_sqlite:
        with _file_lock(
            database, fcntl.LOCK_SH, "The database is being replaced just now. Try again when that is done."
        ):
            yield
        return
    # A connection of ours stays open from now on: whoever wants to be alone sees it.
    with database.reader.connect() as connection:
        free = connection.execute(
            text("SELECT pg_try_advisory_xact_lock_shared(:key)"), {"key": KEY}
        ).scalar()
    if not free:
        raise Occupied("The database is being replaced just now. Try again when that is done.")
    yield


@contextmanager
def alone(database: Database):
    """Be the only one. Raises Occupied while pages are served, the engine runs, or a command is at work."""
    if database.is_sqlite:
        with _file_lock(database, fcntl.LOCK_EX, "Web, worker or a command is running. Stop them first."):
            yield
        return
    database.dispose()
    engine = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": KEY}).scalar():
            raise Occupied("The database is being replaced just now. Try again when that is done.")
        try:
            if n := _others(connection):
                raise Occupied(
                    f"{n} others are connected to the database. Stop web and worker first, and close psql."
                )
            yield
        finally:
            # It would end with its connection too, but a server may take a moment to see that one is gone.
            with suppress(DBAPIError):  # it is gone: so is the lock
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": KEY})


def _others(connection) -> int:
    """How many sessions of people or programs there are besides this one."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND usename IS NOT NULL"
    )
    waited = 0.0
    while (n := connection.execute(others).scalar()) and waited < PATIENCE:
        time.sleep(0.1)
        waited += 0.1
    return n


@contextmanager
def _file_lock(database: Database, how: int, why_not: str):
    held = os.open(f"{database.url.database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied(why_not) from None
        yield
    finally:
        os.close(held)
