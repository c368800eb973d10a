"""A red alert is told to a named person, and climbs until somebody takes it (design 2.2, 4.3).

Caseworker, then supervisor, then the duty number, then the banner. Where a supervisor is told first, another one comes
before the duty number, as after anybody else. A text says only that something is
urgent; its link needs sign-in.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.db import locked
from companion.models import Alert, Institution, Message, Person, Staff
from companion.models.alerts import is_unclosed
from companion.rules.staff_hours import DeadlineKind, StaffHours, deadline
from companion.rules.states import AlertState, Level, MessageState
from companion.rules.terms import Lane, LinkKind, Purpose, Role, Step
from companion.services import institutions, links, outbox
from companion.services.told import subject_of

NEXT_STEP = {
    Step.CASEWORKER: Step.SUPERVISOR,
    Step.SUPERVISOR: Step.DUTY_NUMBER,
    Step.DUTY_NUMBER: Step.BANNER,
    Step.BANNER: Step.BANNER,
}
TEXT_LIVES = 4.0  # working hours: an urgent text older than that says nothing useful (design 4.2)
TOLD_LATELY = timedelta(hours=1)


@dataclass(frozen=True)
class Target:
    """Whose phone rings, a member of staff or (None) the institution's duty number, and when."""

    staff_id: int | None
    step: Step
    at: datetime


def tell(
    session: Session, now: datetime, alert: Alert, institution: Institution, hours: StaffHours,
    caseworker_id: int | None,
) -> bool:  # fmt: skip
    """Begin the ladder of a red alert: promise the text to whoever has to act now.

    True if it leaves now, to somebody on duty. Outside working hours it leaves at the next opening, unless
    somebody is on call at the duty number.
    """
    target = _on_call(now, institution, hours) or _by_day(
        session, now, alert, institution, hours, caseworker_id
    )
    return _ring(session, now, alert, target, Purpose.STAFF_URGENT, hours)


def may_have_missed_it(session: Session, now: datetime, alert: Alert) -> bool:
    """Whether a new red signal has to be told although the alert is in somebody's hands.

    An open one is being told already; whoever has claimed it is told again, at most once an hour.
    """
    if alert.state is not AlertState.CLAIMED:
        return False
    at = session.scalar(
        select(func.max(Message.planned_for)).where(
            Message.subject == subject_of(alert.id), Message.state != MessageState.CANCELLED
        )
    )
    return at is None or at <= now - TOLD_LATELY


def begin_again(
    session: Session, now: datetime, alert: Alert, institution: Institution, staff_id: int | None
) -> None:
    """An alert is open again for somebody: a red one is told to them, the others get a day before they climb."""
    hours = institutions.staff_hours(institution)
    if alert.answered_at is not None or alert.level is Level.NONE:
        return
    if alert.level is Level.RED:
        tell(session, now, alert, institution, hours, staff_id)
    elif alert.deadline_at is None or alert.deadline_at <= now:
        alert.ack_at = hours.add_days(now, 1)


def _ring(session, now, alert, target: Target | None, purpose, hours) -> bool:
    """Promise the text and write down by when it has to be acknowledged; without a phone only the banner is left."""
    alert.step = target.step if target else Step.BANNER
    if target is None:
        alert.ack_at = None
        return False
    at_night = target.at == now and not hours.on_duty(now)
    alert.ack_at = deadline(DeadlineKind.ACKNOWLEDGE, target.at, hours, on_call=at_night)
    _promise(session, now, alert, target, purpose, hours)
    return target.at == now


def _on_call(now, institution, hours) -> Target | None:
    """Outside working hours the duty number, where somebody takes urgent texts at any hour."""
    if institution.on_call and institution.duty_number and not hours.on_duty(now):
        return Target(None, Step.DUTY_NUMBER, now)
    return None


def _by_day(session, now, alert, institution, hours, caseworker_id, asked=None, again=True) -> Target | None:
    """The first person from the alert's step upwards who can be texted in working hours; None: only the banner.

    `asked`: who was asked before; of the supervisors they come last, as the caseworker may be one, and only if they may
    be asked `again`.
    """
    at = hours.next_opening(now)
    step = alert.step
    if step is Step.CASEWORKER:
        worker = session.get(Staff, caseworker_id or _caseworker_of(session, alert))
        if _can_be_texted(worker, at):
            return Target(worker.id, Step.CASEWORKER, at)
        step = Step.SUPERVISOR
    if step is Step.SUPERVISOR:
        for supervisor in sorted(_supervisors(session, institution.id), key=lambda one: one.id == asked):
            if (again or supervisor.id != asked) and _can_be_texted(supervisor, at):
                return Target(supervisor.id, Step.SUPERVISOR, at)
        step = Step.DUTY_NUMBER
    if step is Step.DUTY_NUMBER and institution.duty_number:
        return Target(None, Step.DUTY_NUMBER, at)
    return None


