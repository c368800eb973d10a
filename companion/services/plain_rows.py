"""Batches of hundreds as plain rows, without what the ORM does for each of them.

Only for the engine's steps and what they end with; everywhere else a plain `session.execute` is right.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ARRAY, Integer, any_, bindparam, func, select
from sqlalchemy.orm import Session

from companion.db import Encrypted, UtcDateTime, locked, or_nothing


def insert_new(session: Session, table, rows: list[dict], *, index_elements=None, index_where=None) -> None:
    """Insert promises as `insert_ignore` does, where nobody asks how many were new: many rows are several times as fast without an answer.

    All rows have the same columns; those that are left out must need no default. A batch repeats itself (the same
    instants, states, institutions), so each value is turned into the database's own only once.
    """
    if not rows:
        return
    connection = session.connection()
    statement = or_nothing(session, table, index_elements, index_where)
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = compiled.positiontup or list(rows[0])
    columns = (_column(rows, name, table.c[name].type, connection.dialect) for name in names)
    given = list(zip(*columns, strict=True))
    if compiled.positiontup is None:
        given = [dict(zip(names, one, strict=True)) for one in given]
    connection.exec_driver_sql(compiled.string, given)


def _column(rows: list[dict], name: str, kind, dialect) -> list:
    """One column's values as the database's own."""
    values = [row[name] for row in rows]
    turn = kind.dialect_impl(dialect).bind_processor(dialect)
    if turn is None:
        return values
    if not isinstance(kind, Encrypted):
        turn = cache(turn)
    return [turn(value) for value in values]


def due_rows(session: Session, pick: Callable, model, now: datetime, limit: int) -> Sequence:
    """The rows that `pick(now, limit)` selects, locked for this batch; its statement is built once for each database."""
    statement = _built(session.get_bind().dialect.name, pick)
    return read_rows(session, locked(session, statement, of=model), now=now, limit=limit)


@cache
def _built(_dialect: str, pick: Callable):
    return pick(bindparam("now", type_=UtcDateTime()), bindparam("limit", type_=Integer()))


def read_rows(session: Session, statement, **values) -> Sequence:
    """Columns as named tuples, without what the ORM does for each of them: for batches of hundreds."""
    result = session.connection().execute(statement, values)
    row = _row_class(tuple(result.keys()))
    return [row._make(one) for one in result.all()]


@cache
def _row_class(names: tuple[str, ...]):
    return namedtuple("Row", names)


def among(session: Session, column, ids):
    """`column IN ids` with the ids as one value: five hundred parameters cost more than the question itself."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, list(ids), type_=ARRAY(column.type), unique=True))
    values = func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(select(values.c.value))
