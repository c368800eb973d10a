"""Real databases, a clock that stands where a test puts it, and carriers that record what they were given."""

import os
import uuid
from contextlib import contextmanager

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import create_engine, text

from companion import create_app, crypto, migrations
from companion.clock import SetClock
from companion.config import Config
from companion.db import Database
from companion.engine.house import House
from tests import cast
from tests.carriers import RecordingChannel

KEY = b"k" * 32
POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "")
"""An address with the right to create databases, e.g. postgresql:///postgres?host=/tmp/pg. Set by the Makefile."""


class Compiled(BytecodeCache):
    """Templates as one app of this process has compiled them: in every test's own it took a third of the time."""

    def __init__(self):
        self.held = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.held:
            bucket.bytecode_from_string(self.held[bucket.key])

    def dump_bytecode(self, bucket):
        self.held[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": Compiled()}


def pytest_collection_modifyitems(config, items):
    if POSTGRESQL:
        return
    for item in items:
        chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "postgresql" in getattr(item, "fixturenames", ()) or "postgresql" in chosen:
            if os.environ.get("CI") == "true":
                continue  # fails in the fixture: with CI=true nothing is skipped
            item.add_marker(pytest.mark.skip(reason="no PostgreSQL server: set TEST_POSTGRESQL_URL"))


SKIPPED: list[str] = []


def pytest_runtest_logreport(report):
    if report.skipped:
        SKIPPED.append(report.nodeid)


def pytest_sessionfinish(session):
    """With CI=true a skip is a failure: what was not looked at must not look green."""
    if SKIPPED and os.environ.get("CI") == "true" and not hasattr(session.config, "workerinput"):
        print(f"\nskipped with CI=true: {SKIPPED[:5]}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _keys():
    crypto.use((KEY,))


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory):
    """One migrated, empty database; each test gets a copy, which is faster than migrating again."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    crypto.use((KEY,))
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database)
    database.dispose()
    return path.read_bytes()


@contextmanager
def a_file(folder, template):
    """A database in a file, copied from the template."""
    path = folder / "companion.db"
    path.write_bytes(template)
    made = Database(f"sqlite:///{path}")
    try:
        yield made
    finally:
        made.dispose()


@pytest.fixture(scope="session")
def _postgresql_template():
    """One migrated, empty database on the server, copied by CREATE DATABASE ... TEMPLATE."""
    assert POSTGRESQL, "TEST_POSTGRESQL_URL is not set, and with CI=true nothing is skipped"
    name = f"companion_template_{uuid.uuid4().hex[:8]}"
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    crypto.use((KEY,))
    database = Database(admin.url.set(database=name).render_as_string(hide_password=False))
    migrations.upgrade(database)
    database.dispose()
    yield admin, name
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@contextmanager
def on_a_server(admin, template):
    """A database on the server, copied from the template."""
    name = f"companion_test_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    made = Database(admin.url.set(database=name).render_as_string(hide_password=False))
    try:
        yield made
    finally:
        made.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def postgresql(_postgresql_template):
    """A PostgreSQL database of one test's own."""
    with on_a_server(*_postgresql_template) as made:
        yield made


@pytest.fixture
def sqlite(tmp_path, _sqlite_template):
    """A SQLite database of one test's own."""
    with a_file(tmp_path, _sqlite_template) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """Both databases, one after the other: engine, services, migrations and trials run on each."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def clock():
    return SetClock(cast.NOW)


@pytest.fixture
def carrier():
    return RecordingChannel()


@pytest.fixture
def house(database, clock, carrier):
    """A running engine's parts, with a carrier that records."""
    return House(
        database, clock, {"sms": carrier}, "https://s.id", alarm=carrier.alarm, shuffle=lambda ids: None
    )


@pytest.fixture
def people(database):
    """The cast, committed."""
    with database.write() as session:
        return cast.gather(session)


CONFIG = Config(
    secret_key="a secret of the tests", data_keys=(KEY,), public_url="http://localhost",
    twilio_account_sid="AC" + "0" * 32, twilio_auth_token="tripwire: not a real token",
    twilio_api_url="http://127.0.0.1:9",
)  # fmt: skip


@pytest.fixture
def app(database, clock, carrier):
    """The web application on both databases: most of what a page does wrong, it does in its statements.

    So is `whole` of tests/whole, made once per module, with every door for every role. On SQLite only: what a
    browser draws, commands, the sentences on the pages, and what stands in deploy/.
    """
    made = create_app(CONFIG, clock=clock, database=database, channels={"sms": carrier})
    made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    return made
