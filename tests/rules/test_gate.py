"""The one gate: what may leave, what waits, and what never goes (design 2.6; failures 9, 32, 35, 38, 55)."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from companion.rules.days import load_calendar
from companion.rules.gate import Because, GateFacts, Go, Never, Reason, Wait, ask
from companion.rules.hours import Quiet
from companion.rules.states import WindowState
from companion.rules.terms import Lane, PersonStatus, Purpose
from tests.rules.gate_facts import FINE, LATER, NOW, SECOND, STAFF, at, shown

# In the order in which they are asked, strongest first.
NEVER = [
    ({"consented": False}, Reason.CONSENT),
    ({"number_silenced": True}, Reason.OPT_OUT),
    ({"number_unusable": True}, Reason.NUMBER),
    ({"person_status": PersonStatus.DIED}, Reason.STATUS),
    ({"answered": True}, Reason.ANSWERED),
    ({"slot_open": False}, Reason.SLOT),
    ({"window_state": WindowState.CLOSED}, Reason.WINDOW),
    ({"expires_at": NOW}, Reason.EXPIRED),
]
WAIT = [
    ({"stop_until": LATER}, Because.STOP),
    ({"channel_held_until": LATER}, Because.CONFIGURATION),
    ({"window_state": WindowState.PAUSED, "paused_until": LATER}, Because.PAUSED),
    ({"number_hold_until": LATER}, Because.HOLD),
    ({"number_confirmed": False}, Because.UNCONFIRMED),
    ({"quiet": Quiet(safe_from=time(12))}, Because.HOURS),
    ({"sent_today_to_number": 1}, Because.CAP),
    ({"budget_left": 0}, Because.BUDGET),
]


def test_a_message_with_nothing_against_it_goes():
    assert ask(FINE, NOW) == Go()


@pytest.mark.parametrize(("facts", "reason"), NEVER)
def test_what_lost_its_reason_never_goes(facts, reason):
    assert ask(replace(FINE, **facts), NOW) == Never(reason)


@pytest.mark.parametrize("status", list(PersonStatus))
def test_only_people_in_follow_up_are_texted(status):
    may = status in (PersonStatus.ENROLLED, PersonStatus.NOT_REACHED)
    assert ask(replace(FINE, person_status=status), NOW) == (Go() if may else Never(Reason.STATUS))


def test_an_unknown_status_is_not_texted():
    assert ask(replace(FINE, person_status=None), NOW) == Never(Reason.STATUS)
    assert ask(replace(FINE, person_status="something new"), NOW) == Never(Reason.STATUS)


@pytest.mark.parametrize("place", range(len(NEVER) - 1))
def test_of_several_reasons_the_stronger_one_is_given(place):
    stronger, reason = NEVER[place]
    weaker = {key: value for facts, _ in NEVER[place + 1 :] for key, value in facts.items()}
    waits = {"stop_until": LATER, "sent_today_to_number": 1, "budget_left": 0}
    assert ask(replace(FINE, **weaker | waits | stronger), NOW) == Never(reason)


@pytest.mark.parametrize("place", range(len(WAIT)))
def test_of_several_waits_the_first_in_line_is_given(place):
    mine, because = WAIT[place]
    behind = {key: value for facts, _ in WAIT[place + 1 :] for key, value in facts.items()}
    decision = ask(replace(FINE, **behind | mine), NOW)
    assert (decision.because, decision.until > NOW) == (because, True)


def test_a_message_is_alive_until_just_before_it_expires():
    assert ask(replace(FINE, expires_at=NOW + SECOND), NOW) == Go()
    assert ask(replace(FINE, expires_at=NOW), NOW) == Never(Reason.EXPIRED)
    assert ask(replace(FINE, expires_at=None), NOW) == Go()


def test_a_wait_past_the_expiry_is_still_a_wait():
    decision = ask(replace(FINE, expires_at=NOW + SECOND, stop_until=LATER), NOW)
    assert decision == Wait(LATER, Because.STOP)


@pytest.mark.parametrize("field", ["stop_until", "channel_held_until", "number_hold_until"])
def test_a_hold_is_over_at_its_very_end(field):
    held = replace(FINE, **{field: LATER})
    assert isinstance(ask(held, LATER - SECOND), Wait)
    assert ask(held, LATER) == Go()


def test_a_number_nobody_made_sure_of_waits_for_that_and_no_clock_ends_it_but_the_texts_own():
    unsure = replace(FINE, number_confirmed=False)
    assert ask(unsure, NOW) == Wait(FINE.expires_at, Because.UNCONFIRMED)
    for purpose in (Purpose.CHECK_NUMBER, Purpose.NEW_LINK, Purpose.FAMILY_WEEKLY, Purpose.FIRST):
        assert ask(replace(unsure, purpose=purpose), NOW) == Go()
    assert ask(replace(STAFF, number_confirmed=False), NOW) == Go()


def test_a_stop_without_an_end_is_looked_at_again_soon():
    assert ask(replace(FINE, stopped=True), NOW) == Wait(NOW + timedelta(minutes=15), Because.STOP)


def test_a_pause_without_an_end_waits_too_and_a_pause_whose_end_has_passed_is_asked_again_soon():
    for until in (None, NOW, NOW - SECOND):
        paused = replace(FINE, window_state=WindowState.PAUSED, paused_until=until)
        assert ask(paused, NOW) == Wait(NOW + timedelta(minutes=15), Because.PAUSED)


def test_staff_are_texted_without_consent_cap_or_hours():
    night = at("2026-12-25", "23:00")
    loud = replace(STAFF, sent_today_to_number=9, sent_in_7_days=30, number_hold_until=LATER, expires_at=None)
    assert ask(loud, night) == Go()


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        ({"number_silenced": True}, Never(Reason.OPT_OUT)),
        ({"number_unusable": True}, Never(Reason.NUMBER)),
        ({"expires_at": NOW}, Never(Reason.EXPIRED)),
        ({"stop_until": LATER}, Wait(LATER, Because.STOP)),
        ({"channel_held_until": LATER}, Wait(LATER, Because.CONFIGURATION)),
    ],
)
def test_staff_are_not_texted_where_nothing_could_or_may_arrive(facts, decision):
    assert ask(replace(STAFF, **facts), NOW) == decision


def test_a_text_to_staff_outside_the_urgent_lane_waits_for_the_next_days_budget():
    decision = ask(replace(STAFF, lane=Lane.BULK, budget_left=0), NOW)
    assert (decision.because, shown(decision.until)) == (Because.BUDGET, "2026-11-26 00:00:00")


def test_no_fact_that_could_forbid_has_a_default():
    with pytest.raises(TypeError, match="consented"):
        GateFacts(purpose=Purpose.INVITATION, lane=Lane.BULK, zone="Asia/Jakarta", calendar=load_calendar())
