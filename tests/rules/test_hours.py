"""Hours: nothing leaves at night, on Friday noon, at sunset in Ramadan or on a day without texts (failures 9-12, 17)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.rules.days import load_calendar
from companion.rules.hours import LONGEST_VALIDITY, Quiet, allowed, half, next_allowed, other_half, valid_for

CALENDAR = load_calendar()
ZONES = ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")
SECOND = timedelta(seconds=1)


def at(day: str, moment: str, zone: str = "Asia/Jakarta") -> datetime:
    return datetime.fromisoformat(f"{day}T{moment}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def may(day, moment, zone="Asia/Jakarta", province=None, quiet=None):
    return allowed(at(day, moment, zone), zone, CALENDAR, province, quiet or Quiet())


def following(day, moment, zone="Asia/Jakarta", province=None, quiet=None):
    found = next_allowed(at(day, moment, zone), zone, CALENDAR, province, quiet or Quiet())
    return found and found.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


WEDNESDAY, FRIDAY, FASTING, FASTING_FRIDAY = "2026-11-25", "2026-11-27", "2026-02-24", "2026-02-27"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("day", "moment", "expected"),
    [
        (WEDNESDAY, "07:59:59", False),
        (WEDNESDAY, "08:00:00", True),
        (WEDNESDAY, "19:39:59", True),
        (WEDNESDAY, "19:40:00", False),
        (WEDNESDAY, "22:57:00", False),
        (WEDNESDAY, "00:00:00", False),
        (WEDNESDAY, "12:00:00", True),
        (FRIDAY, "11:29:59", True),
        (FRIDAY, "11:30:00", False),
        (FRIDAY, "13:14:59", False),
        (FRIDAY, "13:15:00", True),
        (FASTING, "16:59:59", True),
        (FASTING, "17:00:00", False),
        (FASTING, "19:29:59", False),
        (FASTING, "19:30:00", True),
        (FASTING, "19:40:00", False),
        (FASTING_FRIDAY, "12:00:00", False),
        (FASTING_FRIDAY, "18:00:00", False),
        (WEDNESDAY, "18:00:00", True),
    ],
)
def test_a_hand_over_may_begin_only_inside_the_hours_of_the_recipients_own_zone(zone, day, moment, expected):
    assert may(day, moment, zone) is expected


def test_the_same_instant_is_open_in_one_zone_and_closed_in_another():
    early = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # 06.30 WIB, 07.30 WITA, 08.30 WIT
    assert [allowed(early, zone, CALENDAR) for zone in ZONES] == [False, False, False, True]
    late = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)  # 18.00 WIB, 19.00 WITA, 20.00 WIT
    assert [allowed(late, zone, CALENDAR) for zone in ZONES] == [True, True, True, False]


@pytest.mark.parametrize("moment", ["08:00:00", "12:00:00", "19:39:59"])
def test_a_day_without_texts_has_no_open_hour(moment):
    assert not may("2026-12-25", moment)
    assert not may("2026-03-19", moment, "Asia/Makassar", "bali")
    assert not may("2026-03-21", moment)
    assert not may("2027-03-11", moment, "Asia/Jayapura")


def test_nyepi_is_an_ordinary_day_outside_bali():
    assert may("2026-03-19", "10:00:00")
    assert may("2026-03-19", "10:00:00", "Asia/Makassar", "NB")


@pytest.mark.parametrize(
    ("day", "moment", "expected"),
    [
        (WEDNESDAY, "07:59:59", "2026-11-25 08:00:00"),
        (WEDNESDAY, "08:00:00", "2026-11-25 08:00:00"),
        (WEDNESDAY, "19:39:59", "2026-11-25 19:39:59"),
        (WEDNESDAY, "19:40:00", "2026-11-26 08:00:00"),
        (FRIDAY, "11:30:00", "2026-11-27 13:15:00"),
        (FASTING, "17:00:00", "2026-02-24 19:30:00"),
        ("2026-12-24", "19:40:00", "2026-12-26 08:00:00"),
        ("2026-03-19", "19:40:00", "2026-03-23 08:00:00"),
        ("2027-03-10", "00:00:00", "2027-03-12 08:00:00"),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_what_may_not_leave_now_knows_until_when_it_waits(zone, day, moment, expected):
    assert following(day, moment, zone) == expected


def test_bali_waits_for_nyepi_to_be_over_and_then_for_idulfitri():
    assert following("2026-03-18", "19:40:00", "Asia/Makassar", "bali") == "2026-03-23 08:00:00"
    assert following("2027-03-07", "19:40:00", "Asia/Makassar", "bali") == "2027-03-09 08:00:00"
    assert following("2027-03-07", "19:40:00", "Asia/Makassar", "SN") == "2027-03-08 08:00:00"


def test_a_person_can_only_narrow_the_hours():
    wide = Quiet(start=time(5), end=time(23), safe_from=time(4), safe_to=time(23, 30))
    assert not may(WEDNESDAY, "07:59:59", quiet=wide)
    assert may(WEDNESDAY, "08:00:00", quiet=wide)
    assert not may(WEDNESDAY, "19:40:00", quiet=wide)
    narrow = Quiet(safe_from=time(9), safe_to=time(12))
    assert [
        may(WEDNESDAY, moment, quiet=narrow) for moment in ("08:59:59", "09:00:00", "11:59:59", "12:00:00")
    ] == [
        False,
        True,
        True,
        False,
    ]
    assert following(WEDNESDAY, "12:00:00", quiet=narrow) == "2026-11-26 09:00:00"


def test_safe_until_midnight_means_the_whole_evening_that_we_have():
    assert may(WEDNESDAY, "19:00:00", quiet=Quiet(safe_from=time(18), safe_to=time(0)))
    assert following(WEDNESDAY, "10:00:00", quiet=Quiet(safe_from=time(18), safe_to=time(0))).endswith(
        "18:00:00"
    )


@pytest.mark.parametrize(
    "empty",
    [
        Quiet(safe_from=time(21), safe_to=time(23)),
        Quiet(safe_from=time(5), safe_to=time(8)),
        Quiet(safe_from=time(15), safe_to=time(10)),
        Quiet(safe_from=time(12), safe_to=time(12)),
        Quiet(start=time(19, 40)),
    ],
)
def test_safe_hours_that_leave_nothing_never_open(empty):
    assert following(WEDNESDAY, "10:00:00", quiet=empty) is None
    assert not may(WEDNESDAY, "12:00:00", quiet=empty)


def test_safe_hours_inside_the_friday_pause_open_on_the_next_day():
    noon = Quiet(safe_from=time(12), safe_to=time(13))
    assert following(FRIDAY, "09:00:00", quiet=noon) == "2026-11-28 12:00:00"


def test_nothing_found_within_fourteen_days_is_said_as_nothing():
    evening = Quiet(safe_from=time(17, 30), safe_to=time(19))
    assert following("2026-02-20", "09:00:00", quiet=evening) is None  # Ramadan takes those hours for a month
    assert following("2026-03-10", "17:30:00", quiet=evening) == "2026-03-23 17:30:00"
    assert (
        following("2026-03-09", "17:30:00", quiet=evening) == "2026-03-23 17:30:00"
    )  # fourteen days to the second
    assert following("2026-03-09", "17:29:59", quiet=evening) is None


@pytest.mark.parametrize(
    ("day", "moment", "seconds"),
    [
        (WEDNESDAY, "08:00:00", LONGEST_VALIDITY),  # twelve hours are left, the carrier holds ten
        (WEDNESDAY, "10:00:00", 36_000),
        (WEDNESDAY, "10:00:01", 35_999),
        (WEDNESDAY, "19:39:59", 20 * 60 + 1),
        (WEDNESDAY, "19:59:59", 1),
        (WEDNESDAY, "20:00:00", 1),
        (WEDNESDAY, "03:00:00", 1),
        (FRIDAY, "11:29:59", 1),
        (FRIDAY, "11:00:00", 1800),
        (FRIDAY, "13:15:00", 6 * 3600 + 45 * 60),
        (FASTING, "16:00:00", 3600),
        (FASTING, "19:30:00", 1800),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_the_carrier_may_hold_a_text_no_longer_than_the_quiet_allows(zone, day, moment, seconds):
    assert valid_for(at(day, moment, zone), zone, Quiet()) == seconds


def test_narrower_hours_end_the_validity_sooner():
    assert valid_for(at(WEDNESDAY, "11:00"), "Asia/Jakarta", Quiet(safe_to=time(12))) == 3600
    assert valid_for(at(WEDNESDAY, "11:00"), "Asia/Jakarta", Quiet(end=time(11, 30))) == 1800


@pytest.mark.parametrize(
    ("moment", "expected"), [("08:00", 0), ("13:59:59", 0), ("14:00", 1), ("19:59", 1), ("03:00", 0)]
)
def test_the_day_has_two_halves_that_meet_at_two(moment, expected):
    for zone in ZONES:
        assert half(at(WEDNESDAY, moment, zone), zone) == expected


def test_the_other_half_narrows_what_the_person_already_narrowed():
    quiet = Quiet(safe_from=time(9), safe_to=time(16))
    morning, afternoon = at(WEDNESDAY, "10:00"), at(WEDNESDAY, "15:00")
    assert (
        other_half(morning, "Asia/Jakarta", quiet).opens,
        other_half(morning, "Asia/Jakarta", quiet).closes,
    ) == (
        time(14),
        time(16),
    )
    assert other_half(afternoon, "Asia/Jakarta", quiet).closes == time(14)


def test_a_naive_instant_is_refused():
    naive = datetime(2026, 11, 25, 10)
    for question in (allowed, next_allowed):
        with pytest.raises(ValueError, match="naive"):
            question(naive, "Asia/Jakarta", CALENDAR)


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 15)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
windows = st.sampled_from(
    [Quiet(), Quiet(safe_from=time(9), safe_to=time(12)), Quiet(safe_from=time(13)), Quiet(end=time(18, 30))],
)


@settings(max_examples=400, deadline=None)
@given(instants, st.sampled_from(ZONES), st.sampled_from([None, "bali", "JK"]), windows)
def test_the_next_allowed_instant_is_allowed_and_whatever_the_delay_nothing_leaves_at_night(
    now, zone, province, quiet
):
    found = next_allowed(now, zone, CALENDAR, province, quiet)
    assert found is not None
    assert found >= now
    assert found.tzinfo is UTC
    assert allowed(found, zone, CALENDAR, province, quiet)
    assert time(8) <= found.astimezone(ZoneInfo(zone)).time() < time(19, 40)
    assert next_allowed(found, zone, CALENDAR, province, quiet) == found


@settings(max_examples=40, deadline=None)
@given(instants, st.sampled_from(ZONES), st.sampled_from([None, "bali"]), windows)
def test_no_earlier_minute_was_allowed(now, zone, province, quiet):
    found = next_allowed(now, zone, CALENDAR, province, quiet)
    minute = now
    while minute < found:
        assert not allowed(minute, zone, CALENDAR, province, quiet)
        minute += timedelta(minutes=1)
    assert found == now or not allowed(found - SECOND, zone, CALENDAR, province, quiet)


@settings(max_examples=200, deadline=None)
@given(instants, st.sampled_from(ZONES), windows)
def test_a_text_handed_over_when_allowed_is_dead_before_the_quiet_begins(now, zone, quiet):
    start = next_allowed(now, zone, CALENDAR, None, quiet)
    seconds = valid_for(start, zone, quiet, CALENDAR)
    assert 1 <= seconds <= LONGEST_VALIDITY
    last = (start + timedelta(seconds=seconds) - SECOND).astimezone(ZoneInfo(zone))
    assert last.time() < quiet.closes
    assert last.date() == start.astimezone(ZoneInfo(zone)).date()


def test_every_day_of_two_years_opens_except_the_days_without_texts():
    day, closed = date(2026, 1, 1), []
    while day.year < 2028:
        if following(day.isoformat(), "00:00:00")[:10] != day.isoformat():
            closed.append(day.isoformat())
        day += timedelta(days=1)
    assert closed == [
        "2026-03-20", "2026-03-21", "2026-03-22", "2026-12-25", "2027-03-10", "2027-03-11", "2027-12-25",
    ]  # fmt: skip
