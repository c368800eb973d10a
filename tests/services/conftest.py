import pytest

from companion import i18n
from tests.engine.scene import Scene
from tests.services.centre import Centre
from tests.services.desk import Desk


@pytest.fixture
def scene(house, clock, carrier, people):
    """Budi, Wati and Yusuf on Monday at nine, and an engine that has not ticked yet."""
    return Scene(house, clock, carrier, people)


@pytest.fixture
def session(database):
    with database.sessions() as session:
        yield session


@pytest.fixture
def centre(session):
    return Centre(session)


@pytest.fixture
def budi(centre):
    """A guest of the centre with a check-in that is open."""
    return centre.guest()


@pytest.fixture
def desk(database):
    with database.sessions() as session:
        yield Desk(session)


@pytest.fixture
def english():
    with i18n.speaking("en"):
        yield
