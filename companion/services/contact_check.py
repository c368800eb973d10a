"""What is wrong with a result before it is stored: field -> fault, each mended beside its field."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from companion.rules.results import LONGEST_PAUSE, LONGEST_PAUSE_BY_SUPERVISOR, RESULTS, Ask, Code
from companion.rules.terms import Role
from companion.services.contacts import Entry, Setting, expected

LONGEST_NOTE = 1000
LONGEST_NAME = 120
FARTHEST = timedelta(days=90)
LAPSES = ("", "lapse", "relapse")
LATER_REASONS = frozenset({"asked", "holiday", "away", "waiting", "other"})
"""Codes, not words: the reason stands beside the date and is not encrypted."""


def faults(here: Setting, entry: Entry) -> dict[str, str]:
    """Every fault of an entry: code, at, until, handler, next_on, later_reason, note, zone, lapse.

    The faults are `needed`, `past`, `far`, `long`, `unsafe_hour`, `supervisor` and `unknown`.
    """
    result = RESULTS[entry.code]
    found = {
        "code": "supervisor" if result.by_supervisor and not _supervises(here) else None,
        "at": _at(here, entry),
        "until": _until(here, entry),
        "handler": _handler(entry),
        "next_on": _moved(here, entry),
        "later_reason": _later(here, entry),
        "note": "long" if len(entry.note) > LONGEST_NOTE else None,
        "zone": "unknown" if entry.zone and entry.zone not in available_timezones() else None,
        "lapse": "unknown" if (entry.lapse or "") not in LAPSES else None,
    }
    return {field: fault for field, fault in found.items() if fault}


def _supervises(here: Setting) -> bool:
    return here.staff.role is Role.SUPERVISOR


def _at(here: Setting, entry: Entry) -> str | None:
    """An appointment, or the time asked for; a call has to lie inside the safe hours (texts 4)."""
    result = RESULTS[entry.code]
    if entry.at is None:
        return "needed" if Ask.AT in result.needs else None
    if entry.at <= here.now:
        return "past"
    if entry.at > here.now + FARTHEST:
        return "far"
    outside = entry.code is Code.CALL_LATER and not _is_safe(here, entry.at)
    return "unsafe_hour" if outside else None


def _is_safe(here: Setting, at: datetime) -> bool:
    moment = at.astimezone(ZoneInfo(here.person.zone)).time()
    start, end = here.facts.safe_from or time.min, here.facts.safe_to
    return start <= moment and (end in (None, time.min) or moment < end)


def _until(here: Setting, entry: Entry) -> str | None:
    """The end of a pause; more than fourteen days is a supervisor's to give (texts 4)."""
    if entry.until is None:
        return "needed" if Ask.UNTIL in RESULTS[entry.code].needs else None
    longest = LONGEST_PAUSE_BY_SUPERVISOR if _supervises(here) else LONGEST_PAUSE
    if entry.until <= here.now:
        return "past"
    return "far" if entry.until > here.now + longest else None


def _handler(entry: Entry) -> str | None:
    if not entry.handler.strip():
        return "needed" if Ask.HANDLER in RESULTS[entry.code].needs else None
    return "long" if len(entry.handler) > LONGEST_NAME else None


def _moved(here: Setting, entry: Entry) -> str | None:
    if entry.next_at is None:
        return None
    if entry.next_at <= here.now:
        return "past"
    return "far" if entry.next_at > here.now + FARTHEST else None


def _later(here: Setting, entry: Entry) -> str | None:
    """A date may be moved earlier freely, later only with a reason (texts 4)."""
    by_itself = expected(here, entry.code)
    if entry.next_at is None or by_itself is None or entry.next_at <= by_itself:
        return None
    return None if entry.later_reason in LATER_REASONS else "needed"
