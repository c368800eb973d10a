"""A sender that is held up: suspended between two lines, or waiting for the database (design 4.2, 4.5)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.channels.protocol import TooLate
from companion.clock import SetClock
from companion.db import Database
from companion.engine import sending, settle
from companion.models import Attempt, Message, Number
from companion.rules.states import MessageState
from companion.services import numbers
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND


class Suspended(SetClock):
    """Time goes on by `wait` when the machine's clock is looked at for the second time: right before the call."""

    def __init__(self, at, wait, meanwhile):
        super().__init__(at)
        self.wait, self.meanwhile, self.looks, self.passed = wait, meanwhile, 0, timedelta()

    def machine(self):
        self.looks += 1
        if self.looks == 2:
            self.at += self.wait
            self.passed = self.wait
            self.meanwhile()
        return super().machine() + self.passed


def sent_after(scene, wait, meanwhile=lambda: None, at=None):
    """Send Budi's invitation with a process that stands still for so long between taking it and calling."""
    slot = scene.next_slot(scene.people.budi)
    scene.at(at or slot.due_at, send=False)
    message = scene.message(slot)
    scene.house.clock = Suspended(scene.clock.at, wait, meanwhile)
    outcome = sending.send_one(scene.house, message.id)
    scene.house.clock = scene.clock
    return outcome, scene.messages(id=message.id)[0]


@pytest.mark.parametrize(
    ("wait", "outcome", "state"),
    [
        (sending.BEGIN_WITHIN - SECOND, "sent", MessageState.SENT),
        (sending.BEGIN_WITHIN, "not_begun", MessageState.PLANNED),
        (HOUR, "not_begun", MessageState.PLANNED),
    ],
)
def test_a_text_that_was_taken_and_not_called_for_in_time_is_not_sent_but_asked_about_again(
    scene, wait, outcome, state
):
    became, message = sent_after(scene, wait)
    assert (became, message.state, len(scene.carrier.bodies(BUDI))) == (
        outcome,
        state,
        state is MessageState.SENT,
    )
    scene.at(scene.clock.at + 2 * HOUR)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_a_text_whose_words_were_too_late_on_the_wire_counts_as_not_begun(scene, monkeypatch):
    """The carrier's door asks once more, and then the letter is not wanted."""
    send = scene.carrier.send

    def connect_for_a_minute(letter):
        scene.house.clock = Suspended(scene.clock.at, HOUR, lambda: None)
        scene.house.clock.machine()
        assert letter.wanted() is False
        scene.house.clock = scene.clock
        raise TooLate()

    slot = scene.next_slot(scene.people.budi)
    monkeypatch.setattr(scene.carrier, "send", connect_for_a_minute)
    scene.at(slot.due_at, send=False)
    message = scene.message(slot)
    assert sending.send_one(scene.house, message.id) == "not_begun"
    assert scene.messages(id=message.id)[0].state is MessageState.PLANNED
    monkeypatch.setattr(scene.carrier, "send", send)
    scene.at(scene.clock.at + MINUTE)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_a_process_that_wakes_up_at_night_sends_nothing(scene):
    evening = scene.next_slot(scene.people.budi).due_at.replace(hour=12, minute=30)  # 19.30 in Jakarta
    sent_after(scene, 3 * HOUR, at=evening)
    scene.at(evening + 3 * HOUR)
    assert scene.carrier.bodies(BUDI) == []
    scene.at(evening.replace(hour=1, minute=0) + DAY)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_a_process_that_wakes_up_after_an_opt_out_sends_nothing(scene):
    def opt_out():
        scene.write(numbers.silence, scene.clock.at, scene.number_id(scene.people.budi), "page")

    became, _ = sent_after(scene, HOUR, opt_out)
    scene.at(scene.clock.at + 2 * HOUR)
    assert (became, scene.carrier.bodies(BUDI)) == ("not_begun", [])


def test_a_process_that_wakes_up_after_its_text_was_sent_by_another_sends_nothing(scene):
    """Its lease was over, two look-ups found nothing, so another worker sent it."""

    def meanwhile():
        (message,) = scene.messages(person_id=scene.people.budi)
        scene.change(Message, message.id, lease_until=scene.clock.machine() - DAY, look_at=scene.clock.at)
        scene.house.clock = scene.clock
        for minutes in (1, 2, 16, 17):
            scene.at(scene.clock.at + minutes * MINUTE)

    became, message = sent_after(scene, HOUR, meanwhile)
    assert (became, message.state, message.attempts) == ("not_begun", MessageState.SENT, 2)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_what_another_took_for_lost_is_planned_again_by_the_sender_who_never_called(scene):
    def meanwhile():
        (message,) = scene.messages(person_id=scene.people.budi)
        scene.change(Message, message.id, lease_until=scene.clock.machine() - DAY, look_at=scene.clock.at)
        scene.write(settle.end_leases, scene.clock.at, 500, scene.clock.machine())
        assert scene.messages(id=message.id)[0].state is MessageState.UNSURE

    became, message = sent_after(scene, MINUTE, meanwhile)
    assert (became, message.state) == ("not_begun", MessageState.PLANNED)
    outcomes = scene._all(select(Attempt.outcome).where(Attempt.message_id == message.id))
    assert outcomes == ["not_begun"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_waits_for_the_one_writer_looks_at_the_clock_afterwards(scene):
    """19.39.59 when the sender begins, 19.40 when it is its turn: nothing is handed over any more.

    On PostgreSQL senders wait for one number's row at most, for as long as one opt-out takes.
    """
    slot = scene.next_slot(scene.people.budi)
    evening = slot.due_at.replace(hour=12, minute=39, second=59, microsecond=0)
    scene.at(evening, send=False)
    message, other = scene.message(slot), Database(scene.database.url.render_as_string(hide_password=False))
    holds, lets_go = threading.Event(), threading.Event()

    def hold():
        with other.write() as session:
            session.execute(select(Number.id))  # BEGIN IMMEDIATE: nobody else writes
            holds.set()
            lets_go.wait(5)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(hold)
        holds.wait()
        sent = pool.submit(sending.send_one, scene.house, message.id)
        threading.Event().wait(0.3)
        scene.clock.at = evening + SECOND
        lets_go.set()
        held.result(timeout=10)
        assert sent.result(timeout=10) == "held"
    other.dispose()
    assert scene.carrier.bodies(BUDI) == []
