"""The enrolment form: kept when it has a fault, stored once, and honest about what happens next."""

import re
from datetime import timedelta

import html5lib
import pytest
from sqlalchemy import func, select

from companion.models import (
    Audit,
    Consent,
    FamilyMember,
    Institution,
    Message,
    Number,
    Person,
    Phone,
    Slot,
    Staff,
)
from companion.rules.terms import ConsentPurpose, Opioid, PhoneKind, Purpose
from companion.services import family
from tests.cast import NOW
from tests.web.office import browser, post

FILLED = {
    "name": "Nur'aini O'Brien", "called": "Aini", "born_on": "1991-02-03", "left_on": "2026-11-20",
    "e164": "0813 5550 0001", "phone_kind": "own", "province": "PA", "language": "id", "opioid": "yes",
    "safe_from": "09:00", "safe_to": "17:00", "preferred_hour": "16:00",
}  # fmt: skip
YES = {
    "consent_follow_up": "yes",
    "paper_follow_up": "map hijau 12",
    "by_follow_up": "Sari",
    "on_follow_up": "2026-11-20",
}
"""Consent to be accompanied, as the form sends it."""


@pytest.fixture
def sari(office):
    return browser(office, "sari")


def send(client, **fields):
    return post(client, "/klien/baru", **(FILLED | fields))


def rows(app, statement):
    with app.extensions["database"].read() as session:
        return list(session.scalars(statement))


def newest(app) -> Person:
    return rows(app, select(Person).order_by(Person.id.desc()))[0]


def enrolled(app) -> int:
    return rows(app, select(func.count()).select_from(Person))[0]


def consents_of(app, person) -> dict:
    found = rows(app, select(Consent).where(Consent.person_id == person.id))
    return {consent.purpose: consent.proof for consent in found}


def test_what_was_typed_is_what_is_stored(office, sari, people):
    answer = send(sari, **YES)
    aini = newest(office)
    assert (answer.status_code, answer.location) == (303, f"/klien/{aini.ref}/berikutnya")
    assert (aini.name, aini.called, aini.born_on) == ("Nur'aini O'Brien", "Aini", "1991-02-03")
    assert (aini.zone, aini.province, aini.opioid) == ("Asia/Jayapura", "PA", Opioid.YES)
    assert (aini.caseworker_id, aini.preferred_hour, aini.language) == (people.sari, "16:00", "id")
    phone = rows(office, select(Phone).where(Phone.person_id == aini.id))[0]
    assert (phone.kind, phone.safe_from, phone.safe_to) == (PhoneKind.OWN, "09:00", "17:00")
    assert rows(office, select(Number).where(Number.id == phone.number_id))[0].e164 == "+6281355500001"
    assert consents_of(office, aini) == {ConsentPurpose.FOLLOW_UP: "map hijau 12 | Sari | 2026-11-20"}
    assert "enrolled" in rows(office, select(Audit.act).where(Audit.person_id == aini.id))


def test_without_consent_somebody_is_enrolled_and_nothing_is_sent(office, sari):
    page = sari.get(send(sari).location).text
    aini = newest(office)
    assert rows(office, select(Slot).where(Slot.person_id == aini.id)) == []
    assert "Belum ada yang dikirim" in page or "Nothing is sent yet" in page


def test_each_consent_is_recorded_on_its_own(office, sari):
    family_yes = {name.replace("follow_up", "family"): value for name, value in YES.items()}
    send(sari, **family_yes)
    assert set(consents_of(office, newest(office))) == {ConsentPurpose.FAMILY}


@pytest.mark.parametrize("missing", ["paper_follow_up", "by_follow_up", "on_follow_up"])
def test_a_yes_without_its_proof_is_not_taken(office, sari, missing):
    before = enrolled(office)
    answer = send(sari, **(YES | {missing: ""}))
    assert answer.status_code == 400 and f'id="{missing}-error"' in answer.text
    assert enrolled(office) == before


@pytest.mark.parametrize(
    ("signed", "status"), [("2026-11-22", 303), ("2026-11-23", 303), ("2026-11-24", 400)]
)
def test_nothing_was_signed_tomorrow(sari, signed, status):
    assert send(sari, **(YES | {"on_follow_up": signed})).status_code == status


def under_18(**more):
    minor = {
        "born_on": "2010-01-01", "guardian_name": "Bu Rina", "consent_guardian": "yes", "consent_assent": "yes",
    }  # fmt: skip
    for purpose in ("guardian", "assent"):
        minor |= {f"paper_{purpose}": "map merah", f"by_{purpose}": "Sari", f"on_{purpose}": "2026-11-20"}
    return minor | more


