"""What happened around one person, newest first, and who opened their record."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import String, case, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session, joinedload

from companion.models import Alert, Audit, Consent, Contact, Message, Slot, Staff, Window
from companion.rules.states import AlertState, SlotState
from companion.services.contact_views import ContactView, contact_view
from companion.services.history_words import TOLD_ACTS, act_words, words

PAGE = 20
LOG_PAGE = 30


@dataclass(frozen=True)
class Event:
    """One thing that happened, in words; a contact brings its note along."""

    at: datetime
    kind: str
    words: str = field(repr=False)
    contact: ContactView | None = None


def timeline(
    session: Session,
    person_id: int,
    number: int,
    *,
    size: int = PAGE,
    known: dict[int, ContactView] | None = None,
) -> tuple[list[Event], bool]:
    """One page of the history and whether older events follow.

    One statement, and one more for the contacts on it unless they are `known` by their row id.
    """
    events = _events(person_id).subquery()
    rows = session.execute(
        select(events)
        .order_by(events.c.at.desc(), events.c.kind, events.c.row_id.desc())
        .limit(size + 1)
        .offset((number - 1) * size)
    ).all()
    shown = rows[:size]
    contacts = (
        known
        if known is not None
        else _contacts(session, [row.row_id for row in shown if row.kind == "contact"])
    )
    return [
        Event(row.at, row.kind, words(row), contacts.get(row.row_id) if row.kind == "contact" else None)
        for row in shown
    ], len(rows) > size


def _events(person_id: int):
    """Every kind of event as (at, kind, row_id, what, state, extra), without anything that is encrypted."""
    return union_all(
        _slots(person_id), _messages(person_id), _row(Contact.at, "contact", Contact.id, Contact.code).where(
            Contact.person_id == person_id
        ),
        _row(Consent.given_at, "consent", Consent.id, Consent.purpose).where(Consent.person_id == person_id),
        _row(Consent.withdrawn_at, "withdrawn", Consent.id, Consent.purpose).where(
            Consent.person_id == person_id, Consent.withdrawn_at.is_not(None)
        ),
        _row(Alert.opened_at, "alert", Alert.id, Alert.family, Alert.level).where(Alert.person_id == person_id),
        _row(Alert.closed_at, "closed", Alert.id, Alert.family, Alert.outcome).where(
            Alert.person_id == person_id, Alert.state == AlertState.CLOSED
        ),
        _row(Window.closed_at, "window", Window.id, Window.outcome).where(
            Window.person_id == person_id, Window.closed_at.is_not(None)
        ),
        _row(Audit.at, "act", Audit.id, Audit.act).where(
            Audit.person_id == person_id, Audit.act.in_(TOLD_ACTS)
        ),
    )  # fmt: skip


def _row(at, kind: str, row_id, what, state=None, extra=None):
    return select(
        at.label("at"), literal(kind).label("kind"), row_id.label("row_id"), _text(what).label("what"),
        _text(state).label("state"), _text(extra).label("extra"),
    )  # fmt: skip


def _text(column):
    """As plain text: the columns of a union must be of one type."""
    return cast(null() if column is None else column, String)


def _slots(person_id: int):
    """Check-ins that have begun, at the instant that says most about them."""
    # Unanswered it is only from then on; when it was asked, the invitation says.
    missed_at = case((Slot.state == SlotState.MISSED, Slot.miss_at))
    at = func.coalesce(Slot.answered_at, missed_at, Slot.asked_at, Slot.due_at)
    return _row(at, "slot", Slot.id, literal("slot"), Slot.state, Slot.reason).where(
        Slot.person_id == person_id,
        Slot.state != SlotState.PLANNED,
        # Promises taken back before their time were never seen by anybody.
        (Slot.state != SlotState.CANCELLED) | Slot.asked_at.is_not(None),
    )


def _messages(person_id: int):
    """Texts to this person themselves, whoever has that number now; what goes to family is another world (design 2.9)."""
    return _row(
        Message.state_at, "message", Message.id, Message.purpose, Message.state, Message.reason
    ).where(
        Message.person_id == person_id, Message.number_id.is_not(None), Message.family_member_id.is_(None)
    )


def _contacts(session, ids: list[int]) -> dict[int, ContactView]:
    rows = (
        session.scalars(select(Contact).options(joinedload(Contact.staff)).where(Contact.id.in_(ids))).all()
        if ids
        else []
    )
    return {contact.id: contact_view(contact) for contact in rows}


@dataclass(frozen=True)
class Opened:
    """One line of the access log: when, who, what they did."""

    at: datetime
    who: str | None = field(repr=False)
    actor: str
    words: str


def access_log(session: Session, person_id: int, number: int) -> tuple[list[Opened], bool]:
    """Who opened or changed this record, newest first, and whether older lines follow."""
    rows = session.execute(
        select(Audit.at, Audit.actor, Audit.act, Staff.name)
        .outerjoin(Staff, Staff.id == Audit.staff_id)
        # What family does is their own world, and must not be seen here by anybody (design 2.9).
        .where(Audit.person_id == person_id, Audit.actor != "family")
        .order_by(Audit.at.desc(), Audit.id.desc())
        .limit(LOG_PAGE + 1)
        .offset((number - 1) * LOG_PAGE)
    ).all()
    lines = [Opened(row.at, row.name, row.actor, act_words(row.act)) for row in rows[:LOG_PAGE]]
    return lines, len(rows) > LOG_PAGE
