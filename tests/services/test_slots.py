"""Promised check-ins: made once, remade as a whole, taken back, paused and resumed (design 3, 4.1, 4.5)."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from companion.models import Consent, Institution, Person, Slot, Staff, Task, Window
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import TaskKind, TaskState
from companion.services import enrol, slots
from tests import cast
from tests.cast import NOW
from tests.engine.scene import DAY, HOUR, SECOND

JAKARTA = ZoneInfo("Asia/Jakarta")


def remake(scene, at=NOW, **changes):
    """A new generation for Budi, after these changes to him; says how many lie ahead."""
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        for name, value in changes.items():
            setattr(person, name, value)
        session.flush()
        return slots.new_generation(session, at, session.get_one(Window, scene.window(person.id).id))


def planned(scene):
    return [slot for slot in scene.slots(scene.people.budi) if slot.state is SlotState.PLANNED]


def test_the_default_plan_promises_what_lies_ahead_once(scene):
    """Left on 20 November, enrolled on the 23rd: day 2 has passed, twenty of twenty-one lie ahead."""
    found = planned(scene)
    days = [(slot.due_at.astimezone(JAKARTA).date() - date(2026, 11, 20)).days for slot in found]
    assert days == [5, 9, 12, 16, 19, 23, 26, *range(31, 116, 7)]
    assert all(slot.look_at == slot.due_at for slot in found)
    assert all(slot.give_up_at == slot.due_at + DAY for slot in found)


def test_a_slot_closes_where_the_next_one_falls_due_or_after_seven_days(scene):
    found = planned(scene)
    for this, after in itertools.pairwise(found):
        assert this.closes_at == min(after.due_at, this.due_at + 7 * DAY)
    assert found[-1].closes_at == found[-1].due_at + 7 * DAY


def test_they_come_at_the_hour_the_person_chose_give_or_take_twenty_minutes(scene):
    remake(scene, preferred_hour="16:30")
    for slot in planned(scene):
        local = slot.due_at.astimezone(JAKARTA)
        assert abs((local.hour * 60 + local.minute) - (16 * 60 + 30)) <= 20


def test_old_promises_go_and_new_ones_come_in_one_act(scene):
    before = {slot.id for slot in planned(scene)}
    assert remake(scene, preferred_hour="17:00") == 20
    everything = scene.slots(scene.people.budi)
    assert {slot.id for slot in everything if slot.state is SlotState.CANCELLED} == before
    assert {slot.reason for slot in everything if slot.id in before} == {"new_generation"}
    assert {slot.generation for slot in planned(scene)} == {2}


def test_of_two_changes_at_once_one_wins(scene):
    with scene.database.write() as session:
        window = session.get_one(Window, scene.window(scene.people.budi).id)
        session.execute(Window.__table__.update().values(generation=window.generation + 1))
        assert slots.new_generation(session, NOW, window) == 0


def test_a_new_zone_moves_the_check_ins_to_its_own_morning(scene):
    remake(scene, zone="Asia/Jayapura")
    assert {slot.due_at.astimezone(ZoneInfo("Asia/Jayapura")).hour for slot in planned(scene)} <= {9, 10}


def test_an_open_check_in_stays_and_nobody_is_asked_twice_on_one_day(scene):
    slot = scene.asked(scene.people.budi)
    remake(scene, slot.due_at + HOUR, preferred_hour="18:00")
    assert scene.slot(slot.id).state is SlotState.OPEN
    today = slot.due_at.astimezone(JAKARTA).date()
    assert today not in {one.due_at.astimezone(JAKARTA).date() for one in planned(scene)}


def test_a_check_in_that_was_not_open_yet_may_come_later_on_the_same_day(scene):
    slot = scene.next_slot(scene.people.budi)
    remake(scene, slot.due_at - SECOND, preferred_hour="18:00")
    assert planned(scene)[0].due_at.astimezone(JAKARTA).date() == slot.due_at.astimezone(JAKARTA).date()


def test_an_open_check_in_closes_where_the_next_one_of_the_new_plan_falls_due(scene):
    slot = scene.asked(scene.people.budi)
    scene.change(Slot, slot.id, miss_at=slot.closes_at, look_at=slot.closes_at)
    remake(scene, slot.due_at + HOUR, preferred_hour="08:00")
    first = planned(scene)[0].due_at
    moved = scene.slot(slot.id)
    assert first < slot.closes_at
    assert (moved.closes_at, moved.miss_at, moved.look_at) == (first, first, first)


# --- staff contacts -------------------------------------------------------------------------------------------------


def tasks(scene, person_id):
    with scene.database.read() as session:
        query = select(Task).where(Task.person_id == person_id).order_by(Task.due_at, Task.id)
        return list(session.scalars(query))


def test_staff_contacts_are_tasks_at_the_opening_of_a_working_day(scene):
    found = [task for task in tasks(scene, scene.people.budi) if task.state is TaskState.PLANNED]
    assert [task.day for task in found] == [3, 7, 14, 30, 60, 90, 120]
    assert [task.kind for task in found] == [TaskKind.PLAN] * 6 + [TaskKind.CLOSING]
    assert found[0].due_at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 08.00
    assert found[-1].due_at.astimezone(JAKARTA).date() == date(2027, 3, 22)  # day 120 is a Saturday
    assert all(task.due_at.astimezone(JAKARTA).hour == 8 for task in found)


@pytest.mark.parametrize(
    ("zone", "hour_utc"), [("Asia/Jakarta", 2), ("Asia/Makassar", 1), ("Asia/Jayapura", 0)]
)
def test_the_contact_of_today_is_not_lost_in_any_zone(scene, zone, hour_utc):
    """09.00 in Jayapura is midnight in UTC, and the opening there was yesterday in UTC."""
    now = NOW.replace(hour=hour_utc)
    with scene.database.write() as session:
        there = cast.institution(session, "timur", zone=zone)
        worker = cast.staff(session, there, "yohana")
        person = cast.graduate(
            session,
            there,
            worker,
            now,
            name="Yosep",
            e164="+6281200000071",
            zone=zone,
            left_on=date(2026, 11, 20),
        )
    assert tasks(scene, person.id)[0].day == 3


def test_a_new_generation_remakes_the_tasks_too(scene):
    before = {task.id for task in tasks(scene, scene.people.budi)}
    remake(scene)
    states = {task.id in before: set() for task in tasks(scene, scene.people.budi)}
    for task in tasks(scene, scene.people.budi):
        states[task.id in before].add(task.state)
    assert states == {True: {TaskState.CANCELLED}, False: {TaskState.PLANNED}}


def test_a_date_that_a_caseworker_has_set_survives_it(scene):
    with scene.database.write() as session:
        window = scene.window(scene.people.budi)
        session.add(
            Task(
                institution_id=scene.people.melati, person_id=scene.people.budi, window_id=window.id,
                generation=window.generation, kind=TaskKind.FOLLOW_UP, day=1, due_at=NOW + DAY,
            )
        )  # fmt: skip
    remake(scene)
    follow_ups = [task for task in tasks(scene, scene.people.budi) if task.kind is TaskKind.FOLLOW_UP]
    assert [task.state for task in follow_ups] == [TaskState.PLANNED]


# --- pause ----------------------------------------------------------------------------------------------------------


def pause(scene, at, until):
    with scene.database.write() as session:
        window = session.get_one(Window, scene.window(scene.people.budi).id)
        return slots.pause(session, at, window, until, "asked")


def resume(scene, at):
    with scene.database.write() as session:
        return slots.resume(session, at, session.get_one(Window, scene.window(scene.people.budi).id))


def test_what_lies_inside_a_pause_is_excused_and_what_lies_behind_it_stays(scene):
    third = planned(scene)[2]
    assert pause(scene, NOW, third.due_at)
    states = [slot.state for slot in scene.slots(scene.people.budi)[:4]]
    assert states == [SlotState.EXCUSED, SlotState.EXCUSED, SlotState.PLANNED, SlotState.PLANNED]
    assert scene.slots(scene.people.budi)[0].reason == "pause"
    window = scene.window(scene.people.budi)
    assert (window.state, window.look_at) == (WindowState.PAUSED, third.due_at)


def test_a_pause_also_ends_the_check_in_that_is_open(scene):
    slot = scene.asked(scene.people.budi)
    pause(scene, slot.due_at + HOUR, slot.due_at + 9 * DAY)
    assert scene.slot(slot.id).state is SlotState.EXCUSED
    scene.at(slot.remind_at)
    assert len(scene.carrier.bodies("+6281200000001")) == 1


def test_coming_back_early_promises_what_lies_ahead(scene):
    pause(scene, NOW, NOW + 30 * DAY)
    assert resume(scene, NOW + 5 * DAY)
    window = scene.window(scene.people.budi)
    assert (window.state, window.pause_reason, window.paused_until) == (
        WindowState.ACTIVE,
        None,
        NOW + 5 * DAY,
    )
    assert planned(scene)[0].due_at > NOW + 5 * DAY
    assert not resume(scene, NOW + 6 * DAY)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_the_end_of_a_pause_promises_nothing_without_consent(scene, withdrawn):
    with scene.database.write() as session:
        if withdrawn:
            session.execute(Consent.__table__.update().values(withdrawn_at=NOW))
            slots.cancel_open(session, NOW, scene.window(scene.people.budi).id, "consent_withdrawn")
        person_id = scene.people.budi
        if not withdrawn:
            melati, sari = (
                session.get(Institution, scene.people.melati),
                session.get(Staff, scene.people.sari),
            )
            person_id = cast.graduate(
                session, melati, sari, consent=False, name="D", e164="+6281200000072"
            ).id
    with scene.database.write() as session:
        window = session.scalars(select(Window).where(Window.person_id == person_id)).one()
        slots.pause(session, NOW, window, NOW + DAY, "asked")
        slots.resume(session, NOW + DAY, window)
    assert [slot for slot in scene.slots(person_id) if slot.state is SlotState.PLANNED] == []


def test_a_closed_window_is_not_paused(scene):
    scene.change(Window, scene.window(scene.people.budi).id, state=WindowState.CLOSED)
    assert not pause(scene, NOW, NOW + DAY)


def test_a_window_that_ends_earlier_has_fewer_slots(scene):
    with scene.database.write() as session:
        person = session.get(Person, scene.people.wati)
        window = session.scalars(select(Window).where(Window.person_id == person.id)).one()
        window.ends_at = NOW + timedelta(days=10)
        session.flush()
        slots.new_generation(session, NOW, window)
        assert enrol.may_start(session, person, NOW)
    left = [slot for slot in scene.slots(scene.people.wati) if slot.state is SlotState.PLANNED]
    assert all(slot.due_at < NOW + timedelta(days=10) for slot in left)
