"""The door to the family's reading: neutral, opened by a PIN, and shut when it is over."""

import re
from datetime import timedelta

import pytest

from companion.models import FamilyMember, Person
from companion.rules.terms import PersonStatus
from companion.services import family
from tests.cast import NOW
from tests.web.office import post, token_in
from tests.web.reading_at_home import BETRAYING, PIN, change, knock

pytestmark = pytest.mark.usefixtures("agreed")

SECOND = timedelta(seconds=1)


def test_the_door_says_nothing_about_what_lies_behind_it(office, rina):
    page = office.test_client().get(f"/f/{rina.token}").text
    assert not BETRAYING.search(page) and "Rina" not in page
    assert "119" not in re.search("<title>(.*?)</title>", page)[1]


def test_a_link_that_is_not_one_is_not_found(office):
    assert office.test_client().get("/f/tidak-ada").status_code == 404


def test_five_wrong_pins_close_the_door_for_a_quarter_of_an_hour(office, rina, clock):
    client = office.test_client()
    assert [knock(client, rina, "000000").status_code for _ in range(5)] == [401] * 5
    assert knock(client, rina).status_code == 429
    clock.at = NOW + timedelta(minutes=15) - SECOND
    assert knock(client, rina).status_code == 429
    clock.at = NOW + timedelta(minutes=15)
    assert knock(client, rina).status_code == 303


@pytest.mark.parametrize("typed", ["042 917", "042-917", " 042917 "])
def test_a_pin_may_be_typed_as_it_stands_on_the_card(office, rina, typed):
    assert knock(office.test_client(), rina, typed).status_code == 303


@pytest.mark.parametrize("typed", ["", "42917", "0429170", "abc", "042917042917"])
def test_no_other_pin_fits(office, rina, typed):
    assert knock(office.test_client(), rina, typed).status_code == 401


def test_nobody_gets_in_before_a_pin_was_made(office, people):
    with office.extensions["database"].write() as session:
        budi = session.get_one(Person, people.budi)
        named = family.prepare(session, NOW, budi, name="Rina", relation=None, e164="+6281355500009")
    for typed in ("", "000000"):
        assert knock(office.test_client(), named, typed).status_code == 401


@pytest.mark.parametrize(("idle", "status"), [(1799, 200), (1800, 200), (1801, 303)])
def test_a_familys_session_idles_for_half_an_hour_and_then_asks_for_the_pin(phone, rina, clock, idle, status):
    clock.at = NOW + timedelta(seconds=idle)
    answer = phone.get("/keluarga")
    assert answer.status_code == status
    assert status == 200 or answer.location == f"/f/{rina.token}"


def test_leaving_closes_the_session(phone, rina):
    assert post(phone, "/keluar", page="/keluarga").status_code == 303
    assert phone.get("/keluarga").status_code == 303


def test_families_and_staff_do_not_enter_each_others_pages(office, phone, sari):
    for path in ("/klien/baru", "/impor", "/sandi"):
        assert phone.get(path).status_code == 403
    for path in ("/keluarga", "/keluarga/minggu/1", "/keluarga/malam-ini"):
        assert sari.get(path).status_code == 403


def test_the_family_speaks_its_own_language(office, rina):
    change(office, FamilyMember, rina.id, language="en")
    client = office.test_client()
    assert '<html lang="en"' in client.get(f"/f/{rina.token}").text
    knock(client, rina)
    assert '<html lang="en"' in client.get("/keluarga").text


def test_the_door_shuts_when_the_person_has_died(office, phone, rina, people):
    change(office, Person, people.budi, status=PersonStatus.DIED)
    assert phone.get("/keluarga").status_code == 303
    assert office.test_client().get(f"/f/{rina.token}").status_code == 410
    assert knock_closed(office, rina) == 410


def knock_closed(app, one):
    client = app.test_client()
    token = token_in(client.get("/masuk").text)
    return client.post(f"/f/{one.token}", data={"csrf_token": token, "pin": PIN}).status_code
