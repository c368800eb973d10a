"""Closing what is open: an alert, a window, a death or a withdrawal that a supervisor makes sure of (design 4.3, 4.5)."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from companion.models import Alert, Message, Person, Signal, Staff, Task, Window
from companion.rules.results import AlertOutcome, WindowOutcome, why_not_close
from companion.rules.states import AlertState, Family, Level, MessageState, WindowState
from companion.rules.terms import PersonStatus, Role, TaskKind, TaskState
from companion.services import alerts, audit, consents, of_age, outbox, renewing, slots, transfers, windows
from companion.services.contacts import past
from companion.services.prepared import Prepared
from companion.services.why import message_of

LONGEST_SNOOZE = timedelta(days=14)
LONGEST_RED_SNOOZE = timedelta(days=3)
SNOOZE_REASONS = frozenset({"agreed", "away", "in_care", "waiting", "other"})
"""Codes, not words: the reason stands beside the alert and is not encrypted."""
END_OF = {PersonStatus.DIED: WindowOutcome.DIED, PersonStatus.WITHDRAWN: WindowOutcome.WITHDRAWN}
"""Statuses that are provisional until a supervisor has made sure, and how the window then ends."""


def why_not(session: Session, alert: Alert, staff: Staff) -> str | None:
    """Why this alert may not be closed by this member of staff: `taken`, `contact` or `second_call`; None if it may.

    Nobody is asked to ring a person whom another institution has taken over, phones and all.
    """
    if alert.state is AlertState.CLAIMED and alert.claimed_by != staff.id:
        return "taken"
    signals = _SIGNALLED.ask(session, alert=alert.id)
    fault = why_not_close(
        family=alert.family, level=alert.level, answered=alert.answered_at is not None,
        signalled_at=max((one.at for one in signals), default=alert.opened_at), history=past(session, alert.window_id),
        supervisor=staff.role is Role.SUPERVISOR,
    )  # fmt: skip
    return None if fault and transfers.taken_over(session, alert.person_id) else fault


_SIGNALLED = Prepared(lambda _: select(Signal.at).where(Signal.alert_id == bindparam("alert")))


def close_alert(
    session: Session, now: datetime, alert: Alert, staff: Staff, outcome: AlertOutcome, useful: bool | None
) -> str | None:
    """Close an alert, taking it first if nobody has. Returns why not, as `why_not` does."""
    if alert.state is AlertState.CLOSED:
        return None
    if fault := why_not(session, alert, staff):
        return fault
    if alert.state is not AlertState.CLAIMED:
        alerts.claim(session, now, alert.id, staff)
    closed = alerts.close(session, now, alert.id, staff, outcome, useful)
    session.expire(alert)
    if not closed:
        return "taken"
    _note(session, now, staff, alert.person_id, f"alert_closed:{outcome}")
    return None


def snooze_alert(
    session: Session, now: datetime, alert: Alert, staff: Staff, until: datetime, reason: str
) -> str | None:
    """Put an alert off. Returns why not: `past`, `far`, `reason`, `taken`, or `contact` for a red one untouched.

    A red alert is put off only after somebody was spoken to, and for three days at most.
    """
    if reason not in SNOOZE_REASONS:
        return "reason"
    if until <= now:
        return "past"
    if until > now + (LONGEST_RED_SNOOZE if alert.level is Level.RED else LONGEST_SNOOZE):
        return "far"
    if alert.level is Level.RED and why_not(session, alert, staff) in ("contact", "second_call"):
        return "contact"
    if alert.state is not AlertState.CLAIMED:
        alerts.claim(session, now, alert.id, staff)
    done = alerts.snooze(session, now, alert.id, staff, until, reason)
    session.expire(alert)
    return None if done else "taken"


def hand_over(session: Session, now: datetime, alert: Alert, staff: Staff, to: Staff) -> bool:
    """Give an alert to a colleague, who sees the person from now on. A red one is told to them by text.

    False if a colleague has it: only whoever holds it, or a supervisor, may pass it on.
    """
    held = alert.state is AlertState.CLAIMED and alert.claimed_by != staff.id
    if held and staff.role is not Role.SUPERVISOR:
        return False
    if alert.state is AlertState.SNOOZED:
        alerts.claim(session, now, alert.id, staff)
        session.expire(alert)
    if not alerts.hand_over(session, now, alert.id, staff, to.id):
        return False
    alert.claimed_by = to.id  # open, but waiting for this colleague: so they may see the person
    session.flush()
    _note(session, now, staff, alert.person_id, "alert_handed_over")
    return True


def decide_text(session: Session, now: datetime, staff: Staff, message: Message, *, sent: bool) -> bool:
    """Settle a text of which nobody knows whether it left, and close the alert that was only about it."""
    if not outbox.decide(session, now, message.id, sent=sent):
        return False
    _note(session, now, staff, message.person_id, "text_decided")
    alert = session.scalars(
        select(Alert).where(
            Alert.person_id == message.person_id,
            Alert.family == Family.DATA,
            Alert.state != AlertState.CLOSED,
        )
    ).first()
    if alert is None:
        return True
    signals = session.scalars(select(Signal).where(Signal.alert_id == alert.id)).all()
    about = [one for signal in signals for one in message_of(signal)]
    unsure = session.scalar(
        select(func.count()).where(Message.id.in_(about), Message.state == MessageState.UNSURE)
    )
    if len(about) == len(signals) and not unsure:
        close_alert(session, now, alert, staff, AlertOutcome.CORRECTED, None)
    return True


def close_window(
    session: Session, now: datetime, person: Person, window: Window, staff: Staff, outcome: WindowOutcome
) -> str | None:
    """End the follow-up for good. Returns why not: `red` while a red alert is open, `closed` if it was, `provisional`
    while a supervisor is still to make sure of a death or a withdrawal.

    What is still open and not red is closed with it; nothing planned is sent any more.
    """
    if is_provisional(person, window):
        return "provisional"
    return _close_for_good(session, now, person, window, staff, outcome)


def is_provisional(person: Person, window: Window) -> bool:
    """Whether a death or a withdrawal was noted that nobody has made sure of yet."""
    return person.status in END_OF and window.state is not WindowState.CLOSED


def _close_for_good(session, now, person, window, staff, outcome) -> str | None:
    fault = end_window(
        session, now, window, outcome, staff.id, reason="window_closed", of_alerts=AlertOutcome.ENDED
    )
    if fault is None:
        _note(session, now, staff, person.id, f"window_closed:{outcome}")
    return fault


def end_window(
    session: Session, now: datetime, window: Window, outcome: WindowOutcome, staff_id: int, *, reason: str,
    of_alerts: AlertOutcome,
) -> str | None:  # fmt: skip
    """Close a window and take back all that hangs on it, for `reason`; why not, as `close_window` says it."""
    slots.hold(session, window.id)
    fault = windows.close(session, now, window, outcome=outcome, staff_id=staff_id)
    if fault:
        return fault
    _close_all(session, now, window.id, staff_id, of_alerts)
    slots.cancel_open(session, now, window.id, reason)
    slots.cancel_tasks(session, now, window.id)
    outbox.cancel_person(session, now, window.person_id, reason)
    transfers.end_with(session, now, window.id, staff_id)
    return None


def confirm_end(session: Session, now: datetime, person: Person, window: Window, staff: Staff) -> str | None:
    """A supervisor has made sure of a death or a withdrawal: open alerts and the window are closed.

    Returns `status` when there is nothing to confirm, else what `close_window` returns.
    """
    renewing.hold(session, window)  # the status is read afresh: it may have been denied meanwhile
    outcome = END_OF.get(person.status)
    if outcome is None or staff.role is not Role.SUPERVISOR:
        return "status"
    _close_all(session, now, window.id, staff.id, AlertOutcome.ENDED)
    _note(session, now, staff, person.id, f"confirmed:{person.status}")
    return _close_for_good(session, now, person, window, staff, outcome)


def deny_end(session: Session, now: datetime, person: Person, window: Window, staff: Staff) -> str | None:
    """It was not so: back to *not reached*, and staff look for the person again (texts 4, `died`).

    A withdrawal that was none goes back to follow-up without texts: consent has to be given anew.
    """
    renewing.hold(session, window)  # it may have been confirmed meanwhile, which is for good
    if not is_provisional(person, window) or staff.role is not Role.SUPERVISOR:
        return "status"
    person.status = PersonStatus.NOT_REACHED
    _note(session, now, staff, person.id, "denied_end")
    of_age.watch(session, now, person.id)
    if window.state is not WindowState.ACTIVE:
        return None
    if consents.may_be_asked(session, person, now):
        renewing.renew(session, now, window)
    else:
        _plan_again(session, now, window)
        windows.heard_clock(session, now, window, person.zone)
    return None


def _plan_again(session, now, window: Window) -> None:
    """The contacts of the plan that still lie ahead, as they stood before they were taken back."""
    session.execute(
        update(Task)
        .where(
            Task.window_id == window.id, Task.generation == window.generation, Task.state == TaskState.CANCELLED,
            Task.kind.in_((TaskKind.PLAN, TaskKind.CLOSING)), Task.due_at >= now,
        )
        .values(state=TaskState.PLANNED, done_at=None)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _close_all(session, now, window_id: int, staff_id: int, outcome: AlertOutcome) -> None:
    session.execute(
        update(Alert)
        .where(Alert.window_id == window_id, Alert.state != AlertState.CLOSED)
        .values(
            state=AlertState.CLOSED, outcome=outcome, closed_at=now, closed_by=staff_id, look_at=None, ack_at=None,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _note(session, now, staff: Staff, person_id: int, act: str) -> None:
    audit.note(
        session, now, act, actor="staff", staff_id=staff.id, institution_id=staff.institution_id,
        person_id=person_id,
    )  # fmt: skip
