"""Whether the text about a red alert reached anybody's phone; if it surely did not, the alert climbs at once."""

from datetime import datetime

from sqlalchemy import exists, update
from sqlalchemy.orm import Session, aliased

from companion.models import Alert, Message
from companion.rules.states import AlertState


def subject_of(alert_id: int) -> str:
    """Under which subject the texts about an alert are promised; their steps count up from 0."""
    return f"alert:{alert_id}"


def told(session: Session, alert_id: int | None, now: datetime) -> None:
    """A text about this alert was handed over."""
    if alert_id is not None:
        session.execute(
            update(Alert)
            .where(Alert.id == alert_id, Alert.notified_at.is_(None))
            .values(notified_at=now)
            .execution_options(synchronize_session=False)
        )


def not_told(session: Session, message_id: int, alert_id: int | None, now: datetime) -> None:
    """The newest text about this alert cannot arrive: nobody is to wait an hour for its acknowledgement.

    Whoever has taken it was to be told of something newer, and has not heard of it: it is open again, and theirs to see.
    """
    if alert_id is None:
        return
    this, newer = aliased(Message), aliased(Message)
    overtaken = exists().where(
        this.id == message_id, newer.subject == subject_of(alert_id), newer.step > this.step
    )
    waits = (Alert.state == AlertState.OPEN) & (Alert.ack_at > now)
    # Taking it ends what was to be acknowledged: where there is a time for that, something came after.
    told_again = (Alert.state == AlertState.CLAIMED) & Alert.ack_at.is_not(None)
    session.execute(
        update(Alert)
        .where(Alert.id == alert_id, waits | told_again, ~overtaken)
        .values(state=AlertState.OPEN, claimed_at=None, ack_at=now, look_at=now, notified_at=None)
        .execution_options(synchronize_session=False)
    )