def _caseworker_of(session, alert) -> int:
    return session.scalar(select(Person.caseworker_id).where(Person.id == alert.person_id)) or 0


def _supervisors(session, institution_id):
    return session.scalars(
        select(Staff)
        .where(Staff.institution_id == institution_id, Staff.role == Role.SUPERVISOR, Staff.active)
        .order_by(Staff.id)
    )


def _can_be_texted(staff: Staff | None, now: datetime) -> bool:
    return bool(staff and staff.active and staff.phone and not (staff.away_until and staff.away_until > now))


def _promise(session, now, alert, target, purpose, hours) -> None:
    token = links.make(session, now, LinkKind.STAFF, institution_id=alert.institution_id)
    outbox.promise(
        session, now, institution_id=alert.institution_id, purpose=purpose, subject=subject_of(alert.id),
        step=len(_texts(session, alert)), lane=Lane.URGENT, at=target.at,
        expires_at=hours.add_hours(target.at, TEXT_LIVES), staff_id=target.staff_id, alert_id=alert.id,
        token=token,
    )  # fmt: skip


def _texts(session, alert) -> list:
    """The texts about this alert so far, oldest first."""
    return session.execute(
        select(Message.staff_id, Message.purpose)
        .where(Message.subject == subject_of(alert.id))
        .order_by(Message.step)
    ).all()


def climb_due(session: Session, now: datetime, limit: int) -> Counter:
    """Alerts that nobody took, whose deadline passed, or whose snooze ended; one step each."""
    statement = locked(session, alerts_to_climb(now, limit))
    due = session.scalars(statement.execution_options(populate_existing=True)).all()
    climbed = 0
    for alert in due:
        climbed += _climb(session, now, alert)
        alert.look_at = next_look(alert, now)
    return Counter(looked=len(due), escalated=climbed)


def alerts_to_climb(now: datetime, limit: int):
    """Alerts at which somebody must look now."""
    return (
        select(Alert).where(Alert.look_at <= now, is_unclosed).order_by(Alert.look_at, Alert.id).limit(limit)
    )


def next_look(alert: Alert, now: datetime) -> datetime | None:
    """The next instant somebody must look at this alert; None when nothing is left to the machine."""
    if alert.state is AlertState.SNOOZED:
        return alert.snoozed_until
    if alert.state is AlertState.CLOSED or alert.answered_at is not None:
        return None
    climbs = alert.ack_at if alert.state is AlertState.OPEN else None
    given = (
        alert.look_at if alert.state is AlertState.CLAIMED else None
    )  # to whoever took it after its deadline
    ahead = [at for at in (climbs, given, alert.deadline_at) if at is not None and at > now]
    return min(ahead, default=None)


def _climb(session, now, alert) -> bool:
    """True if it went a step up; the end of a snooze only opens it again."""
    institution = session.get_one(Institution, alert.institution_id)
    had_it = alert.claimed_by
    woke = alert.state is AlertState.SNOOZED
    left_by = had_it if alert.state is AlertState.CLAIMED else None
    if alert.state is not AlertState.OPEN:
        alert.state, alert.snoozed_until = AlertState.OPEN, None
        alert.claimed_by, alert.claimed_at = (
            had_it if woke else None,
            None,
        )  # who is texted has to see the person
    if woke:
        begin_again(session, now, alert, institution, had_it)
        return False
    _one_step_up(session, now, alert, institution, institutions.staff_hours(institution), left_by)
    return True


def _one_step_up(session, now, alert, institution, hours, left_by: int | None) -> None:
    """To the next person, by text where it is red; at the top only the banner stays.

    The deadline itself stays as it was promised, so that a late alert can be seen to be late.
    """
    if alert.level is not Level.RED:
        alert.step = Step.SUPERVISOR if alert.step is Step.CASEWORKER else Step.BANNER
        alert.ack_at = hours.add_days(now, 1) if alert.step is Step.SUPERVISOR else None
        return
    before, last = alert.step, next(reversed(_texts(session, alert)), None)
    alert.step = _step_after(before, last, institution)
    asked = left_by or (last.staff_id if last else None)
    target = None
    if alert.step is not Step.BANNER:
        again = alert.step is not before
        target = _by_day(session, now, alert, institution, hours, None, asked, again)
    _ring(session, now, alert, target, Purpose.STAFF_LATE, hours)


def _step_after(step: Step, last, institution) -> Step:
    """What nobody took after its first text is a supervisor's: another one's, if it went to a supervisor.

    Also after somebody on call did not take it at night; the supervisor is told in the morning.
    """
    first = last is not None and last.purpose == Purpose.STAFF_URGENT
    on_call = step is Step.DUTY_NUMBER and institution.on_call and first and last.staff_id is None
    return Step.SUPERVISOR if on_call or (first and step is Step.SUPERVISOR) else NEXT_STEP[step]
