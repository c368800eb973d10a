"""Failures elsewhere, tried here: links, text, cost, and what may be seen (cases 46-52)."""

import hashlib
import html
import logging
import re
from datetime import date

import pytest
from sqlalchemy import select

from companion.content import outbound
from companion.models import Institution, Message, Number, Person, Staff
from companion.rules import wordings
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import LinkKind, Purpose
from companion.rules.words import FaultKind, placeholders, segments
from companion.services import links
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND
from tests.whole.failure_cases import everything, reply


def test_case_46_scanners_that_open_a_link_fifty_times_change_nothing_and_burn_nothing(scene, site):
    slot = scene.asked(scene.people.budi)
    url, before = f"/c/{scene.message(slot).token}", everything(scene.database)
    for _ in range(50):
        scanner = site.test_client()
        assert (scanner.get(url).status_code, scanner.head(url).status_code) == (200, 200)
        assert scanner.get(f"{url}/berhenti").status_code == 200
    assert everything(scene.database) == before
    assert site.test_client().post(url, data={"mood": "4"}).status_code == 303
    assert scene.slot(slot.id).state is SlotState.ANSWERED


def test_case_46_a_preview_of_the_link_shows_a_neutral_title_and_no_name(scene, site):
    slot = scene.asked(scene.people.budi)
    page = site.test_client().get(f"/c/{scene.message(slot).token}").text
    head = page.split("<body", 1)[0]
    assert re.search(r"<title>([^<]+)</title>", head)[1].strip() in {"Isi kabar", "Kabar", "Sahabat"}
    assert not any(word in head.lower() for word in ("budi", "melati", "og:", "description", "rehab", "sari"))


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 410)])
def test_case_47_a_link_lives_as_long_as_its_check_in(scene, site, seconds, status):
    slot = scene.asked(scene.people.budi)
    scene.clock.at = slot.closes_at + seconds * SECOND
    assert site.test_client().get(f"/c/{scene.message(slot).token}").status_code == status


def test_case_47_no_reminder_points_at_a_link_that_is_dead_or_about_to_die(scene):
    slot = scene.asked(scene.people.budi)
    scene.at(slot.remind_at, send=False)
    reminder = scene.message(slot, 1)
    assert reminder.expires_at <= slot.miss_at - 6 * HOUR < slot.closes_at


def test_case_47_a_new_link_goes_only_to_the_number_on_file_and_the_page_knows_whom_to_call(scene, site):
    scene.change(Institution, scene.people.melati, contact_number="+622150001234")
    slot = scene.asked(scene.people.budi)
    url, client = f"/c/{scene.message(slot).token}", site.test_client()
    scene.clock.at = slot.closes_at
    page = client.get(url).text
    assert "new_link" in page and "contact" in page
    help_url = html.unescape(re.search(r'href="(/bantuan[^"]*dari=[^"]+)"', page)[1])
    assert "+622150001234" in client.get(help_url).text
    client.post(url, data={"new_link": "1", "number": "+6281299998888", "To": "+6281299998888"})
    client.post(url, data={"new_link": "1"})
    scene.at(scene.clock.at + MINUTE)
    (message,) = scene.messages(purpose=Purpose.NEW_LINK)
    assert message.number_id == scene.number_id(scene.people.budi)
    assert scene.carrier.bodies(BUDI)[-1].endswith(f"/c/{message.token}")
    assert {letter.to for letter in scene.carrier.letters} <= {BUDI, "+6281200000002", "+6281200000003"}
    assert client.get(f"/c/{message.token}").status_code == 200


INDONESIAN = (
    "Halo “Kak Siti” – semoga hari ini baik. Kapan ada waktu untuk mengobrol sebentar? "
    "Tidak harus sekarang, besok juga boleh. Terima kasih, sampai ketemu ya 🙏"
)


def test_case_50_segments_are_counted_as_they_are_billed():
    assert segments("a" * 310) == 3
    assert (len(INDONESIAN), segments(INDONESIAN)) == (154, 3)
    assert [segments("a" * n) for n in (160, 161, 306, 307)] == [1, 2, 2, 3]


LINK = "https://h.id/".ljust(32, "x")


def found(purpose, said, app="Sahabat") -> set:
    return {finding.kind for finding in wordings.check(Purpose(purpose), said, app, LINK)}


def test_case_50_a_text_that_could_ever_cost_two_segments_cannot_be_saved():
    long = "{{ app }}: {{ s }}, " + "kabar " * 20 + "{{ u }}"
    assert found("invitation", {"id": long, "en": long}) == {FaultKind.TOO_LONG}
    strange = "{{ app }}: {{ s }}, apa kabar, sudah makan 🙏 {{ u }}"
    assert FaultKind.NOT_GSM7 in found("invitation", {"id": strange, "en": strange})


