"""What leaves: the institution's approved words, and the shipped ones where there are none (design 4.2, failures 51)."""

import hashlib
import re
from functools import partial

import pytest
from sqlalchemy import update

from companion.content import outbound
from companion.db import Database
from companion.models import Institution, Message, Person, Slot, Wording
from companion.rules import wordings as rules
from companion.rules.states import Family, Level, SlotState, Within
from companion.rules.terms import ConsentPurpose, Lane, Purpose
from companion.services import alerts, enrol, family, gate, outbox, wordings
from companion.trials.statements import counted
from tests import cast
from tests.engine.scene import BUDI, HOUR, MINUTE, YUSUF
from tests.services.at_the_gate import MONDAY, promise, taken
from tests.services.desk_of_words import OTHER, SAID, WordDesk

LINK = "https://s.id/c/abcdefghijkl"


@pytest.fixture
def desk(scene):
    return WordDesk(scene)


@pytest.fixture
def text(scene):
    return partial(promise, scene)


def text_to_wati(scene) -> Message:
    """Another number: no number gets two texts a day."""
    wati = scene.people.wati
    return promise(
        scene, Purpose.WE_RANG, person_id=wati, number_id=scene.number_id(wati), subject="a second"
    )


# --- which words ----------------------------------------------------------------------------------------------------


def test_approved_words_leave_and_the_message_says_which_version(scene, desk, text):
    desk.approved(place=wordings.place("we_rang", "a"))
    message = text(Purpose.WE_RANG)
    assert taken(scene, message).body == f"Sahabat: hai Budi, ada waktu untuk isi kabar? {LINK}"
    stored = scene.messages(id=message.id)[0]
    assert (stored.template, stored.language) == ("we_rang.a.id:own.1", "id")
    assert stored.body_hash == hashlib.sha256(taken_body(SAID["id"]).encode()).hexdigest()


def taken_body(source):
    return source.replace("{{ app }}", "Sahabat").replace("{{ s }}", "Budi").replace("{{ u }}", LINK)


@pytest.mark.parametrize("end", ["draft", "proposed", "rejected", "withdrawn"])
def test_words_that_are_not_approved_do_not_leave(scene, desk, text, end):
    place = wordings.place("we_rang", "a")
    ref = desk.write(place=place, propose=end != "draft")
    if end == "rejected":
        desk.do(wordings.reject, "ratna", ref, "nanti")
    if end == "withdrawn":
        desk.do(wordings.approve, "ratna", ref)
        desk.do(wordings.withdraw, "ratna", ref)
    message = text(Purpose.WE_RANG)
    assert "tadi kami menelepon" in taken(scene, message).body
    assert scene.messages(id=message.id)[0].template == "we_rang.a.id:1"


def test_an_edit_between_planning_and_sending_is_used(scene, desk, text):
    place = wordings.place("we_rang", "a")
    first = text(Purpose.WE_RANG)
    desk.approved(place=place)
    assert "hai Budi" in taken(scene, first).body
    second = text_to_wati(scene)
    desk.approved(OTHER, seen=1, place=place)
    assert "isi kabar sebentar" in taken(scene, second).body
    assert scene.messages(id=second.id)[0].template == "we_rang.a.id:own.2"


def test_after_sending_nothing_changes(scene, desk):
    desk.approved_both("invitation")
    slot = scene.asked(scene.people.budi)
    before = scene.message(slot)
    assert before.template.endswith(":own.1")
    desk.approved(OTHER, seen=1, place=wordings.place("invitation", before.template.split(".")[1]))
    scene.at(slot.due_at + MINUTE)
    after = scene.message(slot)
    assert (after.template, after.body_hash, after.language) == (
        before.template, before.body_hash, before.language,
    )  # fmt: skip
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_the_words_of_another_institution_are_not_used(scene, desk):
    desk.approved_both("invitation")
    scene.at(scene.due_together())
    assert "hai Budi" in scene.carrier.bodies(BUDI)[0]
    assert "hai" not in scene.carrier.bodies(YUSUF)[0]
    templates = {one.institution_id: one.template for one in scene.messages() if one.template}
    assert ":own." in templates[scene.people.melati] and templates[scene.people.other].endswith(":1")


def test_each_person_gets_them_in_their_own_language(scene, desk, text):
    desk.approved(place=wordings.place("we_rang", "a"))
    scene.change(Person, scene.people.budi, language="en")
    assert "time for your update?" in taken(scene, text(Purpose.WE_RANG)).body


@pytest.mark.parametrize("purpose", Purpose)
def test_every_place_of_a_purpose_is_filled(scene, desk, purpose):
    """What the checker lets a text have, the gate knows: no words are lost to a place that nothing fills."""
    places = " ".join(f"{{{{ {name} }}}}" for name in sorted(rules.PLACES[purpose] - {"app", "u"}))
    said = dict.fromkeys(("id", "en"), " ".join(f"{{{{ app }}}}: kabar {places} ya: {{{{ u }}}}".split()))
    for variant in outbound.variants(purpose):
        place = wordings.place(purpose, variant)
        assert wordings.check(place, said, "Sahabat", "https://s.id") == []
        desk.approved(said, place=place)
    message = promised(scene, purpose)
    body = taken(scene, message).body
    assert body.startswith("Sahabat: kabar ") and " ya: https://s.id/" in body and "{" not in body
    assert scene.messages(id=message.id)[0].template.endswith("id:own.1")


