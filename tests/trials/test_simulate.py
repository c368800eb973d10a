"""Simulations: a small clean one keeps every promise, and one seed decides everything."""

import json
import logging

import pytest

from companion import create_app
from companion.config import Config
from companion.trials import printing, promises, simulate
from companion.trials.figures import count, figures
from tests.conftest import POSTGRESQL

CLIENTS, DAYS = 20, 7


def counted(seen):
    return figures([count(seen)])


@pytest.fixture(scope="module")
def clean():
    """One trial on SQLite that several tests look at."""
    return simulate.simulate(CLIENTS, DAYS, seed=1)


@pytest.fixture
def runner():
    """The commands as somebody runs them who has set no environment at all."""
    return create_app(Config.from_env({}, secrets=False)).test_cli_runner()


def test_a_small_trial_keeps_every_promise(clean):
    assert promises.broken(clean) == {}


def test_a_trial_gives_the_log_its_voice_back(clean):
    """It is the logger of the whole process; after a trial in the same one, a worker must still be heard."""
    assert logging.getLogger("companion").getEffectiveLevel() <= logging.WARNING


def test_the_trial_is_not_empty(clean):
    found = counted(clean)
    assert found["slots"]["answered"] > 15
    assert found["slots"]["missed"] and found["slots"]["unreached"]
    assert found["texts_by_purpose"]["reminder"] > 5
    assert found["work"]["calls_a_day"] > 1
    assert clean.diary.helps and clean.diary.stops


def test_the_ends_of_all_check_ins_add_up_to_what_was_promised(clean):
    slots = counted(clean)["slots"]
    ends = ("answered", "answered_late", "missed", "unreached", "void", "excused", "cancelled")
    assert slots["promised"] == slots["ahead"] + slots["open"] + sum(slots[end] for end in ends)


@pytest.mark.postgresql
@pytest.mark.skipif(not POSTGRESQL, reason="no PostgreSQL server: set TEST_POSTGRESQL_URL")
def test_the_same_seed_lives_the_same_days_on_both_databases(clean):
    there = simulate.simulate(CLIENTS, DAYS, seed=1, server=POSTGRESQL)
    assert promises.broken(there) == {}
    assert counted(there) == counted(clean)


def test_another_seed_lives_other_days(clean):
    assert counted(simulate.simulate(CLIENTS, 3, seed=2)) != counted(simulate.simulate(CLIENTS, 3, seed=1))


def test_the_promises_hold_when_the_carrier_errs_and_the_engine_stands_still(clean):
    seen = simulate.simulate(CLIENTS, 10, seed=3, faults=True)
    assert promises.broken(seen) == {}
    assert seen.still and seen.carrier_errs


def test_the_command_needs_no_environment_and_writes_what_it_counted(runner, tmp_path):
    out = tmp_path / "trial.json"
    done = runner.invoke(args=["simulate", "--clients", "3", "--days", "1", "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert "every promise was kept" in done.output
    written = json.loads(out.read_text())
    assert written["broken"] == {} and written["clients"] == 3
    assert written["figures"]["slots"]["promised"] > 0


def test_a_run_with_faults_is_drawn(runner, tmp_path):
    out = tmp_path / "run.svg"
    done = runner.invoke(
        args=["simulate", "--clients", "2", "--days", "1", "--faults", "--picture", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert f"drawn in {out}" in done.output and out.read_text().startswith("<svg")


def test_the_command_ends_with_1_and_says_which_promise_was_broken(runner, monkeypatch):
    monkeypatch.setitem(promises.PROMISES, "text twice", lambda seen: iter(["here and there"]))
    done = runner.invoke(args=["simulate", "--clients", "2", "--days", "1"])
    assert done.exit_code == 1
    assert "BROKEN: text twice (1)" in done.output and "here and there" in done.output


def test_a_file_of_somebody_is_never_taken_for_a_trial(runner):
    done = runner.invoke(
        args=["simulate", "--clients", "2", "--days", "1", "--database-url", "sqlite:///x.db"]
    )
    assert done.exit_code == 2


def test_the_bar_follows_the_simulated_time(capsys):
    with printing.progress("living", simulate.BEGIN, simulate.BEGIN + simulate.DAY) as show:
        show(simulate.BEGIN + simulate.DAY)
    assert capsys.readouterr().out == ""
