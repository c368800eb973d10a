"""A red alert's text waits for no bulk, bulk keeps its sender's pace, and a stop counts for what already queues."""

import itertools
import threading
import time
from dataclasses import replace

import pytest
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from companion.channels.protocol import Accepted
from companion.engine import sending, worker
from companion.models import Message
from companion.rules.states import MessageState
from companion.rules.terms import Lane, Purpose
from companion.services import outbox, stops
from companion.services.flow import Pace
from tests.cast import NOW
from tests.engine.scene import DAY, HOUR, SECOND

BULK = 2000
SARI = "+6281900000002"
MONDAY = NOW + 2 * HOUR


class SlowCarrier:
    """Takes its time for each text, and says when it got which."""

    name = "sms"

    def __init__(self, seconds: float):
        self.seconds, self.got, self.lock = seconds, [], threading.Lock()

    def send(self, letter):
        with self.lock:
            self.got.append((time.monotonic(), letter.to))
            n = len(self.got)
        time.sleep(self.seconds)
        return Accepted(f"SM{n:032x}")

    def when(self, number):
        return next((at for at, to in list(self.got) if to == number), None)

    def erase(self, sid):
        time.sleep(self.seconds)


def promise_bulk(scene, n):
    """So many texts that are due and go to nobody's capped number: as many invitations of the morning."""
    with scene.database.write() as session:
        rows = [
            outbox.row(MONDAY, scene.people.melati, Purpose.NEW_LINK, f"bulk:{i}", 0, MONDAY, MONDAY + DAY)
            | {"person_id": scene.people.budi, "number_id": 1, "token": f"t{i:011d}"}
            for i in range(n)
        ]
        session.execute(Message.__table__.insert(), rows)
    scene.clock.at = MONDAY


def promise_red(scene):
    """A red alert's text to Sari, due now."""
    scene.write(
        outbox.promise, MONDAY, institution_id=scene.people.melati, purpose=Purpose.STAFF_URGENT, subject="alert:1",
        expires_at=MONDAY + 4 * HOUR, lane=Lane.URGENT, staff_id=scene.people.sari, token="abcdefghijkl",
    )  # fmt: skip


def still_waiting(scene):
    with scene.database.read() as session:
        return session.scalar(
            select(func.count()).where(Message.state == MessageState.PLANNED, Message.lane == Lane.BULK)
        )


def test_with_2000_texts_at_a_slow_carrier_a_red_alert_leaves_within_seconds(scene):
    promise_bulk(scene, BULK)
    carrier = SlowCarrier(0.5)
    house = replace(scene.house, channels={"sms": carrier})
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(4)})
    worker.add_jobs(scheduler, house, every=1, senders=4, heartbeat_url="")
    scheduler.start()
    try:
        until = time.monotonic() + 20
        while len(carrier.got) < 4 and time.monotonic() < until:
            time.sleep(0.05)
        began = time.monotonic()
        promise_red(scene)
        while carrier.when(SARI) is None and time.monotonic() < began + 8:
            time.sleep(0.05)
        left = still_waiting(scene)
    finally:
        with scene.database.write() as session:  # let the tick come to its end
            session.execute(
                update(Message)
                .where(Message.state == MessageState.PLANNED)
                .values(state=MessageState.CANCELLED, look_at=None)
            )
        carrier.seconds = 0
        scheduler.shutdown()
    assert carrier.when(SARI) - began < 6
    assert left > BULK * 0.9


def test_without_bulk_urgent_texts_leave_and_bulk_is_left_to_the_tick(scene):
    promise_bulk(scene, 2)
    promise_red(scene)
    assert sending.send_urgent(scene.house, MONDAY)["sent"] == 1
    assert still_waiting(scene) == 2


def test_a_hand_that_is_free_does_not_wait_for_the_slowest_one(scene, monkeypatch):
    """One text hangs at the carrier until all others have left, though they were looked for two at a time."""
    monkeypatch.setattr(sending, "AT_ONCE", 2)
    promise_bulk(scene, 9)
    others, turns = threading.Barrier(2, timeout=20), itertools.count(1)

    class Hanging(SlowCarrier):
        def send(self, letter):
            turn = next(turns)
            answer = super().send(letter)
            if turn in (1, 9):
                others.wait()
            return answer

    carrier = Hanging(0)
    did = sending.send_due(replace(scene.house, channels={"sms": carrier}), MONDAY, 2)
    assert (did["sent"], did["unsure"], len(carrier.got)) == (9, 0, 9)


