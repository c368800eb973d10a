"""The texts that go to phones, as they come with the program (texts 3): length, words, places, link."""

import jinja2
import pytest

from companion.content import Unsayable, outbound
from companion.rules import wordings, words

# Septets with a 24- and with a 32-character link, as texts 3 lists them. One differs: the English family_weekly b was
# listed as 120/128, which is the count with a title of 36 letters; a title has 38 (texts 3, notes).
LISTED = {
    ("invitation", "a", "id"): (120, 128),
    ("invitation", "a", "en"): (118, 126),
    ("invitation", "b", "id"): (146, 154),
    ("invitation", "b", "en"): (132, 140),
    ("reminder", "a", "id"): (133, 141),
    ("reminder", "a", "en"): (122, 130),
    ("reminder", "b", "id"): (142, 150),
    ("reminder", "b", "en"): (123, 131),
    ("gap", "a", "id"): (146, 154),
    ("gap", "a", "en"): (144, 152),
    ("gap", "b", "id"): (143, 151),
    ("gap", "b", "en"): (135, 143),
    ("appointment", "a", "id"): (140, 148),
    ("appointment", "a", "en"): (129, 137),
    ("appointment", "b", "id"): (140, 148),
    ("appointment", "b", "en"): (147, 155),
    ("family_weekly", "a", "id"): (132, 140),
    ("family_weekly", "a", "en"): (118, 126),
    ("family_weekly", "b", "id"): (135, 143),
    ("family_weekly", "b", "en"): (122, 130),
    ("opt_out_done", "a", "id"): (138, 146),
    ("opt_out_done", "a", "en"): (129, 137),
    ("opt_out_done", "b", "id"): (131, 139),
    ("opt_out_done", "b", "en"): (119, 127),
    ("check_number", "a", "id"): (145, 153),
    ("check_number", "a", "en"): (130, 138),
    ("check_number", "b", "id"): (147, 155),
    ("check_number", "b", "en"): (128, 136),
    ("first", "a", "id"): (146, 154),
    ("first", "a", "en"): (144, 152),
    ("new_link", "a", "id"): (97, 105),
    ("new_link", "a", "en"): (98, 106),
    ("we_rang", "a", "id"): (140, 148),
    ("we_rang", "a", "en"): (129, 137),
    ("last_week", "a", "id"): (145, 153),
    ("last_week", "a", "en"): (142, 150),
    ("staff_urgent", "a", "id"): (141, 149),
    ("staff_urgent", "a", "en"): (143, 151),
    ("staff_late", "a", "id"): (127, 135),
    ("staff_late", "a", "en"): (117, 125),
}
LONGEST = {
    "app": "Sahabat",
    "s": "Maharatnaa",
    "h": "Minggu 31/12",
    "j": "09.00 WITA",
    "t": "Mendengar tanpa memotong, satu per sat",
}
SHORT_LINK = "https://h.id/c/k3Vt9xQ-_a"[:24]
LONG_LINK = "https://kabar.or.id/c/Ab3dE6gH9kL"[:32]
EVERY = pytest.mark.parametrize("key", LISTED, ids=".".join)


def said(key, link):
    return words.fill(outbound.source(*key), **LONGEST, u=link)


def test_the_texts_are_exactly_those_listed():
    assert set(outbound.every()) == LISTED.keys()


def test_the_links_and_fillers_of_these_tests_are_the_longest():
    assert (len(SHORT_LINK), len(LONG_LINK)) == (24, 32)
    assert {name: len(value) for name, value in LONGEST.items()} == {
        "app": 7,
        "s": 10,
        "h": 12,
        "j": 10,
        "t": 38,
    }


@EVERY
def test_a_text_has_exactly_the_listed_length(key):
    assert (words.septets(said(key, SHORT_LINK)), words.septets(said(key, LONG_LINK))) == LISTED[key]


@EVERY
@pytest.mark.parametrize("link", [SHORT_LINK, LONG_LINK])
def test_a_text_is_one_segment_ends_with_its_link_and_has_no_fault(key, link):
    text = said(key, link)
    assert words.segments(text) == 1
    assert text.endswith(f" {link}")
    assert words.faults(text, link) == []
    assert words.normalise(text) == text


@EVERY
def test_a_text_holds_with_a_sender_word_of_eight_letters(key):
    link = wordings.longest_link("https://h.id")
    said = wordings.at_its_longest(outbound.source(*key), key[2], "Sahabatk", link)
    assert len(link) == 32
    assert words.faults(said, link) == []


@EVERY
def test_both_languages_have_the_same_places(key):
    purpose, variant, _ = key
    id_, en = (words.placeholders(outbound.source(purpose, variant, language)) for language in ("id", "en"))
    assert id_ == en
    assert {"app", "u"} <= id_


@EVERY
def test_jinja_and_our_own_filling_say_the_same(key):
    source = outbound.source(*key)
    strict = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    assert strict.from_string(source).render(**LONGEST, u=SHORT_LINK) == said(key, SHORT_LINK)


@EVERY
def test_a_text_without_a_filler_is_not_said(key):
    source = outbound.source(*key)
    for missing in words.placeholders(source):
        fillers = {**LONGEST, "u": SHORT_LINK} | {missing: None}
        with pytest.raises(Unsayable):
            words.fill(source, **fillers)


@EVERY
def test_no_text_names_its_sender_by_heart(key):
    assert "Sahabat" not in outbound.source(*key)


def test_an_unknown_text_is_an_error():
    with pytest.raises(Unsayable):
        outbound.source("invitation", "c", "id")
    with pytest.raises(Unsayable):
        outbound.variants("greeting")


def test_purposes_sent_again_and_again_have_two_variants():
    assert all(
        outbound.variants(purpose) == ("a", "b") for purpose in ("invitation", "reminder", "family_weekly")
    )
    assert outbound.variants("first") == ("a",)
