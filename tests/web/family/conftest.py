import pytest

from companion.models import Person
from companion.rules.terms import ConsentPurpose
from companion.services import enrol, family, passwords
from tests.cast import NOW
from tests.web.family.reading import PIN, WEEK, knock


@pytest.fixture
def office(app, people):
    with app.extensions["database"].write() as session:
        budi = session.get_one(Person, people.budi)
        enrol.record_consent(session, NOW, budi, ConsentPurpose.FAMILY, "map hijau", staff_id=people.sari)
    return app


@pytest.fixture
def rina(office, people):
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
