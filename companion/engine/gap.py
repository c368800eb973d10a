"""The gap rule: after more than 30 minutes without a tick, what was due meanwhile is not simply made up (design 4.5)."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session

from companion.db import Database, insert_ignore, locked
from companion.engine import gap_calls
from companion.models import Alert, Contact, Gap, Message, Person, Phone, Signal, Slot, Window
from companion.models.alerts import is_unclosed
from companion.rules.hours import next_allowed, other_half
from companion.rules.ladder import NO_REMINDER_BEFORE_MISS
from companion.rules.plan import GIVE_UP_AFTER
from companion.rules.states import AlertState, MessageState, SlotState, VoidReason, WindowState
from companion.rules.terms import Purpose
from companion.services import after_restore, calendars, climbing, slots
from companion.services.institutions import quiet_between
from companion.services.slots import PROMISED


def live_with(database: Database, began: datetime, ended: datetime, restored: datetime | None = None) -> int:
    """Write the gap down once, give up what is stale, ask the newest, move every clock by the time we stood still.

    A person gets one text, not three (failures 19); nobody gets an alert for our fault, but whoever was in
    trouble, fresh out or silent when it began is put on a call list (failures 20). Says how many slots became void.
    `restored`: when a copy was put back that does not know what happened since `began`.
    """
    with database.write() as session:
        made = insert_ignore(
            session, Gap.__table__, [{"began_at": began, "ended_at": ended}], index_elements=["began_at"]
        )
        if not made:
            return 0
        gap_id = session.scalar(select(Gap.id).where(Gap.began_at == began))
        slots.hold_due(session, ended)  # an answer that comes meanwhile waits, or is seen
        voided = after_restore.do_nothing_over(session, ended, restored) if restored else 0
        voided += _ask_the_newest(session, began, ended)
        _move_asked(session, began, ended)
        gap_calls.write_list(session, gap_id, began, ended)
        # Windows, alerts, texts: the order of those who act meanwhile.
        _move_silences(session, began, ended)
        _move_alerts(session, began, ended)
        _move_messages(session, began, ended)
    return voided


def _ask_the_newest(session: Session, began, now) -> int:
    """Per window only the newest slot that still takes answers is asked; older unasked ones are our void."""
    by_window = defaultdict(list)
    for row in session.execute(_unasked(now)):
        by_window[row.window_id].append(row)
    stale, newest = [], []
    for rows in by_window.values():
        last = rows[-1] if rows[-1].closes_at > now else None
        stale += [row.id for row in rows if row is not last]
        newest += [last] if last else []
    for start in range(0, len(stale), 500):
        _void(session, now, stale[start : start + 500])
    _ask_after_all(session, newest, began, now)
    return len(stale)


def _unasked(now):
    """Slots that fell due and were never asked. Whatever is in a sender's hands may have been: its lease decides."""
    under_way = exists().where(Message.slot_id == Slot.id, Message.state == MessageState.SENDING)
    return (
        select(
            Slot.id, Slot.window_id, Slot.state, Slot.due_at, Slot.give_up_at, Slot.closes_at, Slot.look_at
        )
        .where(
            # An open one is looked at when it is given up, and that is never further ahead.
            Slot.look_at <= now + GIVE_UP_AFTER, Slot.due_at <= now, Slot.asked_at.is_(None),
            Slot.state.in_(PROMISED), ~under_way,
        )
        .order_by(Slot.window_id, Slot.due_at)
    )  # fmt: skip


def _void(session, now, ids) -> None:
    session.execute(
        update(Slot)
        .where(Slot.id.in_(ids))
        .values(state=SlotState.VOID, reason=VoidReason.DOWNTIME, look_at=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Message)
        .where(Message.slot_id.in_(ids), Message.state == MessageState.PLANNED)
        .values(state=MessageState.CANCELLED, reason=VoidReason.DOWNTIME.value, state_at=now, look_at=None)
        .execution_options(synchronize_session=False)
    )


