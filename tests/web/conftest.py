import pytest

from tests.cast import NOW
from tests.web.office import Standing, browser
from tests.web.staff_room import StaffRoom


@pytest.fixture
def clock():
    return Standing(NOW)


@pytest.fixture
def office(app, people):
    """The pages of a house with the cast in it."""
    return app


@pytest.fixture
def room(database):
    """The desk behind the pages."""
    room = StaffRoom(database)
    yield room
    room.close()


@pytest.fixture
def desk(room):
    return room.desk


@pytest.fixture
def sari(office):
    """Sari's browser, signed in."""
    return browser(office, "sari")
