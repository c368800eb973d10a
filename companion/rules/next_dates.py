"""When somebody looks again after a call or visit, out of its result (texts 4). Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from companion.rules.days import local
from companion.rules.hours import HALF_AT, half
from companion.rules.results import (
    CALLS_AFTER_CRISIS,
    RESULTS,
    Code,
    Next,
    Past,
    conversations_since,
)
from companion.rules.staff_hours import StaffHours
from companion.rules.states import Level

AFTER_RED = timedelta(hours=72)
SECOND_CALL = timedelta(hours=72)
WEEKLY = timedelta(days=7)
WEEKS_AFTER_SLIP = 3
SEARCH_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a next date depends on beside the result.

    `level` is that of the alert the contact answers; `plan_next` the next staff contact of the plan; `asked` the
    appointment or the time the person gave; `until` the end of a pause; `tries_today` the failed tries of this day
    before this one; zone and safe hours are the person's.
    """

    now: datetime
    hours: StaffHours
    zone: str
    level: Level = Level.NONE
    plan_next: datetime | None = None
    asked: datetime | None = None
    until: datetime | None = None
    tries_today: int = 0
    safe_from: time | None = None
    safe_to: time | None = None


def next_date(code: Code, facts: Circumstances, history: Sequence[Past] = ()) -> datetime | None:
    """The instant (UTC) at which somebody is to look again; None when only the plan's own end is left.

    `history` is what came before this contact, newest first: after an emergency or a slip the calls that were
    promised then bring a later date forward.
    """
    found = RULES[RESULTS[code].next](facts, RESULTS[code].n)
    if RESULTS[code].ends:
        return found
    cap = _promised([Past(code, facts.now), *history], facts)
    return min((at for at in (found, cap) if at is not None), default=None)


def _promised(history: Sequence[Past], facts: Circumstances) -> datetime | None:
    """By when an earlier result has promised another conversation: the second call after an emergency within 72
    hours of it, a weekly one three times after the first call that follows a slip."""
    caps = []
    crisis = next((past for past in history if past.code is Code.CRISIS_HANDED), None)
    called = conversations_since(history, Code.CRISIS_HANDED)
    if crisis and called < CALLS_AFTER_CRISIS and facts.now < crisis.at + SECOND_CALL:
        caps.append(last_staffed(crisis.at + SECOND_CALL, facts))
    spoken = conversations_since(history, Code.SLIP_TOLD)
    if spoken is not None and 1 <= spoken <= WEEKS_AFTER_SLIP:
        caps.append(last_staffed(facts.now + WEEKLY, facts))
    return min(caps, default=None)


def last_staffed(limit: datetime, facts: Circumstances) -> datetime:
    """The last moment at or before `limit` with somebody there; the next opening if none is left before it."""
    hours, day = facts.hours, local(limit, facts.hours.zone).date()
    for back in range(SEARCH_DAYS):
        for start, end in reversed(_spans(hours, day - timedelta(days=back))):
            if start <= limit:
                found = min(limit, end)
                return found if found > facts.now else hours.next_opening(facts.now)
    return hours.next_opening(facts.now)


def reachable(at: datetime, facts: Circumstances) -> datetime:
    """The first moment at or after `at` at which staff are there and the person's safe hours have begun.

    Safe hours that lie outside all working hours win: somebody has to be asked to call then.
    """
    first_safe = None
    for ahead in range(SEARCH_DAYS):
        day = local(at, facts.zone).date() + timedelta(days=ahead)
        safe = _safe(facts, day)
        if at < safe[1]:
            first_safe = first_safe or max(at, safe[0])
        for start, end in _spans(facts.hours, day):
            begin, finish = max(at, start, safe[0]), min(end, safe[1])
            if begin < finish:
                return begin
    return first_safe or facts.hours.next_opening(at)


def _safe(facts: Circumstances, day: date) -> tuple[datetime, datetime]:
    """The safe hours of one day of the person's; the whole day where none were given."""
    start = _instant(day, facts.safe_from or time.min, facts.zone)
    if facts.safe_to in (None, time.min):
        return start, _instant(day + timedelta(days=1), time.min, facts.zone)
    return start, _instant(day, facts.safe_to, facts.zone)


