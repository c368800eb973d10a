"""Alerts: raise, claim, hand over, snooze, close (design 4.3). Only a person closes one.

New signals append and may raise the level, never lower it. A red one is told to a named person at once,
or at the next opening, and climbs until somebody takes it (services/climbing).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import insert_ignore, rows_changed
from companion.models import Alert, Institution, Signal, Staff, Window
from companion.models.alerts import is_unclosed
from companion.rules.staff_hours import DeadlineKind, deadline
from companion.rules.states import ENDED_BY_AN_ANSWER, AlertState, Family, Level, Within
from companion.rules.terms import Step
from companion.services import climbing, institutions, outbox

LATE_CLAIM = 4.0
"""Working hours for an alert that was taken after its deadline had passed; then it climbs again."""
RANK = {Level.NONE: 0, Level.AMBER: 1, Level.RED: 2}
UNCLOSED = {"index_elements": ["window_id", "family"], "index_where": is_unclosed}


@dataclass(frozen=True)
class Raised:
    """What came of a signal. `told`: a text to somebody on duty was promised in this transaction."""

    alert_id: int
    level: Level
    deadline_at: datetime | None
    told: bool
    new: bool


def raise_(
    session: Session,
    now: datetime,
    *,
    window: Window,
    institution: Institution,
    family: Family,
    level: Level,
    signals: list[tuple[str, Level, dict]],
    about: str,
    within: Within | None = None,
    caseworker_id: int | None = None,
    to_supervisor: bool = False,
) -> Raised:
    """Say that somebody should act for the person of this window, and why.

    `within` sets the clock in the institution's working hours; None means a line without one. `about`
    names where the facts came from (`answer:9`): the same fact from there is written once. `to_supervisor`: a red one
    is a supervisor's to hear of, whoever has the alert already.
    """
    hours = institutions.staff_hours(institution)
    due = deadline(within, now, hours) if within else None
    alert, new = _find_or_open(session, now, window, institution, family, level, due)
    news = _append(session, now, alert, signals, about)
    if not new and not news:
        return Raised(alert.id, alert.level, alert.deadline_at, False, False)
    if due is None and alert.answered_at is not None and alert.level is not Level.NONE:
        due = deadline(DeadlineKind.SILENCE, now, hours)  # an answered one never wakes without a clock
    starts = new or _heighten(alert, level, due, now)
    told = False
    if level is Level.RED and (starts or to_supervisor or climbing.may_have_missed_it(session, now, alert)):
        told = _tell(session, now, alert, institution, hours, caseworker_id, starts, to_supervisor)
    alert.look_at = climbing.next_look(alert, now)
    session.flush()
    return Raised(alert.id, alert.level, alert.deadline_at, told, new)


def _tell(session, now, alert, institution, hours, caseworker_id, starts, to_supervisor) -> bool:
    """Whoever has it hears first; what they took was calmer, or answered, so the red is theirs to acknowledge anew.

    It stays theirs to see. Without that one lost text would be all that anybody hears until the deadline.
    """
    held = alert.state is AlertState.CLAIMED
    if to_supervisor:
        alert.step = Step.SUPERVISOR
        outbox.cancel_alert(session, now, alert.id, "to_supervisor")
    elif held:
        alert.step = Step.CASEWORKER
    if starts or to_supervisor:
        alert.notified_at = None
        if held:
            alert.state, alert.claimed_at = AlertState.OPEN, None
    return climbing.tell(session, now, alert, institution, hours, alert.claimed_by or caseworker_id)


def _find_or_open(session, now, window, institution, family, level, due) -> tuple[Alert, bool]:
    standing = (
        select(Alert)
        .where(Alert.window_id == window.id, Alert.family == family, is_unclosed)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    alert = session.scalars(standing).first()
    if alert is not None:
        return alert, False
    row = {
        "ref": crypto.token(),
        "institution_id": institution.id, "person_id": window.person_id, "window_id": window.id,
        "family": family, "level": level, "state": AlertState.OPEN, "step": Step.CASEWORKER,
        "opened_at": now, "deadline_at": due, "look_at": due,
    }  # fmt: skip
    made = insert_ignore(session, Alert.__table__, [row], **UNCLOSED)
    return session.scalars(standing).one(), made == 1


def _append(session, now, alert, signals, about) -> int:
    """Add the facts; says how many were not known yet."""
    return insert_ignore(
        session,
        Signal.__table__,
        [
            {
                "institution_id": alert.institution_id, "alert_id": alert.id, "code": code, "level": level,
                "about": about, "at": now, "values": values,
            }
            for code, level, values in signals
        ],
        index_elements=["alert_id", "code", "about"],
    )  # fmt: skip


def _heighten(alert: Alert, level: Level, due: datetime | None, now: datetime) -> bool:
    """A new signal: never lower, an earlier deadline wins, an answered alert wakes.

    One that was put off wakes for a red signal, for one more urgent than what was put off, and in the family `data` for
    whatever has a clock: an opt-out, a birthday, the end of a pause are decided one by one, not more of the same. A
    clock that ran out while it slept gives way to the new one. True if its ladder begins again.
    """
    rises = RANK[level] > RANK[alert.level]
    another = alert.family is Family.DATA and due is not None
    wakes = alert.state is AlertState.SNOOZED and (rises or level is Level.RED or another)
    ran_out = wakes and alert.deadline_at is not None and alert.deadline_at <= now
    again = alert.answered_at is not None
    if rises:
        # What nobody took as amber may stand on the banner already; as red it is told from the beginning.
        alert.level, alert.step = level, Step.CASEWORKER
    if wakes:
        alert.state, alert.snoozed_until, alert.step = AlertState.OPEN, None, Step.CASEWORKER
    if again:
        alert.answered_at, alert.deadline_at, alert.step = None, due, Step.CASEWORKER
    elif due is not None and (alert.deadline_at is None or due < alert.deadline_at or ran_out):
        alert.deadline_at = due
    return rises or wakes or again


def answered(session: Session, now: datetime, window_id: int) -> int:
    """An answer came: silence and undelivered stop their clock and ladder and wait under *sudah menjawab*.

    What was still to be texted about them is not any more.
    """
    stopped = session.scalars(
        update(Alert)
        .where(
            Alert.window_id == window_id,
            Alert.family.in_(ENDED_BY_AN_ANSWER),
            is_unclosed,
            Alert.answered_at.is_(None),
        )
        .values(answered_at=now, deadline_at=None, ack_at=None, look_at=None)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    ).all()
    for alert_id in stopped:
        outbox.cancel_alert(session, now, alert_id, "answered")
    return len(stopped)


def claim(session: Session, now: datetime, alert_id: int, staff: Staff) -> bool:
    """Take an alert. False if a colleague was faster, or it is closed.

    What was still to be texted about it is not any more; a deadline that has passed gives way to a new look.
    """
    hours = institutions.staff_hours(session.get_one(Institution, staff.institution_id))
    look_at = case(
        (Alert.deadline_at > now, Alert.deadline_at),
        (Alert.deadline_at.is_not(None), hours.add_hours(now, LATE_CLAIM)),
    )
    won = rows_changed(
        session,
        update(Alert)
        .where(
            Alert.id == alert_id,
            Alert.institution_id == staff.institution_id,
            Alert.state.in_((AlertState.OPEN, AlertState.SNOOZED)),
        )
        .values(
            state=AlertState.CLAIMED, claimed_by=staff.id, claimed_at=now, ack_at=None, snoozed_until=None,
            look_at=look_at,
        ),
    )  # fmt: skip
    if won:
        outbox.cancel_alert(session, now, alert_id, "taken")
    return won == 1


def take_back(session: Session, now: datetime, window_id: int, staff: Staff) -> None:
    """Whoever speaks with the person has heard of what waits for them: it is theirs again, and nobody texts them."""
    waiting = select(Alert.id).where(
        Alert.window_id == window_id, Alert.state == AlertState.OPEN, Alert.claimed_by == staff.id
    )
    for alert_id in session.scalars(waiting).all():
        claim(session, now, alert_id, staff)


def hand_over(session: Session, now: datetime, alert_id: int, staff: Staff, to_staff_id: int) -> bool:
    """Give a claimed alert to a colleague; it is open again until they take it, and a red one is told them."""
    won = rows_changed(
        session,
        update(Alert)
        .where(Alert.id == alert_id, Alert.state.in_((AlertState.CLAIMED, AlertState.OPEN)))
        .where(Alert.institution_id == staff.institution_id)
        .values(state=AlertState.OPEN, claimed_by=None, claimed_at=None, step=Step.CASEWORKER),
    )
    if not won:
        return False
    alert = session.get_one(Alert, alert_id, populate_existing=True)
    institution = session.get_one(Institution, alert.institution_id)
    climbing.begin_again(session, now, alert, institution, to_staff_id)
    alert.look_at = climbing.next_look(alert, now)
    return True


def snooze(
    session: Session, now: datetime, alert_id: int, staff: Staff, until: datetime, reason: str
) -> bool:
    """Put off an alert that one has claimed, with a reason and an end."""
    won = rows_changed(
        session,
        update(Alert)
        .where(
            Alert.id == alert_id, Alert.institution_id == staff.institution_id,
            Alert.state == AlertState.CLAIMED, Alert.claimed_by == staff.id,
        )
        .values(state=AlertState.SNOOZED, snoozed_until=until, snooze_reason=reason, look_at=until),
    )  # fmt: skip
    return won == 1


def close(
    session: Session, now: datetime, alert_id: int, staff: Staff, outcome: str, useful: bool | None
) -> bool:
    """Close an alert that one has claimed. The row remembers who, when, and whether it was of use."""
    won = rows_changed(
        session,
        update(Alert)
        .where(
            Alert.id == alert_id, Alert.institution_id == staff.institution_id,
            Alert.state == AlertState.CLAIMED, Alert.claimed_by == staff.id,
        )
        .values(
            state=AlertState.CLOSED, outcome=outcome, useful=useful, closed_at=now, closed_by=staff.id,
            look_at=None,
        ),
    )  # fmt: skip
    return won == 1
