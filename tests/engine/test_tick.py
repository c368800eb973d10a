"""One tick at a time: what it opens, asks, reminds, ends."""

from sqlalchemy import select

from companion.engine.tick import tick
from companion.models import Slot
from companion.rules.states import SlotState
from tests.cast import later


def states(database, person_id):
    with database.read() as session:
        rows = session.scalars(select(Slot.state).where(Slot.person_id == person_id).order_by(Slot.seq))
        return [state.value for state in rows]


def test_a_due_check_in_is_opened_and_asked_once(house, people, carrier, clock):
    clock.at = later(days=0)
    tick(house)
    assert carrier.letters == []
    clock.at = later(
        days=2, hours=3
    )  # Wednesday 12.00: day 5 of Budi's window, 10.00 give or take 20 minutes
    report = tick(house, lived=True)
    assert report.did["opened"] == report.did["sent"] == 3
    assert tick(house).did["sent"] == 0
    assert len(carrier.bodies("+6281200000001")) == 1
    assert states(house.database, people.budi)[0] == SlotState.OPEN
