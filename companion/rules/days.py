"""Days: which ones stay quiet, which ones staff have off, when Ramadan is, and what day it is for somebody.

The shipped dates live in `content/calendar.toml` and, for later years, `content/holidays.toml`, each with its source;
what an institution changes about them is laid over them (`rules/own_days`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from importlib.resources import files
from zoneinfo import ZoneInfo

EVERYWHERE = "*"
KINDS = frozenset({"national", "leave", "own"})
ENDS_SOON = timedelta(days=60)
"""So long before the last year with shipped feasts ends, somebody is told."""
FILES = ("calendar.toml", "holidays.toml")


@dataclass(frozen=True)
class SpecialDay:
    """One dated line of the calendar. `no_text` and `off_in` hold provinces in small letters, or `*`.

    `hijri` is the Islamic year of an Idulfitri, whose days move with the end of that year's Ramadan. `own` refers to
    the institution's statement where there is one, `was` is the shipped date of a day that was moved. `en` is the name
    on English pages; what an institution wrote stands as it was written.
    """

    date: date
    name: str
    kind: str
    source: str
    no_text: frozenset[str] = frozenset()
    off_in: frozenset[str] = frozenset({EVERYWHERE})
    estimated: bool = False
    hijri: int | None = None
    en: str | None = None
    own: str | None = None
    was: date | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of day: {self.kind}")

    @property
    def about(self) -> str:
        """What an institution's statement names this shipped day by: its shipped date and its name."""
        return f"{self.was or self.date} {self.name}"

    def said(self, language: str) -> str:
        """The name of the day in one language."""
        return self.en if self.en and language == "en" else self.name


@dataclass(frozen=True)
class Ramadan:
    """First and last day of one month of fasting, both included."""

    first: date
    last: date
    source: str
    estimated: bool = False
    hijri: int | None = None
    own: str | None = None

    def __post_init__(self):
        if not self.first <= self.last:
            raise ValueError(f"Ramadan ends before it begins: {self.first}")


@dataclass(frozen=True, eq=False)
class Calendar:
    """What is known about days (design 3, domain 4.6). `yearly` is keyed by (month, day).

    `replaced` holds what yearly days are named by (`SpecialDay.about`) on the dates for which `days` says otherwise.
    """

    days: tuple[SpecialDay, ...]
    yearly: Mapping[tuple[int, int], SpecialDay]
    ramadans: tuple[Ramadan, ...]
    sources: Mapping[str, Mapping[str, str]]
    replaced: frozenset[str] = frozenset()

    def no_text_on(self, day: date, province: str | None) -> bool:
        """Whether no text may leave on this local day: Idulfitri and Natal everywhere, Nyepi in Bali."""
        return bool(self.quiet_on(day, province))

    def quiet_on(self, day: date, province: str | None) -> list[SpecialDay]:
        """The lines that forbid texts in this province on this local day."""
        return [special for special in self.on(day) if covers(special.no_text, province)]

    def is_ramadan(self, day: date) -> bool:
        """Whether people fast on this local day, so that the hour before and after sunset stays quiet."""
        return any(month.first <= day <= month.last for month in self.ramadans)

    def is_holiday(self, day: date, province: str | None = None) -> bool:
        """Whether staff are off. Cuti bersama counts: a promise for a day with a closed office would be untrue."""
        return any(covers(special.off_in, province) for special in self.on(day))

    def on(self, day: date) -> list[SpecialDay]:
        """Every line that speaks of this day."""
        dated = self._by_date.get(day, [])
        always = self.yearly.get((day.month, day.day))
        if always is None:
            return dated
        always = replace(always, date=day)
        return dated if always.about in self.replaced else [*dated, always]

    def between(self, first: date, last: date) -> list[SpecialDay]:
        """Every line from `first` to `last`, both included, in order."""
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        return [special for day in days for special in self.on(day)]

    def source_words(self, line: SpecialDay | Ramadan, language: str) -> str:
        """Where a date is from, in one language; an institution has said it in words of its own."""
        return line.source if line.own else self.sources[line.source][language]

    @cached_property
    def known_until(self) -> date:
        """The last day of the last year with shipped moving feasts; after it only the yearly dates are known."""
        return date(max(special.date.year for special in self.days if special.own is None), 12, 31)

    def ends_soon(self, today: date) -> bool:
        """Whether the shipped feasts run out, so that a new version is needed (issue 3, failures 17)."""
        return self.known_until - today < ENDS_SOON

    @cached_property
    def _by_date(self) -> dict[date, list[SpecialDay]]:
        found: dict[date, list[SpecialDay]] = {}
        for special in self.days:
            found.setdefault(special.date, []).append(special)
        return found


@cache
def load_calendar() -> Calendar:
    """The calendar that is shipped; read once."""
    folder = files("companion").joinpath("content")
    kept, later = (tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")) for name in FILES)
    both = {name: kept[name] + later["later"][name] for name in ("days", "ramadan")}
    return calendar_from(kept | both | {"sources": kept["sources"] | later["sources"]})


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
            Ramadan(
                line["first"], line["last"], line["source"], line.get("estimated", False), line.get("hijri")
            )
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
        hijri=line.get("hijri"),
        en=line.get("en"),
    )


def covers(provinces: frozenset[str], province: str | None) -> bool:
    """Whether a set of provinces holds this one, or is everywhere; an unknown province is in none."""
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
