"""What a supervisor sets: who follows whom, who is away, the hours and the numbers of the institution."""

from datetime import datetime

from sqlalchemy import and_, insert, literal, select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Audit, Institution, Person, Staff
from companion.rules.staff_hours import StaffHours, Week
from companion.services import audit


def assign(session: Session, now: datetime, staff: Staff, person: Person, to: Staff) -> bool:
    """Give a graduate to a caseworker. False if they were with this one already."""
    moved = rows_changed(
        session,
        update(Person)
        .where(Person.id == person.id, Person.caseworker_id.is_distinct_from(to.id))
        .values(caseworker_id=to.id),
    )
    if moved:
        session.expire(person)
        audit.note(
            session, now, "assigned", actor="staff", staff_id=staff.id, institution_id=staff.institution_id,
            person_id=person.id,
        )  # fmt: skip
    return bool(moved)


def move_all(session: Session, now: datetime, staff: Staff, origin: Staff, to: Staff) -> int:
    """Give everybody of one caseworker to another, each with a line in the access log. Says how many."""
    theirs = and_(Person.caseworker_id == origin.id, Person.institution_id == staff.institution_id)
    columns = Audit.__table__.c
    line = {
        "institution_id": staff.institution_id, "staff_id": staff.id, "actor": "staff", "act": "assigned", "at": now
    }  # fmt: skip
    values = [literal(value, columns[name].type) for name, value in line.items()]
    session.execute(
        insert(Audit.__table__).from_select([*line, "person_id"], select(*values, Person.id).where(theirs))
    )
    return rows_changed(session, update(Person).where(theirs).values(caseworker_id=to.id))


def set_away(session: Session, member: Staff, until: datetime | None) -> None:
    """Say until when somebody is away; urgent texts then go to the next in line."""
    member.away_until = until


def set_hours(session: Session, institution_id: int, week: Week) -> None:
    """Store the weekly hours, from which every deadline is computed. Raises ValueError as StaffHours does."""
    institution = session.get_one(Institution, institution_id)
    institution.staff_hours = StaffHours(week, institution.zone).to_json()


def set_numbers(
    session: Session, institution_id: int, *, duty: str | None, contact: str | None, on_call: bool
) -> None:
    """Store the duty number, whether somebody there takes urgent texts at any hour, and the number for the help page."""
    institution = session.get_one(Institution, institution_id)
    institution.duty_number, institution.contact_number = duty, contact
    institution.on_call = on_call and duty is not None


def lift_lock(session: Session, now: datetime, staff: Staff, person: Person) -> None:
    """Relatives and visits are possible again after violence was reported (texts 4, `violence`)."""
    person.contact_lock = False
    audit.note(
        session, now, "lock_lifted", actor="staff", staff_id=staff.id, institution_id=staff.institution_id,
        person_id=person.id,
    )  # fmt: skip
