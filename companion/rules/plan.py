"""The plan of a window: which days are asked, which days staff call, and how the days are counted (design 3).

Days are counted on the person's own calendar from day 0, the day of leaving. Week w holds the days 7(w-1) to
7(w-1)+6, and "day 2 of week 1" is the day with index 2: in the default plan the slots fall on days 2, 5, 9, 12, 16,
19, 23, 26 and then on 31, 38, ... 115, which makes 21.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from companion.rules.days import local
from companion.rules.hours import HAND_OVER_ENDS, OPENS

WEEK = 7
EARLY_WEEKS = 4
EARLY_DAYS = EARLY_WEEKS * WEEK
GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_LIFE = timedelta(days=7)
SHORTEST_WINDOW, LONGEST_WINDOW = 60, 240
"""Days (texts 7)."""
MONTH = 30
"""How many days lie between staff contacts in what a window has beyond its plan."""


class OutOfBounds(ValueError):
    """Settings outside the guards of texts 7; `names` says which."""

    def __init__(self, names: list[str]):
        super().__init__(f"plan settings out of bounds: {', '.join(names)}")
        self.names = names


@dataclass(frozen=True)
class PlanSettings:
    """What an institution sets about a plan; the defaults are those of design 3 and texts 7.

    `early_days` and `late_days` are indices 0-6 within a week, for weeks 1-4 and for the later ones; a later slot
    comes every `late_every_weeks` weeks. `hour` is local, `HH:MM`. Raises OutOfBounds outside the guards of texts 7.
    """

    window_days: int = 120
    early_days: tuple[int, ...] = (2, 5)
    late_days: tuple[int, ...] = (3,)
    late_every_weeks: int = 1
    hour: str = "10:00"
    jitter_minutes: int = 20
    reminders: int = 1
    contact_days: tuple[int, ...] = (3, 7, 14, 30, 60, 90)
    last_heard_early_days: int = 7
    last_heard_late_days: int = 10
    cap_early: int = 4
    cap_late: int = 3

    def __post_init__(self):
        for name in ("early_days", "late_days", "contact_days"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        wrong = [name for name, fits in self._guards() if not fits]
        if wrong:
            raise OutOfBounds(wrong)

    def _guards(self) -> list[tuple[str, bool]]:
        weekdays = range(WEEK)
        return [
            ("window_days", SHORTEST_WINDOW <= self.window_days <= LONGEST_WINDOW),
            (
                "early_days",
                1 <= len(self.early_days) <= 3 and all(day in weekdays for day in self.early_days),
            ),
            ("late_days", 1 <= len(self.late_days) <= 3 and all(day in weekdays for day in self.late_days)),
            # Half a check-in a week is the least: fewer would leave the hard middle months alone (evidence 0.5).
            ("late_every_weeks", 1 <= self.late_every_weeks <= 2 * len(self.late_days)),
            ("hour", OPENS <= time.fromisoformat(self.hour) < HAND_OVER_ENDS),
            ("jitter_minutes", 0 <= self.jitter_minutes <= 60),
            ("reminders", 0 <= self.reminders <= 2),
            # The first contact may move but not go: the first days are the dangerous ones (texts 7).
            ("contact_days", any(1 <= day <= 5 for day in self.contact_days) and self._contacts_fit()),
            ("last_heard_early_days", 3 <= self.last_heard_early_days <= 21),
            ("last_heard_late_days", 3 <= self.last_heard_late_days <= 21),
            ("cap_early", 1 <= self.cap_early <= 7),
            ("cap_late", 1 <= self.cap_late <= 7),
        ]

    def _contacts_fit(self) -> bool:
        return all(0 < day < self.window_days for day in self.contact_days)

    def to_json(self) -> dict:
        """The settings as a plain dictionary, for a plan version."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: Mapping) -> "PlanSettings":
        """Read the settings of a plan version; what is left out keeps its default. Raises ValueError."""
        known = {field.name for field in fields(cls)}
        if strange := set(data) - known:
            raise ValueError(f"unknown plan settings: {', '.join(sorted(strange))}")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()})

    def over(self, days: int) -> "PlanSettings":
        """The same plan for a window of so many days: one that was shortened or extended for one person.

        The check-ins go on as they come in the later weeks, and staff contacts every month from the day on which the
        plan would have ended: an extension is not to be months without a voice. Raises OutOfBounds.
        """
        contacts = [day for day in self.contact_days if day < days]
        beyond = range(self.window_days, days, MONTH)
        return replace(self, window_days=days, contact_days=(*contacts, *beyond))

    def cap_on(self, day: int) -> int:
        """How many texts a number may get in seven local days, all purposes together (design 3)."""
        return self.cap_early if day < EARLY_DAYS else self.cap_late


