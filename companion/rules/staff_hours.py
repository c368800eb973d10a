"""The institution's working hours, and every deadline and promise that is counted in them (design 4.3).

What a graduate is told ("we will reach you by ...") is computed here, so that it cannot differ from the clock
that is set on staff.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from companion.rules.days import Calendar, load_calendar, local
from companion.rules.states import Within

Span = tuple[time, time]
Week = tuple[tuple[Span, ...], ...]

OFFICE: Week = (((time(8), time(16)),),) * 5 + ((), ())
"""Monday to Friday, 08.00-16.00 (texts 7)."""
SEARCH_DAYS = 62
"""Longer than any run of days off, so that a search that fails means hours that were never right."""


class DeadlineKind(StrEnum):
    """What a person on the staff has to have done by then."""

    SAFETY_CONTACT = "safety_contact"  # spoken to somebody who was not safe or asked for help
    RED = "red"  # spoken to somebody with a red alert
    TWO_AMBERS = "two_ambers"  # decided what two ambers, or one twice, mean
    AMBER = "amber"  # made contact
    SILENCE = "silence"  # made contact
    UNDELIVERED = "undelivered"  # found another way
    ACKNOWLEDGE = "acknowledge"  # taken a red alert, before it climbs


@dataclass(frozen=True)
class StaffHours:
    """When somebody is there. `week` has seven days from Monday, each with its (start, end) pieces, local time.

    An end at 00.00 is midnight; a night shift is two pieces on two days. Raises ValueError for hours that never open
    or pieces that overlap.
    """

    week: Week = OFFICE
    zone: str = "Asia/Jakarta"
    calendar: Calendar = field(default_factory=load_calendar, repr=False)
    province: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "week", tuple(tuple(sorted(map(tuple, day))) for day in self.week))
        if len(self.week) != 7 or not any(self.week):
            raise ValueError("staff hours need seven days and at least one that opens")
        for day in self.week:
            edges = [minute for start, end in day for minute in (_minutes(start), _minutes(end) or 24 * 60)]
            if any(later <= earlier for earlier, later in zip(edges[::2], edges[1::2], strict=True)):
                raise ValueError("staff hours end before they begin")
            if edges != sorted(edges):
                raise ValueError("staff hours overlap")

    def to_json(self) -> dict:
        """The weekly hours as a plain dictionary; zone and province belong to the institution's row."""
        return {"week": [[[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in day] for day in self.week]}

    @classmethod
    def from_json(
        cls,
        data: Mapping | None,
        zone: str = "Asia/Jakarta",
        province: str | None = None,
        calendar: Calendar | None = None,
    ) -> "StaffHours":
        """Read weekly hours back; None or an empty dictionary means the default. Raises ValueError."""
        week = OFFICE
        if data:
            week = tuple(
                tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in day)
                for day in data["week"]
            )
        return cls(week, zone, calendar or load_calendar(), province)

    def is_working_day(self, day: date) -> bool:
        """Whether anybody works on this local day: opening hours, and no day off."""
        return bool(self.week[day.weekday()]) and not self.calendar.is_holiday(day, self.province)

    def next_working_day(self, day: date) -> date:
        """The first working day after this one, never the day itself."""
        for ahead in range(1, SEARCH_DAYS):
            if self.is_working_day(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        raise ValueError("no working day within two months")

    def on_duty(self, at: datetime) -> bool:
        """Whether somebody is there at this instant; the closing minute itself is off duty."""
        return any(start <= at < end for start, end in self._spans(self._day(at)))

    def next_opening(self, at: datetime) -> datetime:
        """The first instant (UTC) at or after `at` with somebody there: `at` itself during working hours."""
        return next(max(at, start) for start, end in self._spans_from(at)).astimezone(UTC)

    def add_hours(self, at: datetime, hours: float) -> datetime:
        """The instant (UTC) by which so many working hours have passed; it may be the minute of closing.

        Raises ValueError if two months do not hold that many.
        """
        left = timedelta(hours=hours)
        for start, end in self._spans_from(at):
            begin = max(at, start)
            if left <= end - begin:
                return (begin + left).astimezone(UTC)
            left -= end - begin

    def add_days(self, at: datetime, n: int) -> datetime:
        """The same clock time, `n` working days later (UTC).

        From outside the hours it is counted from the next opening. Where that day is not staffed at that time, the
        deadline is the last staffed minute before it, or the opening.
        """
        begin = local(self.next_opening(at), self.zone)
        day = begin.date()
        for _ in range(n):
            day = self.next_working_day(day)
        wanted = datetime.combine(day, begin.time(), ZoneInfo(self.zone)).astimezone(UTC)
        spans = self._spans(day)
        if any(start <= wanted <= end for start, end in spans):
            return wanted
        return max((end for start, end in spans if end <= wanted), default=spans[0][0])

    def end_of_day(self, at: datetime) -> datetime:
        """When the working day that runs at `at`, or the next one, is over (UTC)."""
        return self._spans(self._day(self.next_opening(at)))[-1][1]

    def minutes_between(self, a: datetime, b: datetime) -> int:
        """Working minutes from `a` to `b`, rounded down; 0 if `b` is not later."""
        total, day = timedelta(), self._day(a)
        while day <= self._day(b):
            for start, end in self._spans(day):
                total += max(min(b, end) - max(a, start), timedelta())
            day += timedelta(days=1)
        return int(total.total_seconds() // 60)

    def _day(self, at: datetime) -> date:
        return local(at, self.zone).date()

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The staffed pieces of one local day as UTC instants, in order."""
        if not self.is_working_day(day):
            return []
        return [
            (
                self._instant(day, start),
                self._instant(day if end > time.min else day + timedelta(days=1), end),
            )
            for start, end in self.week[day.weekday()]
        ]

    def _spans_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Staffed pieces that are not over at `at`, from then on."""
        today = self._day(at)
        for ahead in range(SEARCH_DAYS):
            yield from (span for span in self._spans(today + timedelta(days=ahead)) if at < span[1])
        raise ValueError("too few staffed hours within two months")

    def _instant(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, ZoneInfo(self.zone)).astimezone(UTC)


LIMITS: dict[DeadlineKind, Within] = {
    DeadlineKind.SAFETY_CONTACT: Within.HOURS_4,
    DeadlineKind.RED: Within.HOURS_4,
    DeadlineKind.TWO_AMBERS: Within.HOURS_8,
    DeadlineKind.AMBER: Within.DAYS_2,
    DeadlineKind.SILENCE: Within.DAYS_2,
    DeadlineKind.UNDELIVERED: Within.DAYS_2,
}
ACKNOWLEDGE_HOURS = 1


def deadline(
    kind: DeadlineKind | Within | str, at: datetime, hours: StaffHours, on_call: bool = False
) -> datetime:
    """By when (UTC) a person must have acted on something that came up at `at` (design 4.3, 4.4).

    `kind` is what it is about, or the limit itself as `triage.judge` gives it. With somebody on call the
    acknowledgement is due in sixty minutes by the clock instead of working minutes. Raises ValueError if unknown.
    """
    if kind == DeadlineKind.ACKNOWLEDGE:
        return at + timedelta(hours=ACKNOWLEDGE_HOURS) if on_call else hours.add_hours(at, ACKNOWLEDGE_HOURS)
    within = LIMITS[DeadlineKind(kind)] if kind in frozenset(DeadlineKind) else Within(kind)
    match within:
        case Within.HOURS_4:
            return hours.add_hours(at, 4)
        case Within.HOURS_8:
            return hours.add_hours(at, 8)
        case Within.DAYS_2:
            return hours.add_days(at, 2)
        case Within.SAME_DAY:
            return hours.end_of_day(at)
    return at + timedelta(hours=24)


def earliest(limits: Iterable[Within], at: datetime, hours: StaffHours) -> datetime | None:
    """The first of several limits to run out (UTC): which one that is depends on the hour. None for none."""
    return min((deadline(limit, at, hours) for limit in limits), default=None)


def promise(at: datetime, hours: StaffHours) -> datetime:
    """By when (UTC) somebody who asked for contact as soon as possible is told that we will call (texts 2.2)."""
    return deadline(DeadlineKind.SAFETY_CONTACT, at, hours)


def told(due_at: datetime, hours: StaffHours) -> datetime:
    """A deadline as it may honestly be told to a person (UTC; design 2.3).

    24 hours by the clock can end at night or on a Sunday, when nobody could keep the word: then it is an hour after
    the next opening.
    """
    staffed = hours.on_duty(due_at) or hours.on_duty(due_at - timedelta(microseconds=1))
    return due_at if staffed else hours.add_hours(due_at, ACKNOWLEDGE_HOURS)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
