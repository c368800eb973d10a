"""What goes along with a person whom another institution takes over: phones, links, and what they said yes to."""

from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Consent, FamilyMember, Link, Person, Phone, Slot, Transfer
from companion.rules.states import SlotState
from companion.rules.terms import ConsentPurpose, PhoneKind
from companion.services import audit, of_age, verifying
from companion.services.consents import may_be_asked, standing
from companion.services.door import TAKES_ANSWERS

CARRIED = (ConsentPurpose.FOLLOW_UP, ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT)
"""Not the family's: that yes was to people whom these here do not know. They are asked anew."""


def phones(session: Session, person: Person, here: Person) -> None:
    """Put the same phones into the same hands over here. They move: a number in two records would count as shared.

    Silence and damage are the number's anyway. How long a number has said nothing goes on counting, so that nobody is
    asked again whose phone it is because their answers stayed where they were given. The family stays in the old record,
    so a number that they have too is written down as shared: nothing on it proves anything here either (design 2.4).
    """
    mine = _of(session, person)
    familys = set(session.scalars(select(FamilyMember.number_id).where(FamilyMember.person_id == person.id)))
    old = {phone.number_id: phone for phone in _of(session, here)}
    for phone in mine:
        if (twin := old.pop(phone.number_id, None)) is not None:
            session.delete(twin)
        if phone.number_id in familys:
            phone.kind = PhoneKind.SHARED
        if phone.confirmed_at is not None and phone.look_at is not None:
            heard = verifying.heard_from(session, person.id, phone.number_id)
            phone.look_at = max(phone.look_at, heard + verifying.RECYCLED_AFTER) if heard else phone.look_at
    session.flush()
    for rank, phone in enumerate([*mine, *old.values()]):
        phone.person_id, phone.institution_id, phone.rank = here.id, here.institution_id, rank
    session.flush()
    for record in (person, here):
        session.expire(record, ["phones"])


def _of(session, person: Person) -> list[Phone]:
    query = select(Phone).where(Phone.person_id == person.id).order_by(Phone.rank, Phone.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def links(session: Session, now: datetime, person: Person, here: Person, taken_back: str) -> int:
    """Every link they hold leads here from now on, above all a call for help (design 2.3); says how many.

    They are cut loose from the check-ins over there. The one that was still to be answered when those were
    `taken_back` takes an answer until it would have closed; the others are over.
    """
    was_open = Slot.state.in_(TAKES_ANSWERS) | (
        (Slot.state == SlotState.CANCELLED) & (Slot.reason == taken_back)
    )
    until = (
        select(case((was_open, Slot.closes_at), else_=now)).where(Slot.id == Link.slot_id).scalar_subquery()
    )
    return rows_changed(
        session,
        update(Link)
        .where(Link.person_id == person.id)
        .values(
            person_id=here.id, institution_id=here.institution_id, slot_id=None,
            expires_at=case((Link.slot_id.is_(None), Link.expires_at), else_=until),
        ),
    )  # fmt: skip


def consents(session: Session, now: datetime, transfer: Transfer, person: Person, here: Person) -> None:
    """What they say yes to over there they said yes to here when they agreed to be handed over; no more than that."""
    there, standing_here = standing(session, person.id), standing(session, here.id)
    for purpose in CARRIED:
        if purpose in there and purpose not in standing_here:
            guardian = purpose is ConsentPurpose.GUARDIAN and transfer.guardian_proof
            session.add(
                Consent(
                    institution_id=here.institution_id, person_id=here.id, purpose=purpose,
                    proof=guardian or transfer.proof, given_at=now, recorded_by=transfer.decided_by,
                    look_at=of_age.first_look(purpose, now),
                )
            )  # fmt: skip
            _note(session, now, transfer, here, f"consent:{purpose}")
        elif purpose in standing_here and purpose not in there:
            _take_back(session, now, transfer, here, purpose)
    session.flush()


def _take_back(session, now, transfer, here, purpose) -> None:
    """A yes of an earlier time here does not outlive the one that was taken back since."""
    session.execute(
        update(Consent)
        .where(Consent.person_id == here.id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )
    _note(session, now, transfer, here, f"consent_withdrawn:{purpose}")


def question(session: Session, now: datetime, here: Person) -> None:
    """A number that nobody has made sure of is asked about here too, unless that question is on its way."""
    first = next((phone for phone in here.phones if phone.rank == 0), None)
    if first is not None and first.confirmed_at is None and may_be_asked(session, here, now):
        verifying.ask(session, now, here, first)


def _note(session, now, transfer: Transfer, here: Person, act: str) -> None:
    audit.note(
        session, now, act, actor="staff", staff_id=transfer.decided_by, institution_id=here.institution_id,
        person_id=here.id,
    )  # fmt: skip
