"""The next weeks of somebody in words: when they are asked in each place, and what is in the way."""

from dataclasses import dataclass
from datetime import date, datetime

from companion import i18n
from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.days import Calendar
from companion.rules.hours import Pause
from companion.rules.preview import Asking, PreviewDay
from companion.web import calendar_words

IN_THE_WAY = {
    Pause.FRIDAY: _l("Friday noon stays quiet, 11.30-13.15"),
    Pause.FAST: _l("the breaking of the fast stays quiet, 17.00-19.30"),
    Pause.NIGHT: _l("texts leave only from 08.00 to 20.00"),
}


@dataclass(frozen=True)
class Cell:
    """One check-in for somebody in one place."""

    town: str
    zone: str
    time: str | None
    """When they are asked; None if they are not."""
    span: str | None
    """Between which moments the jitter may put it."""
    why: str | None
    reminder: str | None


@dataclass(frozen=True)
class Line:
    """One day of the preview."""

    date: date
    day: int
    cells: list[Cell]
    specials: list[tuple[str, str]]
    """Name and effect of each special day."""
    contact: bool


def lines(days: list[PreviewDay], hour: str, calendar: Calendar, now: datetime) -> list[Line]:
    """Every day worth a line."""
    return [
        Line(
            date=one.date, day=one.day, cells=[_cell(ask, hour, calendar, one.date, now) for ask in one.asks],
            specials=[(line.said(i18n.language()), calendar_words.effects(line)) for line in one.specials],
            contact=one.contact,
        )
        for one in days
    ]  # fmt: skip


def _cell(ask: Asking, hour: str, calendar: Calendar, on: date, now: datetime) -> Cell:
    later = [_moment(at, on) for at in ask.later]
    span = None
    if ask.usual:
        first, last = (f"{at:%H.%M}" for at in ask.usual)
        time = first if first == last else hour.replace(":", ".")
        span = None if first == last else f"{first}–{last}"
        span = _("%(one)s, or %(other)s", one=span or first, other=" / ".join(later)) if later else span
    else:
        time = " / ".join(later) or None
    return Cell(
        town=ask.place.town, zone=i18n.zone_name(now, ask.place.zone), time=time, span=span,
        why=_why(ask, calendar, on),
        reminder=_("reminder %(when)s", when=_moment(ask.remind_at, on)) if ask.remind_at else None,
    )  # fmt: skip


def _moment(at: datetime, on: date) -> str:
    """`13.15` on the day itself, `Sab 08.00` on another."""
    return f"{at:%H.%M}" if at.date() == on else f"{i18n.date_words(at.date(), 'EEE')} {at:%H.%M}"


def _why(ask: Asking, calendar: Calendar, on: date) -> str | None:
    """What is in the way; on a day without texts the names of its feasts."""
    if ask.because is Pause.DAY:
        return ", ".join(line.said(i18n.language()) for line in calendar.quiet_on(on, ask.place.province))
    return _(IN_THE_WAY[ask.because]) if ask.because else None
