"""Messages before and after the network: promise, cancel, expire, decide (design 3, 4.2).

Invitations and reminders are promised in services/invitations; handing over itself is engine/sending, the one
gate services/gate.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import insert_ignore, rows_changed
from companion.models import Message, Person, Slot
from companion.models.messages import is_urgent
from companion.rules.states import MessageState
from companion.rules.terms import Lane, Purpose
from companion.services.plain_rows import due_rows
from companion.services.prepared import Prepared
from companion.services.told import subject_of

GOES_ALONG = (Purpose.NEW_LINK, Purpose.CHECK_NUMBER)
"""Texts that are no check-in's: a link that was asked for, and the question that invitations wait for."""


def promise(
    session: Session,
    now: datetime,
    *,
    institution_id: int,
    purpose: Purpose,
    subject: str,
    expires_at: datetime,
    step: int = 0,
    at: datetime | None = None,
    lane: Lane = Lane.BULK,
    **about,
) -> bool:
    """Write down one text. False if this very promise (subject, step, channel) was made before.

    `about` may name person_id, number_id, staff_id, slot_id, alert_id, family_member_id, token.
    """
    made = row(now, institution_id, purpose, subject, step, at or now, expires_at, lane) | about
    return insert_ignore(session, Message.__table__, [made]) == 1


def row(now, institution_id, purpose, subject, step, at, expires_at, lane=Lane.BULK) -> dict:
    """A planned text as a row, for those who promise many at once."""
    return {
        "ref": crypto.token(20), "institution_id": institution_id, "purpose": purpose, "lane": lane,
        "subject": subject, "step": step, "channel": "sms", "state": MessageState.PLANNED,
        "planned_for": at, "look_at": at, "expires_at": expires_at, "state_at": now,
        "attempts": 0, "absences": 0, "resent": False,
    }  # fmt: skip


def cancel_slot(session: Session, now: datetime, slot_id: int, reason: str) -> int:
    """Nothing more about this check-in: it was answered, paused or taken back."""
    return _cancel(session, now, Message.slot_id == slot_id, reason)


def cancel_new_link(session: Session, now: datetime, person_id: int) -> int:
    """The link they asked for is not needed any more: they have answered by another one."""
    asked = Message.purpose == Purpose.NEW_LINK
    return _cancel(session, now, _waiting_for(person_id) & asked, "answered")


def cancel_person(session: Session, now: datetime, person_id: int, reason: str) -> int:
    """Nothing more to this person and their family: died, withdrawn, in an institution, window closed."""
    return _cancel(session, now, _waiting_for(person_id), reason)


def cancel_own(session: Session, now: datetime, person_id: int, reason: str) -> int:
    """Nothing more to this person themselves; the family's readings stand on a consent of their own."""
    return _cancel(session, now, _waiting_for(person_id) & Message.family_member_id.is_(None), reason)


def cancel_family(session: Session, now: datetime, person_id: int, reason: str) -> int:
    """Nothing more to anybody of this person's family."""
    return _cancel(session, now, _waiting_for(person_id) & Message.family_member_id.is_not(None), reason)


def cancel_number(session: Session, now: datetime, number_id: int, reason: str) -> int:
    """Nothing more to this number: it was silenced."""
    return _cancel(session, now, Message.number_id == number_id, reason)


def cancel_own_number(session: Session, now: datetime, person_id: int, number_id: int, reason: str) -> int:
    """Nothing more to this person on a number that was theirs; others who have it keep their texts."""
    own = _waiting_for(person_id) & Message.family_member_id.is_(None)
    return _cancel(session, now, own & (Message.number_id == number_id), reason)


