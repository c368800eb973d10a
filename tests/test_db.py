"""Column types and how each database is held (design 3, tech.md 7)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import LargeBinary, select, text, type_coerce, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from companion import crypto
from companion.db import Base, Database, Encrypted, insert_ignore, locked, rows_changed
from companion.engine.time import state_of
from companion.models import EngineState, Institution, Parked, Person, Signal, Slot
from companion.services.prepared import Prepared
from tests.cast import NOW

# --- instants -------------------------------------------------------------------------------------------------------


def test_an_instant_comes_back_in_utc_whatever_zone_it_went_in_with(database, people):
    jakarta = datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=7)))
    with database.write() as session:
        session.get(Person, people.budi).lapse_set_at = jakarta
    with database.read() as session:
        found = session.get(Person, people.budi).lapse_set_at
    assert (found, found.tzinfo) == (datetime(2026, 11, 23, 18, 30, tzinfo=UTC), UTC)


def test_instants_keep_their_order_to_the_microsecond(database, people):
    with database.write() as session:
        session.get(Person, people.budi).lapse_set_at = NOW + timedelta(microseconds=1)
    with database.read() as session:
        assert session.scalar(select(Person.id).where(Person.lapse_set_at > NOW)) == people.budi
        assert session.scalar(select(Person.id).where(Person.lapse_set_at <= NOW)) is None


def test_a_naive_instant_is_refused(database, people):
    with pytest.raises(StatementError, match="naive"), database.write() as session:
        session.execute(update(Person).values(lapse_set_at=datetime(2026, 11, 23)))


# --- encryption -----------------------------------------------------------------------------------------------------


def test_names_lie_encrypted_and_bound_to_their_column(database, people):
    with database.read() as session:
        stored = bytes(
            session.scalar(select(type_coerce(Person.name, LargeBinary)).where(Person.id == people.budi))
        )
        assert b"Budi" not in stored
        assert crypto.ring().open(stored, "person.name") == b"Budi Santoso"
    with pytest.raises(crypto.CannotOpen):
        crypto.ring().open(stored, "person.called")


def test_nothing_stays_nothing(database, people):
    with database.read() as session:
        assert session.scalar(select(Person.court_referral).where(Person.id == people.budi)) is None


def test_every_place_is_the_columns_own_name():
    """Two columns with the same place could be swapped without anybody noticing."""
    places = [
        (f"{table.name}.{column.name}", column.type.place)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Encrypted)
    ]
    assert len(places) > 10
    assert all(where == place for where, place in places)


def test_what_would_identify_somebody_is_encrypted():
    """Design 2.11: names, numbers, notes, plans, answers, alert words, court referral."""
    wanted = {
        "person.name", "person.called", "person.born_on", "person.guardian", "person.court_referral", "number.e164",
        "staff.name", "staff.phone", "phone.holder", "consent.proof", "signal.values", "contact.note", "answer.said",
        "family_member.name", "family_member.relation", "institution.duty_number", "import_draft.content",
    }  # fmt: skip
    columns = {
        f"{table.name}.{column.name}": column.type
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }
    assert {name for name in wanted if not isinstance(columns[name], Encrypted)} == set()


# --- writing --------------------------------------------------------------------------------------------------------


def parked(n):
    return {"kind": "x", "row_id": n, "reason": "r", "at": NOW, "until": NOW}


@pytest.mark.parametrize(("ids", "new"), [([1], 1), ([1, 2, 3], 3), ([], 0)])
def test_an_insert_that_may_be_ignored_says_how_many_are_new(database, ids, new):
    with database.write() as session:
        assert (
            insert_ignore(
                session, Parked.__table__, [parked(n) for n in ids], index_elements=["kind", "row_id"]
            )
            == new
        )
        again = [parked(n) for n in [*ids, 99]]
        assert insert_ignore(session, Parked.__table__, again, index_elements=["kind", "row_id"]) == 1


def test_the_row_count_of_an_update_says_who_won(database, people):
    with database.write() as session:
        claim = (
            update(Person)
            .where(Person.id == people.budi, Person.lapse_set_at.is_(None))
            .values(lapse_set_at=NOW)
        )
        assert (rows_changed(session, claim), rows_changed(session, claim)) == (1, 0)


def test_a_transaction_that_raises_leaves_nothing(database, people):
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(update(Person).values(lapse_set_at=NOW))
        1 / 0  # noqa: B018
    with database.read() as session:
        assert session.scalars(select(Person.lapse_set_at)).all() == [None] * 3


def test_foreign_keys_hold(database, people):
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(Signal.__table__.insert().values(
            institution_id=people.melati, alert_id=999, code="x", level="red", about="x", at=NOW, values={},
        ))  # fmt: skip


@pytest.mark.parametrize("state", ["gone", "PLANNED", ""])
def test_a_state_that_is_none_is_refused_by_the_database_itself(database, people, state):
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text("UPDATE slot SET state = :state"), {"state": state})


def test_an_error_of_the_database_repeats_nothing_about_anybody(database, people):
    """An error names the statement, never a person (design 2.11)."""
    half = {"name": "Tripwire", "identity": b"x", "institution_id": people.melati}
    with pytest.raises(DBAPIError) as refused, database.write() as session:
        session.execute(Person.__table__.insert().values(**half))
    assert "INSERT INTO person" in str(refused.value)
    assert "Tripwire" not in str(refused.value)


def test_a_repr_names_a_row_by_its_number_alone(database, people):
    with database.read() as session:
        assert repr(session.get(Person, people.budi)) == f"<Person {people.budi}>"


# --- each database in its own way -----------------------------------------------------------------------------------


def test_sqlite_writes_durably_and_checks_its_keys(sqlite):
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000}
    wanted |= {"wal_autocheckpoint": 8000}
    for engine in (sqlite.writer, sqlite.reader):
        with engine.connect() as connection:
            found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
        assert found == wanted


def test_sqlite_is_a_build_without_the_race_of_its_wal(sqlite):
    with sqlite.reader.connect() as connection:
        version = connection.execute(text("SELECT sqlite_version()")).scalar()
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)


def test_sqlite_readers_do_not_wait_for_a_writer(sqlite):
    with sqlite.write() as writing, sqlite.read() as reading:
        writing.execute(text("UPDATE engine_state SET clock_offset_s = 1"))
        assert reading.execute(select(Institution.id)).all() == []


def test_only_a_server_locks_rows_and_skips_those_of_others(database):
    with database.read() as session:
        statement = str(locked(session, select(Slot.id)).compile(session.get_bind()))
    assert ("SKIP LOCKED" in statement) == (not database.is_sqlite)


_ONE = Prepared(lambda _: select(EngineState.id).where(EngineState.id == 1))


@pytest.mark.parametrize(
    "ask", [lambda session: session.execute(select(1)), lambda session: _ONE.ask(session)]
)
def test_a_process_that_stands_still_in_a_transaction_lets_go_of_its_rows(postgresql, monkeypatch, ask):
    monkeypatch.setattr("companion.engines.STANDS_STILL", 1)
    colleague = Database(postgresql.url.render_as_string(hide_password=False))
    take = text("UPDATE engine_state SET clock_offset_s = :n WHERE id = 1")
    with postgresql.write() as session:
        state_of(session)
    with colleague.sessions() as suspended:
        suspended.execute(take, {"n": 1})
        with postgresql.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '10s'"))
            session.execute(take, {"n": 2})  # waits until the other one has been given up
        with pytest.raises(OperationalError):  # the database, not the row in hand: nothing is parked for it
            ask(suspended)
        suspended.rollback()
        assert suspended.scalar(text("SELECT 1")) == 1, "on a new connection"
    colleague.dispose()
    with postgresql.read() as session:
        assert session.scalar(text("SELECT clock_offset_s FROM engine_state")) == 2


def test_a_transaction_that_is_only_slow_is_left_alone(postgresql):
    with postgresql.read() as session:
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"


def test_a_connection_is_asked_whether_its_server_is_there_only_after_a_rest(postgresql, monkeypatch):
    """Who comes after a rest notices nothing of a server that was away; who comes at once is told, and only once."""
    colleague = Database(postgresql.url.render_as_string(hide_password=False))

    def ask():
        with colleague.read() as session:
            return session.scalar(text("SELECT 1"))

    def end_it():
        with postgresql.read() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    assert ask() == 1
    end_it()
    with pytest.raises(OperationalError):
        ask()
    assert ask() == 1
    end_it()
    monkeypatch.setattr("companion.engines.RESTED", 0.0)
    assert ask() == 1
    colleague.dispose()


def test_a_plan_made_while_a_table_was_small_does_not_read_all_of_it_later(postgresql):
    """PostgreSQL looks up a foreign key by a plan that it makes once for a connection (engines.BY_INDEX)."""
    with postgresql.write() as session:
        session.execute(text("CREATE TABLE line (id int PRIMARY KEY)"))
        session.execute(text("CREATE TABLE reason (id int PRIMARY KEY, line_id int REFERENCES line (id))"))
        session.execute(text("ANALYZE line"))
    for first, last in ((1, 20), (21, 1020)):
        numbers = f"FROM generate_series({first}, {last}) n"
        with postgresql.write() as session:
            session.execute(text(f"INSERT INTO line SELECT n {numbers}"))
            session.execute(text(f"INSERT INTO reason SELECT n, n {numbers}"))
    with postgresql.write() as session:
        session.execute(text("SELECT pg_stat_force_next_flush()"))
    with postgresql.read() as session:
        assert (
            session.scalar(text("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'line'")) < 1020
        )
