"""What a contact does to the alerts of its person: taken, put off, or with a new date (texts 4, design 4.3)."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from companion.models import Alert
from companion.rules.results import RESULTS, Code, Effect, Result
from companion.rules.states import AlertState, Family, Level
from companion.services import alerts
from companion.services.why import RANK

REASON_OF_SLEEP = {Code.AGREED: "appointment", Code.NOT_REACHED: "not_reached"}
IN_GOOD_HANDS = frozenset(
    {Effect.STAY_RED, Effect.AWAY, Effect.CARE_AGAIN, Effect.WITHDRAW, Effect.DEATH, Effect.LOST}
)
"""No conversation, but the promise to be in touch has been kept or has lost its object."""
ENDING = frozenset({Effect.WITHDRAW, Effect.DEATH})
_UNCLOSED = (
    select(Alert)
    .where(Alert.person_id == bindparam("person"), Alert.state != AlertState.CLOSED)
    .order_by(Alert.id)
)  # fmt: skip
"""Made once: a call asks it three times, and making it costs more than asking."""


def unclosed(session: Session, person_id: int) -> list[Alert]:
    """The unclosed alerts of a person, the most urgent first."""
    return sorted(session.scalars(_UNCLOSED, {"person": person_id}).all(), key=urgency)


def urgency(alert: Alert) -> tuple:
    """Sorts alerts: what waits for somebody, the highest level, and whether a life is in danger before all else of it."""
    return alert.answered_at is not None, RANK[alert.level], alert.family is not Family.SAFETY


def follow(session: Session, here, code: Code, next_at: datetime | None, chosen: Alert | None) -> None:
    """Let the alerts that stood before this contact follow from it.

    A call is made to a person, not to an alert: whoever rings takes all of them that nobody has, and a conversation
    keeps the promise of every one. A failed try leaves each deadline as it was promised. Reported danger is a
    supervisor's to take.
    """
    result = RESULTS[code]
    for alert in here.standing:
        theirs = result.effect is Effect.DANGER and alert.family is Family.SAFETY
        if alert.state is not AlertState.CLAIMED and not theirs:
            alerts.claim(session, here.now, alert.id, here.staff)
    if code is Code.SPOKE_WELL and here.standing:
        alerts.answered(session, here.now, here.window.id)
    _move_deadlines(session, here, result, next_at)
    if result.sleeps and next_at is not None:
        for alert in [chosen] if chosen else here.standing:
            alerts.snooze(session, here.now, alert.id, here.staff, next_at, REASON_OF_SLEEP[code])
    for alert in here.standing:
        session.expire(alert)  # changed by UPDATE: whoever reads it next must read the row


def _move_deadlines(session, here, result: Result, next_at: datetime | None) -> None:
    spoken = result.heard or result.effect in IN_GOOD_HANDS
    moving = [alert.id for alert in here.standing if spoken or alert.level is not Level.RED]
    if result.tried or not moving:
        return
    look_at = None if result.effect in ENDING else next_at
    session.execute(
        update(Alert)
        .where(Alert.id.in_(moving), Alert.state == AlertState.CLAIMED, Alert.answered_at.is_(None))
        .values(deadline_at=next_at, ack_at=None, look_at=look_at)
        .execution_options(synchronize_session=False)
    )
