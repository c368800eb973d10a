"""A copy says which data keys it needs, and is not put in place without them (design 6, `backup`, `restore`)."""

import pytest
from sqlalchemy import func, select

from companion import crypto
from companion.engine import copy_keys, presence
from companion.engine.backups import CannotBackUp, back_up, restore
from companion.models import EngineState, Number, Person
from companion.services import rotation
from tests import cast
from tests.cast import NOW
from tests.conftest import KEY
from tests.engine.scene import HOUR

NEW = b"n" * 32
OLD_ID, NEW_ID = crypto.key_id(KEY), crypto.key_id(NEW)


@pytest.fixture
def half_rotated(database, people):
    """Most was closed with the first key; since then there is a new one, and one person more."""
    crypto.use((NEW, KEY))
    with database.write() as session:
        sari = session.get(cast.models.Staff, people.sari)
        melati = session.get(cast.models.Institution, people.melati)
        cast.graduate(session, melati, sari, name="Nina Baru", called="Nina", e164="+6281200000007")
    return database


def take(database, tmp_path, name="copy"):
    return back_up(database, tmp_path / name, NOW), tmp_path / name


def everybody(database):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Person))


def test_a_copy_needs_every_key_that_closed_something_in_it(half_rotated, tmp_path):
    needed, copy = take(half_rotated, tmp_path)
    assert needed == {OLD_ID, NEW_ID} == copy_keys.keys_of(half_rotated, copy)


def test_after_rotating_the_older_key_is_needed_no_more(half_rotated, tmp_path):
    _needed, before = take(half_rotated, tmp_path, "before")
    rotation.rotate(half_rotated)
    assert take(half_rotated, tmp_path, "after")[0] == {NEW_ID}
    assert copy_keys.keys_of(half_rotated, before) == {OLD_ID, NEW_ID}, "the older copy still needs both"


@pytest.mark.parametrize("held", [(NEW,), (KEY,), (b"x" * 32,)])
def test_a_copy_is_not_put_in_place_without_a_key_it_needs(half_rotated, tmp_path, held):
    _needed, copy = take(half_rotated, tmp_path)
    with half_rotated.write() as session:
        cast.institution(session, "later")
    crypto.use(held)
    missing = {OLD_ID, NEW_ID} - set(crypto.ring().ids)
    with pytest.raises(CannotBackUp, match="Nothing was changed") as refused:
        restore(half_rotated, copy, NOW + HOUR)
    assert all(key.hex() in str(refused.value) for key in missing)
    with half_rotated.read() as session:
        assert session.scalar(select(func.count()).select_from(cast.models.Institution)) == 3
        assert session.scalars(select(EngineState.restored_at)).first() is None


def test_with_all_keys_it_is_put_in_place(half_rotated, tmp_path):
    _needed, copy = take(half_rotated, tmp_path)
    crypto.use((b"x" * 32, KEY, NEW))
    restore(half_rotated, copy, NOW + HOUR)
    assert everybody(half_rotated) == 4
    with half_rotated.read() as session:
        assert {number.e164 for number in session.scalars(select(Number))} >= {"+6281200000007"}


def test_looking_at_a_copy_leaves_nothing_beside_it(half_rotated, tmp_path):
    _needed, copy = take(half_rotated, tmp_path)
    crypto.use((NEW,))
    with pytest.raises(CannotBackUp):
        restore(half_rotated, copy, NOW + HOUR)
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy"]


def test_a_copy_is_never_put_under_somebody_who_is_at_work(half_rotated, tmp_path, monkeypatch):
    monkeypatch.setattr(presence, "PATIENCE", 0.5)
    _needed, copy = take(half_rotated, tmp_path)
    worker = type(half_rotated)(half_rotated.url.render_as_string(hide_password=False))
    with presence.at_work(worker), pytest.raises(CannotBackUp, match="Stop"):
        restore(half_rotated, copy, NOW + HOUR)
    worker.dispose()
    restore(half_rotated, copy, NOW + HOUR)


def test_a_dump_is_read_by_its_columns_and_not_by_what_looks_like_a_key():
    lookup = b"\\\\x01" + b"ab" * 31  # a fingerprint that begins like a closed value
    lines = [
        b"COPY public.number (id, lookup, e164) FROM stdin;\n",
        b"1\t" + lookup + b"\t\\\\x01" + OLD_ID.hex().encode() + b"00\n", b"2\t" + lookup + b"\t\\N\n", b"\\.\n",
        b"COPY public.\"window\" (id) FROM stdin;\n", b"1\n", b"\\.\n", b"COPY public.strange (e164) FROM stdin;\n",
        b"\\\\x01ffffffff\n", b"\\.\n",
    ]  # fmt: skip
    assert copy_keys._keys_in_lines(lines) == {OLD_ID}
