"""The calendar: which days are quiet, which ones staff have off, and whether the shipped data hold together."""

from datetime import UTC, date, datetime, timedelta

import pytest

from companion.rules.days import calendar_from, load_calendar, local

BALI, JAKARTA, NOWHERE = "bali", "JK", None


@pytest.fixture
def calendar():
    return load_calendar()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 20), date(2026, 3, 22)),  # the feast began on two different days that year
        (date(2027, 3, 10), date(2027, 3, 11)),
        (date(2026, 12, 25), date(2026, 12, 25)),
        (date(2027, 12, 25), date(2027, 12, 25)),
    ],
)
def test_no_text_leaves_on_idulfitri_and_natal_anywhere(calendar, first, last):
    for province in (JAKARTA, NOWHERE):
        assert not calendar.no_text_on(first - timedelta(days=1), province)
    for province in (BALI, JAKARTA, NOWHERE):
        assert calendar.no_text_on(first, province)
        assert calendar.no_text_on(last, province)
        assert not calendar.no_text_on(last + timedelta(days=1), province)


@pytest.mark.parametrize("nyepi", [date(2026, 3, 19), date(2027, 3, 8)])
def test_nyepi_is_without_texts_in_bali_only(calendar, nyepi):
    assert not calendar.no_text_on(nyepi - timedelta(days=1), BALI)
    for spelling in ("bali", "Bali", "BA"):
        assert calendar.no_text_on(nyepi, spelling)
    assert not calendar.no_text_on(nyepi, JAKARTA)
    assert not calendar.no_text_on(nyepi, NOWHERE)


def test_a_yearly_feast_is_kept_in_years_nobody_has_listed(calendar):
    assert calendar.known_until == date(2035, 12, 31)
    assert calendar.no_text_on(date(2041, 12, 25), JAKARTA)
    assert calendar.is_holiday(date(2041, 8, 17))


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 2, 18), date(2026, 3, 20)), (date(2027, 2, 8), date(2027, 3, 9))],
)
def test_ramadan_has_its_first_and_last_day(calendar, first, last):
    inside = [calendar.is_ramadan(day) for day in (first - timedelta(days=1), first, last)]
    assert inside == [False, True, True]
    assert not calendar.is_ramadan(last + timedelta(days=1))


def test_staff_are_off_on_public_holidays_and_on_shared_leave_but_not_on_an_ordinary_sunday(calendar):
    assert calendar.is_holiday(date(2026, 8, 17), JAKARTA)
    assert calendar.is_holiday(date(2026, 12, 24), JAKARTA)
    assert calendar.is_holiday(date(2026, 3, 19), JAKARTA)
    assert not calendar.is_holiday(date(2026, 12, 23), JAKARTA)
    assert not calendar.is_holiday(date(2026, 11, 22), JAKARTA)


def test_every_line_names_a_source_and_what_hangs_on_the_moon_says_so(calendar):
    lines = [*calendar.days, *calendar.yearly.values(), *calendar.ramadans]
    assert {line.source for line in lines} <= calendar.sources.keys()
    assert all(line.estimated for line in calendar.days if line.date.year >= 2027)
    assert all(calendar.source_words(line, language) for line in lines for language in ("id", "en"))
    assert all(
        line.en and line.said("id") != line.said("en") or line.name == "Nyepi" for line in calendar.days
    )
    assert not any(line.estimated for line in calendar.days if line.date.year == 2026)
    assert len({(line.date, line.name) for line in calendar.days}) == len(calendar.days)


@pytest.mark.parametrize("year", range(2026, 2036))
def test_every_shipped_year_has_its_quiet_feasts_and_an_idulfitri_right_behind_its_ramadan(calendar, year):
    days = [line for line in calendar.days if line.date.year == year]
    feasts = [line for line in days if line.hijri]
    assert len(feasts) >= 2 and all(calendar.no_text_on(line.date, None) for line in feasts)
    assert sum("Nyepi" in line.name and line.kind == "national" for line in days) == 1
    for month in calendar.ramadans:
        if month.last.year == year:
            assert 28 <= (month.last - month.first).days + 1 <= 31
            eid = min(line.date for line in calendar.days if line.hijri == month.hijri)
            assert eid <= month.last + timedelta(days=1)
            assert calendar.no_text_on(month.last + timedelta(days=1), None)


def test_what_lies_between_two_days_is_listed_with_the_yearly_days_on_their_dates(calendar):
    found = calendar.between(date(2026, 12, 24), date(2027, 1, 5))
    assert [(line.date, line.name) for line in found] == [
        (date(2026, 12, 24), "Cuti bersama Natal"),
        (date(2026, 12, 25), "Natal"),
        (date(2027, 1, 1), "Tahun Baru Masehi"),
        (date(2027, 1, 5), "Isra Mikraj"),
    ]


def small(**changes):
    line = {"date": date(2026, 6, 17), "name": "Galungan", "kind": "national", "source": "x"} | changes
    return {
        "sources": {"x": {"id": "sebuah sumber", "en": "a source"}},
        "days": [line],
        "yearly": [],
        "ramadan": [],
    }


def test_an_institution_can_add_a_day_that_only_its_province_has_off():
    calendar = calendar_from(small(off_in=["BA", "bali"]))
    assert calendar.is_holiday(date(2026, 6, 17), "bali")
    assert not calendar.is_holiday(date(2026, 6, 17), "JK")
    assert not calendar.is_holiday(date(2026, 6, 17), None)
    assert not calendar.no_text_on(date(2026, 6, 17), "bali")


def test_a_calendar_with_an_unknown_source_or_kind_is_refused():
    with pytest.raises(ValueError, match="sources"):
        calendar_from(small(source="hearsay"))
    with pytest.raises(ValueError, match="kind"):
        calendar_from(small(kind="maybe"))
    month = {"first": date(2026, 3, 1), "last": date(2026, 2, 1), "source": "x"}
    with pytest.raises(ValueError, match="Ramadan"):
        calendar_from(small() | {"ramadan": [month]})


def test_the_local_day_is_the_persons_own_and_a_naive_instant_has_none():
    at = datetime(2026, 12, 24, 16, 0, tzinfo=UTC)
    days = [local(at, zone).date() for zone in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")]
    assert days == [date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 25)]
    with pytest.raises(ValueError, match="naive"):
        local(datetime(2026, 12, 24), "Asia/Jakarta")
