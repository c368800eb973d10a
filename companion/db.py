"""The database: column types, one write engine, one read engine, and how each dialect must be held.

SQLite needs one write connection and BEGIN IMMEDIATE: a deferred BEGIN gives "database is locked"
in spite of the busy time-out, and several writers sleep past each other (tech.md 4: p95 587 -> 38 ms).
"""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import (
    DateTime,
    Dialect,
    Enum,
    LargeBinary,
    MetaData,
    create_engine,
    event,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
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
        info = {"lookup_key": LookupKey(), "calendars": {}}
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


PRAGMAS = (
    "journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=10000", "wal_autocheckpoint=8000",
)  # fmt: skip
"""Every commit is on the disk; what they wrote is put in its place every 32 MB, not in every seventieth answer."""


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
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(made, "begin")
        def on_begin(connection):
            try:
                # exec_driver_sql would take as long as the statement after it
                connection.connection.dbapi_connection.execute(begin)
            except dbapi2.Error as error:
                raise as_ours(error, begin, connection.dialect) from error

        return made

    return engine("BEGIN IMMEDIATE", 1), engine("BEGIN", pool_size)


def as_ours(error: Exception, statement: str, dialect: Dialect) -> DBAPIError:
    """The driver's own error in the shape that everybody here catches, without the values: they may be about a person."""
    return DBAPIError.instance(
        statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
    )


STOOD_STILL = "25P03"
"""PostgreSQL's code for idle_in_transaction_session_timeout."""
STANDS_STILL = 60
"""Seconds after which PostgreSQL ends a transaction whose process says nothing: a suspended one would keep its rows
locked, and everybody else's ticks waiting, until somebody looks."""


def _server_engines(url, pool_size):
    made = create_engine(
        url, pool_size=pool_size, max_overflow=10, pool_timeout=60, pool_pre_ping=True, hide_parameters=True
    )  # an error names the statement, never a person

    @event.listens_for(made, "connect")
    def on_connect(connection, record):
        connection.execute(f"SET idle_in_transaction_session_timeout = '{STANDS_STILL}s'")
        connection.commit()

    @event.listens_for(made, "handle_error")
    def on_error(context):
        """That we stood still counts as "the database", like a lost connection: it says nothing about a row."""
        if getattr(context.original_exception, "sqlstate", None) == STOOD_STILL:
            context.is_disconnect = True
            raise OperationalError(
                context.statement,
                None,
                context.original_exception,
                hide_parameters=True,
                connection_invalidated=True,
            ) from context.original_exception

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
    statement = or_nothing(session, table, index_elements, index_where)
    return len(session.execute(statement.returning(*table.primary_key.columns), rows).all())


def or_nothing(session: Session, table, index_elements, index_where):
    """An insert that leaves alone what is there already, in the words of this database."""
    module = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return module.insert(table).on_conflict_do_nothing(index_elements=index_elements, index_where=index_where)


def locked(session: Session, statement, **how):
    """Lock what a batch reads. PostgreSQL skips rows of other workers; SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return statement
    return statement.with_for_update(**({"skip_locked": True} | how))


def take_your_time(session: Session) -> None:
    """This transaction may wait for whoever reads what it gives, a pager say (see STANDS_STILL)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def lock_row(session: Session, model, row_id: int | None) -> None:
    """Hold one row until the end of the transaction, before the facts that hang on it are read.

    Only PostgreSQL needs it: SQLite has one writer at a time.
    """
    if row_id is not None and session.get_bind().dialect.name == "postgresql":
        session.execute(select(model.id).where(model.id == row_id).with_for_update(key_share=True))
