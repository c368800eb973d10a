"""When a text may be handed over: the recipient's own hours, Fridays, Ramadan, and days without texts (design 3).

Everything is computed, nothing is polled: a message that has to wait knows at once until when.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from companion.rules.days import Calendar, load_calendar, local

OPENS = time(8)
CLOSES = time(20)
HAND_OVER_ENDS = time(19, 40)
"""Later, the carrier could still hold the text when the night begins (failures 11)."""
FRIDAY_PRAYER = (time(11, 30), time(13, 15))
BREAKING_THE_FAST = (time(17), time(19, 30))
HALF_AT = time(14)
SEARCH = timedelta(days=14)
LONGEST_VALIDITY = 36_000
"""Seconds a carrier may keep a text in its queue: Twilio's upper bound (tech.md 3)."""
FRIDAY = 4

Span = tuple[time, time]


class Pause(StrEnum):
    """What keeps a text from leaving at one moment."""

    DAY = "day"  # a day without texts
    FRIDAY = "friday"  # Friday noon
    FAST = "fast"  # the breaking of the fast in Ramadan
    NIGHT = "night"  # outside the hours of the day


@dataclass(frozen=True)
class Quiet:
    """The hours in which one phone may get texts; a person or an institution can only narrow them.

    `start` and `end` are the plan's, `safe_from` and `safe_to` the person's own safe hours, all local. `safe_to`
    at midnight means the end of the day. A window turned the wrong way round is empty: sending at an hour that is
    not safe can harm, a text that waits comes to the eyes of staff.
    """

    start: time = OPENS
    end: time = CLOSES
    safe_from: time | None = None
    safe_to: time | None = None

    @property
    def opens(self) -> time:
        """The first local moment at which a text may leave."""
        return max(OPENS, self.start, self.safe_from or OPENS)

    @property
    def closes(self) -> time:
        """The local moment from which no text may be under way any more."""
        return min(CLOSES, self.end, CLOSES if self.safe_to in (None, time.min) else self.safe_to)

    def within(self, start: time, end: time) -> "Quiet":
        """The same hours, narrowed once more."""
        return replace(self, start=max(self.start, start), end=min(self.end, end))


ALL_DAY = Quiet()


def allowed(
    at: datetime, zone: str, calendar: Calendar, province: str | None = None, quiet: Quiet = ALL_DAY
) -> bool:
    """Whether a hand-over may begin at this instant. Raises ValueError if `at` is naive."""
    here = local(at, zone)
    moment = here.time()
    spans = _spans(here.date(), calendar, province, quiet)
    return moment < HAND_OVER_ENDS and any(start <= moment < end for start, end in spans)


def next_allowed(
    at: datetime, zone: str, calendar: Calendar, province: str | None = None, quiet: Quiet = ALL_DAY
) -> datetime | None:
    """The first instant at or after `at` (UTC) at which a hand-over may begin.

    None if there is none within 14 days, as with safe hours that leave nothing. Raises ValueError if `at` is naive.
    """
    today = local(at, zone).date()
    for ahead in range(SEARCH.days + 1):
        day = today + timedelta(days=ahead)
        for start, end in _spans(day, calendar, province, quiet):
            if start < HAND_OVER_ENDS and at < _instant(day, min(end, HAND_OVER_ENDS), zone):
                found = max(at, _instant(day, start, zone)).astimezone(UTC)
                return found if found <= at + SEARCH else None
    return None


def valid_for(at: datetime, zone: str, quiet: Quiet = ALL_DAY, calendar: Calendar | None = None) -> int:
    """Seconds for which the carrier may hold a text handed over at `at`, between 1 and 36,000.

    Ends where the quiet begins: at 20.00, at the end of narrower hours, on Friday at 11.30, in Ramadan at 17.00.
    Texts to staff outside these hours are not its business. Raises ValueError if `at` is naive.
    """
    here = local(at, zone)
    moment = here.time()
    for start, end in _pieces(here.date(), calendar or load_calendar(), quiet):
        if start <= moment < end:
            left = _instant(here.date(), end, zone) - at
            return max(1, min(int(left.total_seconds()), LONGEST_VALIDITY))
    return 1


def pause_at(at: datetime, zone: str, calendar: Calendar, province: str | None = None) -> Pause | None:
    """What keeps a text from leaving at this instant, whoever it is for; None if nothing does."""
    here = local(at, zone)
    moment = here.time()
    if calendar.no_text_on(here.date(), province):
        return Pause.DAY
    if not OPENS <= moment < HAND_OVER_ENDS:
        return Pause.NIGHT
    return next(
        (name for name, (start, end) in _pauses(here.date(), calendar) if start <= moment < end), None
    )


def half(at: datetime, zone: str) -> int:
    """The half of the local day: 0 before 14.00, 1 from then on. A reminder goes out in the other one."""
    return 0 if local(at, zone).time() < HALF_AT else 1


def other_half(at: datetime, zone: str, quiet: Quiet) -> Quiet:
    """These hours, narrowed to the half of the day in which `at` does not lie."""
    return quiet.within(HALF_AT, CLOSES) if half(at, zone) == 0 else quiet.within(OPENS, HALF_AT)


def _spans(day: date, calendar: Calendar, province: str | None, quiet: Quiet) -> list[Span]:
    """The open pieces of one local day, in order; none on a day without texts."""
    return [] if calendar.no_text_on(day, province) else _pieces(day, calendar, quiet)


def _pieces(day: date, calendar: Calendar, quiet: Quiet) -> list[Span]:
    pieces = [(quiet.opens, quiet.closes)]
    for _name, pause in _pauses(day, calendar):
        pieces = _without(pieces, pause)
    return [(start, end) for start, end in pieces if start < end]


def _pauses(day: date, calendar: Calendar) -> list[tuple[Pause, Span]]:
    """What is cut out of the hours of this local day, wherever somebody lives."""
    found = [(Pause.FRIDAY, FRIDAY_PRAYER)] if day.weekday() == FRIDAY else []
    return [*found, (Pause.FAST, BREAKING_THE_FAST)] if calendar.is_ramadan(day) else found


def _without(pieces: list[Span], pause: Span) -> list[Span]:
    """Cut a pause out of every piece; a piece may become empty or fall in two."""
    begins, ends = pause
    return [part for start, end in pieces for part in ((start, min(end, begins)), (max(start, ends), end))]


def _instant(day: date, moment: time, zone: str) -> datetime:
    return datetime.combine(day, moment, ZoneInfo(zone)).astimezone(UTC)
