"""What the tests of the pages have in common: the clock, the house with its people, and who opens which door of it."""

from datetime import date

import pytest

from companion.models import Person, Slot
from companion.rules.states import SlotState
from companion.rules.terms import ConsentPurpose, Role
from companion.services import enrol, family, passwords
from companion.web import import_work
from tests.cast import NOW
from tests.services import centre
from tests.web.office import Standing, browser
from tests.web.reading_at_home import PIN, WEEK, knock
from tests.web.sheet import settle
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


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def guests(database, clock):
    """The guests of one centre by name, in its own time; their rows are read again where a test needs them."""
    clock.at = centre.NOW
    with database.write() as session:
        place = centre.Centre(session)
        teen = date(NOW.year - 15, 1, 1)
        found = {
            "own": place.guest(),
            "shared": place.guest("shared"),
            "teen": place.guest(born_on=teen),
            "english": place.guest(language="en"),
            "late": place.guest(asked=50 * centre.HOUR),
            "closed": place.guest(asked=100 * centre.HOUR),
            "two": place.guest(),
            "last": place.guest(),
        }
        place.share_number(found["two"])
        session.execute(
            Slot.__table__.delete().where(
                Slot.person_id == found["last"].person.id, Slot.state == SlotState.PLANNED
            )
        )
    return found


@pytest.fixture
def url(guests):
    """The address behind the text of one of them."""
    return lambda name: f"/c/{guests[name].token}"


@pytest.fixture
def agreed(office, people):
    """Budi has agreed that his family reads along."""
    with office.extensions["database"].write() as session:
        budi = session.get_one(Person, people.budi)
        enrol.record_consent(session, NOW, budi, ConsentPurpose.FAMILY, "map hijau", staff_id=people.sari)


@pytest.fixture
def rina(office, people, agreed):
    """Reads since two weeks ago."""
    with office.extensions["database"].write() as session:
        return family.invite(
            session, NOW - 2 * WEEK, session.get_one(Person, people.budi), name="Rina", relation="Ibu",
            e164="+6281355500009", language="id", pin_hash=passwords.hash(PIN), staff_id=people.sari,
        )  # fmt: skip


@pytest.fixture
def phone(office, rina):
    """Rina's phone, with the reading open."""
    client = office.test_client()
    assert knock(client, rina).location == "/keluarga"
    return client


@pytest.fixture
def settled():
    """No sheet of another test is remembered, and none is still being stored when its house goes."""
    import_work._judged.clear()
    yield
    settle()


@pytest.fixture
def elsewhere(room):
    """The other institution is in another province, and has a caseworker of its own."""
    room.desk.elsewhere.province = "JB"
    room.desk.sinta = room.desk._staff(room.desk.elsewhere, "sinta", "Sinta Wijaya", Role.CASEWORKER)
