"""What was under way when somebody was taken over: links in their hands, texts, days on which they were asked."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from companion.models import Answer, Message, Person, Slot, Staff, Transfer, Window
from companion.rules.states import Family, MessageState, SlotState, WindowState
from companion.rules.terms import Purpose
from companion.services import answers, new_links, numbers, records
from companion.services.door import DoorState
from tests.engine.scene import DAY, HOUR
from tests.services.handed import accept, current, ledger, offer, ready
from tests.services.test_promised_together import token

JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def scene(scene):
    return ready(scene)


@pytest.fixture
def asked(scene):
    """Budi's next check-in, whose text left an hour ago, and its link."""
    slot = scene.asked(scene.people.budi)
    return slot, token(scene, slot), slot.due_at + HOUR


def go(scene, at):
    """Offered and accepted at this instant; the id of the new record."""
    assert offer(scene, at=at) is None
    return accept(scene, at=at)


def door(scene, link, at):
    with scene.database.read() as session:
        return answers.look(session, link, at)


def submit(scene, link, said, at):
    with scene.database.write() as session:
        return answers.receive(session, answers.look(session, link, at), said, at)


@pytest.mark.parametrize("after", [HOUR, 40 * DAY])
def test_a_call_for_help_through_an_old_link_reaches_those_who_follow_them_now(scene, asked, after):
    _slot, link, at = asked
    here = go(scene, at)
    submit(scene, link, {"unsafe": True}, at + after)
    (alert,) = [one for one in scene.alerts(here) if one.family is Family.SAFETY]
    assert alert.institution_id == scene.people.other
    (text,) = scene.messages(alert_id=alert.id)
    lina = scene._all(select(Staff.id).where(Staff.login == "lina"))
    assert (text.institution_id, [text.staff_id]) == (scene.people.other, lina)  # Tono has no phone on file
    assert Family.SAFETY not in {one.family for one in scene.alerts(scene.people.budi)}


def test_the_link_in_the_last_text_still_takes_an_answer_and_it_is_heard_here(scene, asked):
    slot, link, at = asked
    here = go(scene, at)
    assert scene.slot(slot.id).state is SlotState.CANCELLED
    seen = door(scene, link, at + HOUR)
    assert (seen.state, seen.person_id, seen.institution_id, seen.slot_id) == (
        DoorState.OPEN, here, scene.people.other, None,
    )  # fmt: skip
    assert seen.proven
    submit(scene, link, {"mood": 4}, at + HOUR)
    (told,) = scene._all(select(Answer).where(Answer.token == link))
    assert (told.person_id, told.institution_id, told.slot_id) == (here, scene.people.other, None)
    with scene.database.read() as session:
        assert current(session, here).heard_at == at + HOUR
    assert scene.slot(slot.id).state is SlotState.CANCELLED  # the books over there are closed
    assert door(scene, link, at + HOUR).state is DoorState.RECEIVED


def test_that_link_takes_answers_no_longer_than_it_would_have(scene, asked):
    slot, link, at = asked
    go(scene, at)
    closes_at = slot.closes_at
    assert door(scene, link, closes_at - timedelta(seconds=1)).state is DoorState.OPEN
    assert door(scene, link, closes_at).state is DoorState.CLOSED


def test_a_link_that_was_answered_there_says_so_and_takes_nothing_twice(scene, asked):
    _slot, link, at = asked
    submit(scene, link, {"mood": 4}, at)
    here = go(scene, at + HOUR)
    assert door(scene, link, at + HOUR).state is DoorState.RECEIVED
    submit(scene, link, {"mood": 1}, at + HOUR)
    assert len(scene._all(select(Answer).where(Answer.token == link))) == 1
    assert scene._all(select(Answer.id).where(Answer.person_id == here)) == []


def test_a_stop_through_an_old_link_stops_what_is_promised_here(scene, asked):
    _slot, link, at = asked
    here = go(scene, at)
    with scene.database.write() as session:
        numbers.silence(session, at + HOUR, answers.look(session, link, at).number_id, "page")
    assert "slot planned" not in ledger(scene, here)


