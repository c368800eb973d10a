"""The ambers of triage: each just under, at and over its threshold, alone, together and twice (design 4.4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.rules.states import Level, Within
from companion.rules.triage import usual
from tests.rules.said import AT, BEFORE, DAY, NEW, codes, history, raised, signal

# ambers: values and the own usual


@pytest.mark.parametrize(
    ("urge", "expected"), [(5, []), (6, ["A2_value"]), (7, ["A2_value"]), (10, ["A2_value"])]
)
def test_a_strong_urge_is_amber(urge, expected):
    verdict = raised(urge=urge)
    assert codes(verdict) == expected
    assert verdict.contact_within is (Within.DAYS_2 if expected else None)


@pytest.mark.parametrize(("confidence", "expected"), [(6, []), (5, ["A3_value"]), (0, ["A3_value"])])
def test_little_confidence_is_amber(confidence, expected):
    assert codes(raised(confidence=confidence)) == expected


@pytest.mark.parametrize(
    ("urge", "expected"), [(3, []), (4, ["A2_rise"]), (5, ["A2_rise"]), (6, ["A2_value"])]
)
def test_a_rise_of_three_over_the_own_usual_is_amber(urge, expected):
    verdict = raised(context=history((1, 9), (1, 9), (1, 9)), urge=urge, confidence=9)
    assert codes(verdict) == expected
    if expected:
        assert verdict.signals[0].params == {"v": urge, "usual": 1}


@pytest.mark.parametrize(
    ("confidence", "expected"), [(8, []), (7, ["A3_fall"]), (6, ["A3_fall"]), (5, ["A3_value"])]
)
def test_a_fall_of_three_under_the_own_usual_is_amber(confidence, expected):
    verdict = raised(context=history((1, 10), (1, 10), (1, 10)), confidence=confidence)
    assert codes(verdict) == expected
    if expected:
        assert verdict.signals[0].params == {"k": confidence, "usual_k": 10}


def test_two_earlier_answers_are_nothing_to_compare_with():
    assert codes(raised(context=history((0, 10), (0, 10)), urge=5, confidence=6)) == []
    verdict = raised(context=history((0, 10), (0, 10)), urge=7)
    assert verdict.signals[0].params == {"v": 7, "usual": None}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([3, 3], None),
        ([3, None, 3], None),
        ([3, 4, 8], 4),
        ([1, 2, 3, 4], 2.5),
        ([1, 2, 2, 4], 2),
        ([1, 2, 3, 4, 10, 10], 2.5),
        ([1, None, 2, 3, 4, 10], 2.5),
    ],
)
def test_the_usual_value_is_the_median_of_the_last_four_given(values, expected):
    assert usual(values) == expected
    assert isinstance(usual(values), int | float | None)


def test_unproven_answers_never_make_a_usual_value():
    shared = tuple(replace(answer, proven=False) for answer in history((0, 10), (0, 10), (0, 10)).earlier)
    assert codes(raised(context=replace(NEW, recent=shared), urge=5, confidence=7)) == []


# ambers: the others


def test_wanting_to_talk_this_week_is_amber():
    assert codes(raised(contact="week")) == ["A1"]


def test_harder_than_usual_is_amber_and_telling_it_in_person_too():
    off = replace(NEW, use_asked=False)
    assert signal(raised(context=off, use=None, harder="yes"), "A11").params == {"tell": False}
    assert signal(raised(context=off, use=None, harder="tell"), "A11").params == {"tell": True}
    assert codes(raised(context=off, use=None, harder="no")) == []


@pytest.mark.parametrize(
    ("situation", "amber"), [("coming", True), ("both", True), ("past", False), ("no", False)]
)
def test_a_coming_situation_without_a_step_is_amber_once_there_is_a_plan(situation, amber):
    planned = replace(NEW, has_plan=True, plan_kinds=frozenset({"teman"}))
    verdict = raised(context=planned, situation=situation, kinds={"uang", "teman"})
    assert ("A4" in codes(verdict)) is amber
    if amber:
        assert signal(verdict, "A4").params == {"kinds": ["uang"]}
    assert codes(raised(situation=situation, kinds={"uang"})) == []


@pytest.mark.parametrize(
    ("last", "now", "amber"), [(2, 2, True), (1, 2, True), (2, 3, False), (3, 2, False), (None, 1, False)]
)
def test_a_hard_mood_twice_running_is_amber(last, now, amber):
    verdict = raised(context=replace(NEW, earlier=(replace(BEFORE, mood=last),)), mood=now)
    assert codes(verdict) == (["A5_mood"] if amber else [])
    if amber:
        assert signal(verdict, "A5_mood").params == {"t1": BEFORE.at.isoformat(), "t2": AT.isoformat()}


def test_a_hard_mood_on_a_shared_phone_counts_as_the_time_before():
    before = replace(BEFORE, mood=1, proven=False)
    assert codes(raised(context=replace(NEW, recent=(before,)), mood=2, proven=False)) == ["A5_mood"]


def test_one_good_day_in_between_breaks_twice_running():
    earlier = (BEFORE, replace(BEFORE, mood=1, at=AT - 6 * DAY))
    assert codes(raised(context=replace(NEW, earlier=earlier), mood=1)) == []


@pytest.mark.parametrize("kind", ["rumah", "hilang"])
def test_trouble_at_home_is_amber_once_in_fourteen_days(kind):
    assert signal(raised(situation="past", kinds={kind, "sepi"}), "A8").params == {"kinds": [kind]}
    for ago, expected in [(14 * DAY, ["A8"]), (14 * DAY - timedelta(seconds=1), []), (15 * DAY, ["A8"])]:
        verdict = raised(context=replace(NEW, last_a8_at=AT - ago), situation="past", kinds={kind})
        assert codes(verdict) == expected
        assert not verdict.calm


TWICE = {"sleep": 2, "use": "rather_not"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"sleep": 2}, "A10"),
        ({"sleep": 1}, "A10"),
        ({"use": "rather_not"}, "A6"),
        ({"harder": "rather_not"}, "A6"),
    ],
)
def test_a_weak_sign_twice_running_counts_only_beside_another_amber(said, code):
    context = replace(NEW, earlier=(replace(BEFORE, **said),))
    alone = raised(context=context, **said)
    assert (codes(alone), alone.calm) == ([], False)
    beside = raised(context=context, urge=6, **said)
    assert {code, "A2_value"} <= set(codes(beside))
    assert signal(beside, code).params["other"] == ["A2_value"]
    once = raised(context=replace(NEW, earlier=(BEFORE,)), urge=6, **said)
    assert codes(once) == ["A2_value"]


def test_two_weak_signs_do_not_carry_each_other():
    assert codes(raised(context=replace(NEW, earlier=(replace(BEFORE, **TWICE),)), **TWICE)) == []


# two ambers, amber twice


@pytest.mark.parametrize(
    ("urge", "confidence", "review"),
    [(6, 5, False), (7, 4, False), (8, 4, True), (7, 3, True), (8, 5, True), (6, 3, True), (6, 4, False)],
)
def test_urge_and_confidence_count_as_two_only_when_one_of_them_is_extreme(urge, confidence, review):
    verdict = raised(urge=urge, confidence=confidence)
    assert codes(verdict)[-2:] == ["A2_value", "A3_value"]
    assert ("two_ambers" in codes(verdict)) is review
    assert (verdict.level, verdict.contact_within) == (
        (Level.RED, Within.HOURS_8) if review else (Level.AMBER, Within.DAYS_2)
    )


def test_two_different_ambers_are_decided_the_same_day():
    verdict = raised(contact="week", urge=6)
    assert signal(verdict, "two_ambers").params == {"codes": ["A1", "A2_value"]}
    assert (verdict.level, verdict.contact_within) == (Level.RED, Within.HOURS_8)
    assert codes(raised(contact="week", urge=6, confidence=5))[0] == "two_ambers"


def test_the_same_amber_twice_running_is_decided_the_same_day():
    context = replace(NEW, earlier=(replace(BEFORE, urge=6),), previous_codes=frozenset({"A2_rise", "A1"}))
    verdict = raised(context=context, urge=6)
    assert codes(verdict) == ["amber_twice", "A2_value"]
    assert signal(verdict, "amber_twice").params == {
        "codes": ["A2_value"],
        "t1": BEFORE.at.isoformat(),
        "t2": AT.isoformat(),
    }
    assert verdict.contact_within is Within.HOURS_8
    assert codes(raised(context=replace(context, previous_codes=frozenset({"A3_value"})), urge=6)) == [
        "A2_value"
    ]


def test_after_a_red_made_of_both_either_of_them_is_the_second_time():
    context = replace(NEW, previous_codes=frozenset({"R4"}))
    assert "amber_twice" in codes(raised(context=context, confidence=4))


def test_what_one_verdict_raised_is_what_the_next_is_told():
    first = raised(urge=7)
    assert first.codes == {"A2_value"}
    assert "amber_twice" in codes(raised(context=replace(NEW, previous_codes=first.codes), urge=7))


# under 18


TEEN = replace(history((0, 10), (0, 10), (0, 10)), teen=True)


def test_a_teen_is_not_compared_with_an_own_usual():
    assert codes(raised(context=TEEN, urge=5, confidence=6)) == []
    assert signal(raised(context=TEEN, urge=6), "A2_value").params == {"v": 6, "usual": None}


def test_of_a_teen_everything_said_counts_but_nothing_is_combined():
    low = replace(BEFORE, sleep=1, urge=7)
    teen = replace(TEEN, earlier=(low,), previous_codes=frozenset({"A2_value"}))
    verdict = raised(context=teen, urge=8, confidence=4, contact="week", sleep=1)
    assert codes(verdict) == ["A1", "A2_value", "A3_value"]
    assert verdict.level is Level.AMBER


@pytest.mark.parametrize(
    "said", [{"use": "yes"}, {"unsafe": True}, {"contact": "soon"}, {"urge": 9, "confidence": 2}]
)
def test_what_is_red_is_red_for_a_teen_too(said):
    assert raised(context=TEEN, **said).level is Level.RED
