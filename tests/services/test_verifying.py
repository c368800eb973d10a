"""Numbers made sure of: beside the caseworker, by a text, and again after long silence (texts 3; failures 40)."""

import pytest
from sqlalchemy import select

from companion.models import Audit, Link, Message, Person, Phone, Staff, Window
from companion.rules.states import Family, Level, MessageState, SlotState, WindowState
from companion.rules.terms import ConsentPurpose, LinkKind, PhoneKind, Purpose
from companion.services import answers, enrol, new_number, numbers, phone_facts, slots, verifying, windows
from tests import cast
from tests.engine.scene import DAY, HOUR, SECOND
from tests.services.at_the_gate import ask as ask_gate
from tests.services.at_the_gate import promise

NEW = "+6281377700011"
WEEK = 7 * DAY


@pytest.fixture
def rini(scene):
    """Somebody who agreed on paper, and whose number nobody has tried."""
    with scene.database.write() as session:
        melati, sari = (
            session.get(Person, scene.people.budi).institution,
            session.get(Staff, scene.people.sari),
        )
        person = cast.graduate(session, melati, sari, consent=False, name="Rini", called="Rini", e164=NEW)
        enrol.record_consent(
            session, cast.NOW, person, ConsentPurpose.FOLLOW_UP, "berkas 9", staff_id=sari.id, confirms=False
        )
        return person.id


def phone(scene, person_id):
    with scene.database.read() as session:
        return session.scalars(select(Phone).where(Phone.person_id == person_id, Phone.rank == 0)).one()


def door(scene, person_id):
    with scene.database.read() as session:
        token = session.scalars(
            select(Link.token).where(Link.person_id == person_id, Link.kind == LinkKind.CHECK)
        ).all()[-1]
        return answers.look(session, token, scene.clock.at)


def texts_to(scene, number=NEW):
    return scene.carrier.bodies(number)


def test_the_question_goes_out_before_any_invitation(scene, rini):
    scene.at(cast.NOW + HOUR)
    assert len(texts_to(scene)) == 1 and "didaftarkan" in texts_to(scene)[0]
    slot = scene.next_slot(rini)
    scene.at(slot.due_at)
    assert len(texts_to(scene)) == 1
    invitation = scene.message(scene.slot(slot.id))
    assert (invitation.state, invitation.held_because) == (MessageState.PLANNED, "number_unconfirmed")


def test_a_yes_lets_the_invitation_that_waited_leave_at_once(scene, rini):
    scene.at(cast.NOW + HOUR)
    slot = scene.next_slot(rini)
    scene.at(slot.due_at)
    assert scene.write(verifying.by_link, slot.due_at + HOUR, door(scene, rini))
    scene.at(slot.due_at + HOUR)
    assert scene.message(scene.slot(slot.id)).state is MessageState.SENT
    assert phone(scene, rini).confirmed_at == slot.due_at + HOUR


def test_a_second_yes_changes_nothing(scene, rini):
    scene.at(cast.NOW + HOUR)
    link = door(scene, rini)
    assert scene.write(verifying.by_link, cast.NOW + 2 * HOUR, link)
    assert not scene.write(verifying.by_link, cast.NOW + 3 * HOUR, link)
    assert phone(scene, rini).confirmed_at == cast.NOW + 2 * HOUR


def test_a_yes_is_no_answer_to_a_check_in(scene, rini):
    """It says whose number it is, not how the person is: the last-heard clock keeps running."""
    before = scene.window(rini).heard_at
    scene.at(cast.NOW + HOUR)
    scene.write(verifying.by_link, cast.NOW + 2 * HOUR, door(scene, rini))
    assert scene.window(rini).heard_at == before


def test_a_check_in_that_waited_in_vain_was_not_missed_but_unreached(scene, rini):
    slot = scene.next_slot(rini)
    scene.at(slot.due_at)
    scene.at(scene.slot(slot.id).give_up_at)
    assert scene.slot(slot.id).state is SlotState.UNREACHED
    assert [alert.family for alert in scene.alerts(rini)] == [Family.UNDELIVERED]


@pytest.mark.parametrize(("late", "lines"), [(-SECOND, 0), (0 * SECOND, 1), (SECOND, 1)])
def test_without_an_answer_for_seven_days_somebody_has_to_find_out(scene, rini, late, lines):
    with scene.database.write() as session:  # the invitations' own lines are not the matter here
        session.execute(
            Message.__table__.delete().where(Message.person_id == rini, Message.slot_id.is_not(None))
        )
    scene.at(cast.NOW + WEEK + late)
    codes = [signal.code for signal in scene.signals(rini)]
    assert codes.count("U2") == lines
    if lines:
        alert = next(one for one in scene.alerts(rini) if one.family is Family.UNDELIVERED)
        assert alert.level is Level.AMBER and alert.deadline_at is not None


