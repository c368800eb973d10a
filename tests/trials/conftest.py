import pytest

from companion.trials import simulate
from companion.trials.chaos_aftermath import Aftermath, Took
from companion.trials.chaos_people import ANSWER, Act
from tests.trials.aftermaths import AT, HOUR, attempt, link, message, number, row, slot


@pytest.fixture
def whole():
    """Two check-ins after which all is well: one was answered after its text, one was missed and is listed."""
    return Aftermath(
        end=AT + 96 * HOUR,
        due=frozenset({1, 2}),
        rows={
            "message": [message(1), message(2)], "attempt": [attempt(1), attempt(2)],
            "slot": [slot(1, answered_at=AT + HOUR), slot(2, "missed")], "number": [number(1), number(2)],
            "alert": [], "signal": [row(about="slot:2", code="M1")], "link": [link(1), link(2)],
            "answer": [row(slot_id=1)], "parked": [],
        },
        took=[Took("r1", AT, "delivered", "t1"), Took("r2", AT, "delivered", "t2")],
        acts=[Act(ANSWER, "t1", AT + HOUR, 303)],
        promised=2,
        by_state={"answered": 1, "missed": 1, "planned": 0, "open": 0},
        faults=[],
    )  # fmt: skip


@pytest.fixture(scope="session")
def clean():
    """Twenty people for a week, with every promise kept: made once, and altered only in copies."""
    return simulate.simulate(20, 7, seed=1)
