"""Names: read aloud as their owners would write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.rules.names import name_key
from companion.sheets.names import clean_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  WAYAN HIDAYAT , S.E. ", "Wayan Hidayat"),
        ("budi  santoso", "Budi Santoso"),
        ("NUR'AINI SIMANJUNTAK", "Nur'aini Simanjuntak"),
        ("Nur’aini", "Nur'aini"),
        ("MA'RUF", "Ma'ruf"),
        ("O'BRIEN", "O'Brien"),
        ("ABDUL-RAHMAN", "Abdul-Rahman"),
        ("SITI BINTI AHMAD", "Siti binti Ahmad"),
        ("I MADE ARYA", "I Made Arya"),
        ("JOKO II", "Joko II"),
        ("Anna McDonald", "Anna McDonald"),
        ("Budi Santoso, S.Pd., M.M.", "Budi Santoso"),
        ("Budi Santoso S.Sos.", "Budi Santoso"),
        ("AHMAD, SE", "Ahmad"),
        ("Ny. ANI, A.Md.Keb", "Ani"),
        ("Sdr. Budi", "Budi"),
        ("Hidayat, Wayan", "Hidayat, Wayan"),
        ("\u202aBudi\u202c", "Budi"),
        ("Budi\nLubis", "Budi Lubis"),
    ],
)
def test_names_are_cleaned(text, name):
    assert clean_name(text) == name


@pytest.mark.parametrize("text", ["", "-", "12345", " . ", "'"])
def test_without_a_letter_there_is_no_name(text):
    assert clean_name(text) == ""


def test_two_spellings_of_one_name_have_one_key():
    spellings = ("NUR'AINI  SIMANJUNTAK, S.E.", "Nur’aini Simanjuntak", "nuraini simanjuntak")
    assert len({name_key(clean_name(text)) for text in spellings}) == 1


def test_two_names_have_two_keys():
    assert name_key("Budi Lubis") != name_key("Budi Lubuis")


@given(st.text())
def test_a_cleaned_name_has_a_letter_and_stays_as_it_is(text):
    name = clean_name(text)
    assert name == "" or any(sign.isalpha() for sign in name)
    assert name == " ".join(name.split())
