"""What stands behind the link of a check-in: whose it is, what may be asked there, and whether it is still open."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, bindparam, distinct, func, select
from sqlalchemy.orm import Session, aliased

from companion.models import (
    Answer,
    FamilyMember,
    Institution,
    Link,
    Number,
    Person,
    Phone,
    Slot,
    Staff,
    Window,
)
from companion.rules.staff_hours import StaffHours
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import LinkKind, Opioid, PhoneKind
from companion.services import institutions, transfers
from companion.services.consents import is_teen
from companion.services.links import LONGEST_TOKEN
from companion.services.prepared import Prepared, one_of

ANSWERED = frozenset({SlotState.ANSWERED, SlotState.ANSWERED_LATE})
HERE = (LinkKind.SLOT, LinkKind.FRESH, LinkKind.CHECK)
"""The kinds of links that lead to a page without sign-in; the others have doors of their own."""
TAKES_ANSWERS = frozenset({SlotState.OPEN, SlotState.MISSED, SlotState.UNREACHED, SlotState.VOID})


class DoorState(StrEnum):
    """What may be done behind a link; a call for help is taken in every state (design 2.3)."""

    OPEN = "open"  # an answer is welcome
    RECEIVED = "received"  # an answer was given
    CLOSED = "closed"  # its time is over; a new link can be asked for


@dataclass(frozen=True, slots=True)
class Door:
    """One link as it stands at one instant: all that is needed to judge an answer.

    `proven`: what is said here surely comes from the person, so the long form may be asked (design 2.4).
    """

    state: DoorState
    kind: LinkKind | None
    """What the link is for; None where staff fill in a check-in."""
    token: str | None = field(repr=False)
    institution_id: int
    person_id: int
    window_id: int
    """The window that is not closed, else the last one; nobody is enrolled without."""
    slot_id: int | None
    phone_id: int | None
    number_id: int | None
    caseworker_id: int | None
    language: str
    zone: str
    left_on: date
    teen: bool
    opioid: Opioid
    proven: bool
    holders: int
    """How many people have this number."""
    safe_way: str | None
    asks_use: bool
    """Question 6 may be asked; otherwise 6b stands in its place (design 2.10)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What only a page needs to know beside its door."""

    hours: StaffHours = field(repr=False)
    """The working hours from which every promise on the page is computed."""
    caseworker: str | None = field(repr=False)
    contact_number: str | None = field(repr=False)
    silenced_how: str | None
    next_due_at: datetime | None
    """The next promised check-in."""


def look(session: Session, token: str, now: datetime) -> Door | None:
    """The door behind a token, in one statement; None when there is none, or the link leads elsewhere."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    row = _BY_LINK.first(session.connection(), token=token)
    return row and _door(row, now, token, proven=row.kind is PhoneKind.OWN and _one_holder(row))


def look_at_slot(session: Session, slot_id: int, now: datetime) -> Door | None:
    """The door of a check-in that staff fill in while they speak with the person: proven (design 2.4).

    None for somebody whom another institution has taken over: what they say is to be heard there.
    """
    row = _BY_SLOT.first(session.connection(), slot=slot_id)
    if row is None or transfers.taken_over(session, row.person_id):
        return None
    return _door(row, now, None, proven=True)


def surroundings(session: Session, door: Door, now: datetime) -> Surroundings:
    """What stands around a door, in one statement."""
    institution, caseworker, silenced_how, next_due_at = session.execute(
        select(
            Institution,
            select(Staff.name).where(Staff.id == door.caseworker_id).scalar_subquery(),
            select(Number.silenced_how).where(Number.id == door.number_id).scalar_subquery(),
            select(func.min(Slot.due_at))
            .where(Slot.person_id == door.person_id, Slot.state == SlotState.PLANNED, Slot.due_at > now)
            .scalar_subquery(),
        ).where(Institution.id == door.institution_id)
    ).one()
    return Surroundings(
        institutions.staff_hours(institution),
        caseworker,
        institution.contact_number,
        silenced_how,
        next_due_at,
    )


def _one_holder(row) -> bool:
    """A number of two people is always shared, and so is one that a family member of theirs reads on."""
    return row.holders == 1 and not row.family


def _door(row, now: datetime, token: str | None, *, proven: bool) -> Door:
    teen = is_teen(row, now)
    return Door(
        state=_state(row, now), kind=getattr(row, "link_kind", None), token=token, institution_id=row.institution_id, person_id=row.person_id,
        window_id=row.window_id, slot_id=row.slot_id, phone_id=row.phone_id, number_id=row.number_id,
        caseworker_id=row.caseworker_id, language=row.language, zone=row.zone, left_on=row.left_on, teen=teen,
        opioid=row.opioid, proven=proven, holders=row.holders, safe_way=row.safe_way,
        asks_use=row.asks_use and not teen,
    )  # fmt: skip


def _state(row, now: datetime) -> DoorState:
    if row.state in ANSWERED or (row.slot_id is None and row.answered):
        return DoorState.RECEIVED
    if getattr(row, "link_kind", None) is LinkKind.CHECK and row.confirmed_at is not None:
        return DoorState.RECEIVED
    if row.slot_id is None:
        open_still = row.expires_at is None or now < row.expires_at
    else:
        open_still = row.state in TAKES_ANSWERS and now < row.closes_at
    return DoorState.OPEN if open_still else DoorState.CLOSED


def _select(start: Select) -> Select:
    """What both ways to a door have in common."""
    other, any_window = aliased(Phone), aliased(Window)
    holders = select(func.count(distinct(other.person_id))).where(other.number_id == Phone.number_id)
    family = (
        select(FamilyMember.id)
        .where(FamilyMember.person_id == Person.id, FamilyMember.number_id == Phone.number_id)
        .limit(1)
    )
    current = (
        select(any_window.id)
        .where(any_window.person_id == Person.id)
        .order_by(any_window.state == WindowState.CLOSED, any_window.id.desc())
        .limit(1)
    )
    return (
        start.join(Institution, Institution.id == Person.institution_id)
        .join(Window, Window.id == current.scalar_subquery())
        .add_columns(
            Person.institution_id, Person.language, Person.zone, Person.born_on, Person.opioid,
            Person.caseworker_id, Person.id.label("person_id"), Window.id.label("window_id"), Window.left_on,
            Slot.state, Slot.closes_at, Slot.id.label("slot_id"), Institution.asks_use, Phone.kind,
            Phone.safe_way, Phone.confirmed_at, Phone.id.label("phone_id"), holders.scalar_subquery().label("holders"),
            family.scalar_subquery().label("family"),
        )
    )  # fmt: skip


_BY_LINK = Prepared(
    lambda dialect: _select(
        select(
            Link.number_id,
            Link.expires_at,
            Link.kind.label("link_kind"),
            select(Answer.id).where(Answer.token == Link.token).scalar_subquery().label("answered"),
        )
        .select_from(Link)
        .join(Person, Person.id == Link.person_id)
        .outerjoin(Slot, Slot.id == Link.slot_id)
        .outerjoin(Phone, (Phone.person_id == Person.id) & (Phone.number_id == Link.number_id))
        .where(Link.token == bindparam("token"), one_of(Link.kind, HERE))
    )
)
_BY_SLOT = Prepared(
    lambda dialect: _select(
        select(Phone.number_id)
        .select_from(Slot)
        .join(Person, Person.id == Slot.person_id)
        .outerjoin(Phone, (Phone.person_id == Person.id) & (Phone.rank == 0))
        .where(Slot.id == bindparam("slot"))
    )
)
