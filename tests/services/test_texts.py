"""Outbound words: rendered when sending; a text with a hole in it does not leave (design 2.5, 4.2)."""

import hashlib

import pytest

from companion.content import Unsayable
from companion.rules import words
from companion.rules.terms import Purpose
from companion.services import texts

LINK = "https://s.id/c/abcdefghijkl"
FILLERS = {"app": "Sahabat", "s": "Budi", "h": "Minggu 31/12", "j": "09.00 WIB", "t": "Mendengar lebih dulu"}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("turn", [0, 1])
def test_every_purpose_can_be_said_in_one_segment_with_the_link_at_its_end(purpose, language, turn):
    text = texts.render(purpose, language, LINK, seed="ref", turn=turn, **FILLERS)
    assert text.body.endswith(f" {LINK}")
    assert words.segments(text.body) == 1
    assert text.body_hash == hashlib.sha256(text.body.encode()).hexdigest()
    assert text.template.startswith(f"{purpose}.")


def test_two_texts_in_a_row_differ_and_the_same_one_asked_twice_is_the_same():
    said = [
        texts.render(Purpose.INVITATION, "id", LINK, seed="ref", turn=turn, **FILLERS).body
        for turn in (0, 1, 2, 0)
    ]
    assert said[0] != said[1]
    assert said[0] == said[2] == said[3]


@pytest.mark.parametrize("missing", [{"s": None}, {"s": " "}, {"app": ""}])
def test_a_hole_is_not_sent(missing):
    with pytest.raises(Unsayable):
        texts.render(Purpose.INVITATION, "id", LINK, **(FILLERS | missing))


def test_where_one_variant_does_not_fit_the_other_is_tried():
    """B is the longer one; with a link of 55 letters only A still fits its segment."""
    link = "https://h.example/c/".ljust(55, "x")
    for turn in (0, 1):
        assert ".a." in texts.render(Purpose.INVITATION, "id", link, seed="r", turn=turn, **FILLERS).template


def test_what_fits_in_no_way_is_named_by_its_kind_and_not_by_its_words():
    with pytest.raises(Unsayable) as refused:
        texts.render(Purpose.INVITATION, "id", "https://h.example/" + "x" * 150, **FILLERS)
    assert "too_long" in str(refused.value)
    assert "Budi" not in str(refused.value)


def test_the_words_are_not_in_a_repr():
    assert "Budi" not in repr(texts.render(Purpose.INVITATION, "id", LINK, **FILLERS))
