"""Whose claim on a number's one text a day is better: check-in, then what staff began, then the reading (design 3)."""

import pytest
from sqlalchemy import select

from companion.models import FamilyMember, Message, Person, Slot
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import ConsentPurpose, Purpose
from companion.services import enrol
from tests.cast import NOW
from tests.engine.scene import DAY, HOUR, MINUTE
from tests.services.at_the_gate import MONDAY, ask, promise

TUESDAY_MORNING = NOW + 23 * HOUR


@pytest.fixture
def shared(scene):
    """Budi's mother reads on the phone on which Budi is asked; his own check-ins are far ahead."""
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        enrol.record_consent(session, NOW, person, ConsentPurpose.FAMILY, "berkas 12")
        member = FamilyMember(
            institution_id=scene.people.melati, person_id=person.id, number_id=scene.number_id(person.id),
            name="Ibu", relation="parent", token="familytoken1", pin_hash="x", first_week_at=NOW, invited_at=NOW,
        )  # fmt: skip
        session.add(member)
        session.flush()
        session.execute(
            Slot.__table__.update()
            .where(Slot.person_id == person.id)
            .values(due_at=NOW + 9 * DAY, look_at=NOW + 9 * DAY)
        )
    scene.member = scene._all(select(FamilyMember))[0].id
    return scene


def reading(scene, **more):
    about = {"family_member_id": scene.member, "step": 1, "subject": "reading", "lives": 3 * DAY}
    return promise(scene, Purpose.FAMILY_WEEKLY, **(about | more))


def we_rang(scene, **more):
    return promise(scene, Purpose.WE_RANG, subject="we rang", **more)


def test_a_reading_leaves_when_nothing_else_is_to_go_to_that_phone(shared):
    assert ask(shared, reading(shared))[0] == "sending"


def test_of_two_that_wait_the_reading_lets_the_other_go_first_whoever_is_asked_first(shared):
    text, other = reading(shared), we_rang(shared)
    assert ask(shared, text) == ("planned", "cap", TUESDAY_MORNING)
    assert ask(shared, other)[0] == "sending"
    assert ask(shared, text, TUESDAY_MORNING)[0] == "sending"


@pytest.mark.parametrize(
    "purpose", [Purpose.INVITATION, Purpose.REMINDER, Purpose.AFTER_GAP, Purpose.CHECK_NUMBER]
)
def test_a_check_in_goes_before_what_staff_began(shared, purpose):
    began = we_rang(shared)
    promise(shared, purpose, subject="check-in", at=MONDAY + HOUR)
    assert ask(shared, began)[:2] == ("planned", "cap")


def test_nothing_goes_before_a_we_rang(shared):
    reading(shared), we_rang(shared)
    assert ask(shared, promise(shared, Purpose.INVITATION, subject="check-in"))[0] == "sending"


def test_the_question_about_a_number_does_not_wait_for_the_check_in_that_waits_for_it(shared):
    promise(shared, Purpose.INVITATION, subject="check-in")
    assert ask(shared, promise(shared, Purpose.CHECK_NUMBER, subject="question"))[0] == "sending"


def test_equals_go_in_the_order_in_which_they_come(shared):
    first, second = we_rang(shared), promise(shared, subject="we rang again")
    assert ask(shared, second)[0] == "sending"
    assert ask(shared, first)[:2] == ("planned", "cap")


@pytest.mark.parametrize(
    ("due", "state"), [(5 * HOUR, "planned"), (14 * HOUR, "planned"), (15 * HOUR, "sending")]
)
def test_a_reading_leaves_the_day_to_a_check_in_that_is_still_to_come(shared, due, state):
    """Otherwise it would leave at eleven, and the check-in of four o'clock would have to wait for tomorrow."""
    slot = shared.next_slot(shared.people.budi)
    shared.change(Slot, slot.id, due_at=NOW + due)
    assert ask(shared, reading(shared))[0] == state


def test_a_reading_leaves_the_day_to_a_reminder_that_is_still_to_come(shared):
    slot = shared.next_slot(shared.people.budi)
    shared.change(
        Slot,
        slot.id,
        due_at=NOW - 20 * HOUR,
        state=SlotState.OPEN,
        look_at=NOW + 6 * HOUR,
        remind_at=NOW + 6 * HOUR,
    )
    assert ask(shared, reading(shared))[:2] == ("planned", "cap")


@pytest.mark.parametrize(
    "values",
    [{"look_at": NOW + 2 * DAY}, {"expires_at": MONDAY}, {"state": MessageState.CANCELLED, "look_at": None}],
)
def test_what_will_not_go_today_keeps_nothing_back(shared, values):
    other = we_rang(shared)
    shared.change(Message, other.id, **values)
    assert ask(shared, reading(shared))[0] == "sending"


def test_a_text_to_another_phone_keeps_nothing_back(shared):
    we_rang(shared, person_id=shared.people.wati, number_id=shared.number_id(shared.people.wati))
    assert ask(shared, reading(shared))[0] == "sending"


def test_a_link_that_was_asked_for_waits_for_nobody(shared):
    we_rang(shared)
    assert ask(shared, promise(shared, Purpose.NEW_LINK, subject="link"), MONDAY + MINUTE)[0] == "sending"
