"""The one way out: take a message for sending, asking the gate in the same transaction (design 2.6, 4.2).

There is no other path that moves a message to `sending`; a test holds that.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.orm import Session

from companion import i18n
from companion.content import Unsayable
from companion.content.articles import article
from companion.db import UtcDateTime, lock_row, rows_changed
from companion.models import Alert, Attempt, Message, Slot
from companion.rules import gate, hours, words
from companion.rules.days import Calendar
from companion.rules.plan import PlanSettings
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import Lane, Purpose
from companion.services import flow, texts
from companion.services.flow import NO_PACES, Paces
from companion.services.gate_facts import TO_STAFF, facts, look, recipient
from companion.services.institutions import quiet_between
from companion.services.prepared import Prepared
from companion.services.told import not_told

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Taken:
    """A message in one sender's hands, with all that handing over and recording needs."""

    message_id: int
    ref: str
    n: int
    channel: str
    slot_id: int | None
    alert_id: int | None
    number_id: int | None
    started_at: datetime
    machine_at: datetime
    to: str = field(repr=False)
    body: str = field(repr=False)
    calendar: Calendar = field(repr=False)
    valid_for: int = 1
    closes_at: datetime | None = None
    zone: str = "Asia/Jakarta"
    province: str | None = None
    quiet: hours.Quiet = hours.ALL_DAY
    reminders: int = 1


def take(
    session: Session, message_id: int, now: datetime, machine: datetime, link_base: str, paces: Paces = NO_PACES
) -> Taken | None:  # fmt: skip
    """Take one due message, or hold, cancel or expire it as the gate says. None: nothing to send.

    Where its channel has a pace, an ordinary text also needs its sender's turn, asked for last. Raises flow.NotYet if
    it has to wait for one.
    """
    row = look(session, message_id, now)
    if row is None:
        return None
    known = facts(session, row, now)
    answer = gate.ask(known, now)
    if isinstance(answer, gate.Never):
        _never(session, row, answer.reason, now)
        return None
    if isinstance(answer, gate.Wait):
        _hold(session, row, answer, now)
        return None
    try:
        text = _words(session, row, link_base)
    except Unsayable:
        log.error("message %s cannot be worded", row.Message.ref)
        _end(session, row, MessageState.REFUSED, "wording", now)
        return None
    taken = _start(session, row, known.calendar, text, now, machine)
    if taken and taken.channel in paces and row.Message.lane is not Lane.URGENT:
        flow.claim(session, paces[taken.channel], machine)
    return taken


def _never(session, row, reason, now) -> None:
    expired = reason is gate.Reason.EXPIRED
    state = MessageState.EXPIRED if expired else MessageState.CANCELLED
    _end(session, row, state, row.Message.held_because or "stale" if expired else reason, now)


def _end(session, row, state, reason, now) -> None:
    """End a message that never left, and let its slot be looked at: the number may have been the cause.

    The slot comes first, as it does when an answer is taken, and the alert, as when somebody takes it on: two orders
    could lock each other out.
    """
    if row.Slot is not None:
        session.execute(
            update(Slot)
            .where(Slot.id == row.Slot.id, Slot.state == SlotState.OPEN)
            .values(look_at=now)
            .execution_options(synchronize_session=False)
        )
    lock_row(session, Alert, row.Message.alert_id)
    rows_changed(
        session,
        update(Message)
        .where(Message.id == row.Message.id, Message.state == MessageState.PLANNED)
        .values(state=state, reason=str(reason), state_at=now, look_at=None),
    )
    not_told(session, row.Message.id, row.Message.alert_id, now)


def _hold(session, row, wait, now) -> None:
    """Ask again later; a wait beyond the message's end is ended by its expiry."""
    until = min(wait.until, row.Message.expires_at)
    session.execute(
        update(Message)
        .where(Message.id == row.Message.id, Message.state == MessageState.PLANNED)
        .values(look_at=max(until, now), held_because=wait.because)
        .execution_options(synchronize_session=False)
    )


