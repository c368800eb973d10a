"""Living through time: what was due on the way happens on the way."""

from sqlalchemy import select

from companion.engine import time as engine_time
from companion.engine.tick import Exit
from companion.engine.walk import walk
from companion.models import EngineState, Gap
from companion.rules.states import SlotState
from tests.cast import NOW, later
from tests.engine.scene import BUDI, DAY, HOUR


def test_a_walk_happens_as_if_the_worker_had_run_all_the_time(scene):
    first, second = scene.slots(scene.people.budi)[:2]
    report = walk(scene.house, second.due_at + HOUR, senders=1)
    assert scene._all(select(Gap)) == []
    assert scene.slot(first.id).state is SlotState.MISSED
    assert abs(scene.slot(first.id).asked_at - first.due_at).total_seconds() < 60
    assert len(scene.carrier.bodies(BUDI)) == 3  # invitation, reminder, invitation
    assert (report.gap_s, report.exit, report.now) == (0, Exit.FINE, second.due_at + HOUR)
    assert report.did["missed"] >= 1


def test_without_a_last_tick_a_walk_is_one_tick(house, people, clock):
    report = walk(house, later(days=2, hours=3))
    assert report.did["opened"] == 3


def test_a_walk_into_the_past_does_nothing(scene):
    scene.at(later(hours=5))
    for move_clock in (False, True):
        report = walk(scene.house, later(hours=4), move_clock=move_clock)
        assert report.exit is Exit.CLOCK_WENT_BACK
        assert scene._all(select(EngineState))[0].last_tick_at == later(hours=5)


def test_simulated_people_live_behind_each_tick(scene):
    seen = []
    walk(scene.house, later(days=3), after=lambda at, report: seen.append(at), senders=1)
    assert seen == sorted(seen)
    assert seen[-1] == later(days=3)
    assert len(seen) > 3


def test_the_clock_in_the_database_walks_along(scene):
    walk(scene.house, later(days=1), move_clock=True)
    [state] = scene._all(select(EngineState))
    there = scene.clock.machine() + (later(days=1) - scene.clock.machine())
    assert abs(state.clock_offset_s - (there - scene.clock.machine()).total_seconds()) < 60


def test_going_back_to_real_time_forgets_the_offset(scene):
    scene.write(engine_time.set_clock, NOW + DAY, NOW)
    assert scene._all(select(EngineState))[0].clock_offset_s == DAY.total_seconds()
    scene.write(engine_time.set_clock, None, NOW)
    assert scene._all(select(EngineState))[0].clock_offset_s == 0