@pytest.mark.parametrize("purpose", wordings.PLACES)
def test_case_50_every_text_that_is_sent_fits_one_segment_with_the_longest_in_every_place(purpose):
    for variant in outbound.variants(purpose):
        said = {language: outbound.source(purpose, variant, language) for language in ("id", "en")}
        assert found(purpose, said) == set()


@pytest.mark.parametrize(
    ("name", "state"), [("Sahabat", MessageState.SENT), ("x" * 90, MessageState.REFUSED)]
)
def test_case_50_and_what_became_too_long_since_then_does_not_leave(scene, name, state):
    scene.change(Institution, scene.people.melati, app_name=name)
    slot = scene.asked(scene.people.budi)
    assert scene.message(slot).state is state
    assert len(scene.carrier.bodies(BUDI)) == (state is MessageState.SENT)


def test_case_51_every_text_keeps_which_words_it_was_and_a_hash_of_them(scene, phones):
    slot = scene.asked(scene.people.budi)
    message, (text,) = scene.message(slot), phones.inbox(BUDI)
    assert re.fullmatch(r"invitation\.[ab]\.id:\d+", message.template)
    assert message.language == "id"
    assert message.body_hash == hashlib.sha256(text["body"].encode()).hexdigest()


def test_case_51_every_text_exists_in_both_languages_with_the_same_places():
    languages = {}
    for purpose, variant, language in outbound.every():
        languages.setdefault((purpose, variant), {})[language] = outbound.source(purpose, variant, language)
    assert all(found.keys() == {"id", "en"} for found in languages.values())
    assert all(placeholders(found["id"]) == placeholders(found["en"]) for found in languages.values())


CANARY = {
    "name": "Kenarisatu Kenaridua", "called": "Kenarisatu", "e164": "+6281266666666", "born_on": date(1986, 6, 16),
}  # fmt: skip
TRACES = ("Kenarisatu", "Kenaridua", "81266666666", "1986-06-16", "rather_not", "berkas-kenari")


def test_case_52_no_name_number_or_answer_reaches_a_log_an_alarm_an_address_or_an_error_page(
    scene, site, caplog, monkeypatch
):
    caplog.set_level(logging.DEBUG)
    for library in ("sqlalchemy.engine", "sqlalchemy.orm", "sqlalchemy.pool", "faker"):
        caplog.set_level(logging.WARNING, logger=library)  # as every command leaves it
    with scene.database.write() as session:
        melati, sari = (
            session.get_one(Institution, scene.people.melati),
            session.get_one(Staff, scene.people.sari),
        )
        person_id = cast.graduate(session, melati, sari, **CANARY).id
    client, said = site.test_client(), []
    slot = scene.asked(person_id)
    url = f"/c/{scene.message(slot).token}"
    said += [answer.location + str(answer.headers) for answer in [
        client.post(url, data={"mood": "1", "urge": "9", "use": "rather_not", "unsafe": "1"})
    ]]  # fmt: skip
    for broken in (f"{url}x", "/orang/Kenarisatu", "/c/", f"{url}/berhenti/x"):
        page = client.get(broken)
        said.append(page.text.replace("Kenarisatu", "") if "Kenarisatu" in broken else page.text)
    client.post(url, data={"mood": "99", "name": "Kenarisatu"})
    monkeypatch.setattr("companion.services.answers.receive", _breaks)
    said.append(client.post(url, data={"mood": "4"}).text)
    assert scene.messages(person_id=person_id)
    scene.at(slot.due_at + DAY)
    rows = scene._all(select(Message.subject)) + scene._all(
        select(Message.reason).where(Message.reason.is_not(None))
    )
    heard = caplog.text + "".join(str(record.args) for record in caplog.records) + "".join(said + rows)
    heard += "".join(scene.carrier.alarms)
    assert [trace for trace in TRACES if trace in heard] == []
    with scene.database.read() as session:
        person, number = (
            session.get_one(Person, person_id),
            session.get_one(Number, scene.number_id(person_id)),
        )
        assert not any(trace in repr(person) + repr(number) for trace in TRACES)


def _breaks(session, door, *_, **__):
    raise RuntimeError(f"{door!r} Kenarisatu")


def test_case_52_a_link_names_nobody(scene):
    slot = scene.asked(scene.people.budi)
    token = scene.write(links.make, scene.clock.at, LinkKind.STAFF, institution_id=scene.people.melati)
    for one in (token, scene.message(slot).token):
        assert re.fullmatch(r"[A-Za-z0-9_-]{11,16}", one)
    reply(scene, slot)
    assert scene.message(slot).token not in repr(scene.slot(slot.id))
