"""What is said back to an answer, what its alert ends with, and what becomes of saying only hello (texts 2.5, 5)."""

import itertools
from dataclasses import replace

import pytest

from companion.rules.states import Level
from companion.rules.triage import Answer, judge, suffixes, thanks_class
from tests.rules.said import AT, BEFORE, DAY, GOOD, NEW, codes, raised

# hello


def hellos(n, days=3, proven=True):
    return tuple(Answer(at=AT - (k + 1) * days * DAY, here=True, proven=proven) for k in range(n))


@pytest.mark.parametrize(
    ("before", "said"), [(0, False), (1, False), (2, True), (3, False), (4, False), (5, True)]
)
def test_every_third_hello_running_is_shown_without_a_clock(before, said):
    verdict = judge(Answer(at=AT, here=True), replace(NEW, recent=hellos(before, proven=False)))
    assert codes(verdict) == (["X_hello"] if said else [])
    assert (verdict.level, verdict.contact_within) == (Level.NONE, None)
    if said:
        times = [AT - 6 * DAY, AT - 3 * DAY, AT]
        assert list(verdict.signals[0].params.values()) == [at.isoformat() for at in times]


def test_a_real_answer_ends_the_row_of_hellos():
    recent = (*hellos(1), BEFORE, *hellos(3))
    assert codes(judge(Answer(at=AT, here=True), replace(NEW, recent=recent))) == []
    assert codes(raised(context=replace(NEW, recent=hellos(2)), here=True)) == []


def test_no_need_to_get_in_touch_is_still_only_hello():
    assert Answer(at=AT, here=True, contact="no", safe_way="usual").only_hello
    assert not Answer(at=AT, here=True, contact="week").only_hello
    assert not Answer(at=AT, here=True, mood=3).only_hello
    assert not Answer(at=AT, here=True, unsafe=True).only_hello
    assert not Answer(at=AT, mood=3).only_hello


# what is said back, and what the sentence ends with


@pytest.mark.parametrize(
    ("said", "short", "expected"),
    [
        ({}, False, "calm"),
        ({}, True, "short"),
        ({"urge": None}, False, "short"),
        ({"urge": 7}, False, "struggling"),
        ({"urge": 7}, True, "short"),
        ({"contact": "week"}, False, "talk"),
        ({"contact": "soon"}, False, "talk"),
        ({"contact": "soon"}, True, "talk"),
        ({"contact": "week", "urge": 7}, False, "struggling"),
        ({"use": "yes"}, False, "used"),
        ({"use": "yes", "urge": 9, "contact": "soon"}, False, "used"),
        ({"unsafe": True, "use": "yes"}, False, "unsafe"),
        ({"unsafe": True}, True, "unsafe"),
    ],
)
def test_the_thank_you_fits_the_answer(said, short, expected):
    answer = replace(GOOD, **said)
    assert thanks_class(answer, judge(answer, NEW), short) == expected


def test_a_hello_is_thanked_as_a_hello_also_the_third_time():
    answer = Answer(at=AT, here=True, proven=True)
    for context in (NEW, replace(NEW, recent=hellos(2))):
        for short in (True, False):
            assert thanks_class(answer, judge(answer, context), short) == "hello"


def test_asking_twice_for_a_talk_is_not_called_a_struggle():
    answer = replace(GOOD, contact="week")
    verdict = judge(answer, replace(NEW, previous_codes=frozenset({"A1"})))
    assert verdict.level is Level.RED
    assert thanks_class(answer, verdict, short=False) == "talk"


def test_before_a_pin_nothing_is_said_back_that_tells_a_bystander_anything():
    for urge, confidence, contact in itertools.product((0, 9), (2, 9), (None, "week")):
        answer = replace(GOOD, urge=urge, confidence=confidence, contact=contact, proven=False, use="yes")
        assert thanks_class(answer, judge(answer, NEW), short=True) in {"hello", "short", "talk", "unsafe"}


def test_the_sentence_ends_with_how_sure_we_are_and_what_the_person_wants():
    assert suffixes(GOOD) == ("message_first",)
    assert suffixes(replace(GOOD, proven=False, contact=None)) == ("no_pin",)
    assert suffixes(replace(GOOD, contact="week", safe_way="not_here")) == ("not_this_phone",)
    assert suffixes(Answer(at=AT, proven=True, unsafe=True, may_call="no")) == ("not_this_phone",)
