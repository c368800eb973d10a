"""Senders, workers and opt-outs that race: one text, and nothing after an opt-out (design 4.2)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from companion.db import Database
from companion.engine import sending
from companion.engine.house import House
from companion.engine.tick import tick
from companion.rules.states import MessageState, SlotState
from companion.services import gate, numbers
from tests.engine.scene import BUDI, SECOND, WATI


def test_an_opt_out_between_planning_and_sending_lets_nothing_leave(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    scene.write(numbers.silence, scene.clock.at, scene.number_id(scene.people.budi), "page")
    scene.at(slot.due_at + SECOND)
    assert scene.carrier.bodies(BUDI) == []
    message = scene.message(slot)
    assert (message.state, message.reason, message.attempts) == (MessageState.CANCELLED, "opt_out", 0)
    assert scene.slot(slot.id).state is SlotState.CANCELLED


def test_two_senders_that_race_for_one_message_send_it_once(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    message = scene.message(slot)
    meet = threading.Barrier(6)

    def race(_):
        meet.wait()
        return sending.send_one(scene.house, message.id)

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(race, range(6)))
    assert outcomes == ["held"] * 5 + ["sent"]
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_two_processes_that_tick_at_once_send_each_message_once(scene, clock):
    clock.at = scene.due_together()
    other = Database(scene.database.url.render_as_string(hide_password=False))
    houses = [
        scene.house,
        House(other, clock, scene.house.channels, "https://s.id", shuffle=lambda ids: None),
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda house: tick(house, lived=True), houses))
    other.dispose()
    assert (len(scene.carrier.bodies(BUDI)), len(scene.carrier.bodies(WATI))) == (1, 1)


def test_an_opt_out_that_races_with_the_hand_over_comes_wholly_before_or_wholly_after(scene):
    """Sent after opt-out means: the attempt began after the opt-out had committed (design 4.2)."""
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    message, now = scene.message(slot), scene.clock.at
    number_id, begun = scene.number_id(scene.people.budi), threading.Event()

    def opt_out():
        begun.wait()
        scene.write(numbers.silence, now, number_id, "page")

    with ThreadPoolExecutor(1) as pool:
        with scene.database.write() as session:
            taken = gate.take(session, message.id, now, now, "https://s.id")
            silencing = pool.submit(opt_out)
            begun.set()
            with pytest.raises(TimeoutError):
                silencing.result(timeout=0.3)  # it waits for the number's row, or for the one writer
        silencing.result(timeout=10)
    assert taken is not None
    assert scene.message(slot).state is MessageState.SENDING  # had begun before; nothing later leaves
    assert scene.slot(slot.id).state is SlotState.CANCELLED