def test_tried_together_it_needs_no_text(scene):
    with scene.database.write() as session:
        budi, sari = session.get(Person, scene.people.budi), session.get(Staff, scene.people.sari)
        assert (
            phone_facts.add(session, cast.NOW, sari, budi, "0813 7770 0011", PhoneKind.OWN, tried=True)
            is None
        )
        fresh = budi.phones[-1]
        assert fresh.confirmed_at == cast.NOW
        new_number.put_first(session, cast.NOW, sari, budi, fresh)
    assert scene.messages(purpose=Purpose.CHECK_NUMBER) == []


def test_a_new_number_that_texts_shall_go_to_is_asked_first(scene):
    with scene.database.write() as session:
        budi, sari = session.get(Person, scene.people.budi), session.get(Staff, scene.people.sari)
        phone_facts.add(session, cast.NOW, sari, budi, "0813 7770 0011", PhoneKind.OWN, tried=False)
        assert session.scalars(select(Message).where(Message.purpose == Purpose.CHECK_NUMBER)).all() == []
        new_number.put_first(session, cast.NOW, sari, budi, budi.phones[-1])
    scene.at(cast.NOW + HOUR)
    assert [("didaftarkan" in text) for text in texts_to(scene)] == [True]
    message = promise(scene, Purpose.INVITATION)
    assert ask_gate(scene, message)[:2] == ("planned", "number_unconfirmed")


@pytest.mark.parametrize(
    "purpose", [Purpose.INVITATION, Purpose.REMINDER, Purpose.AFTER_GAP, Purpose.WE_RANG, Purpose.NEW_LINK]
)
def test_only_what_the_person_asked_for_may_go_to_an_unsure_number(scene, purpose):
    scene.change(Phone, phone(scene, scene.people.budi).id, confirmed_at=None)
    state, why, _at = ask_gate(scene, promise(scene, purpose))
    waits = purpose is not Purpose.NEW_LINK
    assert (state, why) == (("planned", "number_unconfirmed") if waits else ("sending", None))


def test_the_question_is_not_asked_twice_within_a_week(scene, rini):
    with scene.database.write() as session:
        person = session.get(Person, rini)
        first = person.phones[0]
        assert not verifying.ask(session, cast.NOW + WEEK - SECOND, person, first)
        assert verifying.ask(session, cast.NOW + WEEK, person, first)
    assert len(scene.messages(purpose=Purpose.CHECK_NUMBER)) == 2


@pytest.fixture
def unsent(scene, rini):
    """The question was taken back before it had left, by an opt-out; the next day the number is opened again."""
    with scene.database.write() as session:
        number_id = session.get(Person, rini).phones[0].number_id
        numbers.silence(session, cast.NOW, number_id, "page")
    return number_id


def questions(scene) -> list[str]:
    return [one.state for one in scene.messages(purpose=Purpose.CHECK_NUMBER)]


def test_a_question_that_was_taken_back_unsent_is_asked_when_the_number_opens_again(scene, rini, unsent):
    assert questions(scene) == ["cancelled"]
    with scene.database.write() as session:
        assert verifying.pending(session, session.get(Person, rini), cast.NOW + HOUR) == frozenset()
        numbers.reopen(session, cast.NOW + DAY, unsent, staff_id=scene.people.sari, proof="call")
        assert verifying.pending(session, session.get(Person, rini), cast.NOW + DAY) == {unsent}
    assert questions(scene) == ["cancelled", "planned"]
    assert phone(scene, rini).look_at == cast.NOW + DAY + WEEK


def test_a_number_that_opens_in_a_pause_is_asked_about_when_check_ins_go_on(scene, rini, unsent):
    with scene.database.write() as session:
        window = session.get(Window, scene.window(rini).id)
        slots.pause(session, cast.NOW, window, cast.NOW + 9 * DAY, "asked")
        numbers.reopen(session, cast.NOW + DAY, unsent, staff_id=scene.people.sari, proof="call")
    assert questions(scene) == ["cancelled"], "nothing is asked in a pause"
    scene.write(lambda session: slots.resume(session, cast.NOW + 2 * DAY, session.get(Window, window.id)))
    assert questions(scene) == ["cancelled", "planned"]


