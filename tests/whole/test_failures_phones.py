"""Failures elsewhere, tried here: shared phones and wrong persons (cases 39-44)."""

import ast
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

import companion
from companion.models import Consent, Institution, Number, Person, Phone, Staff
from companion.rules.numbers import Fault, read
from companion.rules.states import Family, SlotState
from companion.rules.terms import ConsentPurpose, PhoneKind, Purpose
from companion.rules.words import forbidden
from companion.services import answers, enrol, family, numbers
from tests import cast
from tests.engine.scene import BUDI, DAY, MINUTE, WATI
from tests.whole.failure_cases import brought, promise, row

ROOT = Path(companion.__file__).parent


def same_number(scene, name="Andi Saputra") -> int:
    """Somebody else who gave Budi's number; their id."""
    with scene.database.write() as session:
        melati = session.get_one(Institution, scene.people.melati)
        sari = session.get_one(Staff, scene.people.sari)
        return cast.graduate(session, melati, sari, name=name, called=name.split()[0], e164=BUDI).id


def test_case_39_one_number_of_two_people_a_stop_silences_it_for_both_and_both_are_flagged(scene, site):
    andi = same_number(scene)
    slot = scene.asked(scene.people.budi)
    site.test_client().post(f"/c/{scene.message(slot).token}/berhenti")
    for person_id in (scene.people.budi, andi):
        assert {one.state for one in scene.slots(person_id)} == {SlotState.CANCELLED}
        assert [alert.family for alert in scene.alerts(person_id)] == [Family.DATA]
    sent = len(scene.carrier.bodies(BUDI))
    for days in range(1, 15):
        scene.at(slot.due_at + days * DAY)
    assert len(scene.carrier.bodies(BUDI)) == sent
    assert scene.slots(scene.people.wati)[0].state is not SlotState.CANCELLED


def test_case_39_an_answer_from_a_number_of_two_people_raises_and_never_counts_as_calm(scene):
    andi = same_number(scene)
    slot = scene.asked(scene.people.budi)
    with scene.database.write() as session:
        door = answers.look(session, scene.message(slot).token, scene.clock.at)
        answers.receive(session, door, {"mood": 5, "unsafe": True}, scene.clock.at)
    assert (door.holders, door.proven, door.person_id) == (2, False, scene.people.budi)
    assert [alert.family for alert in scene.alerts(scene.people.budi)] == [Family.SAFETY]
    assert scene.alerts(andi) == []


def test_case_40_the_first_text_is_neutral_and_its_page_lets_a_stranger_end_it_at_once(scene, site):
    slot = scene.asked(scene.people.budi)
    (body,) = scene.carrier.bodies(BUDI)
    assert "Santoso" not in body and "Melati" not in body
    assert forbidden(body.rsplit(" ", 1)[0]) == ()
    client, url = site.test_client(), f"/c/{scene.message(slot).token}"
    page = client.get(url).text
    assert f"{url}/berhenti?karena=bukan" in page and f'{url}/berhenti"' in page
    assert client.get(f"{url}/berhenti?karena=bukan").status_code == 200
    client.post(f"{url}/berhenti", data={"karena": "bukan"})
    assert scene.number(scene.people.budi).silenced_how == "bukan_saya"
    assert [(signal.code, signal.values) for signal in scene.signals(scene.people.budi)] == [
        ("D1", {"way": "bukan_saya"})
    ]
    for shown in (page, client.get(f"{url}/berhenti").text):
        assert "Budi" not in shown and "Melati" not in shown
    for days in range(1, 15):
        scene.at(slot.due_at + days * DAY)
    assert scene.carrier.bodies(BUDI) == [body]


