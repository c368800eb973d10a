"""How somebody is greeted, and which variant of a text they get (design 2.5, texts 3)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules import words

LINK = "https://h.id/c/Ab3dE6gH9k"


@pytest.mark.parametrize(
    ("called", "word"),
    [
        ("Sari", "Sari"),
        ("Sari Dewi Lestari", "Sari"),
        ("  Budi  ", "Budi"),
        ("BUDI", "Budi"),
        ("budi", "Budi"),
        ("Pak Budi", "Pak"),
        ("Renée", "Renée"),
        ("Ma'ruf", "Ma'ruf"),
        ("Nur-Aini", "Nur-Aini"),
        ("Abdurahman", "Abdurahman"),
        ("Abdurrahman", "Kak"),  # eleven letters
        ("M. Rizki", "Kak"),
        ("Å", "Kak"),
        ("王伟", "Kak"),
        ("Ðorđe", "Kak"),  # one letter would be lost
        ("Budi2", "Kak"),
        ("0812", "Kak"),
        ("🙂", "Kak"),
        ("", "Kak"),
        (None, "Kak"),
        ("Dana", "Kak"),
        ("Selamat Riyadi", "Kak"),
        ("{{s}}", "Kak"),
        ("None", "Kak"),
        ("ì`", "Kak"),
    ],
)
def test_a_person_is_greeted_by_one_short_word(called, word):
    assert words.sapaan(called) == word


def test_without_a_name_english_says_friend():
    assert words.sapaan("", "en") == "friend"


@settings(deadline=None)  # the first call compiles the word list
@given(st.text(max_size=40))
def test_a_greeting_never_spoils_a_text(called):
    word = words.sapaan(called)
    assert 2 <= len(word) <= 10
    assert " " not in word
    assert words.faults(f"Sahabat: halo {word}, isi kabar: {LINK}", LINK) == []


@settings(deadline=None)  # the first call compiles the word list
@given(st.text(), st.integers(min_value=0, max_value=200))
def test_two_texts_in_a_row_differ(person_ref, seq):
    assert words.alternate(person_ref, seq) != words.alternate(person_ref, seq + 1)
    assert words.alternate(person_ref, seq) == words.alternate(person_ref, seq)


def test_not_everybody_begins_with_the_same_variant():
    assert {words.alternate(f"p{n}", 0) for n in range(20)} == {"a", "b"}


def test_a_purpose_with_one_text_has_no_choice():
    assert words.alternate("p1", 7, ("a",)) == "a"
