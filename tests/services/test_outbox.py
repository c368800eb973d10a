"""Messages before they leave: promised once, cancelled, expired, decided (design 3, 4.2)."""

import pytest
from sqlalchemy import select

from companion.models import Message
from companion.rules.states import MessageState
from companion.rules.terms import Lane, Purpose
from companion.services import outbox
from tests.cast import NOW, later
from tests.engine.scene import HOUR, MINUTE, SECOND


@pytest.fixture
def session(database, people):
    with database.sessions() as session:
        yield session


@pytest.fixture
def promise(session, people):
    def make(subject="contact:1", **also):
        given = {
            "purpose": Purpose.WE_RANG,
            "expires_at": later(days=1),
            "institution_id": people.melati,
        } | also
        return outbox.promise(session, NOW, subject=subject, **given)

    return make


def states(session):
    return session.scalars(select(Message.state).order_by(Message.id)).all()


def test_the_same_promise_is_made_once(session, promise):
    assert promise()
    assert not promise(purpose=Purpose.NEW_LINK)
    assert promise(step=1)
    assert promise("contact:2")


def test_a_promise_may_lie_ahead(session, promise):
    promise(at=later(hours=3))
    message = session.scalars(select(Message)).one()
    assert (message.planned_for, message.look_at, message.state_at) == (later(hours=3), later(hours=3), NOW)


def test_a_reference_is_long_enough_not_to_be_guessed(session, promise):
    promise()
    assert len(session.scalars(select(Message.ref)).one()) >= 20


@pytest.mark.parametrize(
    ("cancel", "left"),
    [
        (lambda s, p: outbox.cancel_person(s, NOW, p.budi, "x"), {"wati"}),
        (lambda s, p: outbox.cancel_own(s, NOW, p.budi, "x"), {"wati"}),
        (lambda s, p: outbox.cancel_number(s, NOW, 1, "x"), {"wati", "budi"}),
        (lambda s, p: outbox.cancel_alert(s, NOW, 7, "x"), {"wati", "budi", "number"}),
    ],
)
def test_cancelling_ends_what_it_names_and_nothing_else(session, people, promise, cancel, left):
    promise("budi", person_id=people.budi)
    promise("wati", person_id=people.wati)
    promise("number", number_id=1)
    promise("alert:7")
    cancel(session, people)
    session.expire_all()
    planned = session.scalars(select(Message).where(Message.state == MessageState.PLANNED)).all()
    names = {message.subject for message in planned} - {"alert:7", "number"}
    assert names == left - {"number"}
    cancelled = session.scalars(select(Message).where(Message.state == MessageState.CANCELLED)).all()
    assert [(message.reason, message.look_at) for message in cancelled] == [("x", None)]


def test_what_has_left_is_not_cancelled(session, people, promise):
    promise(person_id=people.budi)
    session.execute(Message.__table__.update().values(state=MessageState.SENT))
    assert outbox.cancel_person(session, NOW, people.budi, "x") == 0


@pytest.mark.parametrize(
    ("before", "state"), [(SECOND, MessageState.PLANNED), (0 * SECOND, MessageState.EXPIRED)]
)
def test_a_message_grows_stale_at_its_end(session, promise, before, state):
    promise(expires_at=NOW + HOUR)
    outbox.expire_due(session, NOW + HOUR - before, 500)
    assert states(session) == [state]


@pytest.mark.parametrize(("held", "reason"), [(None, "stale"), ("budget", "budget")])
def test_it_says_what_kept_it_until_then(session, promise, held, reason):
    promise(expires_at=NOW + HOUR)
    session.execute(Message.__table__.update().values(held_because=held))
    assert outbox.expire_due(session, NOW + HOUR, 500)["expired"] == 1
    message = session.scalars(select(Message)).one()
    assert (message.reason, message.look_at) == (reason, None)


def test_urgent_ones_come_first_and_each_lane_oldest_first(session, promise):
    for n, lane in enumerate((Lane.BULK, Lane.URGENT, Lane.BULK, Lane.URGENT)):
        promise(f"x:{n}", lane=lane, at=NOW - n * MINUTE)
    promise("later", at=later(hours=1))
    promise("stale", expires_at=NOW)
    session.commit()
    urgent, bulk = outbox.due_to_send(session, NOW, 10)
    subjects = dict(session.execute(select(Message.id, Message.subject)).all())
    assert ([subjects[id_] for id_ in urgent], [subjects[id_] for id_ in bulk]) == (
        ["x:3", "x:1"],
        ["x:2", "x:0"],
    )


def test_no_more_are_looked_at_than_were_asked_for(session, promise):
    for n in range(4):
        promise(f"x:{n}", lane=Lane.URGENT if n < 2 else Lane.BULK)
    session.commit()
    urgent, bulk = outbox.due_to_send(session, NOW, 3)
    assert len(urgent) + len(bulk) <= 3
    assert len(urgent) == 2


@pytest.mark.parametrize(("sent", "state"), [(True, MessageState.SENT), (False, MessageState.REFUSED)])
def test_a_person_decides_about_an_unsure_one_only(session, promise, sent, state):
    promise()
    message_id = session.scalars(select(Message.id)).one()
    assert not outbox.decide(session, NOW, message_id, sent=sent)
    session.execute(Message.__table__.update().values(state=MessageState.UNSURE))
    assert outbox.decide(session, NOW, message_id, sent=sent)
    assert states(session) == [state]
