"""Failures elsewhere, tried here: duplicates, loops, and the urgent lane (cases 1-7, 18)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from sqlalchemy import func, select

from companion.channels.protocol import Unsure
from companion.db import Database
from companion.engine import sending
from companion.engine.house import House
from companion.engine.tick import tick
from companion.models import Answer, Attempt, Message
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import Lane, Purpose
from tests.carriers import RecordingChannel
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND, Scene
from tests.whole.failure_cases import crowd, end_leases

SARI = "+6281900000002"


class Killed(BaseException):
    """A process that is gone at this very moment: no handler of ours may catch it."""


class DeadlyCarrier(RecordingChannel):
    """Takes texts from many senders, and now and then kills one: before the text was taken, or just after."""

    def __init__(self):
        super().__init__()
        self._dice, self._lock, self.kills = Random(1), threading.Lock(), 0

    def send(self, letter):
        with self._lock:
            fate = self._dice.random()
            self.kills += fate < 0.06
            if fate < 0.03:
                raise Killed
            accepted = super().send(letter)
            if fate < 0.06:
                raise Killed
            return accepted


def other_house(house) -> House:
    """A second process: the same database by connections of its own."""
    there = Database(house.database.url.render_as_string(hide_password=False))
    return House(there, house.clock, house.channels, house.link_base, shuffle=lambda ids: None)


def until_it_lives(house, lives: int = 200) -> None:
    """A worker that is started again whenever it was killed."""
    for _ in range(lives):
        try:
            tick(house, lived=True)
            return
        except Killed:
            continue
    raise AssertionError("killed too often")


def test_case_01_two_processes_and_a_thousand_due_with_random_kills_send_each_text_at_most_once(house, clock):
    clock.at = due_at = clock.at + DAY + HOUR
    crowd(house.database, 1000, due_at)
    house.channels["sms"] = carrier = DeadlyCarrier()
    houses = [house, other_house(house)]
    for wait in (0, 2, 16, 22, 28):  # until what the kills left open has been looked up twice
        clock.at = due_at + wait * MINUTE
        end_leases(house.database, clock.at)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(until_it_lives, houses))
    houses[1].database.dispose()
    assert carrier.kills > 20
    numbers = [letter.to for letter in carrier.letters]
    assert len(numbers) == len(set(numbers)) == 1000
    with house.database.read() as session:
        assert dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all()) == {
            MessageState.SENT: 1000
        }


def test_case_02_a_time_out_after_the_hand_over_is_never_resent_and_a_late_receipt_settles_it(
    scene, phones, site
):
    phones.set_faults(lose=True, blind=True)
    slot = scene.asked(scene.people.budi)
    assert scene.message(slot).state is MessageState.UNSURE
    for minutes in (1, 2, 15, 30, 60, 120):
        scene.at(slot.due_at + minutes * MINUTE)
    assert len(phones.inbox(BUDI)) == 1
    phones.flush(lambda url, form, headers: site.test_client().post(url, data=form, headers=headers))
    assert scene.message(slot).state is MessageState.DELIVERED
    assert scene.slot(slot.id).asked_at == slot.due_at


class SeenBeforeTheCall(RecordingChannel):
    """Looks, at the moment of the call, for the attempt that must have been written down by then."""

    database = None

    def send(self, letter):
        with self.database.read() as session:  # another connection: it sees only what was committed
            tried = select(Attempt.id).join(Message, Message.id == Attempt.message_id)
            self.alarms.append(session.scalar(select(tried.where(Message.ref == letter.ref).exists())))
        super().send(letter)
        raise Unsure(why="died after sending")


@pytest.mark.parametrize(("knows", "most"), [(True, 1), (False, 2)])
def test_case_03_attempts_are_written_before_the_call_and_few_even_if_every_call_dies_after_sending(
    scene, knows, most
):
    """96 attempts elsewhere. Here a text is tried once; twice only if the carrier says two times it never had it."""
    carrier = scene.house.channels["sms"] = SeenBeforeTheCall()
    carrier.database = scene.database
    slot = scene.asked(scene.people.budi)
    if not knows:
        carrier.known = {}
        carrier.find = lambda to, since, containing: []
    for hours in range(1, 49):
        scene.at(slot.due_at + hours * HOUR)
    assert set(carrier.alarms) == {True}
    mine = [letter.ref for letter in carrier.letters if letter.to == BUDI]
    assert max(mine.count(ref) for ref in mine) <= most
    assert len(set(mine)) <= 2  # the invitation and its one reminder


def test_case_04_a_receipt_that_comes_five_times_changes_one_row_once(scene, phones, site):
    slot = scene.asked(scene.people.budi)
    posted = []

    def five_times(url, form, headers):
        posted.extend(site.test_client().post(url, data=form, headers=headers).status_code for _ in range(5))

    phones.flush(five_times)
    assert set(posted) == {204}
    assert scene.message(slot).state is MessageState.DELIVERED
    scene.at(slot.due_at + MINUTE)
    assert len(phones.inbox(BUDI)) == 1


@pytest.mark.parametrize("answer", [None, Unsure(500)])
def test_case_06_a_sender_refuses_what_was_handed_over_also_after_a_restart(scene, answer):
    scene.carrier.next_answers = [answer]
    slot = scene.asked(scene.people.budi)
    again = other_house(scene.house)
    for house in (scene.house, again):
        assert sending.send_one(house, scene.message(slot).id) == "held"
    again.database.dispose()
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_case_07_twenty_parallel_posts_of_one_link_are_one_check_in_with_one_receipt(scene, site):
    slot = scene.asked(scene.people.budi)
    url, meet = f"/c/{scene.message(slot).token}", threading.Barrier(20)

    def tap(_):
        meet.wait()
        return site.test_client().post(url, data={"mood": "4"})

    with ThreadPoolExecutor(20) as pool:
        answered = list(pool.map(tap, range(20)))
    assert {(one.status_code, one.location) for one in answered} == {(303, url)}
    assert len(scene._all(select(Answer))) == 1
    assert scene.slot(slot.id).state is SlotState.ANSWERED


def test_case_18_an_urgent_text_is_not_behind_three_hundred_others(house, clock, carrier):
    clock.at = clock.at + DAY + HOUR
    crowd(house.database, 300, clock.at)
    scene = Scene(house, clock, carrier, None)
    scene.at(clock.at, send=False)
    with house.database.write() as session:
        sending.outbox.promise(
            session, clock.at, institution_id=1, purpose=Purpose.STAFF_URGENT, subject="alert:0", lane=Lane.URGENT,
            expires_at=clock.at + DAY, staff_id=1, token="t",
        )  # fmt: skip
    scene.at(clock.at + SECOND, senders=1)
    assert carrier.letters[0].to.startswith("+62811")  # staff
    assert len(carrier.letters) == 301
