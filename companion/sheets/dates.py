"""Days as offices write them. Day comes before month, always: a guess would move somebody's window."""

import re
from datetime import date, timedelta
from enum import StrEnum

_MONTHS = (
    ("januari", "january", "jan"),
    ("februari", "february", "pebruari", "peb", "feb"),
    ("maret", "march", "mrt", "mar"),
    ("april", "apr"),
    ("mei", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("agustus", "august", "agust", "agus", "agst", "agt", "ags", "agu", "aug"),
    ("september", "sept", "sep"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nopember", "nop", "nov"),
    ("desember", "december", "des", "dec"),
)
_MONTH_BY_NAME = {name: month for month, names in enumerate(_MONTHS, 1) for name in names}

_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ]+\d{1,2}[:.]\d{2}.*)?", re.ASCII)
_DAY_FIRST = re.compile(
    r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{4}|\d{2})(?: +\d{1,2}[:.]\d{2}.*)?", re.ASCII
)
_MONTH_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/., ]*([a-z]+)[-/., ]*(\d{4}|\d{2})", re.ASCII)
_ENGLISH = re.compile(r"([a-z]+)[. ]+(\d{1,2})(?:st|nd|rd|th)?[, ]+(\d{4})", re.ASCII)
_EIGHT_DIGITS = re.compile(r"\d{8}", re.ASCII)
_SERIAL = re.compile(r"([1-7]\d{4})(?:[.,]\d+)?", re.ASCII)
_WORDS_BEFORE = re.compile(r"^\D+(?=\d)", re.ASCII)
_SERIAL_ZERO = date(1899, 12, 30)


class DayFault(StrEnum):
    MISSING = "missing"
    NO_SUCH_DAY = "no_such_day"  # 31/02/2026, 08/27/2026
    UNREADABLE = "unreadable"


def read_day(text: str, latest: date) -> date | DayFault:
    """The day a text names. A two-digit year is the last one that is not after `latest`."""
    plain = " ".join(text.casefold().split())
    if not plain:
        return DayFault.MISSING
    if serial := _SERIAL.fullmatch(plain):
        return _SERIAL_ZERO + timedelta(days=int(serial[1]))
    if _EIGHT_DIGITS.fullmatch(plain):
        return _run_together(plain, latest)
    parts = _parts(plain) or _parts(_WORDS_BEFORE.sub("", plain))  # "Kamis, 27 ...", "Padang, 12 ..."
    if parts is None:
        return DayFault.UNREADABLE
    return _day(*parts, latest) or DayFault.NO_SUCH_DAY


def _parts(text: str) -> tuple[str, int, str] | None:
    """Year, month and day of a text, in that order; None when it is no date."""
    if found := _YEAR_FIRST.fullmatch(text):
        return found[1], int(found[2]), found[3]
    if found := _DAY_FIRST.fullmatch(text):
        return found[3], int(found[2]), found[1]
    if found := _MONTH_NAMED.fullmatch(text):
        day, name, year = found.groups()
    elif found := _ENGLISH.fullmatch(text):
        name, day, year = found.groups()
    else:
        return None
    month = _MONTH_BY_NAME.get(name)
    return (year, month, day) if month else None


def _run_together(text: str, latest: date) -> date | DayFault:
    """20260827 or 27082026: the one of the two that is a day of our time."""
    for year, month, day in ((text[:4], text[4:6], text[6:]), (text[4:], text[2:4], text[:2])):
        found = _day(year, int(month), day, latest)
        if found and 1900 <= found.year <= 2100:
            return found
    return DayFault.NO_SUCH_DAY


def _day(year: str, month: int, day: str, latest: date) -> date | None:
    number = int(year)
    try:
        if len(year) == 4:
            return date(number, month, int(day))
        this_century = date(2000 + number, month, int(day))
        return this_century if this_century <= latest else date(1900 + number, month, int(day))
    except ValueError:
        return None
