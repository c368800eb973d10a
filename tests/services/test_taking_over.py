"""An offer is accepted: one follow-up ends, the same days go on elsewhere, counted in rows (issue 3; failures 13)."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from companion.models import Number, Person, Phone, Task
from companion.rules.results import WindowOutcome
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import ConsentPurpose, Opioid, TaskState
from companion.services import answers, books, changes, enrol, numbers
from tests.engine.scene import HOUR
from tests.services.handed import (
    accept,
    acts,
    consents,
    ledger,
    newest,
    offer,
    person,
    phones,
    ready,
    record,
    taken_over,
)
from tests.services.promised import DAY_20, act
from tests.services.test_promised_together import token


@pytest.fixture
def scene(scene):
    return ready(scene)


# --- what ends and what goes on -------------------------------------------------------------------------------------


def test_what_was_promised_ends_there_and_goes_on_here(scene):
    before = ledger(scene, scene.people.budi)
    here = taken_over(scene)
    assert before["slot planned"] == 15
    gone = ledger(scene, scene.people.budi)
    assert gone == {
        "slot answered": 5, "slot cancelled": 15, "task done": 3, "task cancelled": before["task planned"] + before.get("task cancelled", 0),
    }  # fmt: skip
    assert {slot.reason for slot in scene.slots(scene.people.budi) if slot.state is SlotState.CANCELLED} == {
        "transferred"
    }
    came = ledger(scene, here)
    assert came["slot planned"] == 15
    planned = scene._all(select(Task.day).where(Task.person_id == here, Task.state == TaskState.PLANNED))
    assert sorted(planned) == [30, 60, 90, 120]


def test_the_books_of_both_houses_balance(scene):
    def books_now():
        with scene.database.read() as session:
            return books.faults(session, DAY_20), [
                books.slots_by_state(session, one) for one in (scene.people.melati, scene.people.other)
            ]

    faults, (there, here) = books_now()
    taken_over(scene)
    after, (gone, come) = books_now()
    assert after == faults
    assert gone == there | {"planned": there["planned"] - 15, "cancelled": 15}
    assert come == here | {"planned": here["planned"] + 15}


def test_the_same_days_are_left_by_the_same_calendar(scene):
    act(scene, changes.set_days, 150)
    was = scene.window(scene.people.budi)
    now = record(scene, taken_over(scene))
    assert (now.left_on, now.days, now.ends_at) == (date(2026, 11, 20), 150, was.ends_at)
    assert (now.state, now.institution_id) == (WindowState.ACTIVE, scene.people.other)
    then = scene.window(scene.people.budi)
    assert (then.state, then.outcome, then.closed_by) == (
        WindowState.CLOSED,
        WindowOutcome.MOVED,
        scene.people.sari,
    )


def test_the_person_is_the_same_person_and_has_a_caseworker(scene):
    scene.change(
        Person, scene.people.budi, preferred_hour="16:30", zone="Asia/Jayapura", province="PA", opioid=Opioid.YES,
        guardian="Ibu", contact_lock=True, court_referral="berkas", language="en",
    )  # fmt: skip
    was, now = person(scene, scene.people.budi), person(scene, taken_over(scene))
    for name in (
        "name", "called", "born_on", "guardian", "zone", "province", "preferred_hour", "opioid", "language", "identity",
        "contact_lock", "status",
    ):  # fmt: skip
        assert getattr(now, name) == getattr(was, name), name
    assert (now.institution_id, now.caseworker_id, now.court_referral) == (
        scene.people.other,
        scene.people.tono,
        None,
    )
    hours = {slot.due_at.astimezone(ZoneInfo("Asia/Jayapura")).hour for slot in scene.slots(now.id)}
    assert hours <= {16, 17}


def test_consent_to_check_ins_goes_along_with_the_new_proof_and_the_familys_does_not(scene):
    with scene.database.write() as session:
        enrol.record_consent(
            session, DAY_20, session.get_one(Person, scene.people.budi), ConsentPurpose.FAMILY, "berkas 12"
        )
    here = taken_over(scene)
    assert consents(scene, here) == {ConsentPurpose.FOLLOW_UP: "berkas 31"}


def test_a_teen_goes_along_with_both_yeses(scene):
    scene.change(Person, scene.people.budi, born_on="2010-01-01")
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        for purpose in (ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT):
            enrol.record_consent(session, DAY_20, budi, purpose, "berkas 12")
    offer(scene, guardian="surat ibu")
    here = accept(scene)
    assert consents(scene, here) == {
        ConsentPurpose.FOLLOW_UP: "berkas 31", ConsentPurpose.ASSENT: "berkas 31", ConsentPurpose.GUARDIAN: "surat ibu",
    }  # fmt: skip
    assert ledger(scene, here)["slot planned"] == 15


def test_without_consent_there_nothing_is_texted_here_and_staff_contacts_go_on(scene):
    with scene.database.write() as session:
        enrol.withdraw_consent(
            session, DAY_20, session.get_one(Person, scene.people.budi), ConsentPurpose.FOLLOW_UP
        )
    here = taken_over(scene)
    assert consents(scene, here) == {}
    came = ledger(scene, here)
    assert came["task planned"] == 4
    assert not [state for state in came if state.startswith(("slot", "text"))]


# --- the phone ------------------------------------------------------------------------------------------------------


def test_the_phone_stays_one_persons_own(scene):
    (was,) = phones(scene, scene.people.budi)
    scene.change(Phone, was.id, safe_from="09:00", safe_to="17:00", may_call=False, safe_way="message")
    here = taken_over(scene)
    assert phones(scene, scene.people.budi) == []
    (now,) = phones(scene, here)
    assert (now.id, now.number_id, now.kind, now.confirmed_at) == (
        was.id,
        was.number_id,
        was.kind,
        was.confirmed_at,
    )
    assert (now.safe_from, now.safe_to, now.may_call, now.safe_way) == ("09:00", "17:00", False, "message")
    with scene.database.read() as session:
        assert (
            numbers.holders(session, now.number_id) == 1
        )  # a number of two people would prove nothing any more


def test_a_silent_number_stays_silent_and_staff_contacts_go_on(scene):
    with scene.database.write() as session:
        numbers.silence(session, DAY_20, scene.number_id(scene.people.budi), "page")
    here = taken_over(scene)
    (phone,) = phones(scene, here)
    assert scene._all(select(Number).where(Number.id == phone.number_id))[0].silenced_at == DAY_20
    assert "slot planned" not in ledger(scene, here)
    assert ledger(scene, here)["task planned"] == 4


def test_a_number_that_answered_there_is_not_asked_again_whose_it_is(scene):
    slot = scene.asked(scene.people.budi)
    at = slot.due_at + HOUR
    with scene.database.write() as session:
        answers.receive(session, answers.look(session, token(scene, slot), at), {"mood": 4}, at)
    offer(scene, at=at)
    here = accept(scene, at=at)
    (phone,) = phones(scene, here)
    assert phone.look_at == at + timedelta(days=90)


def test_a_number_that_nobody_made_sure_of_is_asked_about_once(scene):
    (phone,) = phones(scene, scene.people.budi)
    scene.change(Phone, phone.id, confirmed_at=None, look_at=None)
    here = taken_over(scene)
    (text,) = scene.messages(person_id=here)
    assert (text.purpose, text.institution_id) == ("check_number", scene.people.other)


# --- what is told of it ---------------------------------------------------------------------------------------------


def test_figures_go_along_and_no_answer_does(scene):
    slot = scene.slots(scene.people.budi)[0]
    scene.change(type(slot), slot.id, state=SlotState.MISSED)
    taken_over(scene)
    assert newest(scene).summary == {
        "answered": 4, "missed": 1, "unreached": 0, "contacts": 0, "open": [],
        "heard_at": DAY_20.isoformat(), "heard_how": "enrolled",
    }  # fmt: skip


def test_both_access_logs_tell_of_it(scene):
    here = taken_over(scene)
    assert acts(scene, scene.people.budi)[-2:] == ["transfer_offered", "transfer_accepted"]
    assert acts(scene, here) == ["consent:follow_up", "taken_over"]
