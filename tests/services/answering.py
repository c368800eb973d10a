"""Saying something at the door of a check-in, and what came of it."""

from datetime import timedelta

from sqlalchemy import select

from companion.models import Alert, Answer, Signal, Slot
from companion.rules.states import Family
from companion.services import answers
from tests.services.centre import NOW

CALM = {"mood": 4, "urge": 1, "confidence": 8, "situation": "no", "use": "no", "sleep": 3, "contact": "no"}
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def tell(session, guest, said, now=NOW, **how):
    door = answers.look(session, guest.token, now)
    return answers.receive(session, door, said, now, **how)


def slot_of(session, guest) -> Slot:
    return session.get_one(Slot, guest.slot.id, populate_existing=True)


def raised(session, guest) -> dict[Family, Alert]:
    rows = session.scalars(
        select(Alert).where(Alert.person_id == guest.person.id).execution_options(populate_existing=True)
    )
    return {alert.family: alert for alert in rows}


def codes(session, alert) -> list[str]:
    return list(session.scalars(select(Signal.code).where(Signal.alert_id == alert.id).order_by(Signal.id)))


def said_by(session, guest) -> list[Answer]:
    return list(
        session.scalars(select(Answer).where(Answer.person_id == guest.person.id).order_by(Answer.id))
    )
