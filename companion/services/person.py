"""One graduate, reached only through a member of staff who may see them; and the note that they were looked at."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, insert, literal, select
from sqlalchemy.orm import Session, joinedload

from companion.models import Alert, Audit, Person, Phone, Staff, Window
from companion.rules.states import AlertState, WindowState
from companion.rules.terms import Role

READ = "read"
READ_AGAIN_AFTER = timedelta(minutes=10)
"""Opening ten pages of one person in a row is one look, or the graduate could not read their own access log."""


def visible(staff: Staff) -> ColumnElement[bool]:
    """The people a member of staff may see: a supervisor everybody of the institution, a caseworker their own.

    Also those whose alert was given to them to stand in, until it is closed.
    """
    here = Person.institution_id == staff.institution_id
    return (
        here
        if staff.role is Role.SUPERVISOR
        else here & Person.id.in_(own_ids(staff.institution_id, staff.id))
    )


def own_ids(institution_id, staff_id):
    """The ids of a member of staff's own people, and of those they stand in for. Takes values or SQL expressions."""
    entrusted = select(Alert.person_id).where(
        Alert.institution_id == institution_id,
        Alert.claimed_by == staff_id,
        Alert.state != bindparam(None, AlertState.CLOSED, literal_execute=True),
    )
    own = select(Person.id).where(Person.caseworker_id == staff_id, Person.institution_id == institution_id)
    return own.union(entrusted)


def find(session: Session, staff: Staff, ref: str) -> Person | None:
    """The person behind a random reference, with phones; None for anybody this member of staff may not see."""
    found = session.scalars(
        select(Person)
        .options(
            joinedload(Person.institution),
            joinedload(Person.caseworker),
            joinedload(Person.phones).joinedload(Phone.number),
        )
        .where(Person.ref == ref, visible(staff))
    )
    return found.unique().first()


def may_see(session: Session, staff: Staff, person_id: int) -> bool:
    """Whether this member of staff may see the person behind a row that names one."""
    return session.scalar(select(Person.id).where(Person.id == person_id, visible(staff))) is not None


def window_of(session: Session, person_id: int) -> Window | None:
    """The unclosed window of a person with its plan, or else the last one."""
    return session.scalars(
        select(Window)
        .options(joinedload(Window.plan_version))
        .where(Window.person_id == person_id)
        .order_by(Window.state == WindowState.CLOSED, Window.id.desc())
        .limit(1)
    ).first()


def shown_name(name: str, called: str | None = None) -> str:
    """How a list shows somebody: as they want to be called, else the first name and an initial.

    A screen in an office is read over shoulders; the whole name stands only on the person's own page.
    """
    if called and called.strip():
        return called.strip()
    first, *rest = name.split() or [name]
    return f"{first} {rest[-1][0].upper()}." if rest else first


def address(person: Person) -> str:
    """The name to say to the person: as they want to be called, else the first name."""
    return (person.called or "").strip() or person.name.split()[0]


def note_read(session: Session, now: datetime, staff: Staff, person_id: int, act: str = READ) -> None:
    """Write down that somebody looked, once in ten minutes; one statement, so that two pages at once write one."""
    again = exists().where(
        Audit.person_id == person_id,
        Audit.staff_id == staff.id,
        Audit.act == act,
        Audit.at > now - READ_AGAIN_AFTER,
        Audit.at <= now,
    )
    line = {
        "institution_id": staff.institution_id, "person_id": person_id, "staff_id": staff.id,
        "actor": "staff", "act": act, "at": now,
    }  # fmt: skip
    columns = Audit.__table__.c
    values = [literal(value, columns[name].type) for name, value in line.items()]
    session.execute(insert(Audit.__table__).from_select(list(line), select(*values).where(~again)))
