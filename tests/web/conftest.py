import pytest

from tests.cast import NOW
from tests.web.office import Standing


@pytest.fixture
def clock():
    return Standing(NOW)


@pytest.fixture
def office(app, people):
    """The pages of a house with the cast in it."""
    return app
