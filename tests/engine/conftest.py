import pytest

from companion.channels.protocol import Unsure
from companion.services import gate
from tests.cast import NOW
from tests.engine.keeping import SAID, answer, close
from tests.engine.scene import BUDI, DAY, HOUR, Scene


@pytest.fixture
def scene(house, clock, carrier, people):
    """Budi, Wati and Yusuf, and an engine that has just ticked on Monday at nine."""
    made = Scene(house, clock, carrier, people)
    made.at(clock.at)
    return made


@pytest.fixture
def told(scene):
    """Budi and Wati have answered twice, question 6 too; Budi's follow-up then ended. Gives (answered at, closed at)."""
    both = scene.people.budi, scene.people.wati
    at = [
        answer(scene, SAID | {"mood": mood}, *both, at=NOW + days * DAY + 3 * HOUR)
        for mood, days in ((2, 2), (4, 8))
    ]
    return at, close(scene, scene.people.budi, at[-1] + 2 * DAY)


@pytest.fixture
def unsure(scene):
    """Budi's invitation timed out; the carrier knows nothing of it yet."""
    scene.carrier.refuses = {BUDI: Unsure()}
    slot = scene.asked(scene.people.budi)
    scene.carrier.refuses = {}
    return slot


@pytest.fixture
def taken(scene):
    """A message in the hands of a sender who was never heard of again."""
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    now = scene.clock.at
    return scene.write(gate.take, scene.message(slot).id, now, scene.clock.machine(), "https://s.id")
