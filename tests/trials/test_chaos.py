"""The crash trial: a small one keeps every promise on both databases, and its command passes only what has shown something."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from companion import create_app
from companion.config import Config
from companion.trials import chaos, chaos_checks
from companion.trials.chaos_checks import broken
from companion.trials.chaos_scene import Plan
from companion.trials.pace import PacedClock
from tests.conftest import POSTGRESQL

SMALL = Plan(messages=120, kills=6, workers=3, pace=20)
SERVERS = [
    None,
    pytest.param(
        POSTGRESQL, marks=[
            pytest.mark.postgresql, pytest.mark.skipif(not POSTGRESQL, reason="no PostgreSQL server"),
        ],
    ),
]  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.parametrize("server", SERVERS, ids=["sqlite", "postgresql"])
def test_nothing_is_sent_twice_or_lost_when_workers_are_killed(server):
    done = chaos.run(SMALL, server)
    assert {name: places for name, places in broken(done.seen).items() if places} == {}
    assert done.kills == 6
    assert done.figures["check-ins that fell due"] == 120
    assert done.figures[chaos.SENT] > 100 and done.figures[chaos.CUT_OFF] > 0
    assert done.figures["check-ins answered"] > 20
    assert done.figures["times that the pages were killed"] > 0
    assert done.figures["texts of which the carrier told how they ended"] > 50, "no callbacks came"


STORM = ["chaos", "--only", "storm", "--messages", "100", "--kills", "3"]


@pytest.fixture
def runner():
    return create_app(Config.from_env({}, secrets=False)).test_cli_runner()


def tried(monkeypatch, seen, kills, **figures):
    """The command with a trial that is over already."""
    run = chaos.Run(seen, kills, 12.0, {chaos.SENT: 80, chaos.CUT_OFF: 1} | figures)
    monkeypatch.setattr(chaos, "run", lambda plan, server, show: run)


def test_the_command_prints_the_figures_and_writes_the_form_of_the_design(
    whole, runner, tmp_path, monkeypatch
):
    tried(monkeypatch, whole, kills=3)
    out = tmp_path / "build" / "chaos.json"
    done = runner.invoke(args=[*STORM, "--database", "sqlite", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "every promise was kept" in done.output
    written = json.loads(out.read_text())
    assert set(written) == {"machine", "at", "commit", "rows"}
    assert all(set(one) == {"name", "value", "unit", "budget", "ok"} for one in written["rows"])
    names = [one["name"] for one in written["rows"]]
    assert all(f"{name}, SQLite" in names for name in chaos_checks.CHECKS)


def test_it_says_what_was_broken_and_ends_with_one(whole, runner, tmp_path, monkeypatch):
    tried(monkeypatch, replace(whole, took=[*whole.took, *whole.took]), kills=3)
    out = ["--out", str(tmp_path / "chaos.json")]
    done = runner.invoke(args=[*STORM, "--database", "sqlite", *out])
    assert done.exit_code == 1
    assert (
        "BROKEN: sent twice" in done.output and "message 1 (slot:1, step 0) was taken 2 times" in done.output
    )


@pytest.mark.parametrize(
    ("kills", "sent", "cut_off", "status"), [(3, 70, 1, 0), (2, 70, 1, 1), (3, 69, 1, 1), (3, 70, 0, 1)]
)
def test_a_trial_that_has_shown_nothing_does_not_pass(
    whole, runner, tmp_path, monkeypatch, kills, sent, cut_off, status
):
    tried(monkeypatch, whole, kills, **{chaos.SENT: sent, chaos.CUT_OFF: cut_off})
    out = ["--out", str(tmp_path / "chaos.json")]
    asked = [*STORM, "--database", "sqlite", *out]
    assert runner.invoke(args=asked).exit_code == status


def test_a_database_that_is_not_there_does_not_look_as_if_it_had_been_tried(
    whole, runner, tmp_path, monkeypatch
):
    monkeypatch.delenv("TEST_POSTGRESQL_URL", raising=False)
    tried(monkeypatch, whole, kills=3)
    out = tmp_path / "chaos.json"
    assert runner.invoke(args=[*STORM, "--out", str(out)]).exit_code == 0
    there = [one for one in json.loads(out.read_text())["rows"] if "PostgreSQL" in one["name"]]
    assert [(one["value"], one["ok"]) for one in there] == [(None, None)]
    asked = runner.invoke(args=[*STORM, "--database", "postgresql", "--out", str(out)])
    assert asked.exit_code == 2 and "no server is named" in asked.output


def test_a_clock_that_runs_faster_begins_with_the_real_one():
    began = datetime.now(UTC).timestamp() - 60
    assert abs(PacedClock(began, 1).seconds() - began - 60) < 5
    assert abs(PacedClock(began, 10).seconds() - began - 600) < 50
