"""Everybody a member of staff follows, by page or by name. Names are encrypted, so a search reads them in memory."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import LargeBinary, and_, case, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from companion import crypto
from companion.models import Alert, Consent, Person, Slot, Staff, Window
from companion.rules.plan import day_of
from companion.rules.states import AlertState, SlotState, WindowState
from companion.rules.terms import ConsentPurpose, PersonStatus
from companion.services.caseload_lists import Scope
from companion.services.person import own_ids, shown_name

PAGE = 50
ENROLLED = "enrolled"
"""How the last-heard clock says that it only began (models.Window)."""
SHORTEST_SEARCH = 2
OWN_YES = (ConsentPurpose.FOLLOW_UP, ConsentPurpose.ASSENT)
"""A yes to the family's reading is no yes to check-ins."""


@dataclass(frozen=True)
class Listed:
    """One person in a list of people."""

    ref: str
    name: str = field(repr=False)
    caseworker: str | None = field(repr=False)
    caseworker_id: int | None
    status: PersonStatus
    window: WindowState | None
    paused_until: datetime | None
    outcome: str | None
    day: int | None
    days: int | None
    left_on: date | None
    heard_at: datetime | None
    """None while nothing was heard since the follow-up began."""
    next_at: datetime | None
    consented: bool
    to_do: bool
    """Something is open for this person."""


@dataclass(frozen=True)
class People:
    """One page of people, and how many there are in all."""

    rows: list[Listed]
    total: int


def _in_sight(view: Scope):
    here = Person.institution_id == view.staff.institution_id
    return (
        here
        if view.whole_institution
        else here & Person.id.in_(own_ids(view.staff.institution_id, view.staff.id))
    )


def listing(
    session: Session, view: Scope, number: int, *, condition=None, first=None, size: int = PAGE
) -> People:
    """One page: those in follow-up first, the latest to leave on top, since the first weeks are the hard ones.

    `condition` narrows the list, `first` puts some before all others; both may speak of Person and of Staff, who is
    the caseworker.
    """
    query = (
        select(Person.id, func.count().over())
        .outerjoin(Window, and_(Window.person_id == Person.id, Window.state != WindowState.CLOSED))
        .outerjoin(Staff, Staff.id == Person.caseworker_id)
        .where(_in_sight(view))
        .order_by(
            *([case((first, 0), else_=1)] if first is not None else []),
            Window.left_on.desc().nulls_last(),
            Person.id.desc(),
        )
    )
    if condition is not None:
        query = query.where(condition)
    rows = session.execute(query.limit(size).offset((number - 1) * size)).all()
    return People(_details(session, view, [row.id for row in rows]), rows[0][1] if rows else 0)


def anybody(session: Session, view: Scope) -> bool:
    """Whether there is anybody in sight at all."""
    return session.scalar(select(Person.id).where(_in_sight(view)).limit(1)) is not None


def search(session: Session, view: Scope, words: str) -> People:
    """Everybody whose name, or the name they go by, holds these words; the first fifty by name."""
    wanted = words.casefold().split()
    table = Person.__table__.c
    sealed = [table.id, type_coerce(table.name, LargeBinary), type_coerce(table.called, LargeBinary)]
    found = [
        (name.casefold(), id_)
        for id_, name, called in _opened(session.execute(select(*sealed).where(_in_sight(view))))
        if _matches(f"{name} {called}".casefold(), wanted)
    ]
    ids = [id_ for _name, id_ in sorted(found)[:PAGE]]
    return People(_details(session, view, ids), len(found))


def _opened(rows):
    """The rows with their names readable; without the layers of the column type, since there are thousands."""
    opened = crypto.ring().open
    for id_, name, called in rows:
        yield (
            id_,
            opened(bytes(name), "person.name").decode(),
            opened(bytes(called), "person.called").decode() if called else "",
        )


def _matches(whole: str, wanted: list[str]) -> bool:
    return all(word in whole for word in wanted)


def _details(session, view: Scope, ids: list[int]) -> list[Listed]:
    """What the list shows of these people, in their order; one statement."""
    next_at = (
        select(func.min(Slot.due_at))
        .where(Slot.person_id == Person.id, Slot.due_at > view.now, Slot.state == SlotState.PLANNED)
        .correlate(Person)
        .scalar_subquery()
    )
    consented = exists().where(
        Consent.person_id == Person.id, Consent.withdrawn_at.is_(None), Consent.purpose.in_(OWN_YES)
    )
    to_do = exists().where(Alert.person_id == Person.id, Alert.state != AlertState.CLOSED)
    newest = (
        select(func.max(Window.id)).where(Window.person_id == Person.id).correlate(Person).scalar_subquery()
    )
    query = (
        select(
            Person.id, Person.ref, Person.name, Person.called, Person.zone, Person.status, Person.caseworker_id,
            Staff.name.label("caseworker"), Window.state, Window.paused_until, Window.outcome, Window.left_on,
            Window.days, Window.heard_at, Window.heard_how, next_at.label("next_at"), consented.label("consented"),
            to_do.label("to_do"),
        )
        .outerjoin(Staff, Staff.id == Person.caseworker_id)
        .outerjoin(Window, Window.id == newest)
        .where(Person.id.in_(ids))
    )  # fmt: skip
    rows = {row.id: _listed(row, view) for row in session.execute(query)} if ids else {}
    return [rows[id_] for id_ in ids]


def _listed(row, view: Scope) -> Listed:
    return Listed(
        ref=row.ref, name=shown_name(row.name, row.called), caseworker=row.caseworker,
        caseworker_id=row.caseworker_id, status=row.status, window=row.state, paused_until=row.paused_until,
        outcome=row.outcome, day=row.left_on and day_of(row.left_on, view.now, row.zone), days=row.days,
        left_on=row.left_on, heard_at=None if row.heard_how == ENROLLED else row.heard_at, next_at=row.next_at, consented=row.consented, to_do=row.to_do,
    )  # fmt: skip
