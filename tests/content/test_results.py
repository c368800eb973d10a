"""How a call or visit went: the tiles and their words (texts 4)."""

import re

import pytest

from companion.content import Unsayable, results


def test_the_result_codes_stand_in_their_order():
    assert [one.code for one in results.results()] == [
        "spoke_well", "spoke_care", "agreed", "call_later", "no_answer", "other_person",
        "not_connected", "number_dead", "wrong_person", "unsafe_now", "violence", "crisis_handed",
        "slip_told", "medical", "pause", "stop_texts", "refused", "moved", "in_institution",
        "back_in_care", "died", "visit_absent", "not_reached",
    ]  # fmt: skip


@pytest.mark.parametrize("one", results.results(), ids=lambda one: one.code)
def test_a_result_has_its_words_in_both_languages(one):
    for said in (one.label, one.when, one.next):
        assert said.keys() == {"id", "en"}
        assert all(said.values())
    assert results.result(one.code) is one
    assert not re.search("kambuh|gagal|relapse|failed|missed", " ".join(one.label.values()), re.IGNORECASE)


def test_labels_tell_the_results_apart():
    for language in ("id", "en"):
        assert len({one.label[language] for one in results.results()}) == 23


def test_an_unknown_result_is_an_error():
    with pytest.raises(Unsayable):
        results.result("spoke")


def test_what_not_to_note_and_what_else_can_be_noted_are_said():
    assert "zat" in results.note_hint("id")
    assert "substances" in results.note_hint("en")
    assert all(said.keys() == {"id", "en"} for said in results.extras().values())