def _spans(hours: StaffHours, day: date) -> list[tuple[datetime, datetime]]:
    if not hours.is_working_day(day):
        return []
    return [
        (
            _instant(day, start, hours.zone),
            _instant(day if end > time.min else day + timedelta(days=1), end, hours.zone),
        )
        for start, end in hours.week[day.weekday()]
    ]


def _instant(day: date, moment: time, zone: str) -> datetime:
    return datetime.combine(day, moment, ZoneInfo(zone)).astimezone(UTC)


def opening_on(day: date, hours: StaffHours) -> datetime:
    """The opening of this day, or of the next one that has one."""
    return hours.next_opening(_instant(day, time.min, hours.zone))


def _today(facts: Circumstances) -> date:
    return local(facts.now, facts.hours.zone).date()


def _plan(facts: Circumstances, n: int) -> datetime | None:
    if facts.level is not Level.RED:
        return facts.plan_next
    soon = last_staffed(facts.now + AFTER_RED, facts)
    return min(soon, facts.plan_next) if facts.plan_next else soon


def _care(facts: Circumstances, n: int) -> datetime:
    return facts.hours.add_days(facts.now, 1 if facts.level is Level.RED else 2)


def _day_after(facts: Circumstances, n: int) -> datetime:
    day = local(facts.asked or facts.now, facts.hours.zone).date()
    return opening_on(day + timedelta(days=1), facts.hours)


def _asked(facts: Circumstances, n: int) -> datetime:
    return facts.asked or reachable(facts.hours.add_hours(facts.now, n), facts)


def _try_again(facts: Circumstances, n: int) -> datetime:
    later = facts.hours.next_opening(facts.now + timedelta(hours=n))
    if not facts.tries_today and local(later, facts.hours.zone).date() == _today(facts):
        return later
    return _opening(facts, 0)


def _opening(facts: Circumstances, n: int) -> datetime:
    return reachable(opening_on(facts.hours.next_working_day(_today(facts)), facts.hours), facts)


def _other_hour(facts: Circumstances, n: int) -> datetime:
    day = _today(facts)
    for _ in range(n):
        day = facts.hours.next_working_day(day)
    morning = opening_on(day, facts.hours)
    if half(facts.now, facts.zone) == 1:
        return morning
    afternoon = _instant(day, HALF_AT, facts.zone)
    return afternoon if facts.hours.on_duty(afternoon) else morning


def _safe_hour(facts: Circumstances, n: int) -> datetime:
    tomorrow = local(facts.now, facts.zone).date() + timedelta(days=1)
    return reachable(_instant(tomorrow, time.min, facts.zone), facts)


def _end_of_today(facts: Circumstances, n: int) -> datetime:
    return facts.hours.end_of_day(facts.now)


def _clock_hours(facts: Circumstances, n: int) -> datetime:
    return last_staffed(facts.now + timedelta(hours=n), facts)


def _working_days(facts: Circumstances, n: int) -> datetime:
    return facts.hours.add_days(facts.now, n)


def _days(facts: Circumstances, n: int) -> datetime:
    return opening_on(_today(facts) + timedelta(days=n), facts.hours)


def _before_pause_ends(facts: Circumstances, n: int) -> datetime:
    day = local(facts.until or facts.now, facts.hours.zone).date() - timedelta(days=1)
    while day > _today(facts) and not facts.hours.is_working_day(day):
        day -= timedelta(days=1)
    return max(opening_on(day, facts.hours), facts.hours.next_opening(facts.now))


RULES = {
    Next.PLAN: _plan,
    Next.CARE: _care,
    Next.DAY_AFTER: _day_after,
    Next.ASKED: _asked,
    Next.TRY_AGAIN: _try_again,
    Next.OTHER_HOUR: _other_hour,
    Next.OPENING: _opening,
    Next.SAFE_HOUR: _safe_hour,
    Next.TODAY: _end_of_today,
    Next.CLOCK_HOURS: _clock_hours,
    Next.WORKING_DAYS: _working_days,
    Next.DAYS: _days,
    Next.BEFORE_PAUSE_ENDS: _before_pause_ends,
}
