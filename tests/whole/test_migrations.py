"""The migrations lead to the schema that the models describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from companion import migrations
from companion.db import Base


def test_the_models_equal_the_migrations(database):
    with database.writer.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert not found, "make a revision: models and migrations differ"


def test_a_migrated_database_stands_where_the_program_needs_it(database):
    has, needs = migrations.standing(database)
    assert has == needs
