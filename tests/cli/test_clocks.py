"""clock: the pretended time of a demonstration, kept in the database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from companion.clock import Clock
from companion.models import EngineState, Slot
from companion.rules.states import SlotState
from tests.cli.conftest import DEMO
from tests.conftest import CONFIG


def said(done) -> datetime:
    return datetime.fromisoformat(done.output.strip())


@pytest.fixture
def demo(shell_of):
    """With the clock that a demonstration really has."""
    return shell_of(DEMO, clock=None)


def offset(database):
    with database.read() as session:
        return session.scalar(select(EngineState.clock_offset_s))


def test_it_runs_on_from_where_it_was_set(demo, sqlite):
    assert (
        said(demo.run("clock", "set", "2026-12-24T10:00:00+07:00")).isoformat() == "2026-12-24T03:00:00+00:00"
    )
    there = said(demo.run("clock", "show"))
    assert timedelta(0) <= there - datetime.fromisoformat("2026-12-24T03:00:00+00:00") < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("span", "by"),
    [
        ("30m", timedelta(minutes=30)),
        ("6h", timedelta(hours=6)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_it_is_moved_ahead_by_a_span(demo, sqlite, span, by):
    demo.run("clock", "add", span)
    assert abs(offset(sqlite) - by.total_seconds()) < 60


@pytest.mark.parametrize("span", ["1y", "d", "", "ten"])
def test_what_is_no_span_is_refused(demo, span):
    demo.run("clock", "add", span, status=2)


def test_back_to_real_time(demo, sqlite):
    demo.run("clock", "add", "3d")
    assert abs(said(demo.run("clock", "real")) - Clock().machine()) < timedelta(minutes=1)
    assert offset(sqlite) == 0.0


def test_it_can_walk_there(demo, sqlite, people):
    """Whatever real day it is, the walk goes from the last tick to where the clock is set."""
    demo.run("clock", "set", "2026-11-23T09:00:00+07:00")
    demo.run("tick")
    demo.run("clock", "set", "2026-11-29T09:00:00+07:00", "--walk")
    with sqlite.read() as session:
        first = session.scalars(
            select(Slot).where(Slot.person_id == people.budi).order_by(Slot.due_at)
        ).first()
        last = session.scalar(select(EngineState.last_tick_at))
    assert first.state is SlotState.MISSED
    assert last.isoformat() == "2026-11-29T02:00:00+00:00"


@pytest.mark.parametrize("words", [("set", "2026-12-24"), ("add", "1d"), ("real",)])
@pytest.mark.parametrize("config", [CONFIG, replace(DEMO, twilio_api_url="https://api.twilio.com")])
def test_it_is_refused_without_demo_or_against_a_real_carrier(shell_of, sqlite, words, config):
    shell_of(config).run("clock", *words, status=2)
    assert offset(sqlite) in (None, 0.0)
