"""Until when a text waits at the gate: for the hours of its reader, the cap and the budget, and always forward (design 2.6)."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules.gate import Because, Go, Wait, ask
from companion.rules.hours import Quiet, allowed
from companion.rules.terms import Lane
from tests.rules.gate_facts import FINE, NOW, ZONES, at, shown


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("day", "moment", "until"),
    [
        ("2026-11-25", "22:57:00", "2026-11-26 08:00:00"),
        ("2026-11-25", "19:40:00", "2026-11-26 08:00:00"),
        ("2026-11-25", "07:59:59", "2026-11-25 08:00:00"),
        ("2026-11-27", "11:30:00", "2026-11-27 13:15:00"),
        ("2026-02-24", "17:00:00", "2026-02-24 19:30:00"),
        ("2026-12-25", "10:00:00", "2026-12-26 08:00:00"),
        ("2026-03-21", "10:00:00", "2026-03-23 08:00:00"),
    ],
)
def test_outside_the_hours_it_waits_for_the_next_allowed_instant(zone, day, moment, until):
    now = at(day, moment, zone)
    decision = ask(replace(FINE, zone=zone, expires_at=None), now)
    assert (decision.because, shown(decision.until, zone)) == (Because.HOURS, until)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", ["08:00:00", "19:39:59"])
def test_the_first_and_the_last_second_of_the_hours_go(zone, moment):
    assert ask(replace(FINE, zone=zone, expires_at=None), at("2026-11-25", moment, zone)) == Go()


def test_nyepi_holds_bali_and_nobody_else():
    now = at("2027-03-08", "10:00", "Asia/Makassar")
    bali = replace(FINE, zone="Asia/Makassar", province="bali", expires_at=None)
    assert shown(ask(bali, now).until, "Asia/Makassar") == "2027-03-09 08:00:00"
    assert ask(replace(bali, province="SN"), now) == Go()


def test_safe_hours_that_never_open_wait_for_a_fortnight_and_not_for_ever():
    decision = ask(replace(FINE, quiet=Quiet(safe_from=time(21))), NOW)
    assert decision == Wait(NOW + timedelta(days=14), Because.HOURS)


def test_one_text_a_local_day():
    assert ask(replace(FINE, sent_today_to_number=0, sent_in_7_days=3), NOW) == Go()
    decision = ask(replace(FINE, sent_today_to_number=1, sent_in_7_days=1), NOW)
    assert (decision.because, shown(decision.until)) == (Because.CAP, "2026-11-26 08:00:00")


def test_the_next_text_keeps_to_calendar_and_safe_hours():
    eve = at("2026-12-24", "10:00")
    capped = replace(FINE, sent_today_to_number=1, expires_at=None, quiet=Quiet(safe_from=time(9)))
    assert shown(ask(capped, eve).until) == "2026-12-26 09:00:00"


@pytest.mark.parametrize(("sent", "goes"), [(3, True), (4, False), (5, False)])
def test_four_texts_in_seven_days_are_the_cap(sent, goes):
    oldest = at("2026-11-20", "15:00")
    decision = ask(replace(FINE, sent_in_7_days=sent, oldest_in_window_at=oldest), NOW)
    # Friday's text counts on Friday and the six days after it; on the next Friday it no longer does.
    assert decision == (Go() if goes else Wait(at("2026-11-27", "08:00"), Because.CAP))


def test_the_week_is_counted_in_local_days_and_not_in_hours():
    full = replace(FINE, sent_in_7_days=4)
    for moment in ("00:00:01", "23:59:59"):
        oldest = at("2026-11-19", moment)
        assert shown(ask(replace(full, oldest_in_window_at=oldest), NOW).until) == "2026-11-26 08:00:00"


def test_without_knowing_the_oldest_text_it_is_asked_again_tomorrow():
    assert shown(ask(replace(FINE, sent_in_7_days=4), NOW).until) == "2026-11-26 08:00:00"


def test_the_longer_of_the_two_caps_counts():
    oldest = at("2026-11-23", "09:00")
    both = replace(FINE, sent_today_to_number=1, sent_in_7_days=4, oldest_in_window_at=oldest)
    assert shown(ask(both, NOW).until) == "2026-11-30 08:00:00"


def test_what_was_asked_for_is_never_held_by_the_cap():
    full = replace(FINE, sent_today_to_number=3, sent_in_7_days=9, cap_exempt=True)
    assert ask(full, NOW) == Go()


def test_a_spent_budget_waits_for_tomorrow_and_never_holds_the_urgent_lane():
    assert ask(replace(FINE, budget_left=1), NOW) == Go()
    decision = ask(replace(FINE, budget_left=0), NOW)
    assert (decision.because, shown(decision.until)) == (Because.BUDGET, "2026-11-26 08:00:00")
    assert ask(replace(FINE, budget_left=0, lane=Lane.URGENT), NOW) == Go()
    assert ask(replace(FINE, budget_left=None), NOW) == Go()


def test_the_urgent_lane_still_keeps_to_the_hours_of_a_graduate():
    night = at("2026-11-25", "22:57")
    assert ask(replace(FINE, lane=Lane.URGENT, expires_at=None), night).because is Because.HOURS


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 11, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)


@settings(max_examples=300, deadline=None)
@given(
    instants,
    st.sampled_from(ZONES),
    st.sampled_from([None, "bali"]),
    st.integers(0, 2),
    st.integers(0, 5),
    st.integers(0, 6),
    st.sampled_from([None, 0, 1]),
)
def test_whatever_the_delay_nobody_is_texted_at_night_and_every_wait_leads_forward(
    now, zone, province, today, week, days_ago, budget
):
    facts = replace(
        FINE,
        zone=zone,
        province=province,
        expires_at=None,
        sent_today_to_number=today,
        sent_in_7_days=max(today, week),
        oldest_in_window_at=now - timedelta(days=days_ago),
        budget_left=budget,
    )
    decision = ask(facts, now)
    if isinstance(decision, Go):
        assert allowed(now, zone, facts.calendar, province)
    else:
        assert decision.until > now
        assert allowed(decision.until, zone, facts.calendar, province)
