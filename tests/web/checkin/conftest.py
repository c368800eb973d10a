from datetime import date

import pytest

from companion.models import Slot
from companion.rules.states import SlotState
from tests.services.centre import HOUR, NOW, Centre
from tests.web.office import Standing


@pytest.fixture
def clock():
    return Standing(NOW)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def people(database):
    """The guests of one centre by name; their rows are read again where a test needs them."""
    with database.write() as session:
        centre = Centre(session)
        teen = date(NOW.year - 15, 1, 1)
        found = {
            "own": centre.guest(),
            "shared": centre.guest("shared"),
            "teen": centre.guest(born_on=teen),
            "english": centre.guest(language="en"),
            "late": centre.guest(asked=50 * HOUR),
            "closed": centre.guest(asked=100 * HOUR),
            "two": centre.guest(),
            "last": centre.guest(),
        }
        centre.share_number(found["two"])
        session.execute(
            Slot.__table__.delete().where(
                Slot.person_id == found["last"].person.id, Slot.state == SlotState.PLANNED
            )
        )
    return found


@pytest.fixture
def url(people):
    return lambda name: f"/c/{people[name].token}"
