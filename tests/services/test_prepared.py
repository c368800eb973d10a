"""Statements compiled once: the same values and errors as the long way, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

from companion.db import UtcDateTime
from companion.models import Institution
from companion.rules.terms import PhoneKind
from companion.services.prepared import Prepared

AT = datetime(2026, 11, 24, 3, 30, 7, 250000, tzinfo=UTC)
TABLE = Institution.__table__

ADD = Prepared(
    lambda dialect: insert(TABLE)
    .values(
        code=bindparam("code"), name="Rumah", zone="Asia/Jakarta", phones=PhoneKind.OWN, app_name="Sahabat",
        province=None, duty_number=bindparam("number", type_=TABLE.c.duty_number.type), on_call=True,
        asks_use=False, created_at=bindparam("at", type_=UtcDateTime()),
    )
    .returning(TABLE.c.id)
)  # fmt: skip
READ = Prepared(
    lambda dialect: select(
        TABLE.c.code,
        TABLE.c.phones,
        TABLE.c.on_call,
        TABLE.c.duty_number,
        TABLE.c.province,
        TABLE.c.created_at,
    ).where(TABLE.c.code == bindparam("code"))
)


@pytest.fixture
def connection(database):
    with database.writer.connect() as connection:
        yield connection


def test_values_go_in_and_come_out_with_their_types(connection):
    for _ in range(2):
        assert READ.first(connection, code="damai") is None
    ADD.run(connection, code="damai", number="+62811", at=AT)
    ADD.run(connection, code="lain", number=None, at=AT)
    row = READ.first(connection, code="damai")
    assert row == ("damai", PhoneKind.OWN, True, "+62811", None, AT)
    assert row.created_at.tzinfo is not None
    stored = connection.execute(select(TABLE.c.name, TABLE.c.duty_number).where(TABLE.c.code == "lain")).one()
    assert stored == ("Rumah", None)


def test_it_takes_part_in_the_connections_transaction(connection):
    ADD.run(connection, code="damai", number=None, at=AT)
    connection.rollback()
    assert READ.run(connection, code="damai") == []


def test_a_fault_is_the_same_error_as_the_long_way_and_quotes_no_value(connection):
    ADD.run(connection, code="damai", number="+62811", at=AT)
    with pytest.raises(IntegrityError) as caught:
        ADD.run(connection, code="damai", number="+62811", at=AT)
    assert caught.value.params is None


def test_a_value_that_was_forgotten_is_noticed(connection):
    with pytest.raises(KeyError):
        READ.run(connection)


def test_who_counts_statements_counts_these(database):
    seen = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(database.writer, "before_cursor_execute", note)
    with database.writer.connect() as connection:
        READ.run(connection, code="damai")
    event.remove(database.writer, "before_cursor_execute", note)
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1


def test_only_what_is_asked_is_handed_over_with_each_run(database):
    """A fixed value handed over makes SQLite plan the statement anew each time."""
    seen = []

    def note(connection, cursor, statement, parameters, *rest):
        seen.append((statement, tuple(parameters.values() if isinstance(parameters, dict) else parameters)))

    fixed = Prepared(
        lambda dialect: select(TABLE.c.code).where(
            TABLE.c.phones == PhoneKind.OWN,
            TABLE.c.name == "Rumah",
            TABLE.c.code == bindparam("code"),
        )
    )
    with database.writer.connect() as connection:
        ADD.run(connection, code="damai", number=None, at=AT)
        event.listen(database.writer, "before_cursor_execute", note)
        assert fixed.run(connection, code="damai") == [("damai",)]
        event.remove(database.writer, "before_cursor_execute", note)
    [(statement, handed_over)] = [each for each in seen if each[0].startswith("SELECT")]
    assert handed_over == ("Rumah", "damai")
    assert "'own'" in statement
