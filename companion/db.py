"""The database: column types, sessions to write and to read, and the few statements that each dialect says its own way."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import (
    DateTime,
    Enum,
    Index,
    LargeBinary,
    MetaData,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from companion import crypto
from companion.engines import server_engines, sqlite_engines

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


def looked_at() -> Index:
    """The index by which the engine finds the rows whose time has come.

    Of those alone that wait for something: most rows of a house have ended, and every answer ends one more.
    """
    waits = text("look_at IS NOT NULL")
    return Index(None, "look_at", sqlite_where=waits, postgresql_where=waits)


class LookupKey:
    """The key of the blind indexes, read from the database once per process (services.keys)."""

    def __init__(self):
        self.value: bytes | None = None


class Database:
    """One place to get a session from: `write()` commits or rolls back, `read()` never writes."""

    def __init__(self, url: str, *, pool_size: int = 10):
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        make = sqlite_engines if self.is_sqlite else server_engines
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
