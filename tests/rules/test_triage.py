"""Triage: what is calm, what is red, and what any answer gets (design 4.4, evidence 3)."""

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules.states import Level, Within
from companion.rules.terms import Opioid
from companion.rules.triage import Answer, Context, judge
from tests.rules.said import AT, BEFORE, GOOD, NEW, codes, history, raised, signal

# calm


def test_a_good_answer_is_calm_and_asks_nobody_for_anything():
    verdict = raised()
    assert (verdict.level, verdict.signals, verdict.calm, verdict.contact_within) == (
        Level.NONE,
        (),
        True,
        None,
    )


PEOPLE = {
    "new": NEW,
    "teen": replace(NEW, teen=True),
    "usual 3 and 7": history((3, 7), (3, 7), (3, 7)),
    "usual 9 and 1": history((9, 1), (9, 1), (9, 1), (9, 1)),
    "first weeks": replace(NEW, day=3, opioid=Opioid.UNKNOWN),
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("proven", [True, False])
def test_of_all_121_pairs_none_at_or_past_a_threshold_ends_calm(who, proven):
    for urge, confidence in itertools.product(range(11), repeat=2):
        verdict = raised(context=PEOPLE[who], urge=urge, confidence=confidence, proven=proven)
        past = urge >= 6 or confidence <= 5
        assert (verdict.level is Level.NONE) <= (not past)
        assert not (verdict.calm and past)
        assert verdict.calm <= proven
        assert (urge >= 8 and confidence <= 3) == ("R4" in codes(verdict))


def test_every_pair_under_the_thresholds_of_somebody_new_is_calm():
    calm = [
        (urge, confidence)
        for urge, confidence in itertools.product(range(11), repeat=2)
        if raised(urge=urge, confidence=confidence).calm
    ]
    assert calm == list(itertools.product(range(6), range(6, 11)))


@pytest.mark.parametrize("left_out", ["urge", "confidence", "use"])
def test_unanswered_is_unknown_and_never_calm(left_out):
    verdict = raised(**{left_out: None})
    assert (verdict.level, verdict.calm) == (Level.NONE, False)


def test_use_that_was_not_asked_may_be_missing():
    assert raised(context=replace(NEW, use_asked=False), use=None).calm


def test_an_empty_answer_raises_nothing_and_is_not_calm():
    verdict = judge(Answer(at=AT, proven=True), NEW)
    assert (verdict.signals, verdict.calm) == ((), False)


def test_hello_alone_is_heard_but_never_calm():
    verdict = judge(Answer(at=AT, proven=True, here=True), NEW)
    assert (verdict.level, verdict.calm) == (Level.NONE, False)


@pytest.mark.parametrize(
    "said",
    [
        {"mood": 2},
        {"use": "rather_not"},
        {"harder": "rather_not"},
        {"situation": "coming"},
        {"situation": "both", "kinds": {"uang"}},
        {"proven": False},
    ],
)
def test_a_sign_too_weak_to_raise_anything_is_still_not_calm(said):
    verdict = raised(**said)
    assert (verdict.level, verdict.calm) == (Level.NONE, False)


def test_a_coming_situation_with_a_step_for_it_is_calm():
    ready = replace(NEW, has_plan=True, plan_kinds=frozenset({"uang", "teman"}))
    assert raised(context=ready, situation="coming", kinds={"uang"}).calm
    assert not raised(context=ready, situation="coming").calm


# red


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("teen", [True, False])
def test_not_safe_is_red_for_everybody_and_needs_nothing_else(proven, teen):
    verdict = judge(
        Answer(at=AT, proven=proven, unsafe=True, about="hidup", may_call="message"),
        replace(NEW, teen=teen),
    )
    assert (codes(verdict), verdict.level, verdict.contact_within) == (["R1"], Level.RED, Within.HOURS_4)
    assert signal(verdict, "R1").params == {"about": "hidup", "may_call": "message"}


def test_as_soon_as_possible_is_red_within_four_hours():
    verdict = raised(contact="soon", safe_way="message")
    assert (codes(verdict), verdict.level, verdict.contact_within) == (["R2"], Level.RED, Within.HOURS_4)
    assert signal(verdict, "R2").params == {"channel": "message"}


@pytest.mark.parametrize(
    ("urge", "confidence", "red"),
    [(8, 3, True), (7, 3, False), (8, 4, False), (9, 2, True), (10, 0, True)],
)
def test_r4_needs_both_numbers_and_takes_the_place_of_its_two_ambers(urge, confidence, red):
    verdict = raised(urge=urge, confidence=confidence)
    assert ("R4" in codes(verdict)) is red
    if red:
        assert codes(verdict) == ["R4"]
        assert verdict.contact_within is Within.HOURS_4


def test_r4_tells_both_values_with_their_usual_ones():
    verdict = raised(context=history((3, 7), (2, 8), (4, 6)), urge=9, confidence=1)
    assert signal(verdict, "R4").params == {"v": 9, "usual": 3, "k": 1, "usual_k": 7}


@pytest.mark.parametrize(
    ("context", "said", "within"),
    [
        (NEW, {}, Within.HOURS_24),
        (replace(NEW, day=27, opioid=Opioid.YES), {}, Within.SAME_DAY),
        (replace(NEW, day=28, opioid=Opioid.YES), {}, Within.HOURS_24),
        (replace(NEW, day=0, opioid=Opioid.UNKNOWN), {}, Within.SAME_DAY),
        (replace(NEW, day=27, opioid=Opioid.UNKNOWN), {}, Within.SAME_DAY),
        (replace(NEW, day=28, opioid=Opioid.UNKNOWN), {}, Within.HOURS_24),
        (replace(NEW, day=27, opioid=Opioid.NO), {}, Within.HOURS_24),
        (replace(NEW, earlier=(replace(BEFORE, use="yes"),)), {}, Within.SAME_DAY),
        (replace(NEW, earlier=(BEFORE, replace(BEFORE, use="yes"))), {}, Within.HOURS_24),
        (NEW, {"contact": "week"}, Within.SAME_DAY),
        (NEW, {"contact": "no"}, Within.HOURS_24),
    ],
)
def test_a_yes_is_red_and_some_cannot_wait_for_tomorrow(context, said, within):
    verdict = raised(context=context, use="yes", **said)
    assert verdict.level is Level.RED
    assert signal(verdict, "R3").within is within


def test_a_yes_from_a_shared_phone_counts_as_the_first_of_two():
    unproven = replace(BEFORE, use="yes", proven=False)
    assert signal(raised(context=replace(NEW, recent=(unproven,)), use="yes"), "R3").within is Within.SAME_DAY


def test_r3_tells_the_day_and_whether_the_first_weeks_are_the_reason():
    early = replace(NEW, day=5, opioid=Opioid.YES)
    assert signal(raised(context=early, use="yes"), "R3").params == {"n": 5, "opioid": True, "today": True}
    assert signal(raised(use="yes"), "R3").params == {"n": 40, "opioid": False, "today": False}


def test_the_most_urgent_limit_is_the_one_of_the_verdict():
    verdict = raised(use="yes", contact="soon")
    assert codes(verdict) == ["R2", "R3"]
    assert verdict.contact_within is Within.HOURS_4


# everything

numbers = st.one_of(st.none(), st.integers(0, 10))
answers = st.builds(
    Answer,
    at=st.just(AT),
    proven=st.booleans(),
    mood=st.one_of(st.none(), st.integers(1, 5)),
    urge=numbers,
    confidence=numbers,
    situation=st.sampled_from([None, "no", "past", "coming", "both"]),
    kinds=st.frozensets(st.sampled_from(["teman", "rumah", "uang", "hilang", "lain"]), max_size=3),
    sleep=st.one_of(st.none(), st.integers(1, 4)),
    use=st.sampled_from([None, "no", "yes", "rather_not"]),
    harder=st.sampled_from([None, "no", "yes", "tell", "rather_not"]),
    contact=st.sampled_from([None, "no", "week", "soon"]),
    unsafe=st.booleans(),
    here=st.booleans(),
)
contexts = st.builds(
    Context,
    earlier=st.lists(answers, max_size=3).map(tuple),
    recent=st.lists(answers, max_size=2).map(tuple),
    opioid=st.sampled_from(Opioid),
    day=st.integers(0, 119),
    teen=st.booleans(),
    has_plan=st.booleans(),
    use_asked=st.booleans(),
    previous_codes=st.frozensets(st.sampled_from(["A1", "A2_value", "A5_mood", "R4", "two_ambers"])),
)


@settings(max_examples=100, deadline=None)
@given(answers, contexts)
def test_any_answer_gets_a_verdict_that_can_be_stored_and_never_calms_what_it_raised(answer, context):
    verdict = judge(answer, context)
    json.dumps([signal.params for signal in verdict.signals])
    assert not (verdict.calm and (verdict.signals or not answer.proven))
    levels = {signal.level for signal in verdict.signals}
    assert verdict.level == (
        Level.RED if Level.RED in levels else Level.AMBER if Level.AMBER in levels else Level.NONE
    )
    assert (verdict.contact_within is None) == (verdict.level is Level.NONE)
    assert len(codes(verdict)) == len(set(codes(verdict)))


@settings(max_examples=60, deadline=None)
@given(answers, contexts)
def test_proof_only_decides_about_calm_and_never_about_what_is_raised(answer, context):
    proven, unproven = (judge(replace(answer, proven=sure), context) for sure in (True, False))
    assert proven.signals == unproven.signals
    assert not unproven.calm


def test_nobody_reads_an_answer_in_a_log():
    assert "rumah" not in repr(replace(GOOD, kinds={"rumah"}))
    assert "9" not in repr(raised(urge=9).signals[0]).replace("A2", "")
    assert "Answer(" not in repr(history((1, 1)))