def take_along(session: Session, now: datetime, from_person_id: int, to: Person) -> int:
    """What a person's phone itself waits for follows them to another institution; says how many texts.

    The gate is asked anew: a stop or a spent budget over there holds nothing back here.
    """
    asked_for = Message.purpose.in_(GOES_ALONG) & Message.family_member_id.is_(None)
    return rows_changed(
        session,
        update(Message)
        .where(_waiting_for(from_person_id), asked_for, Message.state == MessageState.PLANNED)
        .values(person_id=to.id, institution_id=to.institution_id, look_at=now, held_because=None),
    )


def cancel_alert(session: Session, now: datetime, alert_id: int, reason: str) -> int:
    """Nothing more to staff about this alert: somebody has it."""
    return _cancel(session, now, Message.subject == subject_of(alert_id), reason)


def cancel_window(session: Session, now: datetime, window_id: int, reason: str) -> int:
    """Nothing more about the check-ins of this window."""
    slots = select(Slot.id).where(Slot.window_id == window_id)
    return _cancel(session, now, Message.slot_id.in_(slots), reason)


def _waiting_for(person_id: int):
    """What is still to be looked at is in the index; a person's messages of all years are not."""
    return (Message.person_id == person_id) & Message.look_at.is_not(None)


def _cancel(session, now, which, reason) -> int:
    return rows_changed(
        session,
        update(Message)
        .where(which, Message.state == MessageState.PLANNED)
        .values(state=MessageState.CANCELLED, reason=reason, state_at=now, look_at=None),
    )


def expire_due(session: Session, now: datetime, limit: int) -> Counter:
    """End the messages that grew stale before they could leave (failures 12: never yesterday's words)."""
    due = [row.id for row in due_rows(session, messages_to_expire, Message, now, limit)]
    if due:
        session.execute(
            update(Message)
            .where(Message.id.in_(due), Message.state == MessageState.PLANNED)
            .values(
                state=MessageState.EXPIRED,
                reason=case((Message.held_because.is_(None), "stale"), else_=Message.held_because),
                state_at=now,
                look_at=None,
            )
            .execution_options(synchronize_session=False)
        )
    return Counter(looked=len(due), expired=len(due))


def messages_to_expire(now: datetime, limit: int):
    """Planned messages that have grown stale."""
    return (
        select(Message.id)
        .where(Message.look_at <= now, Message.state == MessageState.PLANNED, Message.expires_at <= now)
        .order_by(Message.look_at, Message.id)
        .limit(limit)
    )


def due_to_send(session: Session, now: datetime, limit: int) -> tuple[list[int], list[int]]:
    """Whose turn it is: the urgent ones, which go first, and the oldest of the others. `gate.take` decides."""
    urgent = urgent_due(session, now, limit)
    return urgent, _oldest(session, _BULK, now, limit - len(urgent))


def urgent_due(session: Session, now: datetime, limit: int) -> list[int]:
    """The urgent texts that are due. They have an index of their own: asking costs the same behind any queue."""
    return _oldest(session, _URGENT, now, limit)


def _oldest(session, statement: Prepared, now, most) -> list[int]:
    return [row.id for row in statement.run(session.connection(), now=now, most=most)]


def _due_in_lane(*lane):
    return (
        select(Message.id)
        .where(Message.look_at <= bindparam("now"), Message.expires_at > bindparam("now"), *lane)
        .order_by(Message.look_at)
        .limit(bindparam("most"))
    )


_URGENT = Prepared(lambda _: _due_in_lane(is_urgent))
_BULK = Prepared(lambda _: _due_in_lane(Message.lane == Lane.BULK, Message.state == MessageState.PLANNED))


def decide(session: Session, now: datetime, message_id: int, *, sent: bool) -> bool:
    """A person settles a message of which nobody knows whether it left (list *perlu diputuskan*)."""
    return (
        rows_changed(
            session,
            update(Message)
            .where(Message.id == message_id, Message.state == MessageState.UNSURE)
            .values(
                state=MessageState.SENT if sent else MessageState.REFUSED,
                reason="decided", state_at=now, look_at=None,
            ),
        )
        == 1
    )  # fmt: skip
