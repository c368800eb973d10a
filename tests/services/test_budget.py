"""The day's budget: warned of at 80 %, at its end bulk waits and urgent texts leave (failures 55)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from companion.models import Institution, Message, Staff
from companion.rules.states import MessageState
from companion.rules.terms import Lane
from companion.services import budget
from companion.services.budget import Spent
from tests.engine.scene import DAY, HOUR, MINUTE
from tests.services.at_the_gate import MONDAY, ask, promise

TOMORROW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("used", "warns", "over"), [(79, False, False), (80, True, False), (99, True, False), (100, True, True)]
)
def test_it_warns_at_80_and_is_over_at_100(used, warns, over):
    spent = Spent(100, used)
    assert (spent.warns, spent.over) == (warns, over)


def left_already(scene, n, *, at=MONDAY, state=MessageState.SENT, lane=Lane.BULK, institution=None):
    """So many texts of the institution left before, to nobody in particular."""
    with scene.database.write() as session:
        session.add_all(
            Message(
                institution_id=institution or scene.people.melati, purpose="invitation", lane=lane, state=state,
                subject=f"before:{at}:{state}:{lane}:{n}:{number}", planned_for=at, expires_at=at + DAY, state_at=at,
                first_attempt_at=at, last_attempt_at=at,
            )
            for number in range(n)
        )  # fmt: skip


def limit(scene, texts):
    scene.change(Institution, scene.people.melati, daily_budget=texts)


@pytest.mark.parametrize(
    ("used", "state"), [(79, "sending"), (80, "sending"), (99, "sending"), (100, "planned")]
)
def test_the_last_text_that_is_paid_for_leaves_and_the_next_waits(scene, used, state):
    limit(scene, 100)
    left_already(scene, used)
    assert ask(scene, promise(scene))[0] == state


@pytest.mark.parametrize("used", [0, 250, 500])
def test_far_from_its_end_and_near_it_the_count_is_the_same(scene, used):
    limit(scene, 500)
    left_already(scene, used)
    with scene.database.write() as session:
        place = session.get_one(Institution, scene.people.melati)
        assert budget.left(session, place, MONDAY) == 500 - used


def test_at_its_end_bulk_waits_for_the_morning_and_urgent_leaves(scene):
    limit(scene, 1)
    left_already(scene, 1)
    assert ask(scene, promise(scene)) == ("planned", "budget", TOMORROW)
    assert ask(scene, promise(scene, subject="urgent", lane=Lane.URGENT))[0] == "sending"


@pytest.mark.parametrize(
    ("before", "used"),
    [
        ({}, 3), ({"state": MessageState.UNDELIVERED}, 3), ({"state": MessageState.UNSURE}, 3),
        ({"state": MessageState.SENDING}, 3), ({"state": MessageState.REFUSED}, 0),
        ({"state": MessageState.PLANNED}, 0), ({"lane": Lane.URGENT}, 0),
        ({"at": datetime(2026, 11, 22, 17, 0, tzinfo=UTC)}, 3),
        ({"at": datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)}, 0),
    ],
)  # fmt: skip
def test_what_left_or_may_have_left_since_the_local_midnight_is_paid_for(scene, before, used):
    limit(scene, 10)
    left_already(scene, 3, **before)
    left_already(scene, 1, institution=scene.people.other, at=MONDAY + MINUTE)
    with scene.database.read() as session:
        assert budget.spent(session, session.get_one(Institution, scene.people.melati), MONDAY).used == used


def test_without_a_budget_nothing_is_counted(scene):
    with scene.database.read() as session:
        place = session.get_one(Institution, scene.people.melati)
        assert budget.left(session, place, MONDAY) is None
        assert budget.spent(session, place, MONDAY) is None
        assert budget.warned(session, MONDAY) == []


def test_a_larger_budget_wakes_what_waited_for_it(scene):
    limit(scene, 0)
    message = promise(scene)
    assert ask(scene, message)[:2] == ("planned", "budget")
    with scene.database.write() as session:
        budget.set_daily(session, MONDAY + HOUR, session.get_one(Staff, scene.people.ratna), 5)
    assert scene.messages(id=message.id)[0].look_at == MONDAY + HOUR
    assert ask(scene, message, MONDAY + HOUR)[0] == "sending"


def test_the_count_is_served_by_an_index(scene):
    """A text is taken thousands of times a day; its price must not grow with what was ever sent."""
    left_already(scene, 50, at=MONDAY - 3 * DAY)
    query = "SELECT count(*) FROM message WHERE institution_id = 1 AND last_attempt_at >= '2026-11-23' AND lane = 'bulk'"
    with scene.database.write() as session:
        if scene.database.is_sqlite:
            plan = str(session.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
        else:
            session.execute(text("SET enable_seqscan = off"))
            plan = str(session.execute(text(f"EXPLAIN {query}")).all())
    assert "ix_message_institution_id_last_attempt_at" in plan
