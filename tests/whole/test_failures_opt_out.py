"""Failures elsewhere, tried here: opt-out, death, status (cases 29-35)."""

import pytest
from sqlalchemy import select

from companion.channels.protocol import Reason, Refused, Status
from companion.models import Message, Number, Person, Slot, Staff, Window
from companion.rules.results import WindowOutcome
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import ConsentPurpose, PersonStatus, PhoneKind, Purpose
from companion.services import closing, enrol, new_links, numbers
from companion.services.answers import look
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, WATI
from tests.whole.failure_cases import brought, promise, reader, reply, report, row

OTHER = "+6281355550000"


def silence(scene, how="page", number_id=None):
    number_id = number_id or scene.number_id(scene.people.budi)
    return scene.write(numbers.silence, scene.clock.at, number_id, how)


def silenced(scene) -> bool:
    return scene.number(scene.people.budi).silenced_at is not None


def live(scene, days: int) -> None:
    """A tick every six hours."""
    begin = scene.clock.at
    for hours in range(6, days * 24 + 1, 6):
        scene.at(begin + hours * HOUR)


def test_case_29_a_stop_that_the_carrier_took_opts_out_in_the_transaction_that_learns_of_it(scene):
    """Where a sender takes replies the carrier keeps the STOP itself and refuses the next text (21610)."""
    scene.carrier.refuses = {BUDI: Refused(Reason.OPTED_OUT, 21610)}
    slot = scene.asked(scene.people.budi)
    message, number = scene.message(slot), scene.number(scene.people.budi)
    assert (message.state, message.reason) == (MessageState.REFUSED, "opted_out")
    assert (number.silenced_at, number.silenced_how) == (scene.clock.at, "carrier")
    assert {one.state for one in scene.slots(scene.people.budi)} == {SlotState.CANCELLED}


@pytest.mark.parametrize("reason", [Reason.OPTED_OUT, Reason.BLOCKED])
def test_case_29_also_when_only_a_receipt_says_so(scene, reason):
    slot = scene.asked(scene.people.budi)
    report(scene, scene.message(slot), Status.UNDELIVERED, reason)
    assert silenced(scene)
    live(scene, 10)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_case_30_one_press_on_the_page_is_enough_and_cannot_be_misread(scene, site):
    slot = scene.asked(scene.people.budi)
    assert site.test_client().post(f"/c/{scene.message(slot).token}/berhenti").status_code == 303
    assert silenced(scene)
    live(scene, 10)
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert [signal.code for signal in scene.signals(scene.people.budi)][:1] == ["X_opt_out"]


def test_case_31_nothing_but_the_persons_own_recorded_word_opens_a_number_again(scene):
    slot = scene.asked(scene.people.budi)
    silence(scene)
    reply(scene, slot, {"unsafe": True})  # taken in every state, and still no wish for texts
    report(scene, scene.message(slot), Status.DELIVERED)
    assert brought(scene, [row(), row("Orang Lain", "0812-0000-0001", **{"Tanggal lahir": "1981-01-01"})])
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        for purpose in ConsentPurpose:
            enrol.record_consent(session, scene.clock.at, budi, purpose, "berkas 13")
        numbers.attach(session, budi, BUDI, PhoneKind.OWN)
    number_id = scene.number_id(scene.people.budi)
    assert not scene.write(numbers.reopen, scene.clock.at, number_id, staff_id=1, proof="  ")
    live(scene, 8)
    assert silenced(scene)
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.write(
        numbers.reopen, scene.clock.at, number_id, staff_id=scene.people.sari, proof="lisan, 2 Des"
    )
    live(scene, 8)
    assert len(scene.carrier.bodies(BUDI)) > 1


PERSONAL = (
    Purpose.INVITATION, Purpose.REMINDER, Purpose.AFTER_GAP, Purpose.NEW_LINK, Purpose.CHECK_NUMBER, Purpose.FIRST,
    Purpose.WE_RANG,
)  # fmt: skip


@pytest.mark.parametrize("purpose", PERSONAL)
def test_case_32_an_opt_out_between_promise_and_sending_suppresses_every_kind_of_text(scene, purpose):
    message = promise(scene, purpose)
    silence(scene)
    scene.at(scene.clock.at + MINUTE)
    message = scene.messages(id=message.id)[0]
    assert (message.state, message.reason, message.attempts) == (MessageState.CANCELLED, "opt_out", 0)
    late = promise(scene, purpose, subject=f"late:{purpose}")  # promised after it: the gate knows
    scene.at(scene.clock.at + MINUTE)
    assert scene.messages(id=late.id)[0].reason == "opt_out"
    assert scene.carrier.bodies(BUDI) == []


