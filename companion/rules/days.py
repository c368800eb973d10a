"""Days: which ones stay quiet, which ones staff have off, when Ramadan is, and what day it is for somebody.

The dates live in `content/calendar.toml`, each with its source; an institution corrects them there.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from importlib.resources import files
from zoneinfo import ZoneInfo

EVERYWHERE = "*"
KINDS = frozenset({"national", "leave"})


@dataclass(frozen=True)
class SpecialDay:
    """One dated line of the calendar. `no_text` and `off_in` hold provinces in small letters, or `*`."""

    date: date
    name: str
    kind: str
    source: str
    no_text: frozenset[str] = frozenset()
    off_in: frozenset[str] = frozenset({EVERYWHERE})
    estimated: bool = False

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of day: {self.kind}")


@dataclass(frozen=True)
class Ramadan:
    """First and last day of one month of fasting, both included."""

    first: date
    last: date
    source: str
    estimated: bool = False

    def __post_init__(self):
        if not self.first <= self.last:
            raise ValueError(f"Ramadan ends before it begins: {self.first}")


@dataclass(frozen=True, eq=False)
class Calendar:
    """What is known about days (design 3, domain 4.6). `yearly` is keyed by (month, day)."""

    days: tuple[SpecialDay, ...]
    yearly: Mapping[tuple[int, int], SpecialDay]
    ramadans: tuple[Ramadan, ...]
    sources: Mapping[str, str]

    def no_text_on(self, day: date, province: str | None) -> bool:
        """Whether no text may leave on this local day: Idulfitri and Natal everywhere, Nyepi in Bali."""
        return any(_covers(special.no_text, province) for special in self._specials_on(day))

    def is_ramadan(self, day: date) -> bool:
        """Whether people fast on this local day, so that the hour before and after sunset stays quiet."""
        return any(month.first <= day <= month.last for month in self.ramadans)

    def is_holiday(self, day: date, province: str | None = None) -> bool:
        """Whether staff are off. Cuti bersama counts: a promise for a day with a closed office would be untrue."""
        return any(_covers(special.off_in, province) for special in self._specials_on(day))

    @property
    def known_until(self) -> date:
        """The last day of the last year with dated lines; after it only the yearly dates are known."""
        return date(max(special.date.year for special in self.days), 12, 31)

    @cached_property
    def _by_date(self) -> dict[date, list[SpecialDay]]:
        found: dict[date, list[SpecialDay]] = {}
        for special in self.days:
            found.setdefault(special.date, []).append(special)
        return found

    def _specials_on(self, day: date) -> list[SpecialDay]:
        dated = self._by_date.get(day, [])
        always = self.yearly.get((day.month, day.day))
        return [*dated, always] if always else dated


@cache
def load_calendar() -> Calendar:
    """The calendar that is shipped in `content/calendar.toml`; read once."""
    text = files("companion").joinpath("content", "calendar.toml").read_text(encoding="utf-8")
    return calendar_from(tomllib.loads(text))


def calendar_from(data: Mapping) -> Calendar:
    """Build a calendar from parsed TOML. Raises KeyError or ValueError when a line is incomplete or wrong."""
    sources = data["sources"]
    calendar = Calendar(
        days=tuple(_special(line, line["date"]) for line in data["days"]),
        # A leap year serves as the year, so that 29 February could be a yearly date too.
        yearly={
            (line["month"], line["day"]): _special(line, date(2000, line["month"], line["day"]))
            for line in data["yearly"]
        },
        ramadans=tuple(
            Ramadan(line["first"], line["last"], line["source"], line.get("estimated", False))
            for line in data["ramadan"]
        ),
        sources=dict(sources),
    )
    named = {line.source for line in (*calendar.days, *calendar.yearly.values(), *calendar.ramadans)}
    if missing := named - sources.keys():
        raise ValueError(f"calendar names sources it does not explain: {sorted(missing)}")
    return calendar


def _special(line: Mapping, day: date) -> SpecialDay:
    return SpecialDay(
        date=day,
        name=line["name"],
        kind=line["kind"],
        source=line["source"],
        no_text=frozenset(province.casefold() for province in line.get("no_text", ())),
        off_in=frozenset(province.casefold() for province in line.get("off_in", (EVERYWHERE,))),
        estimated=line.get("estimated", False),
    )


def _covers(provinces: frozenset[str], province: str | None) -> bool:
    return EVERYWHERE in provinces or (province is not None and province.casefold() in provinces)


def local(at: datetime, zone: str) -> datetime:
    """An instant on somebody's own clock. Raises ValueError for a naive instant, whose day nobody could know."""
    if at.tzinfo is None:
        raise ValueError("a naive instant has no local day")
    return at.astimezone(ZoneInfo(zone))


def midnight(at: datetime, zone: str, days: int = 0) -> datetime:
    """The beginning of somebody's local day (UTC), or of the day that lies so many days ahead. As `local`, it raises."""
    day = local(at, zone).date() + timedelta(days=days)
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
