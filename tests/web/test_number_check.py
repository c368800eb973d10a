"""The page behind "is this the right phone": read by the person or by a stranger, and silent about both (texts 2.8, 3)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from companion.clock import SetClock
from companion.models import Alert, Answer, Number, Phone
from companion.rules.states import Family
from companion.rules.terms import LinkKind
from tests.services.centre import NOW, Centre

WEEK = timedelta(days=7)


@pytest.fixture
def clock():
    return SetClock(NOW)


@pytest.fixture
def guest(database):
    """Somebody whose number nobody has made sure of yet, with the question on the phone."""
    with database.write() as session:
        centre = Centre(session)
        found = centre.guest()
        found.phone.confirmed_at = None
        found.token = centre.link(found.person, LinkKind.CHECK, expires_at=NOW + WEEK)
        session.flush()
        return found


@pytest.fixture
def url(guest):
    return f"/c/{guest.token}"


def read(database, statement):
    with database.read() as session:
        return session.scalars(statement).one()


def phone(database, guest):
    return read(database, select(Phone).where(Phone.person_id == guest.person.id))


def test_it_asks_one_thing_and_says_nothing_about_anybody(client, url, guest):
    page = client.get(url)
    assert page.status_code == 200 and "Benar ini HP yang didaftarkan?" in page.text
    for word in (guest.person.name.split()[0], "sugesti", "Damai", "rehab"):
        assert word.casefold() not in page.text.casefold()


def test_looking_at_it_says_yes_to_nothing(client, url, database, guest):
    for _ in range(3):
        client.get(url)
        client.head(url)
    assert phone(database, guest).confirmed_at is None


def test_one_tap_makes_sure_of_the_number(client, url, database, guest):
    answer = client.post(url, data={"mine": "1"})
    assert (answer.status_code, answer.location) == (303, url)
    assert phone(database, guest).confirmed_at == NOW
    again = client.get(url)
    assert again.status_code == 200 and "sudah kami catat" in again.text


def test_a_second_tap_changes_nothing(client, url, database, guest, clock):
    client.post(url, data={"mine": "1"})
    clock.at = NOW + timedelta(hours=1)
    assert client.post(url, data={"mine": "1"}).status_code == 303
    assert phone(database, guest).confirmed_at == NOW


@pytest.mark.parametrize(("late", "status"), [(-1, 303), (0, 410), (1, 410)])
def test_after_seven_days_it_takes_no_yes_any_more(client, url, database, guest, clock, late, status):
    clock.at = NOW + WEEK + timedelta(seconds=late)
    assert client.post(url, data={"mine": "1"}).status_code == status
    assert (phone(database, guest).confirmed_at is None) == (status == 410)


def test_a_stranger_stops_everything_with_one_more_tap(client, url, database, guest):
    page = client.get(url)
    assert f"{url}/berhenti?karena=bukan" in page.text
    client.post(f"{url}/berhenti", data={"karena": "bukan"})
    number = read(database, select(Number).where(Number.id == guest.phone.number_id))
    assert number.silenced_how == "bukan_saya"
    assert phone(database, guest).doubted_at is not None


@pytest.mark.parametrize("said", [{"unsafe": "1"}, {"contact": "soon"}])
def test_a_call_for_help_is_taken_here_too(client, url, database, guest, said):
    assert client.post(url, data=said).status_code == 303
    alert = read(database, select(Alert).where(Alert.person_id == guest.person.id))
    assert alert.family in (Family.SAFETY, Family.STRUGGLING)
    assert phone(database, guest).confirmed_at is None


def test_answers_to_a_check_in_are_not_taken_here(client, url, database, guest):
    assert client.post(url, data={"mood": "5", "urge": "0", "here": "1"}).status_code == 200
    assert read(database, select(func.count()).select_from(Answer)) == 0