def test_a_young_person_begins_with_two_more_signatures(office, sari):
    send(sari, **YES, **under_18())
    dito = newest(office)
    assert set(consents_of(office, dito)) == {
        ConsentPurpose.FOLLOW_UP, ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT,
    }  # fmt: skip
    assert rows(office, select(Slot).where(Slot.person_id == dito.id))


@pytest.mark.parametrize("without", ["consent_guardian", "consent_assent"])
def test_one_of_the_two_is_not_enough(office, sari, without):
    send(sari, **YES, **under_18(**{without: ""}))
    assert rows(office, select(Slot).where(Slot.person_id == newest(office).id)) == []


@pytest.mark.parametrize(
    ("born_on", "status"), [("2008-11-24", 400), ("2008-11-23", 303), ("2008-11-22", 303)]
)
def test_a_guardian_is_named_up_to_the_eighteenth_birthday(sari, born_on, status):
    answer = send(sari, born_on=born_on)
    assert answer.status_code == status
    assert ('id="guardian_name-error"' in answer.text) == (status == 400)


def test_an_adults_form_takes_no_guardians_consent(office, sari):
    send(sari, **under_18(born_on="1990-01-01"))
    assert consents_of(office, newest(office)) == {}


@pytest.mark.parametrize(
    ("left_on", "status"),
    [
        ("2026-12-07", 303), ("2026-12-08", 400), ("2026-07-27", 303), ("2026-07-26", 400),
        ("", 400), ("kemarin", 400), ("2026-02-31", 400), ("20-11-2026", 303),
    ],
)  # fmt: skip
def test_the_day_of_leaving_lies_within_the_follow_up(sari, left_on, status):
    answer = send(sari, left_on=left_on)
    assert answer.status_code == status
    assert ('id="left_on-error"' in answer.text) == (status == 400)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "  ,. "), ("e164", ""), ("e164", "021-3423667"), ("e164", "0812"),
        ("e164", "6.28E+11"), ("e164", "0813 5550 0001 / 0813 5550 0002"), ("e164", "<b>"),
        ("second_e164", "abc"), ("family_e164", "123"), ("phone_kind", ""), ("phone_kind", "tetangga"),
        ("opioid", "mungkin"), ("born_on", "1800-01-01"), ("born_on", "2027-01-01"), ("born_on", "x"),
        ("safe_to", "08:00"), ("safe_from", "25:00"), ("preferred_hour", "08:00"), ("preferred_hour", "17:00"),
        ("preferred_hour", "20:00"),
    ],
)  # fmt: skip
def test_a_fault_is_told_beside_its_field_and_nothing_is_stored(office, sari, field, value):
    before = enrolled(office)
    answer = send(sari, **{field: value})
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text or f'href="#{field}"' in answer.text
    assert enrolled(office) == before


@pytest.mark.parametrize(
    ("safe", "hour"),
    [
        (("", ""), None),
        (("10:00", ""), None),
        (("11:00", "17:00"), "11:00"),
        (("", "10:00"), "08:00"),
        (("", "11:00"), None),
    ],
)
def test_without_a_wish_the_check_in_comes_at_a_safe_hour(office, sari, safe, hour):
    send(sari, safe_from=safe[0], safe_to=safe[1], preferred_hour="")
    assert newest(office).preferred_hour == hour


def test_what_was_typed_is_kept_word_for_word(sari):
    page = send(sari, left_on="", called="D'Arcy <3", **YES).text
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    values = {
        node.get("name"): node.get("value")
        for node in tree.iter("input")
        if node.get("type") in ("text", "tel")
    }
    assert values["name"] == "Nur'aini O'Brien" and values["called"] == "D'Arcy <3"
    assert values["e164"] == "0813 5550 0001" and values["paper_follow_up"] == "map hijau 12"
    chosen = {node.get("name") for node in tree.iter("input") if node.get("checked") is not None}
    assert {"consent_follow_up", "phone_kind", "opioid", "language"} <= chosen


def test_a_family_named_with_a_number_needs_a_name(sari):
    answer = send(sari, family_e164="0813 5550 0009")
    assert answer.status_code == 400 and 'id="guardian_name-error"' in answer.text


def test_a_family_member_is_kept_and_not_contacted(office, sari):
    send(sari, guardian_name="Rina", relation="Ibu", family_e164="0813 5550 0009", **YES)
    member = rows(office, select(FamilyMember).where(FamilyMember.person_id == newest(office).id))[0]
    assert (member.name, member.pin_hash, member.look_at) == ("Rina", family.NOT_INVITED, None)


def test_a_second_click_leads_to_the_same_page_and_stores_nobody(office, sari):
    first, second = send(sari, **YES), send(sari, **YES)
    assert first.location == second.location
    assert rows(
        office, select(func.count()).select_from(Consent).where(Consent.person_id == newest(office).id)
    ) == [1]


