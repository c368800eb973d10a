"""Changing the data keys while people go on working (design 6, DATA_KEYS)."""

import pytest
from sqlalchemy import LargeBinary, select, type_coerce, update

from companion import crypto
from companion.db import Base, Encrypted
from companion.models import Number, Person, Secret
from companion.services import keys, numbers, rotation
from tests.conftest import KEY
from tests.engine.scene import BUDI

NEW = b"n" * 32


@pytest.fixture
def both(people):
    """The cast was closed with the old key; now there is a new one, and both open."""
    crypto.use((NEW, KEY))
    return people


def stored(database):
    """Every encrypted value as it lies in the database."""
    found = []
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Encrypted):
                    raw = select(type_coerce(column, LargeBinary)).where(column.is_not(None))
                    found += [bytes(value) for value in session.scalars(raw)]
    return found


def test_afterwards_the_old_key_may_go(database, both):
    before = len(stored(database))
    assert rotation.rotate(database) == before > 10
    crypto.use((NEW,))
    with database.read() as session:
        assert session.get(Person, both.budi).name == "Budi Santoso"
        assert session.scalars(select(Number.e164)).first() == BUDI


def test_the_look_up_key_is_closed_anew_and_stays_the_same(database, both):
    """Otherwise nobody's number would be found any more."""
    with database.read() as session:
        was = session.get(Secret, "lookup").wrapped
    rotation.rotate(database)
    crypto.use((NEW,))
    with database.write() as session:
        session.info["lookup_key"].value = None
        assert session.get(Secret, "lookup").wrapped == was
        known = session.scalars(select(Number.id)).all()
        assert numbers.find_or_add(session, BUDI).id in known
        assert keys.lookup(session, "x") == crypto.blind(was, "x")


def test_a_second_time_there_is_nothing_to_do(database, both):
    rotation.rotate(database)
    assert rotation.rotate(database) == 0


def test_it_goes_on_where_it_was_broken_off(database, both, monkeypatch):
    everything = len(stored(database))
    close_again, seen = rotation._close_again, []

    def break_off(*given):
        seen.append(1)
        if len(seen) > 7:
            raise KeyboardInterrupt
        return close_again(*given)

    monkeypatch.setattr(rotation, "BATCH", 3)
    monkeypatch.setattr(rotation, "_close_again", break_off)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(database)
    monkeypatch.undo()
    assert 0 < rotation.rotate(database) < everything
    assert all(crypto.ring().is_current(value) for value in stored(database))


def test_a_write_meanwhile_wins(database, both, monkeypatch):
    """What was read is compared with what is replaced."""
    close_again = rotation._close_again

    def somebody_is_faster(session, table, column, key_columns, row):
        if (table.name, column.name) == ("person", "name") and row[0] == both.budi:
            session.execute(update(Person).where(Person.id == both.budi).values(name="Budi Baru"))
        return close_again(session, table, column, key_columns, row)

    monkeypatch.setattr(rotation, "_close_again", somebody_is_faster)
    rotation.rotate(database)
    crypto.use((NEW,))
    with database.read() as session:
        assert session.get(Person, both.budi).name == "Budi Baru"


def test_every_batch_is_looked_at_once(database, both, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 1)
    assert rotation.rotate(database) == len(stored(database))


def test_a_value_no_key_opens_is_an_error_that_names_the_place_and_nothing_else(database, both):
    crypto.use((NEW,))
    with pytest.raises(crypto.CannotOpen) as refused:
        rotation.rotate(database)
    assert "Budi" not in str(refused.value)
