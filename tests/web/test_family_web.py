"""The family's reading: a neutral door, sixteen weeks, and never a word about the graduate."""

import re
from datetime import timedelta

import html5lib
import pytest
from sqlalchemy import select

from companion.content import articles
from companion.models import Audit, Consent, FamilyMember, Institution, Person, Reading
from companion.rules.terms import ConsentPurpose, PersonStatus
from companion.services import enrol, family, passwords
from tests.cast import NOW
from tests.web.office import browser, post, token_in

PIN = "042917"
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
PROOF = {"paper_family": "map hijau", "by_family": "Sari", "on_family": "2026-11-20"}
RINA = {"name": "Rina O'Brien", "relation": "Ibu", "e164": "0813 5550 0009", "language": "id"}
BETRAYING = re.compile(
    r"budi|santoso|sahabat|melati|narkoba|rehab|bnn|pemulihan|kambuh|adiksi|keluarga|family", re.IGNORECASE
)


@pytest.fixture
def office(app, people):
    with app.extensions["database"].write() as session:
        budi = session.get_one(Person, people.budi)
        enrol.record_consent(session, NOW, budi, ConsentPurpose.FAMILY, "map hijau", staff_id=people.sari)
    return app


@pytest.fixture
def sari(office):
    return browser(office, "sari")


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


def knock(client, member, pin=PIN):
    return post(client, f"/f/{member.token}", pin=pin)


def rows(app, statement):
    with app.extensions["database"].read() as session:
        return list(session.scalars(statement))


def person(app, one) -> Person:
    return rows(app, select(Person).where(Person.id == one))[0]


def member(app) -> FamilyMember:
    return rows(app, select(FamilyMember).order_by(FamilyMember.id.desc()))[0]


def change(app, kind, one, **values):
    with app.extensions["database"].write() as session:
        row = session.get_one(kind, one)
        for name, value in values.items():
            setattr(row, name, value)


# Staff invite


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


# The family reads


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


def test_the_list_shows_all_sixteen_weeks_and_links_what_is_open(phone):
    page = phone.get("/keluarga").text
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    listed = [node for node in tree.iter("ol") if "weeks" in (node.get("class") or "")]
    assert len(list(listed[0])) == 16
    opened = {int(found) for found in re.findall(r'href="/keluarga/minggu/(\d+)"', page)}
    assert opened - {9, 10} == {week for week in articles.weeks() if week <= 3}


def test_a_week_that_has_not_come_or_is_not_written_is_not_there(phone):
    for week in (4, 16, 17, 0):
        assert phone.get(f"/keluarga/minggu/{week}").status_code == 404
        assert post(phone, f"/keluarga/minggu/{week}", page="/keluarga").status_code == 404


def test_a_reading_shows_its_sentence_to_try_its_choices_its_question_and_its_sources(phone):
    page = phone.get("/keluarga/minggu/1?bahasa=id").text
    article = articles.article(1, "id")
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    words = " ".join("".join(tree.itertext()).split())
    for part in (article.title, article.action, article.question, *article.choices, article.sources[0].who):
        assert part in words
    assert "Coba katakan:" in words or "Try saying:" in words
    assert page.count("<h1") == 1
    html5lib.HTMLParser(strict=True).parse(page)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_written_week_can_be_shown(office, phone, rina, language):
    change(office, FamilyMember, rina.id, first_week_at=NOW - 20 * WEEK)
    for week in articles.weeks():
        assert phone.get(f"/keluarga/minggu/{week}?bahasa={language}").status_code == 200
    assert phone.get(f"/keluarga/malam-ini?bahasa={language}").status_code == 200


PLACES = ("/keluarga", "/keluarga/minggu/1", "/keluarga/malam-ini")


@pytest.mark.parametrize("path", PLACES)
def test_who_is_worried_finds_whom_to_call_and_when(office, phone, rina, path):
    """The reading says "call us": the number has to stand there, without the institution's name."""
    change(office, Institution, rina.institution_id, contact_number="+622150001234")
    page = phone.get(f"{path}?bahasa=id").text
    assert 'href="tel:+622150001234">Telepon (021) 50001234<' in page
    assert "Senin-Jumat 08.00-16.00 WIB" in page
    change(office, Institution, rina.institution_id, contact_number=None)
    page = phone.get(f"{path}?bahasa=id").text
    assert "tel:+62" not in page
    assert "kartu saku" in page


def test_opening_and_marking_are_remembered(office, phone):
    phone.get("/keluarga/minggu/1")
    phone.get("/keluarga/minggu/1")
    assert [(one.week, one.read_at) for one in rows(office, select(Reading))] == [(1, None)]
    answer = post(phone, "/keluarga/minggu/1", choice="1")
    assert (answer.status_code, answer.location) == (303, "/keluarga")
    assert [(one.choice, one.read_at) for one in rows(office, select(Reading))] == [(1, NOW)]
    page = html5lib.parse(phone.get("/keluarga/minggu/1").text, namespaceHTMLElements=False)
    chosen = [node.get("value") for node in page.iter("input") if node.get("checked") is not None]
    assert chosen == ["1"]


def test_reading_without_choosing_is_reading_too(office, phone):
    assert post(phone, "/keluarga/minggu/1").status_code == 303
    assert rows(office, select(Reading))[0].choice is None


@pytest.mark.parametrize("choice", ["3", "-1", "x", "", "1.0", "٢"])
def test_a_choice_that_is_not_one_is_not_taken(office, phone, choice):
    answer = post(phone, "/keluarga/minggu/1", choice=choice)
    assert answer.status_code == 400 and 'id="choice-error"' in answer.text
    assert rows(office, select(Reading))[0].read_at is None


def test_letters_stay_large_for_the_session(phone):
    assert 'class="prose big"' not in phone.get("/keluarga/minggu/1").text
    assert 'class="prose big"' in phone.get("/keluarga/minggu/1?huruf=besar").text
    assert 'class="prose big"' in phone.get("/keluarga/malam-ini").text
    assert 'class="prose big"' not in phone.get("/keluarga/minggu/1?huruf=biasa").text
    page = phone.get("/keluarga/minggu/1?bahasa=en").text
    larger = re.search(r'href="([^"]+huruf=besar[^"]*)"', page)[1].replace("&amp;", "&")
    assert '<html lang="en"' in phone.get(larger).text and 'class="prose big"' in phone.get(larger).text


@pytest.mark.parametrize("path", ["/keluarga", "/keluarga/minggu/1", "/keluarga/malam-ini"])
def test_help_is_one_tap_away_and_nothing_says_whose_family_it_is(phone, path):
    page = phone.get(path).text
    assert 'href="tel:119"' in page and 'href="tel:112"' in page and 'href="/bantuan' in page
    assert not re.search("budi|santoso|melati", page, re.IGNORECASE)
    assert not BETRAYING.search(re.search("<title>(.*?)</title>", page)[1])
    assert page.count("<h1") == 1


def test_nothing_of_the_familys_pages_is_kept_by_the_browser(phone):
    assert phone.get("/keluarga/minggu/1").headers["Cache-Control"] == "no-store"


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
