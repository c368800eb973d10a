"""Staff hours: deadlines and promises in working time, over nights, weekends, holidays and zones (design 4.3)."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules.days import load_calendar
from companion.rules.staff_hours import OFFICE, DeadlineKind, StaffHours, deadline, earliest, promise, told
from companion.rules.states import Within

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
HOURS = StaffHours()
SECOND = timedelta(seconds=1)
SHIFTS = StaffHours(
    week=(((time(8), time(12)), (time(13), time(17))),) * 4 + (((time(8), time(11)),), (), ()),
)
ROUND_THE_CLOCK = StaffHours(week=(((time(0), time(0)),),) * 7)

# In these weeks: Monday 23 November 2026; Thursday 24 December is shared leave, Friday 25 is Natal.


def at(day: str, moment: str, zone: str = "Asia/Jakarta") -> datetime:
    return datetime.fromisoformat(f"{day}T{moment}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(instant: datetime, zone: str = "Asia/Jakarta") -> str:
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("day", "moment", "expected"),
    [
        ("2026-11-23", "07:59:59", False),
        ("2026-11-23", "08:00:00", True),
        ("2026-11-23", "15:59:59", True),
        ("2026-11-23", "16:00:00", False),
        ("2026-11-28", "10:00:00", False),  # Saturday
        ("2026-12-25", "10:00:00", False),
        ("2026-12-24", "10:00:00", False),
        ("2026-03-19", "10:00:00", False),  # Nyepi is a holiday everywhere
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_somebody_is_on_duty_in_the_institutions_own_hours(zone, day, moment, expected):
    assert StaffHours(zone=zone).on_duty(at(day, moment, zone)) is expected


@pytest.mark.parametrize(
    ("day", "moment", "expected"),
    [
        ("2026-11-23", "07:00", "2026-11-23 08:00"),
        ("2026-11-23", "08:00", "2026-11-23 08:00"),
        ("2026-11-23", "11:30", "2026-11-23 11:30"),
        ("2026-11-23", "16:00", "2026-11-24 08:00"),
        ("2026-11-27", "16:00", "2026-11-30 08:00"),
        ("2026-12-23", "16:00", "2026-12-28 08:00"),
    ],
)
def test_the_next_opening_is_now_or_the_next_working_morning(day, moment, expected):
    assert shown(HOURS.next_opening(at(day, moment))) == expected


@pytest.mark.parametrize(
    ("day", "moment", "hours", "expected"),
    [
        ("2026-11-23", "08:00", 4, "2026-11-23 12:00"),
        ("2026-11-23", "12:00", 4, "2026-11-23 16:00"),  # the closing minute still counts
        ("2026-11-23", "12:01", 4, "2026-11-24 08:01"),
        ("2026-11-23", "20:00", 4, "2026-11-24 12:00"),
        ("2026-11-27", "15:00", 4, "2026-11-30 11:00"),
        ("2026-11-27", "16:00", 4, "2026-11-30 12:00"),
        ("2026-11-28", "10:00", 8, "2026-11-30 16:00"),
        ("2026-12-23", "15:30", 1, "2026-12-28 08:30"),
        ("2026-11-23", "09:00", 0.5, "2026-11-23 09:30"),
        ("2026-11-23", "09:00", 20, "2026-11-25 13:00"),
    ],
)
def test_working_hours_pass_only_while_somebody_is_there(day, moment, hours, expected):
    assert shown(HOURS.add_hours(at(day, moment), hours)) == expected


def test_a_lunch_break_is_not_working_time():
    assert shown(SHIFTS.add_hours(at("2026-11-23", "11:00"), 4)) == "2026-11-23 16:00"
    assert shown(SHIFTS.next_opening(at("2026-11-23", "12:00"))) == "2026-11-23 13:00"
    assert not SHIFTS.on_duty(at("2026-11-23", "12:30"))


def test_hours_round_the_clock_do_not_break_at_midnight():
    assert shown(ROUND_THE_CLOCK.add_hours(at("2026-11-23", "23:00"), 4)) == "2026-11-24 03:00"
    assert ROUND_THE_CLOCK.on_duty(at("2026-11-24", "00:00"))
    assert shown(ROUND_THE_CLOCK.add_days(at("2026-11-23", "23:30"), 2)) == "2026-11-25 23:30"


@pytest.mark.parametrize(
    ("day", "moment", "n", "expected"),
    [
        ("2026-11-23", "10:15", 2, "2026-11-25 10:15"),
        ("2026-11-26", "10:15", 2, "2026-11-30 10:15"),
        ("2026-11-27", "15:59", 1, "2026-11-30 15:59"),
        ("2026-11-27", "16:00", 2, "2026-12-02 08:00"),  # off duty: counted from Monday's opening
        ("2026-11-28", "23:00", 2, "2026-12-02 08:00"),
        ("2026-11-23", "06:00", 2, "2026-11-25 08:00"),
        ("2026-12-22", "10:00", 2, "2026-12-28 10:00"),  # 23; then shared leave, Natal, weekend
        ("2026-11-23", "10:15", 0, "2026-11-23 10:15"),
    ],
)
def test_working_days_keep_the_clock_time(day, moment, n, expected):
    assert shown(HOURS.add_days(at(day, moment), n)) == expected


def test_on_a_shorter_day_the_deadline_is_its_last_staffed_minute():
    assert shown(SHIFTS.add_days(at("2026-11-25", "15:00"), 2)) == "2026-11-27 11:00"
    assert shown(SHIFTS.add_days(at("2026-11-25", "10:00"), 2)) == "2026-11-27 10:00"


def test_where_staff_come_later_the_deadline_is_the_opening():
    late = StaffHours(week=(((time(8), time(16)),),) * 2 + (((time(10), time(16)),),) + ((),) * 4)
    assert shown(late.add_days(at("2026-11-23", "08:30"), 2)) == "2026-11-25 10:00"


def test_working_days_are_known_and_the_next_one_is_never_the_day_itself():
    assert HOURS.is_working_day(date(2026, 12, 23))
    assert not HOURS.is_working_day(date(2026, 12, 24))
    assert not HOURS.is_working_day(date(2026, 11, 28))
    assert HOURS.next_working_day(date(2026, 11, 23)) == date(2026, 11, 24)
    assert HOURS.next_working_day(date(2026, 12, 23)) == date(2026, 12, 28)
    assert HOURS.next_working_day(date(2026, 11, 28)) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("a", "b", "minutes"),
    [
        (("2026-11-23", "08:00"), ("2026-11-23", "09:00"), 60),
        (("2026-11-23", "15:30"), ("2026-11-24", "08:30"), 60),
        (("2026-11-27", "16:00"), ("2026-11-30", "08:00"), 0),
        (("2026-11-27", "15:00"), ("2026-11-30", "09:00"), 120),
        (("2026-11-23", "09:00"), ("2026-11-23", "08:00"), 0),
        (("2026-12-23", "15:00"), ("2026-12-28", "08:00:59"), 60),
        (("2026-11-23", "00:00"), ("2026-11-30", "00:00"), 5 * 8 * 60),
    ],
)
def test_waiting_time_is_counted_in_working_minutes(a, b, minutes):
    assert HOURS.minutes_between(at(*a), at(*b)) == minutes


def test_the_same_instant_is_working_time_in_the_east_before_the_west():
    dawn = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday 06.30 WIB, 07.30 WITA, 08.30 WIT
    assert [StaffHours(zone=zone).on_duty(dawn) for zone in ZONES] == [False, False, True]
    assert [shown(StaffHours(zone=zone).add_hours(dawn, 1), zone)[-5:] for zone in ZONES] == [
        "09:00",
        "09:00",
        "09:30",
    ]


@pytest.mark.parametrize(
    ("kind", "monday_ten", "friday_three", "saturday_ten"),
    [
        ("safety_contact", "2026-11-23 14:00", "2026-11-30 11:00", "2026-11-30 12:00"),
        ("red", "2026-11-23 14:00", "2026-11-30 11:00", "2026-11-30 12:00"),
        ("two_ambers", "2026-11-24 10:00", "2026-11-30 15:00", "2026-11-30 16:00"),
        ("amber", "2026-11-25 10:00", "2026-12-01 15:00", "2026-12-02 08:00"),
        ("silence", "2026-11-25 10:00", "2026-12-01 15:00", "2026-12-02 08:00"),
        ("undelivered", "2026-11-25 10:00", "2026-12-01 15:00", "2026-12-02 08:00"),
        ("acknowledge", "2026-11-23 11:00", "2026-11-27 16:00", "2026-11-30 09:00"),
        ("same_day", "2026-11-23 16:00", "2026-11-27 16:00", "2026-11-30 16:00"),
        ("24h", "2026-11-24 10:00", "2026-11-28 15:00", "2026-11-29 10:00"),
    ],
)
def test_every_kind_of_work_has_its_deadline(kind, monday_ten, friday_three, saturday_ten):
    came_up = [at("2026-11-23", "10:00"), at("2026-11-27", "15:00"), at("2026-11-28", "10:00")]
    assert [shown(deadline(kind, moment, HOURS)) for moment in came_up] == [
        monday_ten,
        friday_three,
        saturday_ten,
    ]


def test_the_limits_of_triage_and_the_kinds_of_alert_agree():
    monday = at("2026-11-23", "10:00")
    for limit, kind in [("4h", "red"), ("8h", "two_ambers"), ("2wd", "amber")]:
        assert deadline(Within(limit), monday, HOURS) == deadline(DeadlineKind(kind), monday, HOURS)
    with pytest.raises(ValueError, match="soon"):
        deadline("soon", monday, HOURS)


def test_with_somebody_on_call_an_urgent_alert_is_taken_within_the_hour_at_night_too():
    night = at("2026-11-28", "22:00")
    assert shown(deadline("acknowledge", night, HOURS, on_call=True)) == "2026-11-28 23:00"
    assert shown(deadline("acknowledge", night, HOURS)) == "2026-11-30 09:00"
    assert shown(deadline("red", night, HOURS, on_call=True)) == "2026-11-30 12:00"


def test_which_of_two_limits_runs_out_first_depends_on_the_hour():
    both = [Within.SAME_DAY, Within.HOURS_4]
    morning, afternoon = at("2026-11-23", "09:00"), at("2026-11-23", "14:00")
    assert shown(earliest(both, morning, HOURS)) == "2026-11-23 13:00"
    assert shown(earliest(both, afternoon, HOURS)) == "2026-11-23 16:00"
    assert earliest([], morning, HOURS) is None


def test_what_a_graduate_is_promised_is_a_time_at_which_staff_are_there():
    assert shown(promise(at("2026-11-27", "15:00"), HOURS)) == "2026-11-30 11:00"
    assert shown(promise(at("2026-12-24", "09:00"), HOURS)) == "2026-12-28 12:00"


@pytest.mark.parametrize(
    ("day", "moment", "expected"),
    [
        ("2026-11-24", "10:00", "2026-11-24 10:00"),
        ("2026-11-24", "16:00", "2026-11-24 16:00"),  # the closing minute can be kept
        ("2026-11-24", "16:01", "2026-11-25 09:00"),
        ("2026-11-28", "15:00", "2026-11-30 09:00"),
        ("2026-11-30", "08:00", "2026-11-30 08:00"),
        ("2026-11-30", "07:59", "2026-11-30 09:00"),
    ],
)
def test_a_deadline_that_nobody_could_keep_is_told_as_an_hour_after_opening(day, moment, expected):
    assert shown(told(at(day, moment), HOURS)) == expected


def test_weekly_hours_survive_being_stored():
    stored = json.loads(json.dumps(SHIFTS.to_json()))
    back = StaffHours.from_json(stored, zone="Asia/Makassar", province="BA")
    assert (back.week, back.zone, back.province) == (SHIFTS.week, "Asia/Makassar", "BA")
    assert StaffHours.from_json(None).week == OFFICE
    assert StaffHours.from_json({}).week == OFFICE
    assert StaffHours.from_json(ROUND_THE_CLOCK.to_json()).week == ROUND_THE_CLOCK.week
    assert StaffHours.from_json(None, calendar=load_calendar()) == HOURS


@pytest.mark.parametrize(
    "week",
    [
        ((),) * 7,
        (((time(8), time(16)),),) * 6,
        (((time(16), time(8)),),) * 7,
        (((time(8), time(8)),),) * 7,
        (((time(8), time(12)), (time(11), time(16))),) * 7,
    ],
)
def test_hours_that_cannot_be_meant_are_refused(week):
    with pytest.raises(ValueError, match="staff hours"):
        StaffHours(week=week)


def test_hours_that_never_come_are_an_error_and_not_a_loop():
    with pytest.raises(ValueError, match="two months"):
        StaffHours(week=(((time(8), time(9)),),) + ((),) * 6).add_hours(at("2026-11-23", "08:00"), 100)


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 11, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)


@settings(max_examples=200, deadline=None)
@given(instants, st.sampled_from([HOURS, SHIFTS, StaffHours(zone="Asia/Jayapura")]), st.integers(1, 30))
def test_so_many_working_hours_later_exactly_so_much_was_worked(now, hours, n):
    later = hours.add_hours(now, n)
    assert later > now
    assert n * 60 - 1 <= hours.minutes_between(now, later) <= n * 60
    assert hours.on_duty(later - timedelta(microseconds=1))
    assert hours.next_opening(now) <= later


@settings(max_examples=200, deadline=None)
@given(instants, st.sampled_from([HOURS, SHIFTS]), st.integers(0, 5))
def test_a_deadline_in_working_days_lies_in_staffed_time(now, hours, n):
    due = hours.add_days(now, n)
    assert due >= now
    assert hours.on_duty(due) or hours.on_duty(due - timedelta(microseconds=1))
