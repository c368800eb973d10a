"""What staff change about a running window: its hour, its place, its length. Each is one act (issue 3, plans)."""

from datetime import datetime, time

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Person, Staff, Window
from companion.rules.hours import HAND_OVER_ENDS, OPENS
from companion.rules.plan import LONGEST_WINDOW, SHORTEST_WINDOW, day_of, window_end
from companion.rules.states import WindowState
from companion.services import audit, of_age, renewing


def hour_fault(typed: str) -> str | None:
    """Why this cannot be the hour of the check-ins: `time`, `closed` (no text leaves then); None if it can."""
    if not typed:
        return None
    try:
        hour = time.fromisoformat(typed)
    except ValueError:
        return "time"
    return None if OPENS <= hour < HAND_OVER_ENDS else "closed"


def set_hour(
    session: Session, now: datetime, staff: Staff, person: Person, window: Window, hour: str | None
) -> bool:
    """Ask at another hour from now on; None means the plan's. False if it was this one already."""
    moved = rows_changed(
        session,
        update(Person)
        .where(Person.id == person.id, Person.preferred_hour.is_distinct_from(hour))
        .values(preferred_hour=hour),
    )
    if moved:
        renewing.renew(session, now, window)
        _note(session, now, staff, person, "hour_changed")
    return bool(moved)


def set_place(
    session: Session, now: datetime, staff: Staff, person: Person, window: Window, zone: str, province: str
) -> bool:
    """The person lives elsewhere. False if it was this place already."""
    moved = move_to(session, now, person, window, zone, province)
    if moved:
        _note(session, now, staff, person, "place_changed")
    return moved


def move_to(
    session: Session, now: datetime, person: Person, window: Window, zone: str, province: str | None
) -> bool:
    """Count days and hours by the clock of another place; what is still promised is promised at its hours."""
    session.flush()
    moved = rows_changed(
        session,
        update(Person)
        .where(
            Person.id == person.id, or_(Person.zone != zone, Person.province.is_distinct_from(province))
        )
        .values(zone=zone, province=province),
    )  # fmt: skip
    if not moved:
        return False
    renewing.hold(session, window)
    if window.state is not WindowState.CLOSED:
        window.ends_at = window_end(window.left_on, window.days, zone)
        renewing.renew(session, now, window)
    return True


def set_days(
    session: Session, now: datetime, staff: Staff, person: Person, window: Window, days: int
) -> str | None:
    """Extend or shorten a window. Returns why not: `bounds` (60-240), `past`, `closed`, or `same`.

    The last day may be today but not earlier. A window whose days were over, and which nobody has closed, goes on:
    the last-heard clock stood still since then, so it counts from now as after a pause (design 3).
    """
    of_age.watch(session, now, person.id)  # before the check-ins are held, as the engine does
    renewing.hold(session, window)
    if window.state is WindowState.CLOSED:
        return "closed"
    if not SHORTEST_WINDOW <= days <= LONGEST_WINDOW:
        return "bounds"
    if days <= day_of(window.left_on, now, person.zone):
        return "past"
    if days == window.days:
        return "same"
    if window.ends_at <= now and window.state is WindowState.ACTIVE:
        window.paused_until = now
    window.days, window.ends_at = days, window_end(window.left_on, days, person.zone)
    renewing.renew(session, now, window)
    _note(session, now, staff, person, f"window_days:{days}")
    return None


def _note(session, now, staff: Staff, person: Person, act: str) -> None:
    audit.note(
        session, now, act, actor="staff", staff_id=staff.id, institution_id=person.institution_id,
        person_id=person.id,
    )  # fmt: skip
