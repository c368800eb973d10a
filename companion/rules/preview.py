"""What the next weeks look like for somebody: when they would be asked and reminded, and when not, and why.

Made of the rules that the engine lives by (plan, ladder, hours, calendar), for every moment that the jitter could draw.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from companion.rules import ladder, plan
from companion.rules.days import Calendar, SpecialDay, local
from companion.rules.hours import Pause, pause_at
from companion.rules.plan import PlannedSlot, PlanSettings


@dataclass(frozen=True)
class Place:
    """Where somebody lives: a town to call it by, its zone, its province's code."""

    town: str
    zone: str
    province: str | None


@dataclass(frozen=True)
class Asking:
    """One check-in for somebody in one place, in local time.

    `usual` are the first and last minute at which it may be asked as planned, None if it never is. `later` are the
    moments to which it would move, `never` says that some or all of it would be excused. `because` is what is in the
    way. `remind_at` is when a reminder would come if it was asked at the first of all these.
    """

    place: Place
    usual: tuple[datetime, datetime] | None
    later: tuple[datetime, ...] = ()
    never: bool = False
    because: Pause | None = None
    remind_at: datetime | None = None


@dataclass(frozen=True)
class PreviewDay:
    """One day worth a line: a check-in, a special day, or a contact of the staff."""

    date: date
    day: int
    """Of the window; negative before it."""
    asks: tuple[Asking, ...] = ()
    specials: tuple[SpecialDay, ...] = ()
    contact: bool = False


def weeks(
    settings: PlanSettings,
    left_on: date,
    hour: time | None,
    places: tuple[Place, ...],
    calendar: Calendar,
    first: date,
    last: date,
    contacts: frozenset[date] = frozenset(),
) -> list[PreviewDay]:
    """The days from `first` to `last` on which something happens or is kept from happening, in order."""
    asks: dict[date, list[Asking]] = {}
    for place in places:
        for slot, next_due in _slots(settings, left_on, hour, place):
            on = left_on + timedelta(days=slot.day)
            if first <= on <= last:
                asks.setdefault(on, []).append(_asking(settings, hour, slot, next_due, place, calendar))
    specials: dict[date, list[SpecialDay]] = {}
    for special in calendar.between(first, last):
        specials.setdefault(special.date, []).append(special)
    return [
        PreviewDay(
            date=on, day=(on - left_on).days, asks=tuple(asks.get(on, ())), specials=tuple(specials.get(on, ())),
            contact=on in contacts,
        )
        for on in sorted({*asks, *specials, *(day for day in contacts if first <= day <= last)})
    ]  # fmt: skip


def _slots(settings, left_on, hour, place) -> list[tuple[PlannedSlot, datetime | None]]:
    """Each slot of the window without its jitter, and when the next one falls due."""
    exact = plan.slots(replace(settings, jitter_minutes=0), left_on, place.zone, hour, "")
    return list(zip(exact, [*(slot.due_at for slot in exact[1:]), None], strict=True))


def _asking(settings, hour, slot, next_due, place, calendar) -> Asking:
    usual, later, never, because = [], set(), False, None
    for due in _moments(settings, hour, slot):
        until = min(plan.give_up_at(due), plan.closes_at(due, next_due))
        at = ladder.ask_at(due, until, place.zone, calendar, place.province)
        if at == due:
            usual.append(due)
            continue
        because = because or pause_at(due, place.zone, calendar, place.province)
        later |= {at} if at else set()
        never = never or at is None
    asked = min([*usual, *later], default=None)
    return Asking(
        place=place,
        usual=(local(usual[0], place.zone), local(usual[-1], place.zone)) if usual else None,
        later=tuple(local(at, place.zone) for at in sorted(later)), never=never, because=because,
        remind_at=asked and _reminder(settings, asked, plan.closes_at(slot.due_at, next_due), place, calendar),
    )  # fmt: skip


def _moments(settings: PlanSettings, hour: time | None, slot: PlannedSlot) -> list[datetime]:
    """Every minute at which the jitter may let this slot fall due (UTC)."""
    chosen = hour or time.fromisoformat(settings.hour)
    low, high = plan.jitter_span(chosen, settings.jitter_minutes)
    middle, _ = plan.jitter_span(chosen, 0)
    return [slot.due_at + timedelta(seconds=second - middle) for second in range(low, high + 1, 60)]


def _reminder(settings, asked_at, closes_at, place, calendar) -> datetime | None:
    if not settings.reminders:
        return None
    miss_at = ladder.miss_at(asked_at, timedelta(), closes_at)
    at = ladder.remind_at(asked_at, miss_at, place.zone, calendar, place.province)
    return at and local(at, place.zone)
