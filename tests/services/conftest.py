import pytest

from tests.engine.scene import Scene


@pytest.fixture
def scene(house, clock, carrier, people):
    """Budi, Wati and Yusuf on Monday at nine, and an engine that has not ticked yet."""
    return Scene(house, clock, carrier, people)
