"""An alarm is told once in a quarter of an hour, whichever worker looks, and once more when it is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.models import RaisedAlarm
from companion.services import raised
from tests.cast import NOW

MINUTE = timedelta(minutes=1)
TICK, BUDGET = ("no_tick", ""), ("budget_80", "melati 2026-11-23")
ONCE = {"budget_80"}


@pytest.fixture
def look(database):
    """Look at so many minutes and find this; what is told, and what is told to be over."""

    def at(minutes, *found):
        with database.write() as session:
            machine = NOW + minutes * MINUTE
            return raised.to_tell(session, machine, found, ONCE), raised.over(session, machine, found, ONCE)

    return at


def test_what_stays_wrong_is_told_every_quarter_of_an_hour(look):
    told = [minute for minute in range(46) if look(minute, TICK)[0]]
    assert told == [0, 15, 30, 45]


def test_a_second_worker_does_not_tell_it_again(look):
    assert look(0, TICK) == ([TICK], [])
    assert look(0, TICK) == ([], [])


def test_its_end_is_told_once(look):
    look(0, TICK)
    assert look(1) == ([], [TICK])
    assert look(2) == ([], [])


def test_what_comes_and_goes_is_told_no_more_often(look):
    told = [look(minute, *([TICK] if minute % 2 == 0 else [])) for minute in range(32)]
    assert [minute for minute, (news, _ended) in enumerate(told) if news] == [0, 16]
    assert [minute for minute, (_news, ended) in enumerate(told) if ended] == [1, 17]


def test_what_is_foreseen_is_told_once_and_never_taken_back(look):
    assert look(0, BUDGET) == ([BUDGET], [])
    assert [look(minute, BUDGET) for minute in (15, 30, 600)] == [([], [])] * 3
    assert look(601) == ([], [])
    tomorrow = ("budget_80", "melati 2026-11-24")
    assert look(1440, tomorrow) == ([tomorrow], [])


def test_alarms_are_apart_by_what_they_are_about(look):
    other = ("budget_80", "kenanga 2026-11-23")
    assert look(0, BUDGET, other) == ([BUDGET, other], [])


def test_what_is_long_over_is_forgotten(look, database):
    look(0, TICK)
    look(1)
    look(30 * 24 * 60 + 1)
    with database.read() as session:
        assert session.scalars(select(RaisedAlarm)).all() == []