def _ask_after_all(session, newest, began, now) -> None:
    """The newest gets the time back that it lost, and words that say whose fault it was."""
    rows = []
    for row in newest:
        give_up_at = row.give_up_at + (now - max(began, row.due_at))
        look_at = give_up_at if row.state is SlotState.OPEN else row.look_at
        rows.append({"row": row.id, "give_up_at": give_up_at, "look_at": look_at, "after_gap": True})
    _each(session, Slot, rows)
    session.execute(
        update(Message)
        .where(
            Message.slot_id.in_(select(Slot.id).where(Slot.after_gap, Slot.look_at.is_not(None))),
            Message.state == MessageState.PLANNED, Message.purpose == Purpose.INVITATION,
        )
        .values(purpose=Purpose.AFTER_GAP)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _each(session, model, rows: list[dict]) -> None:
    """Update many rows by id, each with values of its own."""
    if rows:
        table = model.__table__
        names = [name for name in rows[0] if name != "row"]
        statement = update(table).where(table.c.id == bindparam("row"))
        values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        given = [
            {"row": row["row"]} | {f"new_{name}": row[name] for name in names} for row in rows
        ]  # fmt: skip
        session.connection().execute(statement.values(values), given)


def _move_asked(session, began, now) -> None:
    """Asked and open: the time in which we stood still does not count against the person."""
    found = session.execute(
        select(
            Slot.id, Slot.institution_id, Slot.asked_at, Slot.miss_at, Slot.closes_at, Slot.remind_at,
            Slot.look_at, Person.zone, Person.province, Phone.safe_from, Phone.safe_to,
        )
        .join(Person, Person.id == Slot.person_id)
        .outerjoin(Phone, (Phone.person_id == Person.id) & (Phone.rank == 0))
        .where(
            Slot.state == SlotState.OPEN, Slot.asked_at.is_not(None), Slot.miss_at > began,
            Slot.look_at.is_not(None),
        )
    ).all()  # fmt: skip
    kept = calendars.of_all(session, {row.institution_id for row in found})
    rows = []
    for row in found:
        miss_at = min(row.miss_at + (now - max(began, row.asked_at)), row.closes_at)
        remind_at = _reminder(row, miss_at, now, kept[row.institution_id])
        look_at = row.look_at if row.look_at <= now else remind_at or miss_at
        rows.append({"row": row.id, "miss_at": miss_at, "remind_at": remind_at, "look_at": look_at})
    _each(session, Slot, rows)


def _reminder(row, miss_at, now, calendar) -> datetime | None:
    """A reminder that fell into the gap comes in its own half of the day, or not at all (design 4.1)."""
    if row.remind_at is None or row.remind_at > now:
        return row.remind_at
    half = other_half(row.asked_at, row.zone, quiet_between(row.safe_from, row.safe_to))
    at = next_allowed(now, row.zone, calendar, row.province, half)
    return at if at is not None and at <= miss_at - NO_REMINDER_BEFORE_MISS else None


def _move_messages(session, began, now) -> None:
    """A text about a check-in ends with what has become of its slot; the others by the time we stood still."""
    found = session.execute(
        select(
            Message.id, Message.step, Message.expires_at, Message.planned_for, Slot.asked_at, Slot.give_up_at,
            Slot.miss_at, Slot.closes_at,
        )
        .outerjoin(Slot, Slot.id == Message.slot_id)
        .where(
            Message.state == MessageState.PLANNED, Message.expires_at > began, Message.look_at.is_not(None)
        )
    )  # fmt: skip
    _each(
        session, Message, [{"row": row.id, "expires_at": _expires_at(row, began, now)} for row in found.all()]
    )


def _expires_at(row, began, now) -> datetime:
    if row.give_up_at is not None and row.asked_at is None:
        return min(row.give_up_at, row.closes_at)
    if row.miss_at is not None and row.step:
        return row.miss_at - NO_REMINDER_BEFORE_MISS
    return row.expires_at + max(now - max(began, row.planned_for), timedelta())


def _move_silences(session, began, now) -> None:
    """Whoever fell silent while we stood still is on the call list; the red alert comes by that much later.

    Nobody asked them, and a storm of alerts would hide those who were in trouble before (failures 20). Held while
    they are read: a pause of that moment ends on its own day.
    """
    passed = Window.look_at > began, Window.look_at <= now, Window.state == WindowState.ACTIVE
    silent = select(Window.id, Window.look_at).where(*passed).order_by(Window.id)
    rows = session.execute(locked(session, silent, skip_locked=False, key_share=True)).all()
    _each(session, Window, [{"row": row.id, "look_at": row.look_at + (now - began)} for row in rows])


def _move_alerts(session, began, now) -> None:
    """Deadlines and acknowledgements ahead of us when it began: nobody was told, and nothing climbed.

    A snooze ends on the day that a person chose, and so does what was agreed in a call since. Held while they are read:
    what somebody takes meanwhile stays theirs.
    """
    ahead = select(Alert).where(is_unclosed, Alert.look_at > began).order_by(Alert.id)
    held = locked(session, ahead, skip_locked=False, key_share=True)
    rows = session.scalars(held.execution_options(populate_existing=True)).all()
    news, agreed = _since(session, began)
    for alert in rows:
        if alert.state is AlertState.CLAIMED and (alert.window_id, alert.deadline_at) in agreed:
            continue
        for name in ("deadline_at", "ack_at"):
            at = getattr(alert, name)
            if at is not None and at > began:
                setattr(alert, name, _moved(at, [began, alert.opened_at, *news[alert.id]], now))
        alert.look_at = _next_look(alert, began, now)
    session.flush()


def _since(session, began) -> tuple[dict[int, list[datetime]], set]:
    """What came while we stood still, as the pages went on: facts by their alert, and (window, day) agreed in calls."""
    news = defaultdict(list)
    for row in session.execute(select(Signal.alert_id, Signal.at).where(Signal.at > began)):
        news[row.alert_id].append(row.at)
    calls = select(Contact.window_id, Contact.next_at).where(Contact.at > began, Contact.next_at.is_not(None))
    return news, {tuple(row) for row in session.execute(calls)}


def _moved(at: datetime, facts: list[datetime], now) -> datetime:
    """As far ahead of us as it was when the newest fact before it came."""
    return at + (now - max(fact for fact in facts if fact < at))


def _next_look(alert: Alert, began, now) -> datetime:
    """A matter that somebody took while we stood still has their time to look at it, and no more than that."""
    later = alert.look_at + (now - max(began, alert.opened_at))
    if alert.state is AlertState.OPEN:
        return climbing.next_look(alert, now) or later
    if alert.state is AlertState.SNOOZED:
        return alert.look_at
    if alert.deadline_at is not None and alert.deadline_at > began:
        return alert.deadline_at
    return alert.look_at if alert.claimed_at > began else later
