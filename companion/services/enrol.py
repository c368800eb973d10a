"""Bringing people in: institution, staff, person, consent. Without consent nothing is promised (issue 3)."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Consent, Institution, Person, Slot, Staff, Window
from companion.rules.names import identity
from companion.rules.plan import PlanSettings, window_end
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import ConsentPurpose, Opioid, PersonStatus, PhoneKind, Role
from companion.services import (
    audit,
    institutions,
    numbers,
    of_age,
    outbox,
    passwords,
    renewing,
    slots,
    verifying,
    windows,
)
from companion.services.consents import OWN, is_teen, may_be_asked, may_start, standing
from companion.services.keys import lookup

__all__ = [
    "Enrolled", "Taken", "create_institution", "create_staff", "end_follow_up", "enrol", "identity_of", "is_teen",
    "may_start", "open_window", "record_consent", "standing", "withdraw_consent",
]  # fmt: skip


class Taken(Exception):
    """A code or login that must be unique is in use already."""


@dataclass(frozen=True)
class Enrolled:
    person: Person
    window: Window | None
    created: bool


def create_institution(
    session: Session, now: datetime, *, code: str, name: str, zone: str, province: str | None,
    phones: PhoneKind = PhoneKind.SHARED,
) -> Institution:  # fmt: skip
    """Set up a centre with the default plan. Raises Taken, ValueError (unknown zone)."""
    ZoneInfo(zone)
    if session.scalar(select(Institution.id).where(Institution.code == code)):
        raise Taken(code)
    institution = Institution(
        code=code, name=name, zone=zone, province=province, phones=phones, created_at=now
    )
    session.add(institution)
    session.flush()
    institutions.current_plan(session, institution.id, now)
    return institution


def create_staff(
    session: Session, now: datetime, *, institution: Institution, login: str, name: str, role: Role,
    password: str, phone: str | None = None,
) -> Staff:  # fmt: skip
    """Give somebody a sign-in. Raises Taken."""
    if session.scalar(select(Staff.id).where(Staff.login == login)):
        raise Taken(login)
    staff = Staff(
        institution_id=institution.id, login=login, name=name, role=role, phone=phone,
        password_hash=passwords.hash(password), created_at=now,
    )  # fmt: skip
    session.add(staff)
    session.flush()
    return staff


def enrol(
    session: Session, now: datetime, institution: Institution, newcomer, *, caseworker_id: int | None = None,
    staff_id: int | None = None,
) -> Enrolled:  # fmt: skip
    """Write down one graduate with a window and its staff tasks; nothing is sent before consent.

    `newcomer` has the fields of a sheet's entry. Somebody who is here already is left exactly as they
    are (`created` False): an import opens nothing again (failures 31).
    """
    index = lookup(session, identity_of(newcomer))
    known = session.scalars(
        select(Person).where(Person.institution_id == institution.id, Person.identity == index)
    ).first()
    if known is not None:
        return Enrolled(known, windows.current(session, known.id), False)
    person = _person(institution, newcomer, index, now)
    person.caseworker_id = caseworker_id or _first_supervisor(session, institution.id)
    session.add(person)
    session.flush()
    kind = PhoneKind(newcomer.phone_kind) if newcomer.phone_kind else institution.phones
    numbers.attach(session, person, newcomer.e164, kind)
    if newcomer.second_e164 and newcomer.second_e164 != newcomer.e164:
        numbers.attach(session, person, newcomer.second_e164, PhoneKind.SHARED, rank=1)
    window = open_window(session, now, person, newcomer.left_on)
    audit.note(
        session, now, "enrolled", actor="staff" if staff_id else "command", institution_id=institution.id,
        person_id=person.id, staff_id=staff_id,
    )  # fmt: skip
    return Enrolled(person, window, True)


def _person(institution, newcomer, index, now) -> Person:
    return Person(
        institution_id=institution.id, identity=index, name=newcomer.name, called=newcomer.called,
        born_on=newcomer.born_on.isoformat() if newcomer.born_on else None, guardian=newcomer.guardian_name,
        zone=newcomer.zone or institution.zone, province=newcomer.province or institution.province,
        preferred_hour=newcomer.preferred_hour,
        opioid=Opioid(newcomer.opioid or "unknown"), enrolled_at=now,
    )  # fmt: skip


def identity_of(newcomer) -> str:
    """What makes a second import the same person; hashed before it is stored."""
    return identity(newcomer.name, newcomer.born_on, newcomer.e164)


def _first_supervisor(session, institution_id) -> int | None:
    return session.scalar(
        select(Staff.id)
        .where(Staff.institution_id == institution_id, Staff.role == Role.SUPERVISOR, Staff.active)
        .order_by(Staff.id)
        .limit(1)
    )


def open_window(
    session: Session, now: datetime, person: Person, left_on: date, days: int | None = None
) -> Window:
    """A new window from the day of leaving, with the staff contacts that lie ahead; as long as the plan, or `days`."""
    version = institutions.current_plan(session, person.institution_id, now)
    days = days or PlanSettings.from_json(version.settings).window_days
    left_at = window_end(left_on, 0, person.zone)
    window = Window(
        institution_id=person.institution_id, person_id=person.id, plan_version_id=version.id, left_on=left_on,
        days=days, ends_at=window_end(left_on, days, person.zone), heard_at=max(left_at, now),
        state=WindowState.ACTIVE,
    )  # fmt: skip
    session.add(window)
    session.flush()
    windows.heard_clock(session, now, window, person.zone)
    slots.plan_tasks(session, now, window)
    verifying.renew(session, now, person.id)
    of_age.watch(session, now, person.id)
    return window


def record_consent(
    session: Session, now: datetime, person: Person, purpose: ConsentPurpose, proof: str, *,
    staff_id: int | None = None, confirms: bool = True,
) -> bool:  # fmt: skip
    """Write down one yes with its proof, and promise the check-ins once all that is needed stands.

    `confirms`: the person's written consent names the number, or it was tried together; otherwise a text asks about it before
    any invitation, once check-ins are promised (texts 3, notes). A status or an opt-out that ended the check-ins goes on ending them: promised, they
    would end as a fault of ours, or one by one. False if this purpose was consented to already.
    """
    if purpose in standing(session, person.id):
        return False
    session.add(
        Consent(
            institution_id=person.institution_id, person_id=person.id, purpose=purpose, proof=proof,
            given_at=now, recorded_by=staff_id, look_at=of_age.first_look(purpose, now),
        )
    )  # fmt: skip
    session.flush()
    audit.note(
        session, now, f"consent:{purpose}", actor="staff" if staff_id else "command", staff_id=staff_id,
        institution_id=person.institution_id, person_id=person.id,
    )  # fmt: skip
    window = windows.current(session, person.id)
    if window is None or window.state is WindowState.CLOSED:
        return True
    if confirms and purpose in OWN:
        _make_sure(session, now, person)
    asks = window.state is WindowState.ACTIVE and may_be_asked(session, person, now)
    if asks and not _promised_ahead(session, window.id):
        renewing.renew(session, now, window)
    return True


def _promised_ahead(session, window_id) -> bool:
    """One that has been asked is no promise any more: what comes after it may have been taken back."""
    planned = select(Slot.id).where(Slot.window_id == window_id, Slot.state == SlotState.PLANNED)
    return session.scalar(planned.limit(1)) is not None


def _make_sure(session, now, person: Person) -> None:
    for phone in person.phones:
        verifying.confirm(session, now, phone.id)
        session.expire(phone)


def withdraw_consent(
    session: Session, now: datetime, person: Person, purpose: ConsentPurpose, *, staff_id: int | None = None,
    actor: str = "staff",
) -> bool:  # fmt: skip
    """Take back one yes; what was promised on it ends in the same act (UU 27/2022 art. 40).

    Whoever takes their own back as an adult takes the one from before 18 back with it: they have decided, and nobody
    asks them again, here or where they go on (services/of_age).
    """
    if not _end_yes(session, now, person, purpose, staff_id, actor):
        return False
    if purpose is ConsentPurpose.FOLLOW_UP and not is_teen(person, now):
        _end_yes(session, now, person, ConsentPurpose.ASSENT, staff_id, actor)
    window = windows.current(session, person.id)
    if purpose is ConsentPurpose.FAMILY:
        outbox.cancel_family(session, now, person.id, "consent_withdrawn")
    elif not may_start(session, person, now):
        if window is not None:
            slots.cancel_open(session, now, window.id, "consent_withdrawn")
        outbox.cancel_own(session, now, person.id, "consent_withdrawn")
    return True


def _end_yes(session, now, person: Person, purpose, staff_id, actor) -> bool:
    won = rows_changed(
        session,
        update(Consent)
        .where(Consent.person_id == person.id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now),
    )
    if won:
        audit.note(
            session, now, f"consent_withdrawn:{purpose}", actor=actor, staff_id=staff_id,
            institution_id=person.institution_id, person_id=person.id,
        )  # fmt: skip
    return bool(won)


def end_follow_up(
    session: Session, now: datetime, person: Person, status: PersonStatus, *, staff_id: int | None
) -> None:
    """Died, withdrawn, in an institution: everything promised ends in one act (failures 35)."""
    person.status = status
    window = windows.current(session, person.id)
    if window is not None:
        slots.cancel_open(session, now, window.id, f"status:{status}")
        window.look_at = None
        if status is not PersonStatus.IN_INSTITUTION:
            slots.cancel_tasks(session, now, window.id)
    outbox.cancel_person(session, now, person.id, f"status:{status}")
    audit.note(
        session, now, f"status:{status}", actor="staff", staff_id=staff_id,
        institution_id=person.institution_id, person_id=person.id,
    )  # fmt: skip
