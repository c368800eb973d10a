"""The schema's history on both databases: up and down, with rows in place, and undone when it fails (tech.md 7)."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, func, inspect, select, text

from companion import migrations
from companion.db import Base, Database
from companion.models import EngineState, Person, Secret, Slot
from companion.services import keys
from tests import cast


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """A database without a schema."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield made
        made.dispose()
        return
    postgresql = request.getfixturevalue("postgresql")
    with postgresql.write() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    yield postgresql


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(migrations.HERE))
    script = ScriptDirectory.from_config(config)
    assert len(script.get_heads()) == 1, "two heads: somebody forgot to merge"
    return [revision.revision for revision in script.walk_revisions()][::-1]


def difference(database):
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)


def constraints(database):
    """What autogenerate does not compare: checks, unique keys and partial indexes, by table."""
    inspector = inspect(database.reader)
    return {
        table: (
            sorted(check["name"] for check in inspector.get_check_constraints(table)),
            sorted(unique["name"] for unique in inspector.get_unique_constraints(table)),
            sorted((index["name"], _words(index)) for index in inspector.get_indexes(table)),
            sorted(key["name"] for key in inspector.get_foreign_keys(table)),
        )
        for table in Base.metadata.tables
    }


def _words(index) -> str:
    """What makes an index partial, as text: the objects that say it differ each time."""
    return str(sorted((name, str(value)) for name, value in index["dialect_options"].items()))


def test_checks_keys_and_partial_indexes_are_those_of_the_models(empty, tmp_path):
    migrations.upgrade(empty)
    migrated = constraints(empty)
    if empty.is_sqlite:
        other = Database(f"sqlite:///{tmp_path / 'models.db'}")
        Base.metadata.create_all(other.writer)
        assert constraints(other) == migrated
        other.dispose()
        return
    engine = create_engine(empty.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"{empty.url.database}_models"
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    other = Database(empty.url.set(database=name))
    Base.metadata.create_all(other.writer)
    found = constraints(other)
    other.dispose()
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()
    assert found == migrated


def test_a_second_time_there_is_nothing_to_do(empty):
    migrations.upgrade(empty)
    with empty.read() as session:
        was = session.get(Secret, keys.NAME).wrapped
    migrations.upgrade(empty)
    with empty.read() as session:
        assert session.get(Secret, keys.NAME).wrapped == was  # a new key would lose everybody's number
    assert migrations.standing(empty) == (revisions()[-1], revisions()[-1])


def test_an_empty_database_stands_nowhere(empty):
    assert migrations.standing(empty) == (None, revisions()[-1])


def test_all_the_way_down_and_up_again(empty):
    migrations.upgrade(empty)
    migrations.downgrade(empty, "base")
    assert set(inspect(empty.reader).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(empty)
    assert difference(empty) == []


def rows(database):
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }


def test_each_migration_is_tried_with_rows_in_place(empty):
    """Down step by step and up again with people in the house: nobody is lost on the way."""
    migrations.upgrade(empty)
    with empty.write() as session:
        cast.gather(session)
    before = rows(empty)
    for revision in revisions()[-2::-1]:
        migrations.downgrade(empty, revision)
        migrations.upgrade(empty)
        assert rows(empty) == before, revision


def test_people_outlive_a_rebuilt_table(empty):
    """On SQLite a batch migration drops and rebuilds; with foreign keys on, the drop would take the children along."""
    migrations.upgrade(empty)
    with empty.write() as session:
        cast.gather(session)
    before = rows(empty)

    def rebuild(config):
        context = MigrationContext.configure(config.attributes["connection"])
        how = "always" if empty.is_sqlite else "never"
        with Operations(context).batch_alter_table("person", recreate=how) as batch:
            batch.alter_column("language", server_default="id")

    migrations._run(empty, rebuild)
    assert rows(empty) == before
    with empty.read() as session:
        assert len(session.scalars(select(Person)).all()) == 3
        assert session.scalar(select(func.count()).select_from(Slot)) == 60


def test_a_migration_that_orphans_rows_is_undone(sqlite):
    with sqlite.write() as session:
        cast.gather(session)

    def orphan(config):
        config.attributes["connection"].execute(text("DELETE FROM person"))

    with pytest.raises(RuntimeError, match="lost their parent"):
        migrations._run(sqlite, orphan)
    assert rows(sqlite)["person"] == 3
    with sqlite.writer.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_migration_that_breaks_leaves_the_schema_as_it_was(empty):
    migrations.upgrade(empty)

    def break_off(config):
        connection = config.attributes["connection"]
        connection.execute(text("CREATE TABLE half (x INTEGER)"))
        raise KeyError("half way")

    with pytest.raises(KeyError):
        migrations._run(empty, break_off)
    assert "half" not in inspect(empty.reader).get_table_names()


def test_the_engine_begins_without_a_past(empty):
    migrations.upgrade(empty)
    with empty.read() as session:
        assert session.scalars(select(EngineState)).all() == []
