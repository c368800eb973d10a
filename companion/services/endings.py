"""How asked slots end without an answer: missed, unreached, void (design 4.1). Their lines: services/end_lines.

Set-based, since after a bad day thousands end in the same minute.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Message, Number, Person, Phone, Slot, Window
from companion.rules.ladder import SlotFacts, Tally, outcome
from companion.rules.states import SlotState, VoidReason
from companion.services.end_lines import Ended, note_ends
from companion.services.plain_rows import among, due_rows, read_rows

A_MOMENT = timedelta(minutes=1)
"""When a sender still has the message in hand; its lease ends within that."""
CAUSES = {
    "number_dead": "number_dead", "number_invalid": "number_invalid", "opted_out": "opted_out",
    "opt_out": "opted_out", "blocked": "blocked", "number_unconfirmed": "unconfirmed",
}  # fmt: skip
"""Reasons of a message in the words of `content/reasons`; whatever else kept it from arriving is the carrier's."""


def settle_due(session: Session, now: datetime, limit: int) -> Counter:
    """End the open slots whose time has come; counts looked, missed, unreached, void, alerts."""
    due = _one_per_window(due_rows(session, slots_to_settle, Slot, now, limit))
    if not due:
        return Counter(looked=0)
    facts = _message_facts(session, [row.id for row in due])
    ended, later = [], []
    for row in due:
        end = outcome(_facts(row, facts[row.id], now))
        if end is None:
            later.append(row)
        else:
            ended.append(Ended(row, end, _cause(row, end, facts[row.id])))
    for row in later:
        _look_again(session, row, now)
    lines = note_ends(session, now, ended)
    _write(session, ended)
    return Counter(one.end.state.value for one in ended) + Counter(looked=len(due), alerts=lines)


def _cause(row, end, messages) -> str:
    """Why nothing arrived, for the line on *tidak terkirim*."""
    if end.reason is VoidReason.UNSURE:
        return "unsure"
    if row.number_id is None:
        return "number_dead"
    reasons = [row.unusable_why, *(message.reason for message in messages)]
    return next((CAUSES[reason] for reason in reasons if reason in CAUSES), "carrier")


def slots_to_settle(now: datetime, limit: int):
    """Open slots that wait for nothing but their end, one row each with all that decides about it."""
    return (
        select(
            Slot.id, Slot.institution_id, Slot.person_id, Slot.window_id, Slot.due_at, Slot.give_up_at,
            Slot.asked_at, Slot.miss_at, Slot.remind_at, Window.left_on, Window.heard_at, Window.paused_until,
            Window.plan_version_id, Person.zone, Number.unusable_at, Number.unusable_why,
            Number.id.label("number_id"),
        )
        .join(Window, Window.id == Slot.window_id)
        .join(Person, Person.id == Slot.person_id)
        .outerjoin(Phone, (Phone.person_id == Slot.person_id) & (Phone.rank == 0))
        .outerjoin(Number, Number.id == Phone.number_id)
        .where(Slot.look_at <= now, Slot.state == SlotState.OPEN)
        .where(Slot.remind_at.is_(None) | (Slot.remind_at > now) | (Slot.miss_at <= now))
        .order_by(Slot.look_at, Slot.id)
        .limit(limit)
    )  # fmt: skip


def _one_per_window(rows) -> list:
    """A second slot of the same window waits for the next batch: its line depends on the first one's."""
    seen: set[int] = set()
    return [row for row in rows if not (row.window_id in seen or seen.add(row.window_id))]


def _message_facts(session, slot_ids) -> dict[int, list]:
    found = defaultdict(list)
    query = select(Message.slot_id, Message.state, Message.reason, Message.held_because).where(
        among(session, Message.slot_id, slot_ids)
    )
    for row in read_rows(session, query):
        found[row.slot_id].append(row)
    return found


def _facts(row, messages, now) -> SlotFacts:
    held = [message.held_because or message.reason for message in messages]
    return SlotFacts(
        now=now,
        give_up_at=row.give_up_at,
        asked_at=row.asked_at,
        miss_at=row.miss_at,
        messages=Tally.of((message.state, message.reason) for message in messages),
        number_unusable=row.number_id is None or row.unusable_at is not None,
        held_because=next((word for word in held if word), None),
    )


def _look_again(session, row, now) -> None:
    """Nothing to decide yet: to the next instant at which there may be."""
    ahead = [at for at in (row.remind_at, row.miss_at, row.give_up_at) if at and at > now]
    session.execute(
        update(Slot)
        .where(Slot.id == row.id, Slot.state == SlotState.OPEN)
        .values(look_at=min(ahead, default=now + A_MOMENT))
        .execution_options(synchronize_session=False)
    )


def _write(session, ended) -> None:
    groups = defaultdict(list)
    for one in ended:
        groups[one.end].append(one.row.id)
    for end, ids in groups.items():
        moved = rows_changed(
            session,
            update(Slot)
            .where(among(session, Slot.id, ids), Slot.state == SlotState.OPEN)
            .values(state=end.state, reason=end.reason, look_at=None, remind_at=None),
        )
        if moved != len(ids):
            raise RuntimeError("slots moved under a lock")
