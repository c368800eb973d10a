"""A pause, an end, and coming out again, with their rows counted (issue 3, plans)."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from companion.models import Person, Staff, Window
from companion.rules.results import WindowOutcome
from companion.rules.states import WindowState
from companion.rules.terms import PersonStatus
from companion.services import changes, closing, enrol, pauses, returning
from tests.engine.scene import DAY, HOUR
from tests.services.promised import (
    DAY_20,
    act,
    ahead,
    close,
    contacts,
    died,
    lived_on,
    planned_days,
    rows,
    withdrawn,
)


@pytest.fixture
def scene(scene):
    return lived_on(scene)


# --- pause and end --------------------------------------------------------------------------------------------------


def test_a_pause_of_ten_days_excuses_three_and_stops_the_text_that_waited(scene):
    slot = ahead(scene)[0]
    scene.at(slot.due_at, send=False)
    assert rows(scene)["text planned"] == 1
    assert act(scene, pauses.begin, slot.due_at + 10 * DAY, "asked", at=slot.due_at + HOUR)
    assert rows(scene) == {
        "slot answered": 5, "slot excused": 3, "slot planned": 12, "text cancelled": 1, "task done": 3,
        "task planned": 4,
    }  # fmt: skip


def test_going_on_early_promises_again_what_still_lies_ahead(scene):
    act(scene, pauses.begin, DAY_20 + 14 * DAY, "asked")
    assert rows(scene)["slot excused"] == 3
    assert act(scene, pauses.end, at=DAY_20 + 4 * DAY)
    assert rows(scene)["slot cancelled"] == 12
    assert planned_days(scene) == [26, *range(31, 116, 7)]
    before = rows(scene)
    assert not act(scene, pauses.end, at=DAY_20 + 4 * DAY)
    assert rows(scene) == before


def test_a_change_during_a_pause_promises_nothing_inside_it(scene):
    act(scene, pauses.begin, DAY_20 + 14 * DAY, "asked")
    act(scene, changes.set_hour, "16:30", at=DAY_20 + DAY)
    assert planned_days(scene) == list(range(38, 116, 7))


def test_an_end_takes_back_fifteen_check_ins_and_four_contacts(scene):
    assert close(scene) is None
    assert rows(scene) == {"slot answered": 5, "slot cancelled": 15, "task done": 3, "task cancelled": 4}


# --- coming out again -----------------------------------------------------------------------------------------------


def readmitted(scene):
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        enrol.end_follow_up(session, DAY_20, person, PersonStatus.IN_INSTITUTION, staff_id=scene.people.sari)


def test_coming_out_again_is_refused_while_a_window_is_unclosed(scene):
    readmitted(scene)
    before = rows(scene)
    assert before == {"slot answered": 5, "slot cancelled": 15, "task done": 3, "task planned": 4}
    assert act(scene, returning.come_out_again, date(2027, 2, 1), at=DAY_20 + 50 * DAY) == "unclosed"
    assert rows(scene) == before


def test_coming_out_again_promises_a_whole_new_window_and_keeps_the_old_one(scene):
    readmitted(scene)
    close(scene, WindowOutcome.BACK_IN_CARE)
    home = datetime(2027, 2, 1, 1, 0, tzinfo=UTC)
    window = act(scene, returning.come_out_again, date(2027, 2, 1), at=home)
    assert isinstance(window, Window)
    assert rows(scene) == {
        "slot answered": 5, "slot cancelled": 15, "slot planned": 21, "task done": 3, "task cancelled": 4,
        "task planned": 7,
    }  # fmt: skip
    with scene.database.read() as session:
        windows = session.scalars(select(Window).where(Window.person_id == scene.people.budi)).all()
        status = session.get_one(Person, scene.people.budi).status
    assert [one.state for one in windows] == [WindowState.CLOSED, WindowState.ACTIVE]
    assert [one.outcome for one in windows] == [WindowOutcome.BACK_IN_CARE, None]
    assert status is PersonStatus.ENROLLED
    before = rows(scene)
    assert act(scene, returning.come_out_again, date(2027, 2, 1), at=home) == "unclosed"  # the second click
    assert rows(scene) == before


@pytest.mark.parametrize(
    ("left_on", "fault"), [(date(2026, 11, 19), "before"), (date(2026, 11, 20), "before")]
)
def test_nobody_comes_out_before_they_came_out_last(scene, left_on, fault):
    close(scene)
    assert act(scene, returning.come_out_again, left_on) == fault


def test_nobody_comes_out_again_after_a_death(scene):
    with scene.database.write() as session:
        died(session, scene)
    with scene.database.write() as session:
        budi, ratna = session.get_one(Person, scene.people.budi), session.get_one(Staff, scene.people.ratna)
        window = session.get_one(Window, scene.window(budi.id).id)
        assert closing.confirm_end(session, DAY_20, budi, window, ratna) is None
    assert act(scene, returning.come_out_again, date(2027, 2, 1)) == "died"


def test_without_consent_a_new_window_begins_with_calls_only(scene):
    with scene.database.write() as session:
        withdrawn(session, scene)
    close(scene, WindowOutcome.WITHDRAWN)
    act(scene, returning.come_out_again, date(2027, 2, 1), at=datetime(2027, 2, 1, 1, 0, tzinfo=UTC))
    assert "slot planned" not in rows(scene)
    assert len(contacts(scene)) == 7
