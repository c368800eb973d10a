"""tick: one JSON line and an exit status that other people's scripts read (design 6)."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from companion.channels.protocol import Misconfigured
from companion.models import EngineState, Slot
from tests.cast import NOW, later
from tests.cli.conftest import DEMO
from tests.conftest import CONFIG
from tests.engine.scene import BUDI, SECOND

KEYS = ["now", "gap_s", "opened", "reminded", "sent", "unsure", "refused", "missed", "unreached", "void", "excused",
        "expired", "alerts", "escalated", "left_due"]  # fmt: skip


def tick(shell, *words, status=0):
    return json.loads(shell.run("tick", *words, status=status).stdout)


def zulu(at):
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_it_prints_one_line_with_the_promised_keys(shell, people):
    line = tick(shell)
    assert list(line) == KEYS
    assert line["now"] == zulu(NOW)


def test_at_an_instant_the_gap_rule_applies(demo, people, carrier):
    tick(demo)
    line = tick(demo, "--at", zulu(later(days=2, hours=4)))
    assert (line["gap_s"], line["opened"], line["sent"], line["left_due"]) == (2 * 86400 + 4 * 3600, 3, 3, 0)
    assert len(carrier.bodies(BUDI)) == 1


def test_an_instant_may_be_given_with_any_offset(demo, people):
    assert tick(demo, "--at", "2026-11-23T20:00:00+07:00")["now"] == "2026-11-23T13:00:00Z"
    for wrong in ("2026-11-23T20:00:00", "yesterday"):
        demo.run("tick", "--at", wrong, status=2)


def test_a_walk_lives_through_the_time_since_the_last_tick(demo, people, carrier):
    tick(demo)
    line = tick(demo, "--walk", "--at", zulu(later(days=5)))
    assert (line["gap_s"], line["opened"], line["missed"]) == (0, 3, 3)
    assert len(carrier.bodies(BUDI)) == 2


def test_without_sending_everything_waits(demo, people, carrier):
    line = tick(demo, "--at", zulu(later(days=2, hours=4)), "--no-send")
    assert (line["opened"], line["sent"], line["left_due"], carrier.letters) == (3, 0, 3, [])


def test_an_alarm_is_status_one(demo, people, carrier):
    carrier.refuses = {BUDI: Misconfigured(20003)}
    tick(demo, "--at", zulu(later(days=2, hours=4)), status=1)


@pytest.mark.parametrize("words", [("--at", zulu(later(days=1))), ("--walk",)])
@pytest.mark.parametrize("config", [CONFIG, replace(DEMO, twilio_api_url="https://api.twilio.com")])
def test_a_pretended_time_is_refused_without_demo_or_against_a_real_carrier(
    shell_of, people, sqlite, words, config
):
    shell_of(config).run("tick", *words, status=2)
    with sqlite.read() as session:
        assert session.scalar(select(EngineState.last_tick_at)) is None


def test_a_clock_that_went_back_is_status_three_and_nothing_is_done(demo, people, sqlite):
    tick(demo, "--at", zulu(later(days=1)))
    with sqlite.write() as session:
        session.execute(Slot.__table__.update().values(look_at=NOW))
    for words in ((), ("--walk",)):
        line = tick(demo, "--at", zulu(later(days=1) - 6 * SECOND), *words, status=3)
        assert line["opened"] == 0
    with sqlite.read() as session:
        state = session.get(EngineState, 1)
    assert (state.last_tick_at, state.clock_offset_s) == (later(days=1), 0.0)


def test_five_seconds_are_forgiven(demo, people):
    tick(demo, "--at", zulu(later(days=1)))
    tick(demo, "--at", zulu(later(days=1) - 5 * SECOND))
