import pytest

from tests.engine.scene import Scene


@pytest.fixture
def scene(house, clock, carrier, people):
    """Budi, Wati and Yusuf, and an engine that has just ticked on Monday at nine."""
    made = Scene(house, clock, carrier, people)
    made.at(clock.at)
    return made
