"""After a restore: what may have left since the copy was made must not leave again (issue 3, design 4.5).

The copy does not know what happened between the moment it was made and the restore. So nothing of that time is done
over: it is asked of the carrier where it can be, and else counts as ours to explain.
"""

from datetime import datetime

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from companion.db import UtcDateTime, rows_changed
from companion.models import EngineState, FamilyMember, Message, Slot
from companion.rules.states import MessageState, SlotState, VoidReason
from companion.services import asked, numbers, reading, slots


def do_nothing_over(session: Session, now: datetime, restored: datetime) -> int:
    """Close what fell due before the restore and may have been done already; says how many slots became void.

    A text that was promised when the copy was made is unsure: its link is known, so the carrier is asked about it, and
    only what it never had may leave. A check-in that fell due later has lost the link it was asked with: void, and
    asked by the next one. A reminder or a family's weekly text of that time is not made up for. Who said "stop" since
    then stands on a list again.
    """
    _ask_the_carrier(session, now, restored)
    voided = _give_up_unknown(session, restored)
    _skip_reminders(session, restored)
    _skip_readings(session, restored)
    if made_at := session.scalar(select(EngineState.last_tick_at)):
        numbers.live_with_kept_silence(session, now, made_at)
    return voided


def before_it_is_lifted(session: Session, now: datetime) -> None:
    """The same where a person lifts the stop before the engine has ticked: afterwards nobody knows of the restore."""
    state = session.execute(select(EngineState.restored_at, EngineState.last_tick_at)).first()
    if state and state.restored_at and state.last_tick_at and state.last_tick_at <= state.restored_at:
        slots.hold_due(session, now)
        do_nothing_over(session, now, state.restored_at)


def _ask_the_carrier(session, now, restored) -> None:
    """Promised texts whose turn had come become unsure; what has grown stale since then ends by itself."""
    waiting = Message.look_at <= restored, Message.state == MessageState.PLANNED, Message.expires_at > now
    ids = session.scalars(select(Message.id).where(*waiting)).all()
    made_at = session.scalar(select(EngineState.ticked_machine_at))
    for start in range(0, len(ids), 500):
        session.execute(
            update(Message)
            .where(Message.id.in_(ids[start : start + 500]), Message.state == MessageState.PLANNED)
            .values(
                state=MessageState.UNSURE, state_at=now, look_at=now, last_attempt_at=now, machine_at=made_at,
                first_attempt_at=func.coalesce(Message.first_attempt_at, bindparam(None, now, type_=UtcDateTime())),
                held_because=None,
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        asked.asked_by(session, ids[start : start + 500])


def _give_up_unknown(session, restored) -> int:
    in_the_copy = exists().where(Message.slot_id == Slot.id)
    return rows_changed(
        session,
        update(Slot)
        .where(
            Slot.look_at.is_not(None), Slot.due_at <= restored, Slot.asked_at.is_(None),
            Slot.state.in_((SlotState.PLANNED, SlotState.OPEN)), ~in_the_copy,
        )
        .values(state=SlotState.VOID, reason=VoidReason.DOWNTIME, look_at=None),
    )  # fmt: skip


def _skip_reminders(session, restored) -> None:
    session.execute(
        update(Slot)
        .where(Slot.state == SlotState.OPEN, Slot.remind_at <= restored)
        .values(remind_at=None, look_at=Slot.miss_at)
        .execution_options(synchronize_session=False)
    )


def _skip_readings(session, restored) -> None:
    """The week that was on is read by whoever opens the page; only its text may have left."""
    for member in session.scalars(select(FamilyMember).where(FamilyMember.look_at <= restored)):
        member.texted_week = max(member.texted_week, reading.week_at(member.first_week_at, restored))
    session.flush()
