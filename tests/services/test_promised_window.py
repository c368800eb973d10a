"""Another hour, place or length of a running window, with its rows counted (issue 3, plans)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from companion.models import Task, Window
from companion.rules.states import SlotState
from companion.rules.terms import TaskKind, TaskState
from companion.services import changes, numbers
from tests.engine.scene import DAY, HOUR, MINUTE
from tests.services.promised import (
    AT_FIRST,
    DAY_20,
    JAYAPURA,
    act,
    ahead,
    close,
    contacts,
    died,
    lived_on,
    planned_days,
    rows,
    spend,
    withdrawn,
)


@pytest.fixture
def scene(scene):
    return lived_on(scene)


def test_this_is_where_they_begin(scene):
    assert rows(scene) == AT_FIRST
    assert contacts(scene) == [30, 60, 90, 120]


# --- hour and place -------------------------------------------------------------------------------------------------


def test_a_change_of_hour_cancels_fifteen_and_promises_fifteen(scene):
    assert act(scene, changes.set_hour, "16:30")
    assert rows(scene) == {
        "slot answered": 5, "slot cancelled": 15, "slot planned": 15, "task done": 3, "task cancelled": 4,
        "task planned": 4,
    }  # fmt: skip
    hours = {slot.due_at.astimezone(ZoneInfo("Asia/Jakarta")).hour for slot in ahead(scene)}
    assert hours <= {16, 17}
    assert contacts(scene) == [30, 60, 90, 120]


def test_the_same_hour_again_moves_nothing(scene):
    act(scene, changes.set_hour, "16:30")
    before = rows(scene)
    assert not act(scene, changes.set_hour, "16:30")
    assert rows(scene) == before


def test_another_place_moves_fifteen_check_ins_and_the_last_day(scene):
    ends_at = scene.window(scene.people.budi).ends_at
    assert act(scene, changes.set_place, JAYAPURA, "PA")
    assert rows(scene)["slot cancelled"] == rows(scene)["slot planned"] == 15
    assert {slot.due_at.astimezone(ZoneInfo(JAYAPURA)).hour for slot in ahead(scene)} <= {9, 10}
    assert scene.window(scene.people.budi).ends_at == ends_at - 2 * HOUR
    assert not act(scene, changes.set_place, JAYAPURA, "PA")


def test_a_contact_that_is_overdue_is_not_lost_in_a_change(scene):
    with scene.database.write() as session:
        overdue = session.scalars(
            select(Task).where(
                Task.person_id == scene.people.budi, Task.day == 14, Task.state == TaskState.DONE
            )
        ).one()
        overdue.state = TaskState.PLANNED
    act(scene, changes.set_hour, "16:30")
    assert contacts(scene) == [14, 30, 60, 90, 120]


def test_a_contact_that_was_made_today_is_not_asked_for_again(scene):
    day_30 = datetime(2026, 12, 21, 3, 0, tzinfo=UTC)  # day 30 is a Sunday
    spend(scene, day_30)
    act(scene, changes.set_hour, "16:30", at=day_30)
    assert contacts(scene) == [60, 90, 120]


def test_a_check_in_that_has_just_fallen_due_is_left_to_the_tick(scene):
    slot = ahead(scene)[0]
    act(scene, changes.set_hour, "18:00", at=slot.due_at)
    assert rows(scene)["slot cancelled"] == 14
    assert planned_days(scene).count(23) == 1
    scene.at(slot.due_at + MINUTE)
    assert scene.slot(slot.id).state is SlotState.OPEN


# --- length ---------------------------------------------------------------------------------------------------------


def test_a_shorter_window_keeps_seven_check_ins_and_brings_the_closing_contact_forward(scene):
    assert act(scene, changes.set_days, 60) is None
    assert rows(scene) == {
        "slot answered": 5, "slot cancelled": 15, "slot planned": 7, "task done": 3, "task cancelled": 4,
        "task planned": 2,
    }  # fmt: skip
    assert planned_days(scene) == [23, 26, 31, 38, 45, 52, 59]
    assert contacts(scene) == [30, 60]


def test_a_longer_window_has_four_more_and_a_contact_every_month(scene):
    assert act(scene, changes.set_days, 150) is None
    assert rows(scene)["slot planned"] == 19
    assert planned_days(scene)[-4:] == [122, 129, 136, 143]
    assert contacts(scene) == [30, 60, 90, 120, 150]
    with scene.database.read() as session:
        kinds = session.scalars(
            select(Task.kind).where(Task.state == TaskState.PLANNED, Task.day.in_((120, 150)),
                                    Task.person_id == scene.people.budi).order_by(Task.day)
        ).all()  # fmt: skip
    assert kinds == [TaskKind.PLAN, TaskKind.CLOSING]


@pytest.mark.parametrize(
    ("days", "fault"), [(59, "bounds"), (241, "bounds"), (120, "same"), (60, None), (240, None)]
)
def test_the_length_has_its_bounds(scene, days, fault):
    before = rows(scene)
    assert act(scene, changes.set_days, days) == fault
    assert (rows(scene) == before) == (fault is not None)


@pytest.mark.parametrize(("days", "fault"), [(70, "past"), (71, None)])
def test_the_last_day_may_be_today_but_not_yesterday(scene, days, fault):
    """On day 70 the window can end with day 70, which makes 71 days."""
    day_70 = DAY_20 + 50 * DAY
    spend(scene, day_70)
    assert act(scene, changes.set_days, days, at=day_70) == fault


def test_after_the_last_day_an_unclosed_window_can_be_extended_and_is_asked_again(scene):
    day_125 = DAY_20 + 105 * DAY
    spend(scene, day_125)
    scene.change(Window, scene.window(scene.people.budi).id, look_at=None)
    assert "slot planned" not in rows(scene)
    assert act(scene, changes.set_days, 150, at=day_125) is None
    assert planned_days(scene) == [129, 136, 143]
    assert contacts(scene) == [150]
    assert scene.window(scene.people.budi).look_at == day_125 + 10 * DAY  # it stood still, as in a pause


def test_a_closed_window_has_its_length(scene):
    close(scene)
    assert act(scene, changes.set_days, 150) == "closed"


# --- who may not be asked -------------------------------------------------------------------------------------------


def opted_out(session, scene):
    numbers.silence(session, DAY_20, scene.number_id(scene.people.budi), "page")


@pytest.mark.parametrize(("what", "contacts_left"), [(died, 0), (opted_out, 5), (withdrawn, 5)])
def test_no_change_begins_what_was_ended(scene, what, contacts_left):
    with scene.database.write() as session:
        what(session, scene)
    for change in ((changes.set_hour, "16:30"), (changes.set_place, JAYAPURA, "PA"), (changes.set_days, 150)):
        act(scene, *change)
    assert rows(scene)["slot cancelled"] == 15
    assert "slot planned" not in rows(scene)
    assert len(contacts(scene)) == contacts_left
