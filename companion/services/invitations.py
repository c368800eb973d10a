"""What a check-in promises: its invitation when it falls due, and one reminder (design 3, 4.1)."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import rows_changed
from companion.models import Link, Message, Number, Person, Phone, Slot
from companion.rules import ladder
from companion.rules.ladder import NO_REMINDER_BEFORE_MISS
from companion.rules.states import SlotState
from companion.rules.terms import LinkKind, Purpose
from companion.services import calendars, outbox
from companion.services.institutions import quiet_between
from companion.services.plain_rows import among, due_rows, insert_new, read_rows


def invite_due(session: Session, now: datetime, limit: int) -> Counter:
    """Open the slots that have fallen due and promise their invitations; counts looked, opened, excused.

    A slot for which nothing is allowed before it would be given up is excused: a holiday is
    nobody's silence. One whose number was silenced is cancelled: leaving texts is not leaving care (4.1).
    """
    due = due_rows(session, slots_to_open, Slot, now, limit)
    kept = calendars.of_all(session, {row.institution_id for row in due})
    opened, excused, silenced, messages, links = [], [], [], [], []
    for row in due:
        if row.silenced_at is not None:
            silenced.append(row.id)
            continue
        if _ask_at(row, row.due_at, kept) is None:
            excused.append(row.id)
            continue
        token = crypto.token()
        opened.append(row.id)
        links.append(_link(row, token, now))
        if at := _ask_at(row, max(now, row.due_at), kept):  # else we are too late, and it will be our void
            messages.append(_invitation(row, token, at, now))
    _move(session, opened, SlotState.PLANNED, state=SlotState.OPEN, look_at=Slot.give_up_at)
    _move(session, excused, SlotState.PLANNED, state=SlotState.EXCUSED, reason="calendar", look_at=None)
    _move(session, silenced, SlotState.PLANNED, state=SlotState.CANCELLED, reason="opt_out", look_at=None)
    insert_new(session, Link.__table__, links)
    insert_new(session, Message.__table__, messages)
    return Counter(looked=len(due), opened=len(opened), excused=len(excused))


def _ask_at(row, at: datetime, kept: dict) -> datetime | None:
    """The first instant from then on at which this slot may be asked; None if it would be given up before."""
    quiet = quiet_between(row.safe_from, row.safe_to)
    return ladder.ask_at(at, _ask_until(row), row.zone, kept[row.institution_id], row.province, quiet)


def _ask_until(row) -> datetime:
    """An invitation whose link takes no answer any more would be an insult."""
    return min(row.give_up_at, row.closes_at)


def slots_to_open(now, limit):
    """The slots whose due_at has come."""
    return (
        select(
            Slot.id, Slot.institution_id, Slot.person_id, Slot.due_at, Slot.give_up_at, Slot.closes_at,
            Slot.after_gap, Person.zone, Person.province, Phone.number_id, Phone.safe_from,
            Phone.safe_to, Number.silenced_at,
        )
        .join(Person, Person.id == Slot.person_id)
        .outerjoin(Phone, (Phone.person_id == Slot.person_id) & (Phone.rank == 0))
        .outerjoin(Number, Number.id == Phone.number_id)
        .where(Slot.look_at <= now, Slot.state == SlotState.PLANNED)
        .order_by(Slot.look_at, Slot.id)
        .limit(limit)
    )  # fmt: skip


def _link(row, token, now) -> dict:
    return {
        "token": token, "institution_id": row.institution_id, "kind": LinkKind.SLOT,
        "person_id": row.person_id, "number_id": row.number_id, "slot_id": row.id, "created_at": now,
    }  # fmt: skip


def _invitation(row, token, at, now) -> dict:
    purpose = Purpose.AFTER_GAP if row.after_gap else Purpose.INVITATION
    return outbox.row(now, row.institution_id, purpose, f"slot:{row.id}", 0, at, _ask_until(row)) | {
        "person_id": row.person_id, "number_id": row.number_id, "slot_id": row.id, "token": token,
    }  # fmt: skip


def _move(session, ids, expected, **values) -> None:
    """Move locked rows; a row that moved meanwhile would be a fault of the lock, so it is an error."""
    if not ids:
        return
    moved = rows_changed(
        session, update(Slot).where(among(session, Slot.id, ids), Slot.state == expected).values(**values)
    )
    if moved != len(ids):
        raise RuntimeError("slots moved under a lock")


def remind_due(session: Session, now: datetime, limit: int) -> Counter:
    """Promise the one reminder where its time has come; the slot then waits for miss_at.

    After a delay there may be less than six hours left to answer: then there is none (design 4.1).
    """
    due = due_rows(session, slots_to_remind, Slot, now, limit)
    timely = [row for row in due if now < row.miss_at - NO_REMINDER_BEFORE_MISS]
    numbers = _numbers_of(session, [row.person_id for row in timely])
    insert_new(session, Message.__table__, [_reminder(row, numbers, now) for row in timely])
    _move(session, [row.id for row in due], SlotState.OPEN, remind_at=None, look_at=Slot.miss_at)
    return Counter(looked=len(due), reminded=len(timely))


def slots_to_remind(now: datetime, limit: int):
    """Open slots whose reminder has come."""
    return (
        select(Slot.id, Slot.institution_id, Slot.person_id, Slot.miss_at, Slot.remind_at, Link.token)
        .join(Link, Link.slot_id == Slot.id)
        .where(Slot.look_at <= now, Slot.state == SlotState.OPEN, Slot.remind_at <= now, Slot.miss_at > now)
        .order_by(Slot.look_at, Slot.id)
        .limit(limit)
    )


def _reminder(row, numbers, now) -> dict:
    expires_at = row.miss_at - NO_REMINDER_BEFORE_MISS
    message = outbox.row(now, row.institution_id, Purpose.REMINDER, f"slot:{row.id}", 1, now, expires_at)
    return message | {
        "person_id": row.person_id, "number_id": numbers.get(row.person_id), "slot_id": row.id,
        "token": row.token,
    }  # fmt: skip


def _numbers_of(session, person_ids) -> dict[int, int]:
    query = select(Phone.person_id, Phone.number_id)
    rows = read_rows(session, query.where(among(session, Phone.person_id, person_ids), Phone.rank == 0))
    return {row.person_id: row.number_id for row in rows}
