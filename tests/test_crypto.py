"""Encryption of what could harm somebody: bound to its place, with several keys at once (design 2.11)."""

import re
from types import SimpleNamespace

import pytest

from companion import crypto
from companion.crypto import CannotOpen, Keyring, blind, key_id, new_key, token

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = "person.name"


def test_what_was_closed_opens_again():
    ring = Keyring((OLD,))
    assert ring.open(ring.close(b"Budi Santoso", PLACE), PLACE) == b"Budi Santoso"


def test_the_same_value_never_looks_the_same_twice():
    ring = Keyring((OLD,))
    assert ring.close(b"Budi", PLACE) != ring.close(b"Budi", PLACE)
    assert b"Budi" not in ring.close(b"Budi", PLACE)


def test_a_value_copied_into_another_column_does_not_open():
    ring = Keyring((OLD,))
    with pytest.raises(CannotOpen, match="damaged or moved"):
        ring.open(ring.close(b"Budi", "person.name"), "family_member.name")


@pytest.mark.parametrize("position", [0, 1, 5, 20, -1])
def test_a_single_changed_byte_is_noticed(position):
    stored = bytearray(Keyring((OLD,)).close(b"Budi", PLACE))
    stored[position] ^= 1
    with pytest.raises(CannotOpen):
        Keyring((OLD,)).open(bytes(stored), PLACE)


@pytest.mark.parametrize("stored", [b"", b"\x01", b"plain text of long ago", b"\x02" + b"x" * 60])
def test_what_was_never_closed_by_us_does_not_open(stored):
    with pytest.raises(CannotOpen):
        Keyring((OLD,)).open(stored, PLACE)


def test_the_first_key_closes_and_every_key_opens():
    old = Keyring((OLD,)).close(b"Budi", PLACE)
    both = Keyring((NEW, OLD))
    assert both.open(old, PLACE) == b"Budi"
    assert (both.is_current(old), both.is_current(both.close(b"Budi", PLACE))) == (False, True)
    with pytest.raises(CannotOpen):
        Keyring((NEW,)).open(old, PLACE)


def test_without_a_key_nothing_is_closed_in_the_clear():
    with pytest.raises(CannotOpen):
        Keyring().close(b"Budi", PLACE)


def test_an_error_names_the_place_and_nothing_else():
    stored = Keyring((OLD,)).close(b"Budi Santoso", PLACE)
    with pytest.raises(CannotOpen) as refused:
        Keyring((NEW,)).open(stored, PLACE)
    assert PLACE in str(refused.value)
    assert "Budi" not in str(refused.value)


def test_the_ring_of_this_process_is_handed_in():
    crypto.use((NEW,))
    assert crypto.ring().current == key_id(NEW)


def test_an_index_finds_without_revealing():
    assert blind(b"k", "+6281200000001") == blind(b"k", "+6281200000001")
    assert blind(b"k", "+6281200000001") != blind(b"k", "+6281200000002")
    assert blind(b"k", "+6281200000001") != blind(b"other", "+6281200000001")
    assert b"8120" not in blind(b"k", "+6281200000001")


def test_a_token_neither_begins_nor_ends_with_a_hyphen(monkeypatch):
    """A link in a text would be cut off there, and a spreadsheet would take it for a formula."""
    hyphen, letter = b"\xfb", b"\x00"  # "-" and "A" in base64
    drawn = [hyphen + letter * 8, letter * 8 + b"\x3e", letter * 9]
    dice = SimpleNamespace(urandom=lambda length: (drawn.pop(0) + letter * length)[:length])
    monkeypatch.setattr("companion.crypto.os", dice)
    assert token(12) == "A" * 12 and drawn == []


@pytest.mark.parametrize("length", [11, 12, 16, 20])
def test_a_token_is_random_and_fits_an_address(length):
    made = {token(length) for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(rf"[A-Za-z0-9_-]{{{length}}}", one) for one in made)


def test_a_new_key_is_shell_safe_and_long_enough():
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", new_key())
    assert new_key() != new_key()
