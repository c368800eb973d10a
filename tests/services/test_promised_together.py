"""Old promises go and new ones come in one transaction, and beside answers and other changes (failures 27)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from companion.db import locked
from companion.models import Link, Person, PlanVersion, Staff, Window
from companion.rules.states import SlotState
from companion.services import answers, changes, person, renewing
from tests.engine.scene import HOUR
from tests.services.promised import (
    AT_FIRST,
    DAY_20,
    JAYAPURA,
    act,
    ahead,
    lived_on,
    rows,
)


@pytest.fixture
def scene(scene):
    return lived_on(scene)


def break_at(engine, beginning):
    """Let the database fail at the first statement that begins so, as when the machine dies there."""

    def fail(connection, cursor, statement, *_rest):
        if statement.startswith(beginning):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", fail)
    return fail


@pytest.mark.parametrize("beginning", ["INSERT INTO slot", "INSERT INTO task", "INSERT INTO audit"])
@pytest.mark.parametrize(
    "change", [(changes.set_hour, "16:30"), (changes.set_place, JAYAPURA, "PA"), (changes.set_days, 150)],
    ids=["hour", "place", "length"],
)  # fmt: skip
def test_a_crash_between_taking_back_and_promising_leaves_all_as_it_was(scene, change, beginning):
    window = scene.window(scene.people.budi)
    fail = break_at(scene.database.writer, beginning)
    with pytest.raises(KeyboardInterrupt):
        act(scene, *change)
    event.remove(scene.database.writer, "before_cursor_execute", fail)
    assert rows(scene) == AT_FIRST
    after = scene.window(scene.people.budi)
    assert (after.generation, after.days, after.ends_at) == (window.generation, window.days, window.ends_at)
    act(scene, *change)
    assert rows(scene)["slot cancelled"] == 15


def test_a_change_on_a_page_holds_the_window_and_not_everybodys_plan(scene):
    """The page has read the window with its plan; another person's window stands on the same one."""
    with scene.database.write() as session:
        staff, budi = session.get_one(Staff, scene.people.sari), session.get_one(Person, scene.people.budi)
        window = person.window_of(session, budi.id)
        changes.set_hour(session, DAY_20, staff, budi, window, "16:30")
        free = select(PlanVersion.id).where(PlanVersion.id == window.plan_version_id)
        with scene.database.read() as other:
            assert other.scalars(locked(other, free, key_share=True)).all() == [window.plan_version_id]


def token(scene, slot):
    with scene.database.read() as session:
        return session.scalars(select(Link.token).where(Link.slot_id == slot.id)).one()


def test_an_answer_that_commits_while_promises_are_made_is_taken_once_and_kept(scene):
    """The answer holds its check-in and still wants the window; the change must not hold them the other way round."""
    slot = scene.asked(scene.people.budi)
    now, link = slot.due_at + HOUR, token(scene, slot)
    begun = threading.Event()

    def change():
        begun.wait()
        return act(scene, changes.set_hour, "16:30", at=now)

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        with scene.database.write() as session:
            door = answers.look(session, link, now)
            answers._claim(session.connection(), door, now)
            begun.set()
            with pytest.raises(TimeoutError):
                changing.result(timeout=0.5)  # it waits for the check-in, or for the one writer
            session.execute(Window.__table__.update().where(Window.id == door.window_id).values(heard_at=now))
        assert changing.result(timeout=20)
    assert scene.slot(slot.id).state is SlotState.ANSWERED
    assert rows(scene)["slot planned"] == 14
    assert scene.window(scene.people.budi).heard_at == now


def test_an_answer_that_comes_while_promises_are_being_made_waits_and_is_taken(scene):
    slot = scene.asked(scene.people.budi)
    now, link = slot.due_at + HOUR, token(scene, slot)
    begun = threading.Event()

    def answer():
        begun.wait()
        with scene.database.write() as session:
            answers.receive(session, answers.look(session, link, now), {"mood": 4}, now)

    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answer)
        with scene.database.write() as session:
            window = session.get_one(Window, scene.window(scene.people.budi).id)
            renewing.renew(session, now, window)
            begun.set()
            with pytest.raises(TimeoutError):
                answering.result(timeout=0.5)
        answering.result(timeout=20)
    assert scene.slot(slot.id).state is SlotState.ANSWERED
    assert rows(scene)["slot planned"] == 14
    assert scene.window(scene.people.budi).heard_at == now


def test_two_changes_at_once_follow_one_another_and_both_are_kept(scene):
    meet = threading.Barrier(2)

    def change(what):
        meet.wait()
        return act(scene, *what)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(change, [(changes.set_hour, "16:30"), (changes.set_place, JAYAPURA, "PA")]))
    assert done == [True, True]
    assert rows(scene)["slot planned"] == 15
    assert {slot.due_at.astimezone(ZoneInfo(JAYAPURA)).hour for slot in ahead(scene)} <= {16, 17}
