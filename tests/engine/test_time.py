"""Pretended time: only in a demonstration, only against a carrier on this machine, the same for all processes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from companion.clock import Clock, ShiftedClock
from companion.config import Config
from companion.db import Database
from companion.engine import time as engine_time
from companion.engine.time import (
    PretendedTimeRefused,
    clock_for,
    require_pretending,
    set_clock,
    state_of,
)
from companion.trials.pace import PacedClock

DEMO = Config(secret_key="x", data_keys=(), demo=True, twilio_api_url="http://127.0.0.1:5001")
REAL = replace(DEMO, demo=False)
FAR = replace(DEMO, twilio_api_url="https://api.twilio.com")


@pytest.mark.parametrize("config", [REAL, FAR])
def test_it_is_refused_without_demo_or_with_a_carrier_that_is_not_on_loopback(config):
    with pytest.raises(PretendedTimeRefused):
        require_pretending(config)


def test_it_is_allowed_in_a_demonstration():
    assert require_pretending(DEMO) is None


@pytest.mark.parametrize("config", [REAL, FAR])
def test_an_offset_left_in_the_database_is_not_obeyed_there(config, sqlite):
    with sqlite.write() as session:
        set_clock(session, Clock().machine() + timedelta(days=9), Clock().machine())
    clock = clock_for(config, sqlite)
    assert not isinstance(clock, ShiftedClock)
    assert abs(clock.now() - clock.machine()) < timedelta(seconds=5)


def test_every_process_of_a_demonstration_lives_in_the_same_time(database):
    other = Database(database.url.render_as_string(hide_password=False))
    clock = clock_for(DEMO, other)
    with database.write() as session:
        set_clock(session, clock.machine() + timedelta(days=9), clock.machine())
    assert timedelta(days=9) - (clock.now() - clock.machine()) < timedelta(seconds=5)
    other.dispose()


def test_the_offset_is_read_at_most_once_a_second(sqlite, monkeypatch):
    reads = []
    monkeypatch.setattr(engine_time, "_read_offset", lambda database: reads.append(1) or timedelta())
    clock = clock_for(DEMO, sqlite)
    for _ in range(50):
        clock.now()
    assert len(reads) <= 2


def test_before_the_first_migration_time_is_real(tmp_path):
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    clock = clock_for(DEMO, empty)
    assert abs(clock.now() - clock.machine()) < timedelta(seconds=5)
    empty.dispose()


def test_many_who_want_the_engines_row_first_get_the_same(database):
    """On a new database the tick, the night and a second worker all begin at once."""

    def first(_n):
        colleague = Database(database.url.render_as_string(hide_password=False))
        try:
            with colleague.write() as session:
                return state_of(session).id
        finally:
            colleague.dispose()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(first, range(16))) == {1}


def test_a_trial_may_hand_in_machines_that_run_faster(sqlite):
    fast = PacedClock(began=0.0, pace=2)
    clock = clock_for(DEMO, sqlite, fast)
    assert clock.machine() > Clock().machine() + timedelta(days=365)
    assert abs(clock.now() - fast.machine()) < timedelta(seconds=5)
