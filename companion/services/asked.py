"""When a check-in was asked: at the start of the first attempt that became sent or unsure (design 4.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from companion.db import UtcDateTime
from companion.models import Message, Person, Phone, PlanVersion, Slot, Window
from companion.rules import ladder
from companion.rules.days import Calendar
from companion.rules.hours import Quiet
from companion.rules.plan import PlanSettings
from companion.rules.states import SlotState
from companion.services import calendars
from companion.services.institutions import quiet_between
from companion.services.prepared import Prepared


@dataclass(frozen=True)
class Whereabouts:
    """Whose calendar and hours decide when a reminder may come, and whether their plan has one."""

    calendar: Calendar
    zone: str
    province: str | None
    quiet: Quiet
    reminders: int


def asked_by(session: Session, message_ids: list[int]) -> None:
    """The same for messages whose sender did not live to say so: a receipt was faster, or a lease is over."""
    rows = session.execute(
        select(
            Slot.id, Slot.closes_at, Slot.institution_id, Message.last_attempt_at, Person.zone, Person.province,
            Phone.safe_from, Phone.safe_to, PlanVersion.settings,
        )
        .join(Message, Message.slot_id == Slot.id)
        .join(Window, Window.id == Slot.window_id)
        .join(PlanVersion, PlanVersion.id == Window.plan_version_id)
        .join(Person, Person.id == Slot.person_id)
        .outerjoin(Phone, (Phone.person_id == Person.id) & (Phone.number_id == Message.number_id))
        .where(Message.id.in_(message_ids), Slot.asked_at.is_(None), Message.last_attempt_at.is_not(None))
    ).all()  # fmt: skip
    kept = calendars.of_all(session, {row.institution_id for row in rows})
    for row in rows:
        quiet = quiet_between(row.safe_from, row.safe_to)
        reminders = PlanSettings.from_json(row.settings).reminders
        where = Whereabouts(kept[row.institution_id], row.zone, row.province, quiet, reminders)
        set_asked(session, row.id, row.last_attempt_at, row.closes_at, where)


def set_asked(
    session: Session, slot_id: int, asked_at: datetime, closes_at: datetime, where: Whereabouts
) -> None:
    """Start the slot's clocks, once: when it counts as missed, and when the reminder comes before that."""
    miss_at = ladder.miss_at(asked_at, timedelta(), closes_at)
    remind_at = None
    if where.reminders:
        remind_at = ladder.remind_at(
            asked_at, miss_at, where.zone, where.calendar, where.province, where.quiet
        )
    _ASKED.run(
        session.connection(),
        slot=slot_id,
        asked=asked_at,
        miss=miss_at,
        remind=remind_at,
        again=remind_at or miss_at,
    )


def _asked_statement(_dialect: str):
    is_open = Slot.state == SlotState.OPEN
    # Typed, since PostgreSQL takes a bare NULL in a CASE for text.
    remind, again = (bindparam(name, type_=UtcDateTime()) for name in ("remind", "again"))
    return (
        update(Slot.__table__)
        .where(Slot.id == bindparam("slot"), Slot.asked_at.is_(None))
        .values(
            asked_at=bindparam("asked"), miss_at=bindparam("miss"), remind_at=case((is_open, remind)),
            look_at=case((is_open, again)),
        )
    )  # fmt: skip


_ASKED = Prepared(_asked_statement)
_UNASKED = Prepared(lambda _: select(Slot.id).where(Slot.id == bindparam("slot"), Slot.asked_at.is_(None)))


def not_asked_yet(session: Session, slot_id: int | None) -> bool:
    """Whether this slot's clocks do not run yet; a receipt seldom meets such a one."""
    return slot_id is not None and bool(_UNASKED.run(session.connection(), slot=slot_id))


def look_at_slot(session: Session, slot_id: int | None, now: datetime) -> None:
    """Let the tick look at an open slot again: something about its messages changed."""
    if slot_id is not None:
        session.execute(
            update(Slot)
            .where(Slot.id == slot_id, Slot.state == SlotState.OPEN)
            .values(look_at=now)
            .execution_options(synchronize_session=False)
        )
