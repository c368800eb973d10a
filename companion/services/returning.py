"""Coming out again: after a re-admission that ended one window, a new one with a day of leaving of its own (design 4.5)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.models import Person, Staff, Transfer, Window
from companion.rules.states import WindowState
from companion.rules.terms import PersonStatus
from companion.services import audit, consents, enrol, slots, windows


def come_out_again(
    session: Session, now: datetime, staff: Staff, person: Person, left_on: date
) -> Window | str:
    """Open the next window of somebody whose last one is closed. A string says why not.

    `unclosed`: the follow-up before has to be closed first, with its outcome. `died`: a death was made sure. `before`:
    this leaving would lie before the last one. Check-ins begin at once if consent still stands; consent that was
    taken back has to be given anew. Everything of the earlier windows stays. `elsewhere`: another institution has taken
    them over, and follows them still.
    """
    # Two clicks at once: the second one waits here, and finds the window of the first.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    session.refresh(person)
    last = windows.current(session, person.id)
    if last is not None and last.state is not WindowState.CLOSED:
        return "unclosed"
    if person.status is PersonStatus.DIED:
        return "died"
    if last is not None and left_on <= last.left_on:
        return "before"
    if last is not None and _goes_on_elsewhere(session, last):
        return "elsewhere"
    person.status = PersonStatus.ENROLLED
    window = enrol.open_window(session, now, person, left_on)
    if consents.may_be_asked(session, person, now):
        slots.new_generation(session, now, window)
    audit.note(
        session, now, "came_out_again", actor="staff", staff_id=staff.id,
        institution_id=person.institution_id, person_id=person.id,
    )  # fmt: skip
    return window


def _goes_on_elsewhere(session, last: Window) -> bool:
    """Two institutions that both ask would ask twice; the way back is an offer from there, or from where they went on to."""
    first = select(Transfer.to_person_id.label("id")).where(Transfer.window_id == last.id)
    records = first.cte("records", recursive=True)
    records = records.union(select(Transfer.to_person_id).join(records, Transfer.person_id == records.c.id))
    going_on = (
        select(Window.id)
        .join(records, records.c.id == Window.person_id)
        .where(Window.state != WindowState.CLOSED)
    )
    return session.scalar(going_on.limit(1)) is not None