@dataclass(frozen=True)
class PlannedSlot:
    """One check-in to be promised: its place in the plan from 1, its day, and when it falls due (UTC)."""

    seq: int
    day: int
    due_at: datetime


def slot_days(settings: PlanSettings) -> list[int]:
    """The days of a window on which somebody is asked how they are."""
    days = []
    for week in range(-(-settings.window_days // WEEK)):
        if week < EARLY_WEEKS:
            pattern = settings.early_days
        else:
            pattern = settings.late_days if (week - EARLY_WEEKS) % settings.late_every_weeks == 0 else ()
        days += [week * WEEK + index for index in pattern]
    return [day for day in days if day < settings.window_days]


def slots(
    settings: PlanSettings, left_on: date, zone: str, hour: time | None, jitter_seed: str
) -> list[PlannedSlot]:
    """All slots of a window, at the hour the person chose (None: the plan's) give or take the jitter.

    The jitter keeps a batch that left together from being texted in the same minute, and is drawn from the seed,
    so that a new generation of the same window asks at the same times.
    """
    chosen = hour or time.fromisoformat(settings.hour)
    planned = []
    for seq, day in enumerate(slot_days(settings), start=1):
        moment = _jittered(chosen, settings.jitter_minutes, f"{jitter_seed}:{seq}")
        due = datetime.combine(left_on + timedelta(days=day), time.min, ZoneInfo(zone)) + moment
        planned.append(PlannedSlot(seq, day, due.astimezone(UTC)))
    return planned


def _jittered(hour: time, minutes: int, seed: str) -> timedelta:
    """A time of day near `hour`, evenly spread over that part of the jitter which lies inside the hours."""
    low, high = jitter_span(hour, minutes)
    draw = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest())
    return timedelta(seconds=low + draw % (high - low + 1))


def jitter_span(hour: time, minutes: int) -> tuple[int, int]:
    """The earliest and the latest second of the day that the jitter can make of an hour."""
    first, last = _since_midnight(OPENS), _since_midnight(HAND_OVER_ENDS) - 1
    middle = min(max(_since_midnight(hour), first), last)
    return max(first, middle - minutes * 60), min(last, middle + minutes * 60)


def _since_midnight(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def closes_at(due_at: datetime, next_due_at: datetime | None) -> datetime:
    """Until when a slot takes answers: the next slot, or seven days (design 4.1)."""
    week = due_at + LONGEST_LIFE
    return week if next_due_at is None else min(next_due_at, week)


def give_up_at(due_at: datetime) -> datetime:
    """When an invitation that never left is given up (design 4.1)."""
    return due_at + GIVE_UP_AFTER


def contact_dates(
    settings: PlanSettings, left_on: date, is_working_day: Callable[[date], bool]
) -> list[tuple[int, date]]:
    """The days on which staff are to speak with the person: (day of the plan, working day it falls on).

    A day without staff moves to the next one with staff. The last pair is the closing contact: the first working
    day after the window. Raises ValueError if a month holds no working day at all.
    """
    days = [*settings.contact_days, settings.window_days]
    return [(day, _working(left_on + timedelta(days=day), is_working_day)) for day in days]


def _working(day: date, is_working_day: Callable[[date], bool]) -> date:
    for ahead in range(31):
        if is_working_day(day + timedelta(days=ahead)):
            return day + timedelta(days=ahead)
    raise ValueError("a whole month without a working day")


def day_of(left_on: date, now: datetime, zone: str) -> int:
    """Which day of the window it is on the person's own calendar; negative before leaving."""
    return (local(now, zone).date() - left_on).days


def window_end(left_on: date, days: int, zone: str) -> datetime:
    """The first instant (UTC) after the last day of the window."""
    return datetime.combine(left_on + timedelta(days=days), time.min, ZoneInfo(zone)).astimezone(UTC)
