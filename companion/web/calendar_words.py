"""The calendar in words: what each day means for texts and for staff, and how sure its date is."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from companion import i18n
from companion.i18n import gettext as _
from companion.rules import own_days, provinces
from companion.rules.days import EVERYWHERE, Calendar, Ramadan, SpecialDay
from companion.rules.own_days import Statement
from companion.rules.terms import DayKind

MONTHS_AHEAD = timedelta(days=365)


@dataclass(frozen=True)
class Row:
    """One line of the list: a day, or a month of fasting."""

    date: date
    until: date | None
    name: str
    tags: tuple[tuple[str, str], ...]
    """What it means, as (words, kind of tag)."""
    source: str
    by: str | None
    """Who said so, where it is the institution's own word."""
    about: str | None
    """What the form of a correction is asked for with; None where none is possible."""
    movable: bool
    with_ramadan: bool
    """It moves with the end of Ramadan, which has a form of its own."""
    estimated: bool
    ref: str | None
    """What it is taken back with."""
    own: bool
    shown: date
    """The day under whose month it stands: for what has begun, today."""

    @property
    def month(self) -> tuple[int, int]:
        return self.shown.year, self.shown.month


@dataclass(frozen=True)
class Said:
    """What the institution says, and the names of those who wrote it; both by the statement's reference."""

    statements: dict[str, Statement]
    names: dict[str, str] = field(repr=False)


def rows(calendar: Calendar, shipped: Calendar, said: Said, today: date) -> list[Row]:
    """The coming twelve months, in order."""
    last = today + MONTHS_AHEAD
    days = [_of_day(calendar, shipped, said, special) for special in calendar.between(today, last)]
    months = [
        _of_ramadan(calendar, said, month, today)
        for month in calendar.ramadans
        if month.first <= last and month.last >= today
    ]
    return sorted([*days, *months], key=lambda row: row.shown)


def _of_day(calendar, shipped, said, special: SpecialDay) -> Row:
    statement = said.statements.get(special.own)
    kind = statement.kind if statement else None
    return Row(
        date=special.date, until=None, name=special.said(i18n.language()), tags=tuple(_tags(special)),
        source=calendar.source_words(special, i18n.language()), by=said.names.get(special.own),
        about=None if kind is DayKind.ADDED else special.about,
        movable=not own_days.is_fixed(shipped, special) and special.hijri is None,
        with_ramadan=special.hijri is not None, estimated=special.estimated,
        ref=None if kind is DayKind.RAMADAN else special.own, own=kind is DayKind.ADDED, shown=special.date,
    )  # fmt: skip


def _of_ramadan(calendar, said, month: Ramadan, today: date) -> Row:
    tags = [(_("no texts from 17.00 to 19.30"), "")]
    return Row(
        date=month.first, until=month.last, name=_("Ramadan %(year)s", year=month.hijri),
        tags=(*tags, *_doubt(month.estimated)), source=calendar.source_words(month, i18n.language()),
        by=said.names.get(month.own), about=None, movable=False, with_ramadan=True, estimated=month.estimated,
        ref=month.own, own=False, shown=max(month.first, today),
    )  # fmt: skip


def _tags(special: SpecialDay):
    """What a day means for texts and for staff, and how sure its date is."""
    if special.no_text:
        place = place_words(special.no_text)
        yield (_("no texts in %(place)s", place=place) if place else _("no texts")), ""
    if special.off_in:
        place = place_words(special.off_in)
        yield (_("office closed in %(place)s", place=place) if place else _("office closed")), "grey"
    else:
        yield _("office as usual"), "grey"
    if special.was and special.was != special.date:
        yield _("moved from %(day)s", day=i18n.date_words(special.was, "d MMMM")), "grey"
    yield from _doubt(special.estimated)


def _doubt(estimated: bool) -> list[tuple[str, str]]:
    return [(_("estimated"), "amber")] if estimated else []


def place_words(codes: frozenset[str]) -> str:
    """The provinces of a day by name; empty for everywhere."""
    if EVERYWHERE in codes:
        return ""
    names = {one.name for code in codes if (one := provinces.by_code(code.upper()) or provinces.find(code))}
    return ", ".join(sorted(names))


def effects(special: SpecialDay) -> str:
    """What a special day means, in one line."""
    return " · ".join(words for words, kind in _tags(special) if kind != "amber")
