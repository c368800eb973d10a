"""GSM-7: what a text costs, and how it is made plain (domain 4.3, failures 50)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules import words

GSM7 = "".join(words.ALPHABET | words.EXTENSION)


def test_the_alphabet_has_127_letters_and_ten_more_behind_an_escape():
    assert len(words.ALPHABET) == 127  # 128 places, one of them the escape itself
    assert len(words.EXTENSION) == 10
    assert not words.ALPHABET & words.EXTENSION


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a", 1), ("é", 1), ("€", 2), ("[~]", 6), ("a\nb", 3)])
def test_septets_of_small_texts(text, count):
    assert words.septets(text) == count


@settings(deadline=None)
@given(st.text(alphabet=GSM7))
def test_septets_agree_with_counting_letter_by_letter(text):
    expected = 0
    for char in text:
        expected += 1
        if char in "\f^{}\\[~]|€":
            expected += 1
    assert words.septets(text) == expected


def test_septets_of_a_foreign_letter_are_an_error_that_names_only_the_letter():
    with pytest.raises(ValueError, match=r"^U\+2013 is not in GSM-7$"):
        words.septets("Sari – kabar")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 310, 3),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("–" * 70, 1),
        ("–" * 71, 2),
        ("–" * 134, 2),
        ("–" * 135, 3),
        ("a" * 152 + "–" + "🙏", 3),
        ("🙏" * 35, 1),
        ("🙏" * 36, 2),
    ],
)
def test_segments_just_before_at_and_after_their_limits(text, count):
    assert words.segments(text) == count


def test_an_escape_is_not_parted_from_its_letter_at_the_end_of_a_segment():
    assert words.segments("a" * 152 + "€" + "a" * 152) == 3  # 306 septets would fit two, were it cut in half
    assert words.segments("a" * 151 + "€" + "a" * 153) == 2


@pytest.mark.parametrize(
    ("given_text", "plain"),
    [
        ("“Halo” ‘Sari’ – apa kabar…", "\"Halo\" 'Sari' - apa kabar..."),
        ("a\xa0b\u200bc\u2009d", "a bc d"),
        ("Renée Ångström", "Renée Ångström"),
        ("Rene\u0301e", "Renée"),
        ("Zoë Łukasz Đức", "Zoe Lukasz Duc"),
        ("Halo 🙂 Kak", "Halo Kak"),
        ("satu\ndua\ttiga", "satu dua tiga"),
        ("½ ² ™ ①", "1/2 2 TM 1"),
        ("Rp5·000", "Rp5-000"),
        ("Ma´ruf Ma`ruf", "Ma'ruf Ma'ruf"),
    ],
)
def test_normalise_makes_typing_plain(given_text, plain):
    assert words.normalise(given_text) == plain


@settings(deadline=None)
@given(st.text())
def test_what_was_normalised_is_always_gsm7_and_stays_as_it_is(text):
    plain = words.normalise(text)
    words.septets(plain)
    assert "  " not in plain
    assert words.normalise(plain) == plain
