"""A pause by the hand of staff: begun with a reason and an end, ended early (design 4.5, texts 4 `pause`)."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.models import Person, Staff, Window
from companion.rules.results import LONGEST_PAUSE, LONGEST_PAUSE_BY_SUPERVISOR
from companion.rules.states import WindowState
from companion.rules.terms import PersonStatus
from companion.services import audit, consents, outbox, renewing, slots

REASONS = frozenset({"asked", "medical", "travel", "other"})
"""Codes, not words: the reason of a pause is not encrypted."""
BACK_FROM = frozenset({PersonStatus.IN_INSTITUTION, PersonStatus.NOT_REACHED})


def fault(until: datetime | None, reason: str, now: datetime, *, supervisor: bool) -> tuple[str, str] | None:
    """What is wrong with a pause: (field, `needed` | `past` | `far` | `reason`); None if nothing is."""
    longest = LONGEST_PAUSE_BY_SUPERVISOR if supervisor else LONGEST_PAUSE
    if until is None:
        return "until", "needed"
    if until <= now:
        return "until", "past"
    if until > now + longest:
        return "until", "far"
    return None if reason in REASONS else ("reason", "reason")


def begin(
    session: Session,
    now: datetime,
    staff: Staff,
    person: Person,
    window: Window,
    until: datetime,
    reason: str,
) -> bool:
    """Pause; False if the window is closed."""
    done = stop_asking(session, now, window, until, reason)
    if done:
        _note(session, now, staff, person, "paused")
    return done


def stop_asking(session: Session, now: datetime, window: Window, until: datetime, reason: str) -> bool:
    """Ask nothing until then, and send nothing more about what was asked; False if the window is closed."""
    done = slots.pause(session, now, window, until, reason)
    if done:
        outbox.cancel_window(session, now, window.id, "pause")
    return done


def end(session: Session, now: datetime, staff: Staff, person: Person, window: Window) -> bool:
    """End a pause early. Somebody who was in an institution, or not reached, is followed again with it."""
    away = person.status in BACK_FROM and window.state is not WindowState.CLOSED
    if away:
        person.status = PersonStatus.ENROLLED
        session.flush()
    done = slots.resume(session, now, window)
    if not done and away and consents.may_be_asked(session, person, now):
        renewing.renew(session, now, window)
    if done or away:
        _note(session, now, staff, person, "resumed")
    return done or away


def _note(session, now, staff: Staff, person: Person, act: str) -> None:
    audit.note(
        session, now, act, actor="staff", staff_id=staff.id, institution_id=person.institution_id,
        person_id=person.id,
    )  # fmt: skip