def test_case_32_also_the_familys_texts_and_a_link_asked_for(scene):
    silence(scene, number_id=reader(scene))
    scene.at(scene.clock.at + MINUTE)
    live(scene, 8)
    assert scene.carrier.bodies("+6281300000009") == []
    slot = scene.slots(scene.people.budi)[0]
    token = scene.message(slot).token
    silence(scene)
    before = len(scene.carrier.bodies(BUDI))
    with scene.database.write() as session:
        new_links.send(session, look(session, token, scene.clock.at), scene.clock.at)
    live(scene, 2)
    assert len(scene.carrier.bodies(BUDI)) == before


def test_case_34_consent_belongs_to_the_person_and_silence_to_the_number(scene):
    """With a new number the old opt-out stays where it was, and staff can take back either."""
    silence(scene)
    now, sari = scene.clock.at, scene.people.sari
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        budi.phones[0].rank = 1
        numbers.attach(session, budi, OTHER, PhoneKind.OWN).confirmed_at = now
        assert enrol.standing(session, budi.id) == {ConsentPurpose.FOLLOW_UP}
    promise(scene, Purpose.WE_RANG)
    scene.at(now + MINUTE)
    assert (len(scene.carrier.bodies(OTHER)), scene.carrier.bodies(BUDI)) == (1, [])
    assert scene._all(select(Number.silenced_at).where(Number.silenced_at.is_not(None))) == [now]
    with scene.database.write() as session:
        enrol.withdraw_consent(
            session, now, session.get_one(Person, scene.people.budi), ConsentPurpose.FOLLOW_UP, staff_id=sari
        )
    scene.clock.at += DAY
    promise(scene, Purpose.WE_RANG, subject="contact:2")
    scene.at(scene.clock.at)
    assert scene.messages(subject="contact:2")[0].reason == "consent"
    promise(scene, Purpose.WE_RANG, scene.people.wati)  # hers is hers
    scene.at(scene.clock.at)
    assert len(scene.carrier.bodies(WATI)) == 1


def ended(scene, status):
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        enrol.end_follow_up(session, scene.clock.at, budi, status, staff_id=scene.people.sari)


def closed(scene):
    with scene.database.write() as session:
        window = session.get_one(Window, scene.window(scene.people.budi).id)
        ratna = session.get_one(Staff, scene.people.ratna)
        closing.close_window(session, scene.clock.at, window.person, window, ratna, WindowOutcome.STABLE)


@pytest.mark.parametrize(
    "end",
    [
        lambda scene: ended(scene, PersonStatus.DIED),
        lambda scene: ended(scene, PersonStatus.IN_INSTITUTION),
        lambda scene: ended(scene, PersonStatus.WITHDRAWN),
        closed,
    ],
    ids=["died", "in an institution", "withdrawn", "window closed"],
)
def test_case_35_after_an_end_nothing_to_the_person_or_the_family_is_left_planned_or_leaves(scene, end):
    reader(scene)
    scene.at(scene.clock.at, send=False)
    promise(scene, Purpose.WE_RANG)
    waiting = scene.messages(person_id=scene.people.budi, state=MessageState.PLANNED)
    assert {message.purpose for message in waiting} == {Purpose.WE_RANG, Purpose.FAMILY_WEEKLY}
    end(scene)
    assert scene.messages(person_id=scene.people.budi, state=MessageState.PLANNED) == []
    assert {slot.state for slot in scene.slots(scene.people.budi)} == {SlotState.CANCELLED}
    promise(scene, Purpose.WE_RANG, subject="contact:2")
    live(scene, 16)
    assert scene.carrier.bodies(BUDI) + scene.carrier.bodies("+6281300000009") == []
    left = select(Message.id).where(Message.person_id == scene.people.budi, Message.look_at.is_not(None))
    assert scene._all(left) == []
    assert (
        scene._all(select(Slot.id).where(Slot.person_id == scene.people.budi, Slot.look_at.is_not(None)))
        == []
    )
    assert scene.clock.at == cast.NOW + 16 * DAY