def test_a_change_of_plan_does_not_ask_again_whoever_left_the_question_without_an_answer(scene, rini):
    look(scene, cast.NOW + WEEK)
    with scene.database.write() as session:
        window = session.get(Window, scene.window(rini).id)
        assert slots.new_generation(session, cast.NOW + 8 * DAY, window) > 0
    assert len(questions(scene)) == 1


def test_consent_in_a_pause_makes_sure_of_the_number_it_names(scene):
    with scene.database.write() as session:
        sari = session.get(Staff, scene.people.sari)
        melati = session.get(Person, scene.people.budi).institution
        person = cast.graduate(session, melati, sari, consent=False, name="Tari", called="Tari", e164=NEW)
        slots.pause(session, cast.NOW, windows.current(session, person.id), cast.NOW + 9 * DAY, "asked")
        enrol.record_consent(session, cast.NOW, person, ConsentPurpose.FOLLOW_UP, "file", staff_id=sari.id)
        assert person.phones[0].confirmed_at == cast.NOW


@pytest.mark.parametrize(
    ("purpose", "sure"),
    [(ConsentPurpose.FAMILY, False), (ConsentPurpose.GUARDIAN, False), (ConsentPurpose.FOLLOW_UP, True)],
)
def test_only_the_persons_own_yes_names_their_number(scene, purpose, sure):
    with scene.database.write() as session:
        sari = session.get(Staff, scene.people.sari)
        melati = session.get(Person, scene.people.budi).institution
        person = cast.graduate(session, melati, sari, consent=False, name="Tari", called="Tari", e164=NEW)
        enrol.record_consent(session, cast.NOW, person, purpose, "file", staff_id=sari.id)
        assert (person.phones[0].confirmed_at is not None) is sure


# --- long silence ---------------------------------------------------------------------------------------------------


def look(scene, at):
    with scene.database.write() as session:
        return verifying.look_at_phones(session, at, 500)


@pytest.mark.parametrize(("late", "sure"), [(-SECOND, True), (0 * SECOND, False), (SECOND, False)])
def test_after_ninety_days_without_a_word_a_number_may_be_somebody_elses(scene, late, sure):
    look(scene, cast.NOW + 90 * DAY + late)
    mine = phone(scene, scene.people.budi)
    assert (mine.confirmed_at is not None, mine.doubted_at is None) == (sure, sure)
    asked = [
        one for one in scene.messages(purpose=Purpose.CHECK_NUMBER) if one.person_id == scene.people.budi
    ]
    assert len(asked) == (0 if sure else 1)


def test_an_answer_on_that_number_moves_the_ninety_days(scene):
    slot = scene.asked(scene.people.budi)
    with scene.database.write() as session:
        token = session.scalars(select(Link.token).where(Link.slot_id == slot.id)).one()
        heard_at = scene.clock.at + HOUR
        answers.receive(session, answers.look(session, token, heard_at), {"mood": 4}, heard_at)
    look(scene, cast.NOW + 90 * DAY)
    mine = phone(scene, scene.people.budi)
    assert mine.confirmed_at is not None and mine.look_at == heard_at + 90 * DAY


def test_a_number_nobody_is_texted_on_is_not_looked_at(scene):
    mine = phone(scene, scene.people.budi)
    scene.change(Phone, mine.id, rank=1)
    look(scene, cast.NOW + 90 * DAY)
    mine = scene.write(lambda session: session.get(Phone, mine.id))
    assert (mine.look_at, mine.confirmed_at is not None) == (None, True)


def test_a_new_window_asks_again_about_a_number_that_was_silent_for_long(scene):
    mine = phone(scene, scene.people.budi)
    much_later = cast.NOW + 200 * DAY
    scene.change(Phone, mine.id, look_at=None)  # the last window was closed meanwhile
    with scene.database.write() as session:
        scene_window = session.get(Window, scene.window(scene.people.budi).id)
        scene_window.state = WindowState.CLOSED
        session.flush()
        enrol.open_window(session, much_later, session.get(Person, scene.people.budi), much_later.date())
    look(scene, much_later)
    assert phone(scene, scene.people.budi).confirmed_at is None
    assert len(scene.messages(purpose=Purpose.CHECK_NUMBER, person_id=scene.people.budi)) == 1


def test_who_made_sure_of_it_is_in_the_access_log_without_the_number(scene, rini):
    scene.at(cast.NOW + HOUR)
    scene.write(verifying.by_link, cast.NOW + 2 * HOUR, door(scene, rini))
    with scene.database.read() as session:
        acts = session.execute(select(Audit.actor, Audit.act).where(Audit.person_id == rini)).all()
    assert ("person", "number_confirmed") in [tuple(one) for one in acts]
