"""What a copy of the database needs to be read: the data keys its values are closed with."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine

from companion import crypto
from companion.db import Base, Database, Encrypted
from companion.services import rotation


class CannotBackUp(Exception):
    """The copy could not be made or read; the message says why, without a secret."""


def keys_of(database: Database, copy: Path) -> set[bytes]:
    """The ids of the keys without which something in this copy stays unread; the copy is not changed.

    Looked up in the copy itself, so that no paper beside it can be lost or be wrong.
    """
    return _keys_of_file(copy) if database.is_sqlite else _keys_of_dump(copy)


def refuse_unreadable(database: Database, copy: Path) -> None:
    """Raise CannotBackUp if a key is missing from DATA_KEYS."""
    missing = keys_of(database, copy) - set(crypto.ring().ids)
    if missing:
        raise CannotBackUp(
            f"The copy needs data keys that are not in DATA_KEYS: {crypto.names(missing)}. "
            "Put them behind the others, after a comma, and restore again. Nothing was changed."
        )


def _keys_of_file(copy: Path) -> set[bytes]:
    from pysqlite3 import dbapi2

    def connect():
        return dbapi2.connect(f"file:{quote(str(copy))}?mode=ro&immutable=1", uri=True)

    engine = create_engine("sqlite://", module=dbapi2, creator=connect)
    try:
        with engine.connect() as connection:
            return rotation.key_ids(connection)
    finally:
        engine.dispose()


def _keys_of_dump(copy: Path) -> set[bytes]:
    """Read through pg_restore's own reading of the dump, which also shows whether all of it can be read."""
    command = ["pg_restore", "--data-only", "--file=-", str(copy)]
    try:
        reading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    except FileNotFoundError:
        raise CannotBackUp("pg_restore is not installed") from None
    with reading:
        found = _keys_in_lines(reading.stdout)
    if reading.returncode:
        raise CannotBackUp("the copy is damaged or is no dump of this program")
    return found


_COPY = re.compile(rb"COPY (?:\w+\.)?\"?(\w+)\"? \((.*)\) FROM stdin;")


def _keys_in_lines(lines: Iterable[bytes]) -> set[bytes]:
    """Key ids out of a dump as text: after each COPY its rows, one a line, bytes in hexadecimal digits."""
    found, places = set(), []
    for line in lines:
        if begins := _COPY.match(line):
            places = _encrypted_places(begins[1].decode(), begins[2].decode())
        elif line == b"\\.\n":
            places = []
        elif places:
            fields = line.rstrip(b"\n").split(b"\t")
            # \\x01, then four bytes of key id (see companion.crypto)
            found.update(fields[n][5:13] for n in places if fields[n].startswith(b"\\\\x"))
    return {bytes.fromhex(one.decode()) for one in found}


def _encrypted_places(table: str, columns: str) -> list[int]:
    known = Base.metadata.tables.get(table)
    names = [name.strip().strip('"') for name in columns.split(",")]
    return [
        place
        for place, name in enumerate(names)
        if known is not None and name in known.c and isinstance(known.c[name].type, Encrypted)
    ]
