"""Another number for a person's texts: nothing more to the old one, what is promised goes on (issue 3, failures 34)."""

from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Link, Message, Number, Person, Phone, Slot, Staff
from companion.rules.numbers import read_typed
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import PhoneKind
from companion.services import (
    audit,
    numbers,
    outbox,
    phone_facts,
    renewing,
    slots,
    verifying,
    windows,
)

REASON = "number_changed"
UNDER_WAY = (MessageState.SENDING, MessageState.UNSURE)


def change(
    session: Session, now: datetime, staff: Staff, person: Person, typed: str, kind: PhoneKind, proof: str, *,
    keep_old: bool,
) -> str | None:  # fmt: skip
    """The person has a new number: texts go there from now on. Returns why not.

    A fault of `read_typed`; `silenced`: messages to that number were stopped, and only its own form opens it again;
    `first`: texts go there already. The person's recorded word confirms the number, if consent stands that it can
    be kept with; after an opt-out of the old one it also begins the check-ins again. Without `keep_old` the old
    number is no longer theirs: a link that was sent there then proves nothing any more.
    """
    found = read_typed(typed)
    if found.fault is not None:
        return str(found.fault)
    if numbers.find_or_add(session, found.e164).silenced_at is not None:
        return "silenced"
    _hold(session, person)
    old = next((one for one in person.phones if one.rank == 0), None)
    stopped = old is not None and old.number.silenced_at is not None
    phone = numbers.attach(session, person, found.e164, kind, rank=len(person.phones))
    if old is not None and phone.id == old.id:
        return "first"
    phone.kind = kind
    if phone_facts.note_word(session, now, person, proof):
        phone.doubted_at = None
        session.flush()
        verifying.confirm(session, now, phone.id)
        session.expire(phone)
    _send_to(session, now, person, phone)
    if old is not None and not keep_old:
        session.delete(old)
        session.flush()
    session.expire(person, ["phones"])
    window = windows.current(session, person.id)
    if window is not None and (stopped or old is None):
        renewing.renew(session, now, window)
    _note(session, now, staff, person, "number_changed")
    return None


def put_first(
    session: Session, now: datetime, staff: Staff, person: Person, phone: Phone, proof: str = ""
) -> str | None:
    """Texts go to this number of theirs from now on.

    Returns `silenced` if it takes none, `first` if they do already or if it has just gone along to another institution.
    `word`: the number before it was stopped, and nobody writes (`proof`) that the person asked for texts here;
    otherwise this would be a way around the opt-out (failures 31). With their word check-ins begin again.
    """
    _hold(session, person)
    if phone.rank == 0 or phone not in person.phones:
        return "first"
    if phone.number.silenced_at is not None:
        return "silenced"
    stopped = any(one.rank == 0 and one.number.silenced_at is not None for one in person.phones)
    if stopped and not proof.strip():
        return "word"
    _send_to(session, now, person, phone)
    session.expire(person, ["phones"])
    if stopped:
        phone_facts.note_word(session, now, person, proof)
    window = windows.current(session, person.id)
    if window is not None and stopped:
        renewing.renew(session, now, window)
    _note(session, now, staff, person, "phone_changed")
    return None


def _send_to(session: Session, now: datetime, person: Person, phone: Phone) -> None:
    """Make this the number that texts go to, and see to what was under way to the one before.

    An invitation that has not left goes to the new number, with its link. A check-in that was asked at the old one
    is taken back, so that nobody counts as silent on a phone they no longer hold; so is whatever else waits for it.
    """
    session.flush()
    # Everything about one person's numbers in one order: the person (held already), the old number (as a sender does),
    # the slots.
    held = session.scalars(
        select(Phone).where(Phone.person_id == person.id).order_by(Phone.rank, Phone.id)
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip
    before = next((one.number_id for one in held if one.rank == 0 and one.id != phone.id), None)
    if before is not None:
        session.execute(select(Number.id).where(Number.id == before).with_for_update(key_share=True))
    for rank, one in enumerate([phone, *(one for one in held if one.id != phone.id)]):
        one.rank = rank
    session.flush()
    verifying.watch(session, now, person, phone)
    if before is None:
        return
    window = windows.current(session, person.id)
    if window is not None:
        slots.hold(session, window.id)
        _take_along(session, window.id, before, phone.number_id)
        _take_back(session, window.id)
    outbox.cancel_own_number(session, now, person.id, before, REASON)


def _hold(session, person: Person) -> None:
    """Another change of these numbers, or a transfer that takes them along, comes wholly before or wholly after."""
    session.flush()
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    session.expire(person, ["phones"])


def _take_along(session, window_id: int, before: int, number_id: int) -> None:
    unasked = select(Slot.id).where(
        Slot.window_id == window_id, Slot.state == SlotState.OPEN, Slot.asked_at.is_(None)
    )
    session.execute(
        update(Message)
        .where(
            Message.slot_id.in_(unasked), Message.state == MessageState.PLANNED, Message.number_id == before
        )
        .values(number_id=number_id)
        .execution_options(synchronize_session=False)
    )
    waiting = select(Message.slot_id).where(
        Message.slot_id.in_(unasked), Message.state == MessageState.PLANNED, Message.number_id == number_id
    )
    session.execute(
        update(Link)
        .where(Link.slot_id.in_(waiting))
        .values(number_id=number_id)
        .execution_options(synchronize_session=False)
    )


def _take_back(session, window_id: int) -> None:
    leaving = exists().where(Message.slot_id == Slot.id, Message.state.in_(UNDER_WAY))
    rows_changed(
        session,
        update(Slot)
        .where(
            Slot.window_id == window_id,
            Slot.state == SlotState.OPEN,
            or_(Slot.asked_at.is_not(None), leaving),
        )
        .values(state=SlotState.CANCELLED, reason=REASON, look_at=None, remind_at=None),
    )


def _note(session, now, staff: Staff, person: Person, act: str) -> None:
    audit.note(
        session, now, act, actor="staff", staff_id=staff.id, institution_id=person.institution_id,
        person_id=person.id,
    )  # fmt: skip
