"""How each database must be held: connections, the beginning of a transaction, and what its errors mean.

SQLite needs one write connection and BEGIN IMMEDIATE: a deferred BEGIN gives "database is locked"
in spite of the busy time-out, and several writers sleep past each other (tech.md 4: p95 587 -> 38 ms).
"""

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError

from companion.clock import Clock

PRAGMAS = (
    "journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=10000", "wal_autocheckpoint=8000",
)  # fmt: skip
"""Every commit is on the disk; what they wrote is put in its place every 32 MB, not in every seventieth answer."""


WRITES, READS = 512, 128
"""Statements that a connection keeps prepared. The one that writes runs all of the engine's: with the driver's 128 the steps of
a tick push each other out (7 % of a simulated month); the readers are many, and each would keep its own."""


def sqlite_engines(url, pool_size):
    """One that writes, with one connection, and one that reads."""
    from pysqlite3 import dbapi2  # its SQLite is free of the WAL-reset race of Debian's 3.40 (tech.md 10.1)

    def engine(begin: str, size: int, remembered: int):
        made = create_engine(
            url, module=dbapi2, pool_size=size, max_overflow=0, pool_timeout=60, hide_parameters=True,
            connect_args={"timeout": 10, "check_same_thread": False, "cached_statements": remembered},
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

    return engine("BEGIN IMMEDIATE", 1, WRITES), engine("BEGIN", pool_size, READS)


STOOD_STILL = "25P03"
"""PostgreSQL's code for idle_in_transaction_session_timeout."""
STANDS_STILL = 60
"""Seconds after which PostgreSQL ends a transaction whose process says nothing: a suspended one would keep its rows
locked, and everybody else's ticks waiting, until somebody looks."""


RESTED = 1.0
"""Seconds without use after which a connection is asked whether its server is still there. `pool_pre_ping` asks each
time, which a sender with twelve short statements to a transaction notices."""
BY_INDEX = (
    # What we ask often has an index. A plan that was made while a table was small reads all of it, and is kept: five
    # thousand alerts in the first bad week of a new house then read the whole table as many times.
    "enable_seqscan = off",
    "jit = off",  # it would take the penalty of the line above for a reason to compile
)


def server_engines(url, pool_size):
    """The same one for both: PostgreSQL's writers do not wait for each other."""
    made = create_engine(
        url, pool_size=pool_size, max_overflow=10, pool_timeout=60, hide_parameters=True
    )  # an error names the statement, never a person

    @event.listens_for(made, "connect")
    def on_connect(connection, record):
        for setting in (f"idle_in_transaction_session_timeout = '{STANDS_STILL}s'", *BY_INDEX):
            connection.execute(f"SET {setting}")
        connection.commit()

    _ask_the_rested(made)

    @event.listens_for(made, "handle_error")
    def on_error(context):
        if _stood_still(context.original_exception):
            context.is_disconnect = True
            error = as_ours(context.original_exception, context.statement, context.dialect)
            raise error from context.original_exception

    return made, made


def _ask_the_rested(made: Engine) -> None:
    """Where a rested connection gives no answer, the server was away: all are made anew before anybody notices."""

    @event.listens_for(made, "checkin")
    def on_checkin(connection, record):
        record.info["rests_since"] = Clock.stopwatch()

    @event.listens_for(made, "checkout")
    def on_checkout(connection, record, proxy):
        since = record.info.get("rests_since")
        if since is None or Clock.stopwatch() - since < RESTED:
            return
        try:
            made.dialect.do_ping(connection)
        except made.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError("the server was away") from error


def as_ours(error: Exception, statement: str, dialect: Dialect) -> DBAPIError:
    """The driver's own error in the shape that everybody here catches, without the values: they may be about a person.

    That we stood still counts as "the database", like a lost connection: it says nothing about the row in hand.
    """
    if _stood_still(error):
        return OperationalError(statement, None, error, hide_parameters=True, connection_invalidated=True)
    return DBAPIError.instance(
        statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
    )


def _stood_still(error: BaseException) -> bool:
    return getattr(error, "sqlstate", None) == STOOD_STILL
