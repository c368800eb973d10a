"""A whole window of a plan as it would run for somebody who leaves on a given day: nothing is stored (issue 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from companion.rules import plan as plans
from companion.rules.days import Calendar, local
from companion.rules.hours import next_allowed
from companion.rules.plan import EARLY_DAYS, WEEK, PlanSettings

SEED = "preview"


@dataclass(frozen=True)
class Asked:
    """One check-in of the preview: its day of the window and its date, and whether the calendar forbids it."""

    day: int
    on: date
    let_off: bool


@dataclass(frozen=True)
class PlannedWeek:
    """One week of a window, counted from 1: its first day, its check-ins and its staff contacts."""

    number: int
    begins: date
    asked: tuple[Asked, ...]
    contacts: tuple[tuple[int, date], ...]


@dataclass(frozen=True)
class Preview:
    """What a plan means: every check-in and contact by week, and how many texts a phone would get at the most.

    `busiest_early` and `busiest_late` count the texts of any seven days inside weeks 1-4 and after them, reminders
    included, for somebody who never answers.
    """

    settings: PlanSettings
    weeks: tuple[PlannedWeek, ...]
    last_day: date
    closing: date
    check_ins: int
    contacts: int
    texts: int
    busiest_early: int
    busiest_late: int


def preview(
    settings: PlanSettings, left_on: date, zone: str, province: str | None, calendar: Calendar,
    is_working_day: Callable[[date], bool],
) -> Preview:  # fmt: skip
    """Lay a plan out for a day of leaving, at the plan's own hour. Raises ValueError as `contact_dates` does."""
    asked = [
        Asked(one.day, left_on + timedelta(days=one.day), _forbidden(one.due_at, zone, province, calendar))
        for one in plans.slots(settings, left_on, zone, None, SEED)
    ]
    *contacts, (_day, closing) = plans.contact_dates(settings, left_on, is_working_day)
    texts = _text_days(settings, asked)
    return Preview(
        settings=settings,
        weeks=_weeks(settings, left_on, asked, contacts),
        last_day=left_on + timedelta(days=settings.window_days - 1),
        closing=closing,
        check_ins=len(asked),
        contacts=len(contacts),
        texts=len(texts),
        busiest_early=_busiest([day for day in texts if day < EARLY_DAYS]),
        busiest_late=_busiest([day for day in texts if day >= EARLY_DAYS]),
    )


def _forbidden(due_at, zone, province, calendar) -> bool:
    at = next_allowed(due_at, zone, calendar, province)
    return at is None or at >= plans.give_up_at(due_at)


def _text_days(settings, asked) -> list[int]:
    """The days on which somebody who never answers is texted: each check-in, and its reminder a day later."""
    reminder = (0, 1) if settings.reminders else (0,)
    return sorted(one.day + later for one in asked if not one.let_off for later in reminder)


def _busiest(days: list[int]) -> int:
    return max((sum(first <= day < first + WEEK for day in days) for first in days), default=0)


def _weeks(settings, left_on, asked, contacts) -> tuple[PlannedWeek, ...]:
    count = -(-settings.window_days // WEEK)
    return tuple(
        PlannedWeek(
            week + 1,
            left_on + timedelta(days=week * WEEK),
            tuple(one for one in asked if one.day // WEEK == week),
            tuple(one for one in contacts if one[0] // WEEK == week),
        )
        for week in range(count)
    )


def example_leaving(now: datetime, zone: str) -> date:
    """A day of leaving to show a plan by: today, on the institution's own calendar."""
    return local(now, zone).date()
