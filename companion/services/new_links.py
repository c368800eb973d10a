"""A new link in place of an old one: to the phone on file only, at most once in 24 hours (texts 2.7, failures 47)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.models import Link, Message, Person, Slot
from companion.rules import ladder
from companion.rules.hours import next_allowed
from companion.rules.plan import LONGEST_LIFE
from companion.rules.terms import LinkKind, Purpose
from companion.services import institutions, links, outbox
from companion.services.door import TAKES_ANSWERS, Door

NOT_BEFORE = timedelta(hours=24)


def send(session: Session, door: Door, now: datetime) -> datetime:
    """Promise a text with a link that works, and say when it can arrive at the earliest.

    The words are the same whether or not anything is on file, so the instant is given in any case. The gate still
    decides about consent, silence and cap.
    """
    person = session.get_one(Person, door.person_id)
    phone = next((phone for phone in person.phones if phone.rank == 0), None)
    if phone is not None:
        _promise(session, door, phone.number_id, now)
    quiet = institutions.quiet_of(phone)
    earliest = next_allowed(
        now, person.zone, institutions.calendar(person.institution), person.province, quiet
    )
    # Hours that leave no instant: staff will see the text that waits.
    return earliest or institutions.staff_hours(person.institution).next_opening(now)


def _promise(session: Session, door: Door, number_id: int, now: datetime) -> None:
    subject = f"new_link:{door.person_id}"
    step, last = session.execute(
        select(func.max(Message.step), func.max(Message.planned_for)).where(Message.subject == subject)
    ).one()
    if last is not None and now - last < NOT_BEFORE:
        return
    token = _open_token(session, door.person_id, number_id, now) or links.make(
        session, now, LinkKind.FRESH, institution_id=door.institution_id, person_id=door.person_id,
        number_id=number_id, expires_at=now + LONGEST_LIFE,
    )  # fmt: skip
    outbox.promise(
        session, now, institution_id=door.institution_id, purpose=Purpose.NEW_LINK, subject=subject,
        step=0 if step is None else step + 1, expires_at=ladder.expires_at(Purpose.NEW_LINK, now),
        person_id=door.person_id, number_id=number_id, token=token,
    )  # fmt: skip


def _open_token(session: Session, person_id: int, number_id: int, now: datetime) -> str | None:
    """The link of the newest check-in that still takes an answer: better than a second one beside it.

    Only one that was made for this number: whoever stops the messages behind a link must stop them where they arrive.
    """
    return session.scalar(
        select(Link.token)
        .join(Slot, Slot.id == Link.slot_id)
        .where(
            Slot.person_id == person_id, Slot.state.in_(TAKES_ANSWERS), Slot.closes_at > now,
            Link.number_id == number_id,
        )
        .order_by(Slot.due_at.desc())
        .limit(1)
    )  # fmt: skip
