"""The database: column types, one write engine, one read engine, and how each dialect must be held.

SQLite needs one write connection and BEGIN IMMEDIATE: a deferred BEGIN gives "database is locked"
in spite of the busy time-out, and several writers sleep past each other (tech.md 4: p95 587 -> 38 ms).
"""

import json
from collections import namedtuple
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import (
    ARRAY,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from companion import crypto

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)

    def __repr__(self) -> str:  # goes into logs: no name, no number, no words
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"


class UtcDateTime(TypeDecorator):
    """An instant. Refuses naive values on the way in; SQLite forgets the zone, so UTC is put back on."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect):
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect):
        return _instant_to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect, coltype):
        """SQLite keeps text. Instants are most of what is read, and the library's way takes eight times as long."""
        return _instant_from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _instant_to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a naive datetime was about to be stored")
    instant = value if value.tzinfo is UTC else value.astimezone(UTC)
    return instant.isoformat(" ", "microseconds")[:26]  # without the offset, as the library writes it


def _instant_from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Encrypted(TypeDecorator):
    """Text that only this program can read; bound to its `table.column` (design 2.11)."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str):
        super().__init__()
        self.place = place

    def process_bind_param(self, value, dialect):
        return None if value is None else crypto.ring().close(self._pack(value), self.place)

    def process_result_value(self, value, dialect):
        return None if value is None else self._unpack(crypto.ring().open(bytes(value), self.place))

    def _pack(self, value) -> bytes:
        return value.encode()

    def _unpack(self, plain: bytes):
        return plain.decode()


class EncryptedJson(Encrypted):
    """The same for a small structure."""

    cache_ok = True

    def _pack(self, value) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def _unpack(self, plain: bytes):
        return json.loads(plain)


class EncryptedBytes(Encrypted):
    """The same for a file."""

    cache_ok = True

    def _pack(self, value) -> bytes:
        return value

    def _unpack(self, plain: bytes):
        return plain


def words(kind, length: int = 24) -> Enum:
    """A StrEnum stored by its value, with the same CHECK on both databases."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=kind.__name__.lower(),
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


class LookupKey:
    """The key of the blind indexes, read from the database once per process (services.keys)."""

    def __init__(self):
        self.value: bytes | None = None


class Database:
    """One place to get a session from: `write()` commits or rolls back, `read()` never writes."""

    def __init__(self, url: str, *, pool_size: int = 10):
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        make = _sqlite_engines if self.is_sqlite else _server_engines
        self.writer, self.reader = make(self.url, pool_size)
        info = {"lookup_key": LookupKey()}
        self.sessions = sessionmaker(self.writer, expire_on_commit=False, info=info)
        self.readers = sessionmaker(self.reader, expire_on_commit=False, info=info)

    @contextmanager
    def write(self):
        with self.sessions.begin() as session:
            yield session

    @contextmanager
    def read(self):
        with self.readers() as session:
            yield session

    def dispose(self) -> None:
        self.writer.dispose()
        if self.reader is not self.writer:
            self.reader.dispose()


def _sqlite_engines(url, pool_size):
    from pysqlite3 import dbapi2  # its SQLite is free of the WAL-reset race of Debian's 3.40 (tech.md 10.1)

    def engine(begin: str, size: int):
        made = create_engine(
            url, module=dbapi2, pool_size=size, max_overflow=0, pool_timeout=60, hide_parameters=True,
            connect_args={"timeout": 10, "check_same_thread": False},
        )  # fmt: skip

        @event.listens_for(made, "connect")
        def on_connect(connection, record):
            connection.isolation_level = None  # we say BEGIN ourselves
            for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=10000"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(made, "begin")
        def on_begin(connection):
            connection.exec_driver_sql(begin)

        return made

    return engine("BEGIN IMMEDIATE", 1), engine("BEGIN", pool_size)


def _server_engines(url, pool_size):
    made = create_engine(
        url, pool_size=pool_size, max_overflow=10, pool_timeout=60, pool_pre_ping=True, hide_parameters=True
    )  # an error names the statement, never a person
    return made, made


def rows_changed(session: Session, statement) -> int:
    """Run one UPDATE or DELETE and say how many rows it changed: the row count is the lock."""
    return session.execute(statement.execution_options(synchronize_session=False)).rowcount


def insert_ignore(session: Session, table, rows: list[dict], *, index_elements=None, index_where=None) -> int:
    """Insert promises; one that was made before is left as it is. Says how many are new.

    The unique key decides, not a look before the leap: two processes may promise the same at once.
    """
    if not rows:
        return 0
    # psycopg gives no row count for many rows at once; what comes back can be counted on both.
    statement = _or_nothing(session, table, index_elements, index_where)
    return len(session.execute(statement.returning(*table.primary_key.columns), rows).all())


def insert_new(session: Session, table, rows: list[dict], *, index_elements=None, index_where=None) -> None:
    """The same where nobody asks how many were new: many rows are several times as fast without an answer.

    All rows have the same columns; those that are left out must need no default. A batch repeats itself (the same
    instants, states, institutions), so each value is turned into the database's own only once.
    """
    if not rows:
        return
    connection = session.connection()
    statement = _or_nothing(session, table, index_elements, index_where)
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
    return [row._make(one) for one in result]


@cache
def _row_class(names: tuple[str, ...]):
    return namedtuple("Row", names)


def among(session: Session, column, ids):
    """`column IN ids` with the ids as one value: five hundred parameters cost more than the question itself."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, list(ids), type_=ARRAY(column.type), unique=True))
    values = func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(select(values.c.value))


def _or_nothing(session, table, index_elements, index_where):
    module = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return module.insert(table).on_conflict_do_nothing(index_elements=index_elements, index_where=index_where)


def locked(session: Session, statement, **how):
    """Lock what a batch reads. PostgreSQL skips rows of other workers; SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return statement
    return statement.with_for_update(**({"skip_locked": True} | how))
