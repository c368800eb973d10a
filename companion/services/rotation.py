"""Changing the data keys: every stored value is closed again with the first one (design 6, DATA_KEYS)."""

from sqlalchemy import (
    Connection,
    LargeBinary,
    func,
    inspect,
    literal,
    select,
    tuple_,
    type_coerce,
    update,
)

from companion import crypto
from companion.db import Base, Database, Encrypted

BATCH = 500


def rotate(database: Database) -> int:
    """Walk every encrypted column in short transactions; safe to break off and to run again.

    Returns how many values were closed anew. Older keys may be taken out of DATA_KEYS afterwards.
    """
    changed = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted):
                changed += _rotate_column(database, table, column)
    return changed


def key_ids(connection: Connection) -> set[bytes]:
    """The ids of all keys that stored values are closed with: without each of them something stays unread.

    Reads every encrypted column that is there; the database may be a copy of an older schema.
    """
    there = inspect(connection)
    found = set()
    for table in Base.metadata.sorted_tables:
        if not there.has_table(table.name):
            continue
        columns = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if isinstance(column.type, Encrypted) and column.name in columns:
                used = select(func.substr(_raw(column), 2, 4)).where(column.is_not(None)).distinct()
                found.update(bytes(one) for one in connection.scalars(used))
    return found


def _rotate_column(database, table, column) -> int:
    """One column, by key order, comparing what was read with what is replaced: a write meanwhile wins."""
    keys = list(table.primary_key.columns)
    changed, last = 0, None
    while True:
        with database.write() as session:
            query = select(*keys, _raw(column)).where(column.is_not(None)).order_by(*keys).limit(BATCH)
            if last is not None:
                query = query.where(tuple_(*keys) > tuple_(*last))
            rows = session.execute(query).all()
            for row in rows:
                changed += _close_again(session, table, column, keys, row)
        if not rows:
            return changed
        last = tuple(rows[-1][: len(keys)])


def _raw(column):
    """The stored bytes themselves, without opening them."""
    return type_coerce(column, LargeBinary)


def _close_again(session, table, column, keys, row) -> int:
    stored = bytes(row[-1])
    if crypto.ring().is_current(stored):
        return 0
    place = column.type.place
    fresh = crypto.ring().close(crypto.ring().open(stored, place), place)
    same = [key == value for key, value in zip(keys, row, strict=False)]
    return session.execute(
        update(table).where(*same, _raw(column) == stored).values({column.name: literal(fresh, LargeBinary)})
    ).rowcount
