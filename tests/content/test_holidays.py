"""Our dates beside those of a library that many hands keep: what differs has a reason, written down here."""

from datetime import date

import pytest

from companion.rules.days import load_calendar
from tests.content import later_holidays
from tests.content.later_holidays import library_days, ramadans

OURS_ALONE = {date(2026, 3, 20)}
"""Idulfitri as Muhammadiyah counted it: to the library a cuti bersama of the same date."""


def test_the_later_years_are_what_the_library_says():
    """After an update of the library: `make calendar`, and read what changed before it is committed."""
    assert later_holidays.OUT.read_text(encoding="utf-8") == later_holidays.text()


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_years_that_we_keep_ourselves_have_the_same_days(year):
    calendar = load_calendar()
    ours = {special.date for special in calendar.between(date(year, 1, 1), date(year, 12, 31))}
    theirs = {day for category in ("public", "government") for day, _name in library_days([year], category)}
    assert ours == theirs


@pytest.mark.parametrize("year", [2026, 2027])
def test_idulfitri_and_nyepi_stand_on_the_same_dates(year):
    calendar = load_calendar()
    named = {name: day for day, name in library_days([year])}
    eid = {line.date for line in calendar.days if line.hijri and line.date.year == year} - OURS_ALONE
    assert eid == {named["Hari Raya Idul Fitri"], named["Hari kedua dari Hari Raya Idul Fitri"]}
    nyepi = named["Hari Suci Nyepi"]
    assert calendar.no_text_on(nyepi, "BA") and not calendar.no_text_on(nyepi, "JK")


@pytest.mark.parametrize("year", [2026, 2027])
def test_our_ramadan_holds_all_of_theirs(year):
    """Ours may begin a day before, with those who began earlier."""
    (first, last), *_ = ramadans([year])
    ours = next(month for month in load_calendar().ramadans if month.last.year == year)
    assert 0 <= (first - ours.first).days <= 1 and ours.last == last