def promised(scene, purpose) -> Message:
    """A text of this purpose, with what it hangs on."""
    about = {"person_id": scene.people.budi, "number_id": scene.number_id(scene.people.budi)}
    if purpose in (Purpose.INVITATION, Purpose.REMINDER, Purpose.AFTER_GAP):
        slot = scene.next_slot(scene.people.budi)
        scene.change(Slot, slot.id, state=SlotState.OPEN)
        about["slot_id"] = slot.id
    if purpose is Purpose.FAMILY_WEEKLY:
        about |= {"family_member_id": family_member(scene), "step": 1}
    if purpose in gate.TO_STAFF:
        about = {"staff_id": scene.people.sari, "alert_id": red_alert(scene), "lane": Lane.URGENT}
    scene.write(
        outbox.promise, cast.NOW, institution_id=scene.people.melati, purpose=purpose, subject=f"test:{purpose}",
        at=MONDAY, expires_at=MONDAY + HOUR, token="abcdefghijkl", **about,
    )  # fmt: skip
    return scene.messages(subject=f"test:{purpose}")[0]


def family_member(scene) -> int:
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        enrol.record_consent(session, cast.NOW, budi, ConsentPurpose.FAMILY, "berkas 12")
        return family.invite(
            session, cast.NOW, budi, name="Ibu", relation="Ibu", e164="+6281300000009", language="id",
            pin_hash="no pin", staff_id=scene.people.sari,
        ).id  # fmt: skip


def red_alert(scene) -> int:
    window = scene.window(scene.people.budi)
    with scene.database.write() as session:
        return alerts.raise_(
            session, cast.NOW, window=window, institution=session.get_one(Institution, scene.people.melati),
            family=Family.SAFETY, level=Level.RED, signals=[("R1_button", Level.RED, {})], about="test:1",
            within=Within.HOURS_4, caseworker_id=scene.people.sari,
        ).alert_id  # fmt: skip


# --- what it costs --------------------------------------------------------------------------------------------------


def statements(database, act) -> list[str]:
    """The statements that read or change wordings while something is done."""
    with counted(database) as seen:
        act()
    return [statement for statement in seen if re.search(r"\b(?:FROM|UPDATE) wording\b", statement)]


def test_they_are_read_once_per_change_and_not_once_per_text(scene, desk):
    desk.approved_both("invitation")
    scene.at(scene.due_together(), send=False)
    messages = [one for one in scene.messages() if one.institution_id == scene.people.melati]
    assert len(messages) == 2
    at = scene.clock.at
    assert len(statements(scene.database, lambda: taken(scene, messages[0], at))) == 1
    assert statements(scene.database, lambda: taken(scene, messages[1], at)) == []


def test_an_institution_without_words_of_its_own_costs_nothing(scene, text):
    assert statements(scene.database, lambda: taken(scene, text(Purpose.WE_RANG))) == []


def test_another_process_learns_of_a_change_with_the_next_text(scene, desk, text):
    """Each process remembers by the mark it has read: one that sent before the change sends the new words after it."""
    place = wordings.place("we_rang", "a")
    desk.approved(place=place)
    assert "hai Budi" in taken(scene, text(Purpose.WE_RANG)).body
    elsewhere = Database(scene.database.url)
    desk_elsewhere = WordDesk.__new__(WordDesk)
    desk_elsewhere.scene, desk_elsewhere.database, desk_elsewhere.ids = scene, elsewhere, desk.ids
    desk_elsewhere.approved(OTHER, seen=1, place=place)
    elsewhere.dispose()
    second = text_to_wati(scene)
    assert "isi kabar sebentar" in taken(scene, second).body


def test_a_restore_cannot_bring_back_what_a_process_remembers(scene, desk, text):
    """A mark is never used twice: what was approved after the backup is not found under the mark of before."""
    place = wordings.place("we_rang", "a")
    desk.approved(place=place)
    backup = desk.mark()
    desk.approved(OTHER, seen=1, place=place)
    taken(scene, text(Purpose.WE_RANG))
    scene.change(Institution, scene.people.melati, wording_mark=backup)  # the rows of the backup, too
    with scene.database.write() as session:
        for version, state in ((2, "retired"), (1, "approved")):
            session.execute(update(Wording).where(Wording.version == version).values(state=state))
    desk.approved(
        {"id": "{{ app }}: lain lagi: {{ u }}", "en": "{{ app }}: yet another: {{ u }}"}, seen=2, place=place
    )
    second = text_to_wati(scene)
    assert "lain lagi" in taken(scene, second).body


# --- texts to staff tell the truth about time -----------------------------------------------------------------------


def test_an_urgent_text_says_by_when_it_is_to_be_taken(scene):
    body = taken(scene, promised(scene, Purpose.STAFF_URGENT)).body
    assert "Mohon dibuka sebelum 10.00 WIB." in body  # raised at nine, an hour to take it


def test_a_late_text_says_since_when_nobody_has_taken_it(scene):
    body = taken(scene, promised(scene, Purpose.STAFF_LATE)).body
    assert "sejak 09.00 WIB." in body