def test_an_answer_that_waited_for_the_transfer_calls_for_help_where_they_are_now(scene, asked):
    """The page had looked up the link before; the call must not go to those who had just given them away."""
    _slot, link, at = asked
    before = door(scene, link, at)
    here = go(scene, at)
    with scene.database.write() as session:
        answers.receive(session, before, {"unsafe": True}, at)
    assert Family.SAFETY in {one.family for one in scene.alerts(here)}
    assert Family.SAFETY not in {one.family for one in scene.alerts(scene.people.budi)}


def test_what_waits_for_a_sender_there_is_cancelled(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    go(scene, slot.due_at)
    after = scene.message(slot)
    assert (after.state, after.reason) == (MessageState.CANCELLED, "transferred")


def test_a_text_that_a_sender_has_in_hand_is_left_to_its_outcome(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    text = scene.message(slot)
    scene.change(Message, text.id, state=MessageState.SENDING)
    go(scene, slot.due_at)
    assert scene.message(slot).state is MessageState.SENDING


def test_the_gate_lets_nothing_more_leave_for_the_follow_up_that_ended(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    text = scene.message(slot)
    go(scene, slot.due_at)
    scene.change(Message, text.id, state=MessageState.PLANNED, look_at=slot.due_at, reason=None)
    scene.change(Slot, slot.id, state=SlotState.OPEN)
    scene.at(slot.due_at + HOUR)
    after = scene.message(slot)
    assert (after.state, after.reason) == (MessageState.CANCELLED, "window_closed")
    assert text.ref not in {letter.ref for letter in scene.carrier.letters}


def test_a_link_that_was_asked_for_still_comes(scene, asked):
    _slot, link, at = asked
    night = at.replace(hour=15)  # 22.00 in Jakarta
    with scene.database.write() as session:
        new_links.send(session, answers.look(session, link, night), night)
    here = go(scene, night)
    (text,) = scene.messages(purpose=Purpose.NEW_LINK)
    assert (text.state, text.person_id, text.institution_id) == (
        MessageState.PLANNED,
        here,
        scene.people.other,
    )
    scene.at(night + 11 * HOUR)
    assert scene.messages(purpose=Purpose.NEW_LINK)[0].state is MessageState.SENT


def test_nobody_is_asked_twice_on_one_day(scene, asked):
    slot, _link, at = asked
    scene.change(
        Person, scene.people.budi, preferred_hour="17:00"
    )  # later today, had he not been asked this morning
    here = go(scene, at)
    today = slot.due_at.astimezone(JAKARTA).date()
    assert today not in {one.due_at.astimezone(JAKARTA).date() for one in scene.slots(here)}


def test_the_cap_counts_what_the_phone_had_from_there(scene, asked):
    _slot, _link, at = asked
    here = go(scene, at)
    first = scene.next_slot(here)
    scene.change(Slot, first.id, due_at=at, look_at=at, give_up_at=at + DAY)
    scene.at(at + HOUR)
    text = scene.message(first)
    assert (text.state, text.held_because) == (MessageState.PLANNED, "cap")


@pytest.mark.parametrize("first", ["there", "here"])
def test_either_record_can_be_deleted_before_the_other(scene, asked, first):
    _slot, link, at = asked
    here = go(scene, at)
    submit(scene, link, {"mood": 4}, at + HOUR)
    late = at + 50 * DAY
    scene.change(Window, scene.window(here).id, state=WindowState.CLOSED, closed_at=late)
    both = [scene.people.melati, scene.people.other]
    for place, institution_id in enumerate(both if first == "there" else reversed(both)):
        with scene.database.write() as session:
            assert records.forget(session, institution_id, "Asia/Jakarta", late, 10)["deleted"] == 1
        left = scene._all(select(Transfer))
        assert len(left) == (place == 0 and first == "here")
        assert all(one.to_person_id is None for one in left)
    assert scene._all(select(Person).where(Person.id.in_([scene.people.budi, here]))) == []
