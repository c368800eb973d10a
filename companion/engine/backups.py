"""Back up, restore; and after a restore nothing leaves until a person lifts the stop (design 4.5)."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from companion.db import Database, insert_ignore, rows_changed
from companion.engine import copy_keys, presence
from companion.engine.copy_keys import CannotBackUp
from companion.engine.time import state_of
from companion.models import EngineState, Number


def back_up(database: Database, target: Path, now: datetime) -> set[bytes]:
    """Write one consistent copy while people go on working. Gives the ids of the data keys it needs to be read."""
    try:
        target.touch(mode=0o600, exist_ok=False)  # nobody else may read it, not even while it grows
    except FileExistsError:
        raise CannotBackUp(f"{target} exists already") from None
    except OSError as error:
        raise CannotBackUp(f"{target} cannot be written: {error.strerror}") from None
    try:
        if database.is_sqlite:
            _back_up_sqlite(database, target)
        else:
            _run(database, "pg_dump", "--format=custom", f"--file={target}")
        needed = copy_keys.keys_of(database, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    with database.write() as session:
        state_of(session)
        session.execute(update(EngineState).values(backed_up_at=now))
    return needed


def _back_up_sqlite(database, target: Path) -> None:
    from pysqlite3 import dbapi2

    with database.reader.connect() as connection:
        copy = dbapi2.connect(target)
        # All pages in one go: in pieces it would begin again at every write (tech.md 8).
        connection.connection.dbapi_connection.backup(copy, pages=-1)
        intact = copy.execute("PRAGMA integrity_check").fetchone()[0]
        copy.close()
    if intact != "ok":
        raise CannotBackUp("the copy is damaged")


def restore(database: Database, source: Path, now: datetime) -> None:
    """Put a copy in the place of what is there, and stop all sending until a person lifts it.

    What left after the copy was made is not known to it: without the stop it would leave again. A copy that is
    damaged, none of ours, or closed with a key we do not hold leaves everything as it was; and so does one that is to
    take the place of a database at which somebody is at work.
    """
    if not source.exists():
        raise CannotBackUp(f"{source} is not there")
    if database.is_sqlite:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
        _check_intact(source)
    copy_keys.refuse_unreadable(database, source)
    try:
        with presence.alone(database):
            _put_in_place(database, source, now)
    except presence.Occupied as error:
        raise CannotBackUp(str(error)) from None


def _put_in_place(database: Database, source: Path, now: datetime) -> None:
    if database.is_sqlite:
        _restore_sqlite(database, source, now)
        return
    silenced = _silenced(database)
    _run(
        database, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source),
        dbname="--dbname=",
    )  # fmt: skip
    _stop_sending(database, now, silenced)


def _restore_sqlite(database, source: Path, now: datetime) -> None:
    """The stop is written into the copy before it takes the place: there is no instant without it."""
    path = Path(database.url.database)
    silenced = _silenced(database) if path.exists() else []
    fresh = path.with_name(path.name + ".restoring")
    _remove(fresh)
    fresh.touch(mode=0o600)
    shutil.copyfile(source, fresh)
    copy = Database(database.url.set(database=str(fresh)))
    try:
        _stop_sending(copy, now, silenced)
    except DBAPIError:
        copy.dispose()
        _remove(fresh)
        raise CannotBackUp("the copy is no database of this program") from None
    copy.dispose()
    database.dispose()
    for leftover in (f"{path}-wal", f"{path}-shm"):
        Path(leftover).unlink(missing_ok=True)
    os.replace(fresh, path)


def _check_intact(source: Path) -> None:
    from pysqlite3 import dbapi2

    copy = dbapi2.connect(f"file:{quote(str(source))}?mode=ro&immutable=1", uri=True)
    try:
        intact = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except dbapi2.DatabaseError:
        intact = "no"
    finally:
        copy.close()
    if intact != "ok":
        raise CannotBackUp("the copy is damaged or is no database")


def _remove(path: Path) -> None:
    for name in (path, f"{path}-wal", f"{path}-shm"):
        Path(name).unlink(missing_ok=True)


def _silenced(database: Database) -> list[dict]:
    """Which numbers want no texts in what is about to be replaced; none if it cannot be read any more.

    The copy does not know who said "stop" since it was made, and a "stop" must hold longer than any database.
    """
    columns = Number.lookup, Number.silenced_at, Number.silenced_how
    try:
        with database.read() as session:
            rows = session.execute(select(*columns).where(Number.silenced_at.is_not(None))).all()
    except DBAPIError:
        return []
    return [dict(row._mapping) for row in rows]


def _keep_silent(session: Session, silenced: list[dict]) -> None:
    """Numbers that the copy does not know stay as fingerprints without digits, as when a record is deleted."""
    fingerprints = [{"lookup": one["lookup"], "e164": ""} for one in silenced]
    insert_ignore(session, Number.__table__, fingerprints, index_elements=["lookup"])
    for one in silenced:
        said = {name: one[name] for name in ("silenced_at", "silenced_how")}
        mine = Number.lookup == one["lookup"], Number.silenced_at.is_(None)
        rows_changed(session, update(Number).where(*mine).values(**said))


def _stop_sending(database: Database, now: datetime, silenced: list[dict]) -> None:
    """In as few columns as possible: the copy may be of an older schema, to be migrated next."""
    with database.write() as session:
        _keep_silent(session, silenced)
        if not rows_changed(session, update(EngineState).values(restored_at=now)):
            row = {"id": 1, "clock_offset_s": 0.0, "restored_at": now}
            session.execute(EngineState.__table__.insert().values(**row))


def _run(database: Database, program: str, *arguments: str, dbname: str = "") -> None:
    """Run one of PostgreSQL's own programs. The password goes through a file: a command line is everybody's."""
    with _password_file(database) as passfile:
        known = database.url
        query = dict(known.query) | ({"passfile": passfile} if passfile else {})
        url = URL.create("postgresql", known.username, None, known.host, known.port, known.database, query)
        command = [program, *arguments, dbname + url.render_as_string(hide_password=False)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=3600, check=False)  # noqa: S603
        except FileNotFoundError:
            raise CannotBackUp(f"{program} is not installed") from None
        except subprocess.TimeoutExpired:
            raise CannotBackUp(f"{program} took longer than an hour") from None
    if done.returncode:
        raise CannotBackUp(f"{program} failed with status {done.returncode}")


@contextmanager
def _password_file(database: Database):
    """The name of a file only we can read, in libpq's form; None where there is no password."""
    password = database.url.password
    if not password:
        yield None
        return
    escaped = str(password).replace("\\", "\\\\").replace(":", "\\:")
    with tempfile.NamedTemporaryFile("w", prefix="companion-", suffix=".pgpass") as file:
        file.write(f"*:*:*:*:{escaped}\n")
        file.flush()
        yield file.name
