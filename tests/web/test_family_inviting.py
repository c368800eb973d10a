"""Staff invite the family: with the graduate's consent, by a link and a PIN shown once, and end it again."""

import re

import pytest
from sqlalchemy import select

from companion.models import Audit, Consent, FamilyMember, Person
from companion.rules.terms import ConsentPurpose
from companion.services import enrol
from tests.cast import NOW
from tests.web.office import browser, post, rows, token_in
from tests.web.reading_at_home import BETRAYING, change, knock, person

pytestmark = pytest.mark.usefixtures("agreed")

PROOF = {"paper_family": "map hijau", "by_family": "Sari", "on_family": "2026-11-20"}
RINA = {"name": "Rina O'Brien", "relation": "Ibu", "e164": "0813 5550 0009", "language": "id"}


def member(app) -> FamilyMember:
    return rows(app, select(FamilyMember).order_by(FamilyMember.id.desc()))[0]


def invite(client, ref, **fields):
    return post(client, f"/orang/{ref}/keluarga", **(RINA | fields))


def test_an_invitation_shows_link_and_pin_once_and_they_open_the_reading(office, sari, people):
    ref = person(office, people.budi).ref
    answer = invite(sari, ref)
    assert (answer.status_code, answer.location) == (303, f"/orang/{ref}/keluarga")
    page = sari.get(answer.location).text
    one = member(office)
    pin = re.search(r'class="digits">(\d{3} \d{3})<', page)[1]
    assert f"http://localhost/f/{one.token}" in page and "Rina O&#39;Brien" in page
    assert knock(office.test_client(), one, pin).location == "/keluarga"
    assert pin not in sari.get(answer.location).text
    assert one.pin_hash.startswith("$argon2id$")


def test_the_pin_on_its_way_cannot_be_read_in_the_cookie(office, sari, people):
    ref = person(office, people.budi).ref
    invite(sari, ref)
    with sari.session_transaction() as held:
        closed = str(held["pin_once"])
    pin = re.search(r'class="digits">(\d{3} \d{3})<', sari.get(f"/orang/{ref}/keluarga").text)[1]
    assert pin.replace(" ", "") not in closed


def test_without_the_graduates_consent_nobody_is_invited(office, people):
    dewi, wati = browser(office, "dewi"), person(office, people.wati)
    token = token_in(dewi.get(f"/orang/{wati.ref}/keluarga").text)
    answer = dewi.post(f"/orang/{wati.ref}/keluarga", data={"csrf_token": token} | RINA)
    assert answer.status_code == 409 and rows(office, select(FamilyMember)) == []


def test_consent_is_recorded_with_its_proof_and_opens_the_form(office, people):
    dewi, wati = browser(office, "dewi"), person(office, people.wati)
    path = f"/orang/{wati.ref}/keluarga"
    assert 'name="e164"' not in dewi.get(path).text
    assert post(dewi, f"{path}/persetujuan", page=path, **PROOF).status_code == 303
    assert 'name="e164"' in dewi.get(path).text
    consent = rows(
        office, select(Consent).where(Consent.person_id == wati.id, Consent.purpose == ConsentPurpose.FAMILY)
    )
    assert [one.proof for one in consent] == ["map hijau | Sari | 2026-11-20"]


@pytest.mark.parametrize("missing", ["paper_family", "by_family", "on_family"])
def test_consent_without_proof_is_not_taken(office, people, missing):
    dewi, wati = browser(office, "dewi"), person(office, people.wati)
    path = f"/orang/{wati.ref}/keluarga"
    answer = post(dewi, f"{path}/persetujuan", page=path, **(PROOF | {missing: ""}))
    assert answer.status_code == 400 and f'id="{missing}-error"' in answer.text
    assert "map hijau" in answer.text or missing == "paper_family"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("e164", ""), ("e164", "021 342"), ("e164", "08135550001 / 08135550002")],
)
def test_a_fault_is_told_beside_its_field_and_what_was_typed_is_kept(office, sari, people, field, value):
    answer = invite(sari, person(office, people.budi).ref, **{field: value})
    assert answer.status_code == 400 and f'id="{field}-error"' in answer.text
    assert 'value="Ibu"' in answer.text
    assert rows(office, select(FamilyMember)) == []


def test_a_second_click_invites_nobody_twice(office, sari, people):
    ref = person(office, people.budi).ref
    invite(sari, ref)
    hashed = member(office).pin_hash
    assert invite(sari, ref).status_code == 409
    assert len(rows(office, select(FamilyMember))) == 1 and member(office).pin_hash == hashed


def test_a_new_pin_replaces_the_old_one_and_ends_its_sessions(office, sari, rina, phone, people):
    path = f"/orang/{person(office, people.budi).ref}/keluarga"
    post(sari, f"{path}/{rina.ref}/pin", page=path)
    assert phone.get("/keluarga").status_code == 303
    assert knock(office.test_client(), rina).status_code == 401


def test_an_ended_reading_and_a_withdrawn_consent_look_the_same(office, sari, rina, phone, people):
    path = f"/orang/{person(office, people.budi).ref}/keluarga"
    assert post(sari, f"{path}/{rina.ref}/akhiri", page=path).status_code == 303
    ended = office.test_client().get(f"/f/{rina.token}")
    change(office, FamilyMember, rina.id, ended_at=None)
    with office.extensions["database"].write() as session:
        budi = session.get_one(Person, people.budi)
        enrol.withdraw_consent(session, NOW, budi, ConsentPurpose.FAMILY)
    withdrawn = office.test_client().get(f"/f/{rina.token}")
    assert ended.status_code == withdrawn.status_code == 410 and ended.text == withdrawn.text
    assert not BETRAYING.search(ended.text)
    assert phone.get("/keluarga").status_code == 303


def test_other_peoples_families_are_not_there(office, sari, rina, people):
    wati, budi = person(office, people.wati), person(office, people.budi)
    dewi, tono = browser(office, "dewi"), browser(office, "tono")
    for client, ref in ((sari, wati.ref), (dewi, budi.ref), (tono, budi.ref)):
        assert client.get(f"/orang/{ref}/keluarga").status_code == 404
        for act in ("", "/persetujuan", f"/{rina.ref}/pin", f"/{rina.ref}/akhiri"):
            assert post(client, f"/orang/{ref}/keluarga{act}", page="/impor", **RINA).status_code == 404
    own = f"/orang/{wati.ref}/keluarga"
    assert post(dewi, f"{own}/{rina.ref}/akhiri", page=own).status_code == 404
    assert member(office).ended_at is None


def test_looking_and_changing_are_in_the_log(office, sari, people):
    budi = person(office, people.budi)
    invite(sari, budi.ref)
    sari.get(f"/orang/{budi.ref}/keluarga")
    acts = rows(office, select(Audit.act).where(Audit.person_id == budi.id))
    assert {"read", "family_invited"} <= set(acts)


def test_numbers_are_half_hidden_and_the_title_names_nobody(office, sari, rina, people):
    page = sari.get(f"/orang/{person(office, people.budi).ref}/keluarga").text
    assert "+62•••••0009" in page and "355500009" not in page
    assert not BETRAYING.search(
        re.search("<title>(.*?)</title>", page)[1].replace("Keluarga", "").replace("Family", "")
    )
