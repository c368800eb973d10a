"""Approved words that cannot be said to somebody give way, and staff hear of the first time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from companion.models import Institution, Message, Wording
from companion.rules.states import MessageState
from companion.services import texts, wording_views, wordings
from tests.services.at_the_gate import MONDAY, promise, taken
from tests.services.desk_of_words import SAID, WordDesk

INVITATION_B = wordings.place("invitation", "b")


@pytest.fixture
def desk(scene):
    return WordDesk(scene)


LONG = {
    "id": "{{ app }}: {{ s }}, kabar minggu ini boleh diisi kapan saja, sebentar pun cukup, tidak perlu panjang ya: {{ u }}",
    "en": "{{ app }}: {{ s }}, this week's update can be filled in at any time, a moment is enough, no need to write: {{ u }}",
}


def too_long_by_now(scene):
    """The name of the app grew after the words had been approved."""
    scene.change(Institution, scene.people.melati, app_name="Sahabat Melati Bersama Semua Kawan Selamanya")


def test_words_that_do_not_fit_give_way_to_the_other_variant(scene, desk):
    desk.approved_both("invitation", LONG)
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    wanted = taken(scene, scene.message(slot), slot.due_at).body
    variant = scene.message(slot).template.split(".")[1]
    assert "kapan saja" in wanted
    desk.approved(SAID, seen=1, place=wordings.place("invitation", "b" if variant == "a" else "a"))
    scene.change(Message, scene.message(slot).id, state=MessageState.PLANNED, look_at=slot.due_at)
    too_long_by_now(scene)
    assert "ada waktu untuk isi kabar?" in taken(scene, scene.message(slot), slot.due_at).body
    assert scene.message(slot).template == f"invitation.{'b' if variant == 'a' else 'a'}.id:own.2"


def test_where_neither_fits_the_shipped_words_leave_and_staff_see_it(scene, desk):
    desk.approved_both("invitation", LONG)
    too_long_by_now(scene)
    slot = scene.asked(scene.people.budi)
    message = scene.message(slot)
    assert message.state is MessageState.SENT
    assert message.template in ("invitation.a.id:1", "invitation.b.id:1")
    for variant in "ab":
        own = desk.standing(place=wordings.place("invitation", variant)).approved
        assert (own.unsaid_at, own.unsaid_why) == (slot.due_at, "too_long")
    with desk.database.read() as session:
        assert wording_views.waiting(session, desk.staff(session, "ratna")).unsaid == 2


def test_the_first_time_is_remembered_and_not_the_last(scene, desk):
    desk.approved_both("invitation", LONG)
    too_long_by_now(scene)
    first = scene.asked(scene.people.budi)
    scene.asked(scene.people.wati)
    assert desk.standing().approved.unsaid_at == first.due_at


def test_a_greeting_that_fits_does_not_blame_the_words(scene, desk):
    desk.approved(place=wordings.place("we_rang", "a"))
    taken(scene, promise(scene))
    assert desk.standing(place=wordings.place("we_rang", "a")).approved.unsaid_at is None


def test_two_hands_that_pass_over_the_same_words_in_another_order_do_not_lock_each_other_out(scene, desk):
    """Which variant is tried first depends on the person."""
    desk.approved_both("invitation", LONG)
    with scene.database.read() as session:
        a, b = session.scalars(select(Wording.id).order_by(Wording.id))

    def passed_over(session, *ids):
        faults = tuple((wording_id, "too_long") for wording_id in ids)
        texts.note_passed_over(session, texts.Text("", "", "id", "", faults), MONDAY)

    def other_hand():
        with scene.database.write() as session:
            passed_over(session, b, a)

    with ThreadPoolExecutor(1) as pool:
        with scene.database.write() as session:
            passed_over(session, a)
            other = pool.submit(other_hand)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.5)
            passed_over(session, b)
        other.result(timeout=20)
    assert desk.standing(place=INVITATION_B).approved.unsaid_at == MONDAY
