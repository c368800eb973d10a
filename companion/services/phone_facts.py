"""What staff learn about a phone, and an answer that was not the person's (texts 4, free of charge beside the codes)."""

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.models import Answer, Consent, Person, Phone, Staff
from companion.rules.hours import Quiet
from companion.rules.numbers import mask, read_typed
from companion.rules.terms import PhoneKind
from companion.services import audit, numbers, verifying
from companion.services.consents import OWN


def of(person: Person, phone_id: int | None) -> Phone | None:
    """One phone of this person; nobody else's can be reached this way."""
    return next((phone for phone in person.phones if phone.id == phone_id), None)


def masks(person: Person) -> dict[int, str]:
    """The numbers of a person as staff see them, by the id of the phone: country and last four digits."""
    return {phone.id: mask(phone.number.e164) for phone in person.phones}


def hours_fault(safe_from: str, safe_to: str) -> str | None:
    """Why safe hours cannot be taken; None when they can.

    `half` (one of two), `time` (not a time), `order`, `outside` (no text could ever leave in them, and nobody would
    know why this person is never asked).
    """
    if not safe_from and not safe_to:
        return None
    if not safe_from or not safe_to:
        return "half"
    try:
        start, end = _on_the_wall(safe_from), _on_the_wall(safe_to)
    except ValueError:
        return "time"
    if start >= end:
        return "order"
    quiet = Quiet(safe_from=start, safe_to=end)
    return None if quiet.opens < quiet.closes else "outside"


def _on_the_wall(text: str) -> time:
    """A time of day as typed. Raises ValueError for what is none, or names a zone of its own."""
    moment = time.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError("a time on the wall has no zone")
    return moment


def change(
    session: Session, now: datetime, staff: Staff, person: Person, phone: Phone, *,
    kind: PhoneKind, safe_from: str, safe_to: str, may_call: bool,
) -> None:  # fmt: skip
    """Store whose phone it is, when it may ring, and whether at all. What the person chose last is theirs to change.

    Calling it fine again forgets an old "not this phone": staff have asked (texts 8).
    """
    phone.kind = kind
    phone.safe_from, phone.safe_to = (
        f"{_on_the_wall(text):%H:%M}" if text else None for text in (safe_from, safe_to)
    )
    if may_call and phone.safe_way == "not_here":
        phone.safe_way = None
    phone.may_call = may_call
    _note(session, now, staff, person, "phone_changed")


def share(session: Session, now: datetime, staff: Staff, person: Person, phone: Phone) -> None:
    """Others use this number too: from now on the short form, and nothing said that betrays."""
    phone.kind = PhoneKind.SHARED
    _note(session, now, staff, person, "phone_changed")


def add(
    session: Session, now: datetime, staff: Staff, person: Person, typed: str, kind: PhoneKind, *, tried: bool
) -> str | None:
    """Give the person another number. `tried`: together, just now; otherwise it has to be made sure of before any
    invitation goes there. Returns the fault of `numbers.read_typed`, or `here` if they had it."""
    found = read_typed(typed)
    if found.fault is not None:
        return str(found.fault)
    rank = max((phone.rank for phone in person.phones), default=-1) + 1
    before = {phone.number_id for phone in person.phones}
    phone = numbers.attach(session, person, found.e164, kind, rank=rank)
    if phone.number_id in before:
        return "here"
    session.expire(person, ["phones"])
    _note(session, now, staff, person, "phone_added")
    if tried:
        verifying.beside(session, now, staff, person, phone)
    elif phone.rank == 0:
        verifying.watch(session, now, person, phone)
    return None


def not_theirs(session: Session, now: datetime, staff: Staff, person: Person) -> Answer | None:
    """The last answer was not the person's: it stays as a reason to act, and proves nothing any more (design 2.4)."""
    answer = session.scalars(
        select(Answer).where(Answer.person_id == person.id).order_by(Answer.at.desc()).limit(1)
    ).first()
    if answer is None:
        return None
    if answer.proven:
        answer.proven = False
        _note(session, now, staff, person, "not_theirs")
    return answer


def note_word(session: Session, now: datetime, person: Person, proof: str) -> bool:
    """Keep the person's own word about a number with their consent, as its proof (failures 31).

    False if there is no consent that it could stand with.
    """
    standing = session.scalars(
        select(Consent).where(
            Consent.person_id == person.id, Consent.withdrawn_at.is_(None),
            Consent.purpose.in_(OWN),
        )
    ).first()  # fmt: skip
    if standing is None:
        return False
    standing.proof = f"{standing.proof}\n{now:%Y-%m-%d}: {proof}"
    return True


def _note(session, now, staff: Staff, person: Person, act: str) -> None:
    audit.note(
        session, now, act, actor="staff", staff_id=staff.id, institution_id=person.institution_id,
        person_id=person.id,
    )  # fmt: skip
