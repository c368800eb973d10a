"""Every text that may leave: shipped in both languages, with places that can be filled, and words for its writers."""

import pytest

from companion import i18n
from companion.content import outbound, read
from companion.rules import wordings as rules
from companion.rules.terms import Purpose
from companion.rules.wordings import Finding, Flaw
from companion.rules.words import FaultKind
from companion.services import wordings
from companion.web import texts_words

PLACES = pytest.mark.parametrize(
    "place", wordings.places(), ids=lambda place: f"{place.purpose}.{place.variant}"
)


def test_every_purpose_has_shipped_words_and_says_what_may_stand_in_them():
    shipped = {purpose for purpose, _, _ in outbound.every()}
    assert set(Purpose) <= shipped
    assert set(rules.PLACES) == set(Purpose)
    assert set(texts_words.PURPOSES) == set(Purpose)


@PLACES
def test_shipped_words_stand_in_both_languages_and_pass_the_checker_of_own_ones(place):
    """Who begins with the shipped words and changes nothing may propose them."""
    assert set(place.shipped) == {"id", "en"}
    assert wordings.check(place, place.shipped, "Sahabat", "https://s.id") == []


@PLACES
def test_shipped_words_are_the_same_after_a_writer_has_had_them_in_a_field(place):
    for source in place.shipped.values():
        assert rules.source_of(rules.typed(source)) == source


def test_every_place_has_a_word_a_meaning_and_a_longest_filler():
    places = frozenset().union(*rules.PLACES.values())
    assert places == set(rules.WRITTEN) == set(texts_words.MEANINGS)
    for language in outbound.LANGUAGES:
        assert places - {"app", "u"} == set(rules.LONGEST[language])


def findings():
    """One of everything that can be wrong."""
    tables = [name for name, table in read("forbidden.toml").items() if hasattr(table, "items")]
    yield from (Finding(FaultKind.FORBIDDEN, "id", "kata", about) for about in (*tables, "count"))
    details = {FaultKind.TOO_LONG: "3", Flaw.UNEVEN: "s", Flaw.UNKNOWN_PLACE: "nama"}
    for kind in (*FaultKind, *Flaw):
        if kind is not FaultKind.FORBIDDEN:
            yield Finding(kind, "id", details.get(kind, ""))


@pytest.mark.parametrize("language", ["id", "en"])
def test_whatever_can_be_wrong_is_said_with_how_to_mend_it(language):
    with i18n.speaking(language):
        said = [texts_words.sentence(finding, Purpose.INVITATION) for finding in findings()]
        assert all(len(sentence.split()) > 3 and sentence.endswith(".") for sentence in said)
        assert len(set(said)) == len(said)
        assert all(texts_words.unsaid_words(kind.value) for kind in FaultKind)