def test_a_fault_of_the_database_ends_the_round_for_every_hand(scene, monkeypatch):
    promise_bulk(scene, 12)
    real, taken = sending.send_one, []

    def falter(house, message_id, until):
        taken.append(message_id)
        if len(taken) == 4:
            raise OperationalError("", None, Exception())
        return real(house, message_id, until)

    monkeypatch.setattr(sending, "send_one", falter)
    with pytest.raises(OperationalError):
        sending.send_due(replace(scene.house, channels={"sms": SlowCarrier(0.1)}), MONDAY, 2)
    assert len(taken) <= 5
    assert not scene.messages(state=MessageState.SENDING), "what was in a hand was carried to its end"


def test_a_stop_counts_for_what_already_waits_in_a_senders_queue(scene):
    """Failures 38: the texts of a batch that was looked up before the stop do not leave after it."""
    promise_bulk(scene, 40)

    class Stopping(SlowCarrier):
        def send(self, letter):
            answer = super().send(letter)
            if len(self.got) == 5:
                scene.write(
                    stops.stop,
                    MONDAY,
                    institution_id=scene.people.melati,
                    reason="disaster",
                    until=MONDAY + DAY,
                )
            return answer

    carrier = Stopping(0)
    did = sending.send_due(replace(scene.house, channels={"sms": carrier}), MONDAY, 1)
    assert (did["sent"], did["held"], len(carrier.got)) == (5, 35, 5)
    assert {m.held_because for m in scene.messages(state=MessageState.PLANNED)} == {"stop"}
    assert scene.write(stops.lift, MONDAY + SECOND, institution_id=scene.people.melati) == 1
    scene.at(MONDAY + SECOND)
    assert still_waiting(scene) == 0


# --- pace -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def paced(scene):
    """Budi's institution sends by a sender of ten texts a second; nothing is due but what a test promises."""
    carrier = SlowCarrier(0)
    return scene, carrier, replace(scene.house, channels={"sms": carrier}, paces={"sms": Pace("Sahabat", 10)})


def test_bulk_keeps_the_pace_of_its_sender_with_many_hands_in_two_workers(paced):
    scene, carrier, house = paced
    promise_bulk(scene, 24)
    hands = [
        threading.Thread(target=sending.send_due, args=(one, MONDAY, 6))
        for one in (house, replace(house, shuffle=lambda ids: ids.reverse()))
    ]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(60)
    times = [at for at, _to in carrier.got]
    assert len(times) == 24
    assert times[-1] - times[0] >= (24 - 1) / 10 - 0.3  # a quarter of a second's worth may leave at once


def test_no_turn_is_reserved_twice_for_one_text(paced):
    """While the last texts wait in hands for their turns, the hands that are free find them again."""
    scene, _carrier, house = paced
    promise_bulk(scene, 9)
    assert sending.send_due(house, MONDAY, 8) == {"sent": 9, "tried": 9}


def test_urgent_texts_keep_no_pace(paced):
    scene, _carrier, house = paced
    promise_bulk(scene, 30)
    promise_red(scene)
    slow = replace(house, paces={"sms": Pace("Sahabat", 0.01)}, sleep=lambda seconds: None)
    assert sending.send_urgent(slow, MONDAY)["sent"] == 1


def test_whose_turn_does_not_come_in_this_round_is_due_still_and_unspent(paced):
    scene, _carrier, house = paced
    promise_bulk(scene, 3)
    slow = replace(house, paces={"sms": Pace("Sahabat", 0.01)})
    assert sending.send_due(slow, MONDAY, 1) == {"sent": 1, "tried": 1}
    waiting = scene.messages(state=MessageState.PLANNED)
    assert [(m.attempts, m.held_because, m.look_at) for m in waiting] == [(0, None, MONDAY)] * 2


def test_the_gate_is_asked_again_after_the_wait(paced):
    """A stop that began while a text waited for its turn."""
    scene, carrier, house = paced
    promise_bulk(scene, 2)

    def stop_meanwhile(_seconds):
        scene.write(
            stops.stop, MONDAY, institution_id=scene.people.melati, reason="other", until=MONDAY + DAY
        )

    slow = replace(house, paces={"sms": Pace("Sahabat", 1)}, sleep=stop_meanwhile)
    assert sending.send_due(slow, MONDAY, 1)["held"] == 1
    assert len(carrier.got) == 1
