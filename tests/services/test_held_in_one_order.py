"""Two that need the same rows hold them in one order: PostgreSQL would end one of two that wait for each other.

Each case: one transaction has the first of its rows, another comes and waits, the first goes on. Neither is ended. On
SQLite there is one writer, and the second waits anyway.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import update

from companion.engine import gap
from companion.models import Alert, Institution, Person, Slot, Staff, Window
from companion.rules.results import Code
from companion.rules.states import AlertState, Family, Level, MessageState, SlotState, WindowState, Within
from companion.rules.terms import Purpose
from companion.services import alerts, answers, closing, contacts, numbers, outbox, slots, transfers, unheard
from tests.engine.scene import DAY, HOUR, MINUTE
from tests.services.at_the_gate import promise
from tests.services.test_promised_together import token


def hold(session, model, row_id):
    """Change a row in a way that changes nothing."""
    session.execute(update(model).where(model.id == row_id).values(id=row_id))


def meanwhile(scene, first, other, then):
    """`other` comes while `first` is done and `then` is not; gives what it answers."""
    with ThreadPoolExecutor(1) as pool:
        with scene.database.write() as session:
            first(session)
            coming = pool.submit(other)
            with pytest.raises(TimeoutError):
                coming.result(timeout=0.5)
            then(session)
        return coming.result(timeout=20)


@dataclass(frozen=True)
class Asked:
    """Budi's check-in, which is open, and a text about it that waits to be sent."""

    slot: Slot
    at: datetime
    text_id: int


@pytest.fixture
def asked(scene):
    slot = scene.asked(scene.people.budi)
    at = slot.due_at + DAY
    scene.clock.at = at
    return Asked(slot, at, promise(scene, Purpose.REMINDER, at + HOUR, slot_id=slot.id).id)


def standing(scene, family, level=Level.AMBER) -> int:
    window = scene.window(scene.people.budi)
    with scene.database.write() as session:
        return alerts.raise_(
            session, scene.clock.at, window=session.get_one(Window, window.id),
            institution=session.get_one(Institution, window.institution_id), family=family, level=level,
            signals=[("S1", level, {})], about="test:1", within=Within.DAYS_2, caseworker_id=scene.people.sari,
        ).alert_id  # fmt: skip


def test_an_opt_out_and_an_answer_do_not_lock_each_other_out(scene, asked):
    """An answer takes back what still was to be said about its check-in."""
    slot, at = asked.slot, asked.at
    number_id = scene.number_id(scene.people.budi)
    meanwhile(
        scene,
        lambda session: hold(session, Slot, slot.id),
        lambda: scene.write(numbers.silence, at, number_id, "page"),
        lambda session: outbox.cancel_slot(session, at, slot.id, "answered"),
    )
    assert scene.number(scene.people.budi).silenced_at == at
    assert scene.messages(id=asked.text_id)[0].reason == "answered"


@pytest.mark.parametrize("code", [Code.PAUSE, Code.STOP_TEXTS, Code.SPOKE_WELL])
def test_a_call_that_is_noted_and_an_answer_do_not_lock_each_other_out(scene, asked, code):
    slot, at = asked.slot, asked.at
    standing(scene, Family.SILENCE)

    def note():
        with scene.database.write() as session:
            budi, sari = session.get_one(Person, scene.people.budi), session.get_one(Staff, scene.people.sari)
            entry = contacts.Entry(code=code, once="abc", until=at + 5 * DAY if code is Code.PAUSE else None)
            here = contacts.setting(session, at, sari, budi, session.get_one(Window, slot.window_id), entry)
            return contacts.note(session, here, entry).already

    def go_on(session):
        hold(session, Window, slot.window_id)
        alerts.answered(session, at, slot.window_id)

    noted = meanwhile(scene, lambda session: hold(session, Slot, slot.id), note, go_on)
    assert noted is False


def test_an_answer_and_a_look_for_silences_do_not_lock_each_other_out(scene, asked):
    slot, at = asked.slot, asked.at
    alert_id, link = standing(scene, Family.SILENCE), token(scene, slot)
    meanwhile(
        scene,
        lambda session: hold(session, Window, slot.window_id),
        lambda: scene.write(
            lambda session: answers.receive(session, answers.look(session, link, at), {"mood": 4}, at)
        ),
        lambda session: hold(session, Alert, alert_id),
    )
    assert scene.slot(slot.id).state is SlotState.ANSWERED
    assert scene.alerts(scene.people.budi)[0].answered_at == at


def test_a_death_that_is_confirmed_and_a_look_for_silences_do_not_lock_each_other_out(scene, asked):
    slot = asked.slot
    alert_id = standing(scene, Family.SILENCE)
    scene.change(Person, scene.people.budi, status="died")

    def confirm():
        with scene.database.write() as session:
            budi, ratna = (
                session.get_one(Person, scene.people.budi),
                session.get_one(Staff, scene.people.ratna),
            )
            return closing.confirm_end(
                session, scene.clock.at, budi, session.get_one(Window, slot.window_id), ratna
            )

    fault = meanwhile(
        scene,
        lambda session: hold(session, Window, slot.window_id),
        confirm,
        lambda session: hold(session, Alert, alert_id),
    )
    assert fault is None


