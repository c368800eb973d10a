"""What a supervisor sees: who has whom, what is late, who is there, and how the engine is (design 1, 2.13)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from companion.models import (
    Alert,
    ChannelHold,
    Contact,
    EngineState,
    Institution,
    Message,
    Person,
    Slot,
    Staff,
    Stop,
    Window,
)
from companion.rules.days import midnight
from companion.rules.results import Code
from companion.rules.states import AlertState, Level, MessageState, SlotState, WindowState
from companion.rules.terms import PersonStatus, Role, Step
from companion.services import institutions
from companion.services.person import shown_name

NORM = 10
"""Graduates per caseworker before a supervisor is told (Kemensos 2015, domain 1.1)."""
LATE_SHOWN = 50
TICK_LATE = timedelta(minutes=30)
CLIMBED = (Step.SUPERVISOR, Step.DUTY_NUMBER, Step.BANNER)


@dataclass(frozen=True)
class Late:
    """One alert that is past its time, or that nobody took."""

    person_ref: str
    name: str = field(repr=False)
    caseworker: str | None = field(repr=False)
    level: Level
    family: str
    step: Step
    opened_at: datetime
    deadline_at: datetime | None
    holder: str | None = field(repr=False)
    taken: bool
    """Somebody has it now, however high it had climbed before."""


@dataclass(frozen=True)
class Unsettled:
    """A death or a withdrawal that a supervisor has yet to make sure of, and by when."""

    person_ref: str
    name: str = field(repr=False)
    status: PersonStatus
    by: datetime | None


@dataclass(frozen=True)
class Load:
    """How much one member of staff carries."""

    ref: str
    name: str = field(repr=False)
    role: Role
    people: int
    open: int
    red: int
    away_until: datetime | None
    has_phone: bool

    @property
    def pair(self) -> tuple[str, str]:
        """Reference and name, for a list to choose from."""
        return self.ref, self.name

    @property
    def over_norm(self) -> bool:
        """Whether a supervisor is told that this is more than one caseworker can carry."""
        return self.role is Role.CASEWORKER and self.people > NORM


@dataclass(frozen=True)
class Pulse:
    """How the engine is, in numbers a person understands."""

    last_tick_at: datetime | None
    late: bool
    """No tick for longer than the gap rule allows (design 4.5)."""
    void_today: int
    unsure: int
    stopped_until: datetime | None
    held: bool


def unassigned():
    """Condition: nobody who makes calls follows this person: no caseworker, one who has left, or a supervisor."""
    return or_(
        Person.caseworker_id.is_(None),
        Staff.active.is_(False),
        and_(Staff.role == Role.SUPERVISOR, Person.status == PersonStatus.ENROLLED),
    )


def late(session: Session, now: datetime, staff: Staff) -> list[Late]:
    """Alerts past their deadline, red ones that nobody took in time, and what has climbed; the worst first."""
    holder = Staff.__table__.alias("holder")
    waits = and_(Alert.state == AlertState.OPEN, Alert.ack_at <= now)
    rows = session.execute(
        select(Alert, Person.ref, Person.name, Person.called, Staff.name, holder.c.name)
        .join(Person, Person.id == Alert.person_id)
        .outerjoin(Staff, Staff.id == Person.caseworker_id)
        .outerjoin(holder, holder.c.id == Alert.claimed_by)
        .where(
            Alert.institution_id == staff.institution_id,
            Alert.state.in_((AlertState.OPEN, AlertState.CLAIMED)),
            or_(Alert.deadline_at <= now, waits, Alert.step.in_(CLIMBED)),
        )
        .order_by(Alert.level != Level.RED, Alert.deadline_at.nulls_last(), Alert.id)
        .limit(LATE_SHOWN)
    )
    return [
        Late(
            ref, shown_name(name, called), caseworker, alert.level, alert.family, alert.step, alert.opened_at,
            alert.deadline_at, holder_name, alert.state is AlertState.CLAIMED,
        )
        for alert, ref, name, called, caseworker, holder_name in rows
    ]  # fmt: skip


def unsettled(session: Session, staff: Staff) -> list[Unsettled]:
    """Deaths and withdrawals that are still provisional (texts 4: `died`, `refused`)."""
    by = (
        select(func.max(Contact.next_at))
        .where(Contact.person_id == Person.id, Contact.code.in_((Code.DIED, Code.REFUSED)))
        .correlate(Person)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Person.ref, Person.name, Person.called, Person.status, by.label("by"))
        .join(Window, and_(Window.person_id == Person.id, Window.state != WindowState.CLOSED))
        .where(
            Person.institution_id == staff.institution_id,
            Person.status.in_((PersonStatus.DIED, PersonStatus.WITHDRAWN)),
        )
        .order_by(by, Person.id)
    )
    return [Unsettled(row.ref, shown_name(row.name, row.called), row.status, row.by) for row in rows]


def loads(session: Session, staff: Staff) -> list[Load]:
    """Every active member of staff with their people in follow-up and what is open for them; one statement."""
    followed = and_(Person.caseworker_id == Staff.id, Person.institution_id == Staff.institution_id)
    people = (
        select(func.count())
        .select_from(Person)
        .join(Window, and_(Window.person_id == Person.id, Window.state != WindowState.CLOSED))
        .where(followed)
        .correlate(Staff)
    )
    unclosed = (
        select(func.count(func.distinct(Alert.person_id)))
        .join(Person, Person.id == Alert.person_id)
        .where(followed, Alert.state != AlertState.CLOSED)
        .correlate(Staff)
    )
    rows = session.execute(
        select(
            Staff, people.scalar_subquery(), unclosed.scalar_subquery(),
            unclosed.where(Alert.level == Level.RED).scalar_subquery(),
        )
        .where(Staff.institution_id == staff.institution_id, Staff.active)
        .order_by(Staff.role, Staff.id)
    )  # fmt: skip
    return [
        Load(one.ref, one.name, one.role, n, open_, red, one.away_until, bool(one.phone))
        for one, n, open_, red in rows
    ]


def pulse(session: Session, now: datetime, staff: Staff) -> Pulse:
    """How the engine is for this institution; one statement."""
    today = midnight(now, staff.institution.zone)
    void = select(func.count()).where(
        Slot.institution_id == staff.institution_id, Slot.state == SlotState.VOID, Slot.due_at >= today
    )
    unsure = select(func.count()).where(
        Message.institution_id == staff.institution_id, Message.state == MessageState.UNSURE
    )
    stop = select(func.max(Stop.until)).where(
        or_(Stop.institution_id == staff.institution_id, Stop.institution_id.is_(None)),
        Stop.lifted_at.is_(None),
        Stop.until > now,
    )
    held = select(func.count()).select_from(ChannelHold).where(ChannelHold.until > now)
    ticked = select(EngineState.last_tick_at).limit(1)
    parts = (ticked, void, unsure, stop, held)
    last, voided, lost, until, holds = session.execute(
        select(*(part.scalar_subquery() for part in parts))
    ).one()
    late = last is not None and now - last > TICK_LATE
    return Pulse(last, late, voided, lost, until, bool(holds))


def on_duty(now: datetime, institution: Institution, staff: list[Load]) -> list[Load]:
    """Who is there now: during working hours everybody who is not away; outside them nobody."""
    if not institutions.staff_hours(institution).on_duty(now):
        return []
    return [one for one in staff if not one.away_until or one.away_until <= now]


def colleague(session: Session, staff: Staff, ref: str) -> Staff | None:
    """An active member of the same institution's staff."""
    return session.scalars(
        select(Staff).where(Staff.ref == ref, Staff.institution_id == staff.institution_id, Staff.active)
    ).first()


def colleagues(session: Session, staff: Staff) -> list[Staff]:
    """Everybody to whom something can be given, caseworkers first."""
    return list(
        session.scalars(
            select(Staff)
            .where(Staff.institution_id == staff.institution_id, Staff.active)
            .order_by(Staff.role, Staff.id)
        )
    )
