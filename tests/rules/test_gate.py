"""The one gate: what may leave, what waits and until when, and what never goes (design 2.6; failures 9, 32, 35, 38, 55)."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules.days import load_calendar
from companion.rules.gate import Because, GateFacts, Go, Never, Reason, Wait, ask
from companion.rules.hours import Quiet, allowed
from companion.rules.states import WindowState
from companion.rules.terms import Lane, PersonStatus, Purpose

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
SECOND = timedelta(seconds=1)


def at(day, moment, zone="Asia/Jakarta"):
    return datetime.fromisoformat(f"{day}T{moment}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(instant, zone="Asia/Jakarta"):
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


NOW = at("2026-11-25", "10:00:00")  # a Wednesday
FINE = GateFacts(
    purpose=Purpose.INVITATION,
    lane=Lane.BULK,
    consented=True,
    number_silenced=False,
    number_unusable=False,
    number_confirmed=True,
    person_status=PersonStatus.ENROLLED,
    window_state=WindowState.ACTIVE,
    expires_at=NOW + timedelta(days=1),
    zone="Asia/Jakarta",
    calendar=load_calendar(),
    province=None,
    stop_until=None,
    channel_held_until=None,
    budget_left=None,
    sent_today_to_number=0,
    sent_in_7_days=0,
    cap_week=4,
    outranked=False,
)
STAFF = replace(
    FINE,
    purpose=Purpose.STAFF_URGENT,
    lane=Lane.URGENT,
    to_staff=True,
    consented=False,
    person_status=None,
    window_state=None,
)

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
LATER = NOW + timedelta(hours=2)
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
