"""Promises made afresh after a change of plan, hour, place or length, as far as this person may be asked (design 3)."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Person, Window
from companion.rules.states import WindowState
from companion.rules.terms import PersonStatus
from companion.services import consents, slots

ENDS = frozenset({PersonStatus.DIED, PersonStatus.WITHDRAWN})
"""Statuses with which nothing is to be done any more, whatever is changed about the record."""


def hold(session: Session, window: Window) -> None:
    """Read a window and its person afresh, locked in the order in which answers lock them (slots first).

    Two changes at once then follow one another, and the second is made of what the first has left. The window alone:
    what was read with it, its plan, belongs to everybody else too.
    """
    session.flush()
    slots.hold(session, window.id)
    session.refresh(window, with_for_update={"key_share": True, "of": Window})
    session.refresh(session.get_one(Person, window.person_id))


def renew(session: Session, now: datetime, window: Window) -> int:
    """Replace what is promised to a person; says how many check-ins lie ahead of it.

    A change never begins check-ins that consent, an opt-out, a status or a closed window forbids: then only the
    staff contacts move, and after a death or a withdrawal nothing does.
    """
    hold(session, window)
    person = session.get_one(Person, window.person_id)
    if window.state is WindowState.CLOSED or person.status in ENDS:
        return 0
    if consents.may_be_asked(session, person, now):
        return slots.new_generation(session, now, window)
    rows_changed(
        session,
        update(Window).where(Window.id == window.id).values(generation=Window.generation + 1),
    )
    session.refresh(window)
    slots.renew_tasks(session, now, window)
    return 0