def test_somebody_who_is_here_already_is_shown_to_their_own_caseworker(office, sari, clock):
    send(sari)
    clock.at = NOW + timedelta(hours=1)
    answer = send(sari, called="Lain")
    assert answer.status_code == 409 and f"/orang/{newest(office).ref}" in answer.text
    assert newest(office).called == "Aini"


def test_a_colleagues_person_is_not_shown_but_the_way_is_told(office, sari):
    send(browser(office, "dewi"))
    answer = send(sari)
    assert answer.status_code == 409 and f"/orang/{newest(office).ref}" not in answer.text
    assert "atasan" in answer.text or "supervisor" in answer.text


def test_the_same_person_may_be_with_another_institution(office, sari):
    send(sari)
    assert send(browser(office, "tono")).status_code == 303


def test_a_supervisor_says_who_accompanies(office, people):
    ratna = browser(office, "ratna")
    dewi, tono = (rows(office, select(Staff).where(Staff.login == login))[0] for login in ("dewi", "tono"))
    for stranger in ("", tono.ref, "x"):
        answer = send(ratna, caseworker=stranger)
        assert answer.status_code == 400 and 'id="caseworker-error"' in answer.text
    assert send(ratna, caseworker=dewi.ref).status_code == 303
    assert newest(office).caseworker_id == people.dewi


def test_a_caseworker_enrols_for_nobody_else(office, sari, people):
    dewi = rows(office, select(Staff).where(Staff.login == "dewi"))[0]
    send(sari, caseworker=dewi.ref)
    assert newest(office).caseworker_id == people.sari


def test_the_form_warns_until_the_institution_has_a_contact_number(office, sari, people):
    warned = re.compile("nomor kontak|contact number")
    assert warned.search(sari.get("/klien/baru").text)
    with office.extensions["database"].write() as session:
        session.get_one(Institution, people.melati).contact_number = "+628117001122"
    assert not warned.search(sari.get("/klien/baru").text)


def test_the_page_afterwards_says_when_and_where_and_what_to_read_out(office, sari):
    page = sari.get(send(sari, **YES).location).text
    assert re.search(r"\b(15\.[45]\d|16\.[012]\d)\b", page), "at the chosen hour, give or take 20 minutes"
    assert "WIT" in page and "+62•••••0001" in page and "355500001" not in page
    for sentence in (
        "yang kita sepakati hari ini",
        "itu bukan hukuman",
        "supaya pertanyaannya kami persingkat",
    ):
        assert sentence in page
    assert "read" in rows(office, select(Audit.act).where(Audit.person_id == newest(office).id))


def test_the_sentences_are_in_the_voice_of_the_person(sari):
    assert "itu bukan hukuman" not in sari.get(send(sari, language="en", **YES).location).text


def test_somebody_elses_person_is_not_there(office, sari, people):
    wati, yusuf = (
        rows(office, select(Person).where(Person.id == one))[0] for one in (people.wati, people.yusuf)
    )
    for hidden in (wati.ref, yusuf.ref, "x"):
        assert sari.get(f"/klien/{hidden}/berikutnya").status_code == 404
    assert browser(office, "ratna").get(f"/klien/{wati.ref}/berikutnya").status_code == 200


def test_the_title_names_nobody(office, sari):
    page = sari.get(send(sari, **YES).location).text
    title = re.search("<title>(.*?)</title>", page)[1]
    assert "aini" not in title.lower()
    assert page.count("<h1") == 1


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_field_of_the_form_has_a_label(sari, language):
    page = sari.get(f"/klien/baru?bahasa={language}").text
    html5lib.HTMLParser(strict=True).parse(page)
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    named = {label.get("for") for label in tree.iter("label")}
    wrapped = {field for label in tree.iter("label") for field in label.iter("input")}
    for kind in ("input", "select", "textarea"):
        for field in tree.iter(kind):
            if field.get("type") != "hidden":
                assert field.get("id") in named or field in wrapped, field.attrib


def test_a_number_tried_together_is_made_sure_of_and_another_is_asked_about_first(office, sari):
    send(sari, **YES, tried="yes")
    assert newest(office).id and phone_of(office, newest(office)).confirmed_at == NOW
    send(sari, **YES, name="Rini Contoh", e164="0813 5550 0002")
    assert phone_of(office, newest(office)).confirmed_at is None
    asked = rows(office, select(Message.purpose).where(Message.person_id == newest(office).id))
    assert asked == [Purpose.CHECK_NUMBER]


def phone_of(app, person) -> Phone:
    return rows(app, select(Phone).where(Phone.person_id == person.id, Phone.rank == 0))[0]
