"""The enrolment form: what was typed is what is stored, once, with its consents, and what happens next is said honestly."""

import re

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
from tests.web.enrolling import YES, consents_of, newest, send
from tests.web.office import browser, rows


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


def test_an_adults_form_takes_no_guardians_consent(office, sari):
    send(sari, **under_18(born_on="1990-01-01"))
    assert consents_of(office, newest(office)) == {}


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