def callers_of(owner: str, name: str) -> set[str]:
    """The files of ours that call `owner.name(...)`; trials apart, who are carriers and senders of their own."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
        and getattr(node.func.value, "id", getattr(node.func.value, "attr", None)) == owner
        and path.relative_to(ROOT).parts[0] != "trials"
    }  # fmt: skip


def test_case_41_one_gate_and_no_path_around_it():
    assert callers_of("channel", "send") == {"engine/sending.py"}
    assert callers_of("messages", "create") == {"channels/sms.py"}
    assert callers_of("gate", "take") == {"engine/sending.py"}
    assert callers_of("gate", "ask") == {"services/gate.py"}


@pytest.mark.parametrize("whose", ["budi", "andi"])
def test_case_41_consent_is_asked_of_the_one_the_text_is_about(scene, whose):
    """Two people on one number: what one took back says nothing about the other."""
    ids = {"budi": scene.people.budi, "andi": same_number(scene)}
    with scene.database.write() as session:
        person = session.get_one(Person, ids[whose])
        enrol.withdraw_consent(session, scene.clock.at, person, ConsentPurpose.FOLLOW_UP)
    for name, person_id in ids.items():
        promise(scene, Purpose.NEW_LINK, person_id, subject=name)
    scene.at(scene.clock.at + MINUTE)
    reasons = {name: scene.messages(subject=name)[0].reason for name in ids}
    assert reasons == {name: "consent" if name == whose else None for name in ids}


def test_case_42_family_is_told_nothing_unless_the_graduate_said_yes_to_it(scene):
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        assert family.refusal(session, budi) == "no_consent"
        member = family.prepare(
            session, scene.clock.at, budi, name="Ibu", relation="Ibu", e164="+6281300000009"
        )
        number_id, member_id = member.number_id, member.id
    about = {"number_id": number_id, "family_member_id": member_id}
    promise(scene, Purpose.FAMILY_WEEKLY, step=1, **about)
    scene.at(scene.clock.at + MINUTE)
    assert scene.messages(purpose=Purpose.FAMILY_WEEKLY)[0].reason == "consent"
    assert scene.carrier.bodies("+6281300000009") == []


@pytest.mark.parametrize(
    ("given", "promised"),
    [
        ((), False),
        ((ConsentPurpose.FOLLOW_UP,), False),
        ((ConsentPurpose.GUARDIAN,), False),
        ((ConsentPurpose.ASSENT, ConsentPurpose.FOLLOW_UP), False),
        ((ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT), True),
    ],
)
def test_case_42_under_18_the_guardians_consent_and_the_teens_own_yes_are_both_needed(scene, given, promised):
    with scene.database.write() as session:
        melati = session.get_one(Institution, scene.people.melati)
        sari = session.get_one(Staff, scene.people.sari)
        teen = cast.graduate(
            session, melati, sari, consent=False, name="Reza", born_on=date(2010, 1, 1), e164="+6281277770000"
        )
        for purpose in given:
            enrol.record_consent(session, scene.clock.at, teen, purpose, f"berkas {purpose}")
        teen_id = teen.id
    assert bool(scene.slots(teen_id)) == promised
    stored = scene._all(select(Consent.purpose).where(Consent.person_id == teen_id))
    assert sorted(stored) == sorted(given)
    promise(scene, Purpose.WE_RANG, teen_id)
    scene.at(scene.clock.at + MINUTE)
    assert bool(scene.carrier.bodies("+6281277770000")) == promised


def test_case_43_the_same_number_twice_is_one_phone_and_one_text(scene):
    with scene.database.write() as session:
        melati = session.get_one(Institution, scene.people.melati)
        sari = session.get_one(Staff, scene.people.sari)
        twice = "+6281277770001"
        person = cast.graduate(session, melati, sari, name="Eka", e164=twice, second_e164=twice)
        numbers.attach(session, person, twice, PhoneKind.SHARED, rank=2)
        person_id = person.id
    phones = scene._all(select(Phone).where(Phone.person_id == person_id))
    assert [(phone.rank, phone.kind, phone.may_call) for phone in phones] == [(0, PhoneKind.OWN, True)]
    assert {"holder", "safe_from", "safe_to", "may_call", "kind"} <= set(Phone.__table__.columns.keys())
    scene.asked(person_id)
    assert len(scene.carrier.bodies("+6281277770001")) == 1
    with pytest.raises(IntegrityError), scene.database.write() as session:
        session.add(
            Phone(
                institution_id=scene.people.melati, person_id=person_id, number_id=phones[0].number_id, rank=1
            )
        )


@pytest.mark.parametrize(
    "typed",
    [
        "0812 0000 0002", "6281200000002", "+62 812-0000-0002", "081200000002", "81200000002", "(+62) 812 0000 0002",
        "62 0812 0000 0002", "0062 812 0000 0002", "81200000002.0", "'081200000002", "\u202a+62812‑0000‑0002\u202c",
    ],
)  # fmt: skip
def test_case_44_however_an_office_writes_it_it_is_the_same_number(scene, typed):
    assert read(typed).e164 == WATI
    assert brought(scene, [row("Sri Wahyuni", typed)])["Sri Wahyuni"] in {"ok", "warning"}
    held = (
        select(func.count()).select_from(Phone).where(Phone.number_id == scene.number_id(scene.people.wati))
    )
    assert scene._all(held) == [2]
    assert scene._all(select(func.count()).select_from(Number)) == [3]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("8.12E+10", Fault.DAMAGED), ("8,12E+10", Fault.DAMAGED), ("6.28E+12", Fault.DAMAGED),
        ("6280000000000", Fault.DAMAGED), ("+1 202 555 0143", Fault.NOT_MOBILE), ("0812000", Fault.TOO_SHORT),
        ("021 500 1234", Fault.NOT_MOBILE),
    ],
)  # fmt: skip
def test_case_44_what_lost_its_digits_is_a_row_error_and_never_a_wrong_number(scene, typed, fault):
    assert read(typed).fault is fault
    assert brought(scene, [row("Sri Wahyuni", typed)]) == {"Sri Wahyuni": "error"}
    assert scene._all(select(func.count()).select_from(Person)) == [3]
