"""A day in the life of the engine with marked people: none of it may reach a log (design 2.11, failures 52)."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from companion.channels.protocol import (
    Misconfigured,
    NeverLeft,
    NotAnswered,
    Reason,
    Receipt,
    Refused,
    Status,
    Unsure,
)
from companion.channels.sms import SmsChannel
from companion.engine import sending, settle, watch
from companion.engine.batches import park
from companion.engine.tick import tick
from companion.models import Institution, Message, Number, Person, Slot, Staff
from companion.rules.states import SlotState
from companion.rules.terms import ConsentPurpose
from companion.services import answers, enrol, numbers
from tests import cast
from tests.cast import NOW
from tests.engine.scene import Scene

MARKED = {
    "name": "Tripwira Penanda", "called": "Tripwira", "e164": "+6281277777777", "second_e164": "+6281288888888",
    "born_on": date(1987, 7, 17), "guardian_name": "Penandawali",
}  # fmt: skip
TEXTS = ("Tripwira", "Penanda", "81277777777", "81288888888", "1987-07-17", "Penandawali", "dorongan", "rather_not",
         "berkas-rahasia-77", "81299999999", "Sahabat:")  # fmt: skip


@pytest.fixture
def marked(house, clock, carrier, people, caplog):
    """One more graduate of Sari's, whose every word would be recognised."""
    for name in ("", "companion", "sqlalchemy.pool", "apscheduler", "werkzeug", "twilio", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name or None)
    caplog.set_level(logging.WARNING, logger="sqlalchemy.engine")  # as every command leaves it
    made = Scene(house, clock, carrier, people)
    with house.database.write() as session:
        melati, sari = session.get(Institution, people.melati), session.get(Staff, people.sari)
        sari.phone = "+6281299999999"
        person = cast.graduate(session, melati, sari, consent=False, **MARKED)
        enrol.record_consent(session, NOW, person, ConsentPurpose.FOLLOW_UP, "berkas-rahasia-77")
        made.marked = person.id
    made.at(NOW)
    return made


def assert_nothing_was_said(caplog, *more):
    said = caplog.text + "".join(str(record.args) for record in caplog.records) + "".join(more)
    assert [text for text in TEXTS if text in said] == []


def links(scene):
    return scene._all(select(Message.token).where(Message.token.is_not(None)))


@pytest.mark.parametrize(
    "outcome",
    [
        None, Unsure(500), NeverLeft(20429, 60), Misconfigured(20003), Refused(Reason.NUMBER_INVALID, 21211),
        Refused(Reason.OPTED_OUT, 21610), TimeoutError("+6281277777777"), ValueError("Tripwira Penanda"),
    ],
    ids=str,
)  # fmt: skip
def test_whatever_the_carrier_answers(marked, caplog, outcome):
    if outcome:
        marked.carrier.refuses = {MARKED["e164"]: outcome}
    slot = marked.asked(marked.marked)
    marked.at(slot.due_at + timedelta(minutes=20))
    marked.at(slot.due_at + timedelta(days=3))
    assert_nothing_was_said(caplog, *marked.carrier.alarms)
    assert all(token not in caplog.text for token in links(marked))


def test_an_answer_a_call_for_help_and_what_follows(marked, caplog):
    slot = marked.asked(marked.marked)
    with marked.database.write() as session:
        door = answers.look(session, marked.message(slot).token, marked.clock.at)
        said = {
            "mood": 1,
            "urge": 9,
            "use": "rather_not",
            "unsafe": True,
            "about": "dorongan",
            "contact": "soon",
        }
        answers.receive(session, door, said, marked.clock.at)
    marked.at(slot.due_at + timedelta(hours=1))
    marked.at(slot.due_at + timedelta(hours=3))
    assert marked.slot(slot.id).state is SlotState.ANSWERED
    assert_nothing_was_said(caplog, repr(door), repr(said.keys()))


def test_receipts_look_ups_and_opt_outs(marked, caplog):
    marked.carrier.refuses = {MARKED["e164"]: Unsure()}
    slot = marked.asked(marked.marked)
    marked.carrier.look_up_fails = NotAnswered()
    marked.at(slot.due_at + timedelta(minutes=5))
    receipt = Receipt(Status.UNDELIVERED, Reason.NUMBER_DEAD, 30005, "SM1")
    settle.receive(marked.house, marked.message(slot).ref, receipt)
    marked.write(numbers.silence, marked.clock.at, marked.number_id(marked.marked), "bukan_saya")
    marked.at(slot.due_at + timedelta(hours=1))
    assert_nothing_was_said(caplog)


def test_rows_that_cannot_be_digested(marked, caplog):
    for error in (KeyError("Tripwira"), ValueError("+6281277777777")):
        park(marked.database, "open", Slot, marked.next_slot(marked.marked).id, NOW, error)
    watch.look(marked.house, "")
    assert_nothing_was_said(caplog, *marked.carrier.alarms)


def test_a_gap_and_a_clock_that_went_back(marked, caplog):
    marked.after_standing_still(NOW + timedelta(days=6))
    marked.after_standing_still(NOW)
    assert_nothing_was_said(caplog, *marked.carrier.alarms)


def test_two_workers_at_once(marked, caplog):
    marked.clock.at = marked.due_together()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: tick(marked.house, lived=True), range(2)))
    assert_nothing_was_said(caplog)


def test_the_real_door_to_the_carrier_says_nothing_either(marked, caplog, monkeypatch):
    """Its library writes addresses with numbers in them, unless it is told not to."""
    channel = SmsChannel(
        "AC" + "0" * 32, "tripwire: no token", "Sahabat", "http://127.0.0.1:9", "http://127.0.0.1:1"
    )
    monkeypatch.setitem(marked.house.channels, "sms", channel)
    slot = marked.asked(marked.marked)
    message = marked.message(slot)
    assert message.held_because == "configuration"
    marked.change(Message, message.id, state="unsure", machine_at=NOW, look_at=marked.clock.at)
    marked.at(marked.clock.at + timedelta(minutes=3))
    sending.send_due(marked.house, marked.clock.at, 1)
    assert_nothing_was_said(caplog)
    assert "tripwire" not in caplog.text


def test_what_stands_for_somebody_is_a_number(marked):
    with marked.database.read() as session:
        rows = [session.get(Person, marked.marked), session.get(Number, marked.number_id(marked.marked)),
                *session.scalars(select(Slot).where(Slot.person_id == marked.marked))]  # fmt: skip
        said = repr(rows) + repr(marked.house.channels["sms"].name)
    assert [text for text in TEXTS if text in said] == []
