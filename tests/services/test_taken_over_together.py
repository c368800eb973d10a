"""Somebody is taken over while others act on the same number, link or record."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import event, select

from companion.models import Answer, Person, Phone, Transfer, Window
from companion.rules.results import Code
from companion.rules.states import MessageState, SlotState, WindowState
from companion.rules.terms import PhoneKind, Purpose, Role
from companion.services import (
    answers,
    contacts,
    family,
    new_links,
    new_number,
    numbers,
    returning,
    stops,
    taking_over,
    transfer_views,
    transfers,
)
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR
from tests.services.handed import accept, current, ledger, member, newest, offer, ready, taken_over
from tests.services.promised import DAY_20, NEW, act
from tests.services.test_promised_together import token


@pytest.fixture
def scene(scene):
    return ready(scene)


def test_an_opt_out_that_comes_meanwhile_stops_what_is_promised_here(scene):
    """It has the number and looks for whom that concerns; whoever is taken over then must not slip through."""
    number_id = scene.number_id(scene.people.budi)
    assert offer(scene) is None
    found, taken = threading.Event(), threading.Event()

    def pause_once(connection, cursor, statement, *_rest):
        if statement.startswith("UPDATE slot") and not found.is_set():
            found.set()
            taken.wait(1)

    def go():
        found.wait()
        done = accept(scene)
        taken.set()
        return done

    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(go)
        event.listen(scene.database.writer, "before_cursor_execute", pause_once)
        scene.write(numbers.silence, DAY_20, number_id, "page")
        event.remove(scene.database.writer, "before_cursor_execute", pause_once)
        here = taking.result(timeout=20)
    assert "slot planned" not in ledger(scene, here)


def test_a_change_of_number_that_comes_too_late_leaves_them_their_phone_here(scene):
    """It had read the phones before they went along; the one it takes for given up is no longer its to delete."""
    assert offer(scene) is None
    with ThreadPoolExecutor(1) as pool, scene.database.write() as session:
        budi, sari = session.get_one(Person, scene.people.budi), member(session, "sari")
        assert len(budi.phones) == 1
        taking = pool.submit(accept, scene)
        with contextlib.suppress(TimeoutError):  # SQLite has one writer: there the change comes first
            taking.result(timeout=1)
        new_number.change(session, DAY_20, sari, budi, NEW, PhoneKind.OWN, "berkas 40", keep_old=False)
        session.commit()
        here = taking.result(timeout=20)
    assert len(scene._all(select(Phone.id).where(Phone.person_id == here, Phone.rank == 0))) == 1


@pytest.mark.parametrize("_again", range(4))
def test_a_call_that_is_noted_meanwhile_and_the_act_do_not_lock_each_other_out(scene, _again):
    """A pause told in a call changes the window first and the check-ins after it."""
    at = scene.asked(scene.people.budi).due_at + HOUR
    assert offer(scene, at=at) is None
    meet = threading.Barrier(2)

    def note():
        meet.wait(5)
        with scene.database.write() as session:
            budi, sari = session.get_one(Person, scene.people.budi), member(session, "sari")
            entry = contacts.Entry(code=Code.PAUSE, once="abc", until=at + 5 * DAY)
            here = contacts.setting(session, at, sari, budi, current(session, budi.id), entry)
            return contacts.note(session, here, entry).already

    with ThreadPoolExecutor(1) as pool:
        noting = pool.submit(note)
        meet.wait(5)
        assert isinstance(accept(scene, at=at), int)
        assert noting.result(timeout=20) is False


def test_whoever_writes_something_down_meanwhile_waits_and_finds_them_gone(scene):
    offer(scene)

    def ask():
        with scene.database.write() as session:
            return transfers.taken_over(session, scene.people.budi, hold=True)

    assert ask() is False
    with ThreadPoolExecutor(1) as pool:
        with scene.database.write() as session:
            made = session.get_one(Transfer, newest(scene).id)
            done = taking_over.accept(session, DAY_20, member(session, "lina"), made, member(session, "tono"))
            asking = pool.submit(ask)
            with pytest.raises(TimeoutError):
                asking.result(timeout=0.5)
        assert asking.result(timeout=20) is True
    with scene.database.read() as session:
        assert not transfers.taken_over(session, done.id)


def test_no_check_in_of_the_old_record_is_filled_in_with_somebody_who_is_followed_elsewhere(scene):
    slot = scene.slots(scene.people.budi)[0]
    scene.change(type(slot), slot.id, state=SlotState.MISSED, closes_at=DAY_20 + DAY)
    with scene.database.read() as session:
        assert answers.look_at_slot(session, slot.id, DAY_20) is not None
    taken_over(scene)
    with scene.database.read() as session:
        assert answers.look_at_slot(session, slot.id, DAY_20) is None


def test_an_answer_that_waited_for_the_transfer_is_heard_where_they_are_now(scene):
    slot = scene.asked(scene.people.budi)
    at, link = slot.due_at + HOUR, token(scene, slot)
    with scene.database.read() as session:
        before = answers.look(session, link, at)
    assert offer(scene, at=at) is None
    here = accept(scene, at=at)
    with scene.database.write() as session:
        assert answers.receive(session, before, {"mood": 4}, at).thanks
    (told,) = scene._all(select(Answer).where(Answer.token == link))
    assert told.person_id == here
    assert scene.slot(slot.id).state is SlotState.CANCELLED


def test_a_number_the_family_reads_on_proves_nothing_here_either(scene):
    with scene.database.write() as session:
        budi = current(session, scene.people.budi).person
        family.prepare(session, DAY_20, budi, name="Ibu", relation="ibu", e164=BUDI)
    slot = scene.asked(scene.people.budi)
    at, link = slot.due_at + HOUR, token(scene, slot)

    def proven():
        with scene.database.read() as session:
            return answers.look(session, link, at).proven

    assert not proven()
    assert offer(scene, at=at) is None
    here = accept(scene, at=at)
    assert not proven()
    assert scene._all(select(Phone.kind).where(Phone.person_id == here)) == [PhoneKind.SHARED]


def test_of_two_people_on_one_number_the_other_stays_where_they_are(scene):
    with scene.database.write() as session:
        wati = current(session, scene.people.wati).person
        shared = numbers.attach(session, wati, BUDI, PhoneKind.OWN, rank=1).number_id
    before = ledger(scene, scene.people.wati)
    here = taken_over(scene)
    assert ledger(scene, scene.people.wati) == before
    holders = scene._all(select(Phone.person_id).where(Phone.number_id == shared))
    assert sorted(holders) == sorted([scene.people.wati, here])


def test_what_a_stop_over_there_held_back_leaves_here_at_once(scene):
    slot = scene.asked(scene.people.budi)
    at, link = slot.due_at + HOUR, token(scene, slot)
    scene.write(
        stops.stop, at, institution_id=scene.people.melati, reason=stops.Why.WORDING, until=at + 9 * DAY
    )
    with scene.database.write() as session:
        new_links.send(session, answers.look(session, link, at), at)
    scene.at(at)
    (held,) = scene.messages(purpose=Purpose.NEW_LINK)
    assert (held.state, held.held_because) == (MessageState.PLANNED, "stop")
    assert offer(scene, at=at) is None
    accept(scene, at=at)
    scene.at(at + HOUR)
    assert scene.messages(purpose=Purpose.NEW_LINK)[0].state is MessageState.SENT


def test_whoever_was_handed_on_is_still_followed_elsewhere(scene):
    """Melati gave them to Kenanga, and Kenanga to a third one."""
    here = taken_over(scene)
    third = _third(scene)
    assert offer(scene, person=here, by="tono", to="anggrek", at=DAY_20) is None
    there = accept(scene, by="umi", to="umi")
    again = date(2026, 12, 9)
    assert act(scene, returning.come_out_again, again) == "elsewhere"
    with scene.database.read() as session:
        last = current(session, there)
    assert last.institution_id == third
    scene.change(Window, last.id, state=WindowState.CLOSED)
    assert not isinstance(act(scene, returning.come_out_again, again), str)


def _third(scene) -> int:
    with scene.database.write() as session:
        made = cast.institution(session, "anggrek")
        cast.staff(session, made, "umi", Role.SUPERVISOR, "+6281900000021")
        return made.id


def test_an_offer_that_was_taken_back_does_not_hide_what_came_along(scene):
    here = taken_over(scene)
    assert offer(scene, person=here, by="tono", to="melati", at=DAY_20 + DAY) is None
    with scene.database.write() as session:
        budi = current(session, here).person
        assert transfers.withdraw(session, DAY_20 + DAY, member(session, "tono"), budi)
        story = transfer_views.around(session, DAY_20 + DAY, here).story
    assert not story.leaving and story.transfer.summary


@pytest.mark.parametrize("became", ["offered", "declined", "lapsed", "accepted"])
def test_an_onward_offer_does_not_hide_what_came_along(scene, became):
    """Whoever follows them needs the note of those before just as much on the day they think of handing them on."""
    here, at = taken_over(scene), DAY_20 + DAY
    first = newest(scene).id
    assert offer(scene, person=here, by="tono", to="melati", at=at) is None
    if became == "declined":
        with scene.database.write() as session:
            onward = session.get_one(Transfer, newest(scene).id)
            assert transfers.decline(session, at, member(session, "ratna"), onward, "penuh")
    elif became == "accepted":
        assert isinstance(accept(scene, at=at, by="ratna", to="sari"), int)
    with scene.database.read() as session:
        around = transfer_views.around(session, at + 15 * DAY * (became == "lapsed"), here)
    assert (around.story.leaving, around.story.state) == (True, became)
    assert (around.arrival.transfer.id, around.arrival.other) == (first, "Balai Melati")
    assert around.arrival.transfer.summary and around.arrival.transfer.note
