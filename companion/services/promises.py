"""What a check-in makes staff do, and what may truly be said about it to the person (design 2.3, 4.3)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.models import Alert, Institution, Message, Signal, Window
from companion.models.alerts import is_unclosed
from companion.rules import answers as spoken
from companion.rules import staff_hours
from companion.rules.answers import Code
from companion.rules.staff_hours import StaffHours
from companion.rules.states import Family, MessageState, Within
from companion.services import alerts, institutions
from companion.services.door import Door, DoorState
from companion.services.signals import by_family, kept, most_urgent
from companion.services.told import subject_of


@dataclass(frozen=True)
class Promise:
    """`by`: until when somebody will be in touch. `told_at`: when a text about it went to somebody on duty."""

    by: datetime | None = None
    told_at: datetime | None = None


def raise_for(
    session: Session,
    door: Door,
    answer: spoken.Answer,
    signals: tuple[spoken.Signal, ...],
    now: datetime,
    about: str,
) -> Promise:
    """Raise what an answer gives reason for, and say what follows from it. `about` names where it was said."""
    if not signals:
        return Promise()
    window, institution = session.get_one(Window, door.window_id), _institution(session, door)
    hours = institutions.staff_hours(institution)
    promises = {}
    for family, found in by_family(signals).items():
        level, within = most_urgent(found)
        raised = alerts.raise_(
            session, now, window=window, institution=institution, family=family, level=level,
            signals=[_kept(signal, answer, door, hours, now) for signal in found], about=about, within=within,
            caseworker_id=door.caseworker_id,
        )  # fmt: skip
        if within is not None:
            told_at = now if raised.told else _told_before(session, raised.alert_id, now)
            promises[family] = Promise(_by(hours, raised.deadline_at, within, now), told_at)
    return Promise(min((promise.by for promise in promises.values()), default=None), _told_of(promises))


def _told_of(promises: dict[Family, Promise]) -> datetime | None:
    """Whoever is not safe is told when somebody heard of that, not of something else."""
    if Family.SAFETY in promises:
        return promises[Family.SAFETY].told_at
    return min((promise.told_at for promise in promises.values() if promise.told_at), default=None)


def complete(
    session: Session, door: Door, about: str | None, may_call: str | None, now: datetime
) -> Promise | None:
    """Write what somebody adds to a call for help onto its signal (texts 2.3); None when none is standing."""
    row = session.execute(
        select(Signal, Alert)
        .join(Alert, Alert.id == Signal.alert_id)
        .where(
            Alert.window_id == door.window_id,
            Alert.family == Family.SAFETY,
            is_unclosed,
            Signal.code == "R1_button",
        )
        .order_by(Signal.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    values = dict(row.Signal.values)
    values |= {name: said for name, said in (("about", about), ("way", may_call)) if said}
    if may_call == "no" and "not_this_phone" not in values.get("also", ()):
        values["also"] = [*values.get("also", ()), "not_this_phone"]
    row.Signal.values = values
    institution = _institution(session, door)
    by = _by(institutions.staff_hours(institution), row.Alert.deadline_at, Within.HOURS_4, now)
    return Promise(by, _told_before(session, row.Alert.id, now))


def _kept(signal: spoken.Signal, answer: spoken.Answer, door: Door, hours: StaffHours, now: datetime):
    if signal.code is not Code.R2:
        return kept(signal, answer, door)
    channel = "old_link" if door.state is DoorState.CLOSED else "page"
    return kept(signal, answer, door, channel=channel, deadline=staff_hours.promise(now, hours).isoformat())


def _by(hours: StaffHours, deadline_at: datetime | None, within: Within, now: datetime) -> datetime:
    """A deadline that somebody can still keep: one that has passed is no promise any more."""
    if deadline_at is None or deadline_at <= now:
        deadline_at = staff_hours.deadline(within, now, hours)
    return staff_hours.told(deadline_at, hours)


def _told_before(session: Session, alert_id: int, now: datetime) -> datetime | None:
    """When somebody on duty was told of a standing alert; None if it waits for the next opening or a banner."""
    alert = session.get_one(Alert, alert_id)
    if known := alert.notified_at or alert.claimed_at:
        return known
    texts = Message.subject == subject_of(alert_id), Message.state != MessageState.CANCELLED
    at = session.scalar(select(func.max(Message.planned_for)).where(*texts))
    return at if at is not None and at <= now else None


def _institution(session: Session, door: Door) -> Institution:
    return session.get_one(Institution, door.institution_id)
