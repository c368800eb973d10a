"""Days, however offices write them; the day always before the month."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sheets.dates import DayFault, read_day

LATEST = date(2035, 12, 31)
AUGUST_27 = date(2026, 8, 27)


@pytest.mark.parametrize(
    "text",
    ["2026-08-27", "2026/8/27", "27.08.2026", "27-8-2026", "27/08/2026", "27 / 08 / 2026", "27 08 2026",
     "27 Agustus 2026", "27 AGUSTUS 2026", "27-Agt-2026", "27 Ags 26", "27 August 2026", "27th Aug 2026",
     "August 27, 2026", "Kamis, 27 Agustus 2026", "kamis 27 agustus 2026", "46261", "46261.0", "20260827",
     "27082026", "27/08/26", "2026-08-27 00:00:00", "27/08/2026 0:00", "\xa027-08-2026 "],
)  # fmt: skip
def test_one_day_in_many_spellings_is_one_day(text):
    assert read_day(text, LATEST) == AUGUST_27


def test_a_place_of_birth_before_the_date_is_passed_over():
    assert read_day("Padang, 12 Mei 1990", LATEST) == date(1990, 5, 12)
    assert read_day("Kota Padang / 12-05-1990", LATEST) == date(1990, 5, 12)


def test_the_day_comes_before_the_month():
    assert read_day("03/11/1990", LATEST) == date(1990, 11, 3)


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_known_in_both_languages_and_short(month):
    names = {
        1: "Januari January Jan", 2: "Februari Pebruari February Feb", 3: "Maret March Mar", 4: "April Apr",
        5: "Mei May", 6: "Juni June Jun", 7: "Juli July Jul", 8: "Agustus August Agt Agu Aug",
        9: "September Sept Sep", 10: "Oktober October Okt Oct", 11: "November Nopember Nov Nop",
        12: "Desember December Des Dec",
    }  # fmt: skip
    for name in names[month].split():
        assert read_day(f"5 {name} 2026", LATEST) == date(2026, month, 5)


@pytest.mark.parametrize(
    "text", ["31/02/2026", "29/02/2026", "31 Juni 2026", "08/27/2026", "00-00-2026", "2026-13-01"]
)
def test_days_that_are_in_no_calendar_are_named_as_such(text):
    assert read_day(text, LATEST) is DayFault.NO_SUCH_DAY


def test_the_29th_of_february_exists_every_fourth_year():
    assert read_day("29/02/2028", LATEST) == date(2028, 2, 29)


@pytest.mark.parametrize(
    "text", ["1990", "Agustus 2026", "27 tahun", "1-10 Agustus 2026", "besok", "5 Foo 2026", "9999"]
)
def test_what_is_no_date_is_unreadable(text):
    assert read_day(text, LATEST) is DayFault.UNREADABLE


def test_nothing_is_missing():
    assert read_day("", LATEST) is DayFault.MISSING


def test_a_year_of_two_digits_is_the_last_one_that_is_not_too_late():
    assert read_day("22-11-26", latest=date(2026, 11, 22)) == date(2026, 11, 22)
    assert read_day("23-11-26", latest=date(2026, 11, 22)) == date(1926, 11, 23)
    assert read_day("1-1-85", latest=date(2026, 11, 22)) == date(1985, 1, 1)


@given(st.dates(date(1930, 1, 1), date(2035, 12, 31)))
def test_every_day_survives_every_spelling(day):
    assert read_day(day.isoformat(), LATEST) == day
    assert read_day(f"{day.day}/{day.month}/{day.year}", LATEST) == day
    assert read_day(f"{day:%d%m%Y}", LATEST) == day
    assert read_day(str((day - date(1899, 12, 30)) // timedelta(days=1)), LATEST) == day


@given(st.text() | st.from_regex(r"[0-9]{0,4}[-/. ][0-9]{0,4}[-/. ][0-9]{0,5}", fullmatch=True))
def test_any_text_gives_a_day_or_a_fault(text):
    assert isinstance(read_day(text, LATEST), date | DayFault)