def _words(session, row, link_base) -> texts.Text:
    message, person = row.Message, row.Person
    own = texts.in_force(session, row.Institution.id, row.Institution.wording_mark)
    common = {"own": own, "app": row.Institution.app_name}
    if message.purpose in TO_STAFF:
        at = i18n.clock_time(_staff_instant(message, row.Alert), row.Institution.zone)
        return texts.render(message.purpose, "id", f"{link_base}/k/{message.token}", j=at, **common)
    if message.family_member_id is not None:
        language, week = row.FamilyMember.language, message.step
        return texts.render(
            message.purpose, language, f"{link_base}/f/{message.token}", seed=row.FamilyMember.ref, turn=week,
            t=article(week, language).sms_title, **common,
        )  # fmt: skip
    ends = row.Slot.closes_at if row.Slot else message.expires_at + timedelta(days=6)
    return texts.render(
        message.purpose, person.language, f"{link_base}/c/{message.token}", seed=person.ref,
        turn=(row.Slot.seq if row.Slot else 0) + message.step, s=words.sapaan(person.called, person.language),
        h=i18n.sms_day(ends, person.zone, person.language), **common,
    )  # fmt: skip


def _staff_instant(message, alert) -> datetime:
    """By when it is to be taken; of what nobody took, since when it has been waiting."""
    if alert is not None and message.purpose is Purpose.STAFF_LATE:
        return alert.opened_at
    return alert.ack_at if alert is not None and alert.ack_at else message.expires_at


def _start(session, row, calendar, text, now, machine) -> Taken | None:
    message, person = row.Message, row.Person
    n = message.attempts + 1
    won = _TAKE.run(
        session.connection(), message=message.id, before=n - 1, n=n, now=now, machine=machine,
        lease=machine + LEASE, again=now + LEASE, words=text.template, spoken=text.language, hash=text.body_hash,
    )  # fmt: skip
    if not won:
        return None
    _ATTEMPT.run(
        session.connection(),
        institution=message.institution_id,
        message=message.id,
        nth=n,
        now=now,
        machine=machine,
    )
    texts.note_passed_over(session, text, now)
    zone = person.zone if person else row.Institution.zone
    quiet = quiet_between(row.safe_from, row.safe_to)
    staff = message.purpose in TO_STAFF
    return Taken(
        message_id=message.id, ref=message.ref, n=n, channel=message.channel, slot_id=message.slot_id,
        alert_id=message.alert_id, number_id=message.number_id, started_at=now, machine_at=machine,
        to=recipient(row), body=text.body,
        valid_for=3600 if staff else hours.valid_for(now, zone, quiet, calendar),
        closes_at=row.Slot.closes_at if row.Slot else None, calendar=calendar, zone=zone,
        province=person.province if person else None, quiet=quiet, reminders=_reminders(row.settings),
    )  # fmt: skip


def _take_statement(_dialect: str):
    return (
        update(Message.__table__)
        .where(
            Message.id == bindparam("message"),
            Message.state == MessageState.PLANNED,
            Message.attempts == bindparam("before"),
        )
        .values(
            state=MessageState.SENDING, attempts=bindparam("n"), state_at=bindparam("now"),
            last_attempt_at=bindparam("now"), machine_at=bindparam("machine"),
            first_attempt_at=func.coalesce(Message.first_attempt_at, bindparam("now", type_=UtcDateTime())),
            lease_until=bindparam("lease"), look_at=bindparam("again"), held_because=None,
            template=bindparam("words"), language=bindparam("spoken"), body_hash=bindparam("hash"),
        )
        .returning(Message.id)
    )  # fmt: skip


_TAKE = Prepared(_take_statement)
_ATTEMPT = Prepared(
    lambda _: insert(Attempt.__table__).inline().values(
        institution_id=bindparam("institution"), message_id=bindparam("message"), n=bindparam("nth"),
        started_at=bindparam("now"), machine_at=bindparam("machine"),
    )
)  # fmt: skip


def _reminders(settings: dict | None) -> int:
    return (PlanSettings.from_json(settings) if settings else PlanSettings()).reminders