def test_a_denial_that_comes_first_is_not_overruled(scene, asked):
    """Two supervisors decide at once; whoever confirms had read that the person is dead."""
    scene.change(Person, scene.people.budi, status="died")

    def of_ratna(session, act):
        budi, ratna = session.get_one(Person, scene.people.budi), session.get_one(Staff, scene.people.ratna)
        transfers.taken_over(session, budi.id, hold=True)  # as every page does that changes something
        return act(session, asked.at, budi, session.get_one(Window, asked.slot.window_id), ratna)

    fault = meanwhile(
        scene,
        lambda session: of_ratna(session, closing.deny_end),
        lambda: scene.write(of_ratna, closing.confirm_end),
        lambda session: None,
    )
    assert fault == "status"
    assert scene.window(scene.people.budi).state is WindowState.ACTIVE


def test_a_pause_that_staff_end_and_one_that_its_day_ends_do_not_lock_each_other_out(scene, asked):
    until = asked.at + DAY
    with scene.database.write() as session:
        slots.pause(session, asked.at, session.get_one(Window, asked.slot.window_id), until, "asked")
    planned = scene.next_slot(scene.people.budi)
    did = meanwhile(
        scene,
        lambda session: hold(session, Slot, planned.id),
        lambda: scene.write(unheard.look_at_windows, until, 500),
        lambda session: hold(session, Window, planned.window_id),
    )
    assert did["looked"] == 1
    assert scene.window(scene.people.budi).state is WindowState.ACTIVE


def test_a_matter_that_is_taken_while_a_gap_is_found_stays_taken(scene):
    """Whoever takes it takes back what staff was still to be texted about it, and is not asked again."""
    at = scene.clock.at
    alert_id = standing(scene, Family.SAFETY, Level.RED)
    text = promise(
        scene, Purpose.STAFF_URGENT, at + MINUTE, person_id=None, number_id=None, alert_id=alert_id,
        staff_id=scene.people.sari, subject=f"alert:{alert_id}",
    )  # fmt: skip
    began, ended = at - MINUTE, at + 2 * HOUR

    def take(session):
        assert alerts.claim(session, ended, alert_id, session.get_one(Staff, scene.people.sari))

    meanwhile(
        scene,
        lambda session: hold(session, Alert, alert_id),
        lambda: gap.live_with(scene.database, began, ended),
        take,
    )
    alert = scene.alerts(scene.people.budi)[0]
    assert scene.messages(id=text.id)[0].state is MessageState.CANCELLED
    assert (alert.state, alert.ack_at, alert.look_at) == (AlertState.CLAIMED, None, alert.deadline_at)
    assert alert.deadline_at == at + 2 * DAY + (ended - at)


def test_an_answer_that_comes_while_a_gap_is_found_has_nothing_left_to_wait_for(scene, asked):
    slot, back, link = asked.slot, asked.at + 2 * HOUR, token(scene, asked.slot)
    meanwhile(
        scene,
        lambda session: answers.receive(session, answers.look(session, link, back), {"mood": 4}, back),
        lambda: gap.live_with(scene.database, asked.at, back),
        lambda session: None,
    )
    assert (scene.slot(slot.id).state, scene.slot(slot.id).look_at) == (SlotState.ANSWERED, None)
    assert scene.slot(slot.id).miss_at == slot.miss_at


def test_a_pause_that_is_written_while_a_gap_is_found_ends_on_its_own_day(scene):
    """Their silence has passed its limit while we stood still; nothing of theirs has fallen due."""
    at, window = scene.clock.at, scene.window(scene.people.budi)
    scene.change(Window, window.id, look_at=at + MINUTE)
    until, back = at + 5 * DAY, at + 2 * HOUR
    meanwhile(
        scene,
        lambda session: slots.pause(session, back, session.get_one(Window, window.id), until, "asked"),
        lambda: gap.live_with(scene.database, at, back),
        lambda session: None,
    )
    paused = scene.window(scene.people.budi)
    assert (paused.state, paused.look_at) == (WindowState.PAUSED, until)


def test_a_pause_that_is_written_while_a_late_answer_comes_ends_on_its_own_day(scene, asked):
    """A check-in that was missed is held by neither: the answer takes it, and the pause leaves it alone."""
    slot, at, link = asked.slot, asked.at, token(scene, asked.slot)
    scene.change(Slot, slot.id, state=SlotState.MISSED, miss_at=at - HOUR, look_at=None)
    until = at + 5 * DAY
    meanwhile(
        scene,
        lambda session: slots.pause(session, at, session.get_one(Window, slot.window_id), until, "asked"),
        lambda: scene.write(
            lambda session: answers.receive(session, answers.look(session, link, at), {"mood": 4}, at)
        ),
        lambda session: None,
    )
    paused = scene.window(scene.people.budi)
    assert scene.slot(slot.id).state is SlotState.ANSWERED_LATE
    assert (paused.state, paused.look_at, paused.heard_at) == (WindowState.PAUSED, until, at)
