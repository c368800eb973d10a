"""The plan of a window: its slots, its staff contacts, and how its days are counted."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules.plan import (
    OutOfBounds,
    PlanSettings,
    closes_at,
    contact_dates,
    day_of,
    give_up_at,
    slot_days,
    slots,
    window_end,
)
from companion.rules.staff_hours import StaffHours

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
LEFT = date(2026, 11, 23)  # a Monday


def planned(zone="Asia/Jakarta", hour=None, seed="w1", **changes):
    return slots(PlanSettings(**changes), LEFT, zone, hour, seed)


def here(at, zone):
    return at.astimezone(ZoneInfo(zone))


def test_the_default_plan_asks_21_times_in_120_days():
    days = [2, 5, 9, 12, 16, 19, 23, 26, *range(31, 120, 7)]
    assert slot_days(PlanSettings()) == days
    assert [slot.day for slot in planned()] == days
    assert [slot.seq for slot in planned()] == list(range(1, 22))
    assert days[-1] == 115


@pytest.mark.parametrize(
    ("window", "count", "last"), [(60, 13, 59), (115, 20, 108), (116, 21, 115), (240, 38, 234)]
)
def test_no_slot_lies_outside_a_shorter_or_longer_window(window, count, last):
    days = slot_days(PlanSettings(window_days=window, contact_days=(3,)))
    assert (len(days), days[-1]) == (count, last)


@pytest.mark.parametrize("zone", ZONES)
def test_slots_fall_on_the_persons_own_days_within_the_jitter(zone):
    for slot in planned(zone):
        due = here(slot.due_at, zone)
        assert due.date() == LEFT + timedelta(days=slot.day)
        assert abs(due.replace(tzinfo=None) - datetime.combine(due.date(), time(10))) <= timedelta(minutes=20)
        assert slot.due_at.tzinfo is UTC


def test_the_hour_that_the_person_chose_wins_over_the_plans():
    for slot in planned(hour=time(16, 30)):
        assert time(16, 10) <= here(slot.due_at, "Asia/Jakarta").time() <= time(16, 50)
    for slot in planned(hour=None):
        assert time(9, 40) <= here(slot.due_at, "Asia/Jakarta").time() <= time(10, 20)


def test_the_same_window_is_always_asked_at_the_same_times_and_another_at_others():
    assert planned(seed="w1") == planned(seed="w1")
    ours, theirs = planned(seed="w1"), planned(seed="w2")
    assert [slot.due_at for slot in ours] != [slot.due_at for slot in theirs]
    assert len({here(slot.due_at, "Asia/Jakarta").time() for slot in ours}) > 15


def test_without_jitter_the_hour_is_exact():
    assert {here(slot.due_at, "Asia/Jakarta").time() for slot in planned(jitter_minutes=0)} == {time(10)}


@settings(max_examples=200, deadline=None)
@given(st.times(), st.sampled_from(ZONES), st.text(max_size=5), st.integers(0, 60))
def test_whatever_the_hour_a_slot_is_due_when_a_text_could_leave(hour, zone, seed, jitter):
    for slot in slots(PlanSettings(jitter_minutes=jitter), LEFT, zone, hour, seed):
        due = here(slot.due_at, zone)
        assert time(8) <= due.time() < time(19, 40)
        assert due.date() == LEFT + timedelta(days=slot.day)


def test_an_edge_hour_is_spread_over_the_open_side_and_not_piled_on_one_second():
    early = {here(slot.due_at, "Asia/Jakarta").time() for slot in planned(hour=time(8))}
    assert len(early) > 15
    assert max(early) <= time(8, 20)


def test_a_slot_takes_answers_until_the_next_one_or_for_seven_days():
    due = datetime(2026, 11, 25, 3, tzinfo=UTC)
    week = due + timedelta(days=7)
    assert closes_at(due, None) == week
    assert closes_at(due, week - timedelta(seconds=1)) == week - timedelta(seconds=1)
    assert closes_at(due, week) == week
    assert closes_at(due, week + timedelta(seconds=1)) == week
    assert give_up_at(due) == due + timedelta(hours=24)


def test_contacts_fall_on_working_days_and_the_last_one_after_the_window():
    hours = StaffHours()
    found = contact_dates(PlanSettings(), LEFT, hours.is_working_day)
    assert found == [
        (3, date(2026, 11, 26)),
        (7, date(2026, 11, 30)),
        (14, date(2026, 12, 7)),
        (30, date(2026, 12, 23)),
        (60, date(2027, 1, 22)),
        (90, date(2027, 2, 22)),  # day 90 is a Sunday
        (120, date(2027, 3, 23)),
    ]


def test_a_contact_on_a_holiday_moves_behind_it():
    # Day 3 of leaving on 21 December is the 24th: shared leave, then Natal and a weekend.
    assert contact_dates(PlanSettings(), date(2026, 12, 21), StaffHours().is_working_day)[0] == (
        3,
        date(2026, 12, 28),
    )
    # Day 120 falls on the second day of Idulfitri; behind it lie shared leave, a weekend and shared leave again.
    left = date(2027, 3, 11) - timedelta(days=120)
    assert contact_dates(PlanSettings(), left, StaffHours().is_working_day)[-1] == (120, date(2027, 3, 16))


def test_a_month_without_a_working_day_is_an_error_and_not_a_loop():
    with pytest.raises(ValueError, match="working day"):
        contact_dates(PlanSettings(), LEFT, lambda day: False)


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_of_the_window_is_a_calendar_day_of_the_person(zone):
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo(zone))
    assert day_of(LEFT, midnight - timedelta(seconds=1), zone) == 0
    assert day_of(LEFT, midnight, zone) == 1
    assert day_of(LEFT, midnight - timedelta(days=1, seconds=1), zone) == -1


@pytest.mark.parametrize("zone", ZONES)
def test_a_window_ends_with_the_first_instant_after_its_last_day(zone):
    end = window_end(LEFT, 120, zone)
    assert day_of(LEFT, end - timedelta(seconds=1), zone) == 119
    assert day_of(LEFT, end, zone) == 120
    assert end.tzinfo is UTC


def test_the_cap_falls_after_week_four():
    plan = PlanSettings()
    assert [plan.cap_on(day) for day in (0, 27, 28, 119)] == [4, 4, 3, 3]


def test_settings_survive_being_stored():
    plan = PlanSettings(window_days=180, early_days=(5, 1), hour="15:30", contact_days=(2, 14))
    stored = json.loads(json.dumps(plan.to_json()))
    assert PlanSettings.from_json(stored) == plan
    assert plan.early_days == (1, 5)
    assert PlanSettings.from_json({}) == PlanSettings()


def test_settings_of_another_program_are_refused():
    with pytest.raises(ValueError, match="colour"):
        PlanSettings.from_json({"colour": "green"})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("window_days", 60, 59),
        ("window_days", 240, 241),
        ("reminders", 0, -1),
        ("reminders", 2, 3),
        ("cap_early", 7, 8),
        ("cap_late", 1, 0),
        ("last_heard_early_days", 3, 2),
        ("last_heard_late_days", 21, 22),
        ("early_days", (0, 3, 6), (0, 1, 3, 6)),
        ("early_days", (6,), (7,)),
        ("late_days", (3,), ()),
        ("late_every_weeks", 2, 3),
        ("hour", "08:00", "07:59"),
        ("hour", "19:39", "19:40"),
        ("jitter_minutes", 60, 61),
        ("contact_days", (5, 30), (6, 30)),
        ("contact_days", (1,), ()),
        ("contact_days", (3, 119), (3, 120)),
    ],
)
def test_a_setting_outside_its_guard_is_refused_by_name(name, good, bad):
    PlanSettings(**{"contact_days": (3,)} | {name: good})
    with pytest.raises(ValueError, match=name):
        PlanSettings(**{"contact_days": (3,)} | {name: bad})


def test_half_a_check_in_a_week_is_possible_in_the_later_weeks():
    assert slot_days(PlanSettings(late_every_weeks=2))[8:] == [31, 45, 59, 73, 87, 101, 115]


def test_a_shorter_window_leaves_out_the_contacts_behind_its_end():
    assert PlanSettings().over(60).contact_days == (3, 7, 14, 30)
    assert PlanSettings().over(61).contact_days == (3, 7, 14, 30, 60)
    assert slot_days(PlanSettings().over(60))[-1] == 59


def test_a_longer_window_has_a_contact_every_month_from_where_the_plan_would_have_ended():
    assert PlanSettings().over(120) == PlanSettings()
    assert PlanSettings().over(240).contact_days == (3, 7, 14, 30, 60, 90, 120, 150, 180, 210)
    assert slot_days(PlanSettings().over(240))[-1] == 234


def test_settings_out_of_bounds_are_named():
    with pytest.raises(OutOfBounds) as error:
        PlanSettings(window_days=59, cap_late=8, contact_days=(3,))
    assert error.value.names == ["window_days", "cap_late"]
