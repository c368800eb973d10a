"""What tests of keeping and deleting share: answers and ends as they come about, one sweep, and what is left after it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from companion.engine import retention as job
from companion.models import Alert, Answer, Deletion, Link, Person, Slot, Window
from companion.rules.results import AlertOutcome, WindowOutcome
from companion.rules.states import AlertState
from companion.services import answers, closing
from tests import cast
from tests.engine.scene import DAY, HOUR, SECOND

SAID = {"mood": 2, "urge": 7, "confidence": 6, "sleep": 2, "situation": "past", "situation_kind": ["uang", "sepi"],
        "contact": "week", "use": "yes"}  # fmt: skip


def answer(scene, said, *people, at):
    """The next check-in of these people falls due at the same instant, is asked, and is answered an hour later."""
    slots = [scene.next_slot(person_id) for person_id in people]
    for slot in slots:
        scene.change(Slot, slot.id, due_at=at, look_at=at, give_up_at=at + DAY, closes_at=at + 3 * DAY)
    scene.at(at)
    scene.clock.at = at + HOUR
    with scene.database.write() as session:
        for slot in slots:
            token = session.scalar(select(Link.token).where(Link.slot_id == slot.id))
            answers.receive(session, answers.look(session, token, at + HOUR), dict(said), at + HOUR)
    return at + HOUR


def close(scene, person_id, at):
    """A supervisor ends the follow-up; what stands open and red is closed first."""
    scene.clock.at = at
    with scene.database.write() as session:
        ratna = session.get(cast.models.Staff, scene.people.ratna)
        open_alerts = (Alert.person_id == person_id, Alert.state != AlertState.CLOSED)
        session.execute(
            update(Alert)
            .where(*open_alerts)
            .values(state=AlertState.CLOSED, closed_at=at, outcome=AlertOutcome.SPOKE, look_at=None)
        )
        person = session.get(Person, person_id)
        window = session.scalars(select(Window).where(Window.person_id == person_id)).one()
        assert closing.close_window(session, at, person, window, ratna, WindowOutcome.STABLE) is None
    return at


def sweep(scene, at):
    assert job.sweep(scene.database, at, at) == []


def rows(scene, model, *where):
    with scene.database.read() as session:
        return session.scalars(select(model).where(*where)).all()


def said(scene, person_id):
    found = rows(scene, Answer, Answer.person_id == person_id)
    return [one.said for one in sorted(found, key=lambda one: one.at)]


def deleted(scene, kind):
    return sum(one.n for one in rows(scene, Deletion, Deletion.kind == kind))


BOUNDARY = pytest.mark.parametrize(("past", "gone"), [(-SECOND, False), (timedelta(), True), (SECOND, True)])
