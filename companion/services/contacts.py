"""Write down how a call or visit went, once, and let it take effect (texts 4, design 4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import lock_row, or_nothing
from companion.models import Alert, Contact, GapCall, Number, Person, Phone, Slot, Staff, Task, Window
from companion.rules.next_dates import Circumstances, next_date
from companion.rules.results import RESULTS, Code, Past
from companion.rules.states import Family, Level, SlotState, Within
from companion.rules.terms import PersonStatus, TaskKind, TaskState
from companion.services import (
    alerts,
    audit,
    contact_alerts,
    contact_effects,
    contact_tasks,
    institutions,
    slots,
    windows,
)
from companion.services.contact_alerts import unclosed
from companion.services.prepared import Prepared, one_of

REMEMBERED = 60
"""Contacts that are read again: enough for three weekly ones after a slip, with failed tries in between."""
ASKED_TO_THE_END = (SlotState.MISSED, SlotState.ANSWERED, SlotState.ANSWERED_LATE)
HANDLER_MARK = "→ "
"""Begins the line of a note that says who takes it on."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What staff filled in. Instants are aware; `once` is the form's own key.

    `at`: appointment or time asked for. `until`: end of a pause. `next_at`: the date as moved by hand, which needs
    `later_reason` when it is later than the one that follows from the code. `lapse` is lapse or relapse.
    """

    code: Code
    once: str
    alert_ref: str | None = None
    phone_id: int | None = None
    note: str = field(default="", repr=False)
    handler: str = field(default="", repr=False)
    at: datetime | None = None
    until: datetime | None = None
    next_at: datetime | None = None
    later_reason: str = ""
    zone: str | None = None
    province: str | None = None
    lapse: str | None = None
    we_rang: bool = False
    vital: bool = False


@dataclass(frozen=True)
class Noted:
    """What came of it. `already`: this very form was stored before, and nothing happened now."""

    contact: Contact
    already: bool


@dataclass(frozen=True)
class Setting:
    """What a contact meets: read once, before anything is written."""

    now: datetime
    staff: Staff
    person: Person
    window: Window
    phone: Phone | None
    standing: tuple[Alert, ...]
    history: tuple[Past, ...]
    facts: Circumstances

    @property
    def top(self) -> Alert | None:
        """The most urgent unclosed alert."""
        return self.standing[0] if self.standing else None


def setting(
    session: Session, now: datetime, staff: Staff, person: Person, window: Window, entry: Entry
) -> Setting:
    """Everything the rules need to know about this person at this instant."""
    history = past(session, window.id)
    standing = unclosed(session, person.id)
    phone = _phone(person, entry.phone_id)
    hours = institutions.staff_hours(person.institution)
    day = ZoneInfo(hours.zone)
    today = now.astimezone(day).date()
    levels = {alert.level for alert in standing if not alert.answered_at}
    facts = Circumstances(
        now=now, hours=hours, zone=person.zone,
        level=next((level for level in (Level.RED, Level.AMBER) if level in levels), Level.NONE),
        plan_next=_plan_next(session, window.id, datetime.combine(today + timedelta(days=1), time.min, day)),
        asked=entry.at, until=entry.until,
        tries_today=sum(
            RESULTS[one.code].tried and one.at.astimezone(day).date() == today for one in history
        ),
        safe_from=institutions.as_time(phone.safe_from) if phone else None,
        safe_to=institutions.as_time(phone.safe_to) if phone else None,
    )  # fmt: skip
    return Setting(now, staff, person, window, phone, tuple(standing), tuple(history), facts)


def past(session: Session, window_id: int) -> list[Past]:
    """The contacts of a window, newest first."""
    return [Past(Code(row.code), row.at) for row in _PAST.ask(session, window=window_id)]


def _phone(person: Person, phone_id: int | None) -> Phone | None:
    """The phone that was rung: the one that was named, else the first."""
    named = [phone for phone in person.phones if phone.id == phone_id]
    return next(iter(named or person.phones), None)


def _plan_next(session, window_id, after) -> datetime | None:
    return next((row.due_at for row in _PLAN_NEXT.ask(session, window=window_id, after=after)), None)


def expected(here: Setting, code: Code) -> datetime | None:
    """The next date that a code sets by itself."""
    return next_date(code, here.facts, here.history)


def note(session: Session, here: Setting, entry: Entry) -> Noted:
    """Store the contact and do what its code does; the second click on the same form changes nothing.

    `entry` has been checked (`contact_check.faults`). Everything happens in the caller's transaction. Person, number,
    check-ins and window are held in this order, as everybody else takes them: a call changes them in its own.
    """
    lock_row(session, Person, here.person.id)
    lock_row(session, Number, here.phone.number_id if here.phone else None)
    slots.hold(session, here.window.id)
    lock_row(session, Window, here.window.id)
    result = RESULTS[entry.code]
    next_at = entry.next_at or expected(here, entry.code)
    alert = next((one for one in here.standing if one.ref == entry.alert_ref), here.top)
    contact = _insert(session, here, entry, next_at, alert)
    if contact is None:
        return Noted(_stored(session, entry.once), True)
    if result.heard:
        _hear(session, here)
    contact_effects.apply(session, here, entry, contact)
    contact_tasks.follow(session, here, entry, contact)
    contact_alerts.follow(session, here, entry.code, next_at, alert)
    if entry.code is Code.NO_ANSWER:
        _silence_and_call(session, here, contact)
    gap_call_done(session, here.now, here.person.id)
    audit.note(
        session, here.now, f"contact:{entry.code}", actor="staff", staff_id=here.staff.id,
        institution_id=here.person.institution_id, person_id=here.person.id,
    )  # fmt: skip
    session.flush()
    return Noted(contact, False)


def _insert(session, here: Setting, entry: Entry, next_at, alert) -> Contact | None:
    """The contact as it was written down now; None if this form was sent before."""
    row = {
        "ref": crypto.token(), "institution_id": here.person.institution_id, "person_id": here.person.id,
        "window_id": here.window.id, "alert_id": alert.id if alert else None, "staff_id": here.staff.id,
        "code": entry.code.value, "at": here.now, "next_at": next_at,
        "later_reason": entry.later_reason or None, "note": _written(entry), "once": entry.once,
    }  # fmt: skip
    return session.scalars(or_nothing(session, Contact, ["once"], None).returning(Contact), row).first()


def _written(entry: Entry) -> str | None:
    handler = f"{HANDLER_MARK}{entry.handler.strip()}" if entry.handler.strip() else ""
    return "\n".join(part for part in (handler, entry.note.strip()) if part) or None


def _stored(session, once: str) -> Contact:
    return session.scalars(select(Contact).where(Contact.once == once)).one()


def _hear(session, here: Setting) -> None:
    """A conversation starts the last-heard clock again, and finds again who was not reached."""
    windows.heard(session, here.now, here.window, here.person.zone, "call")
    if here.person.status is PersonStatus.NOT_REACHED:
        here.person.status = PersonStatus.ENROLLED


def _silence_and_call(session, here: Setting, contact: Contact) -> None:
    """Two check-ins in a row unanswered and now a call as well: red, the reason is not known (evidence 3, R5)."""
    missed = _last_missed(session, here.window.id)
    if len(missed) < 2:
        return
    newer, older = missed
    holders = [alert.claimed_by for alert in here.standing if alert.family is Family.SILENCE]
    values = {"d1": older.isoformat(), "d2": newer.isoformat(), "called_at": here.now.isoformat()}
    raised = alerts.raise_(
        session, here.now, window=here.window, institution=here.person.institution, family=Family.SILENCE,
        level=Level.RED, signals=[("R5_silence", Level.RED, values)], about=f"contact:{contact.id}",
        within=Within.HOURS_4, caseworker_id=here.person.caseworker_id,
    )  # fmt: skip
    if not set(holders) - {None, here.staff.id}:  # what a colleague has stays theirs
        alerts.claim(session, here.now, raised.alert_id, here.staff)


def _last_missed(session, window_id: int) -> Sequence[datetime]:
    """When the last two asked check-ins were due, if both are unanswered; else nothing."""
    rows = _LAST_TWO.ask(session, window=window_id)
    return [row.due_at for row in rows if row.state is SlotState.MISSED]


def gap_call_done(session: Session, now: datetime, person_id: int) -> None:
    """The call that was owed after our own gap was tried; what follows has a date of its own."""
    _CALL_DONE.ask(session, person=person_id, now=now)


_PAST = Prepared(
    lambda _: (
        select(Contact.code, Contact.at)
        .where(Contact.window_id == bindparam("window"))
        .order_by(Contact.at.desc(), Contact.id.desc())
        .limit(literal_column(str(REMEMBERED)))
    )
)
_PLAN_NEXT = Prepared(
    lambda _: (
        select(Task.due_at)
        .where(Task.window_id == bindparam("window"), Task.state == TaskState.PLANNED)
        .where(one_of(Task.kind, (TaskKind.PLAN, TaskKind.CLOSING)))
        .where(Task.due_at >= bindparam("after"))
        .order_by(Task.due_at)
        .limit(literal_column("1"))
    )
)
_LAST_TWO = Prepared(
    lambda _: (
        select(Slot.state, Slot.due_at)
        .where(Slot.window_id == bindparam("window"))
        .where(one_of(Slot.state, ASKED_TO_THE_END))
        .order_by(Slot.due_at.desc())
        .limit(literal_column("2"))
    )
)
_CALL_DONE = Prepared(
    lambda _: (
        update(GapCall.__table__)
        .where(GapCall.person_id == bindparam("person"), GapCall.done_at.is_(None))
        .values(done_at=bindparam("now"))
    )
)
