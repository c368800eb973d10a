import pytest

from companion.web import import_work
from tests.web.importing.sheet import settle


@pytest.fixture
def office(app, people):
    import_work._judged.clear()
    yield app
    settle()
