"""Many at work, or one alone: whoever replaces a database is never surprised by somebody who sends from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from companion.engine.presence import Occupied, alone, at_work

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("companion.engine.presence.PATIENCE", 0.5)


def other(database):
    """A database object as another process has it."""
    return type(database)(database.url.render_as_string(hide_password=False))


def test_many_are_at_work_at_once(database):
    with at_work(database), at_work(database):
        pass


def test_nobody_is_alone_while_somebody_is_at_work(database):
    colleague = other(database)
    with at_work(colleague), pytest.raises(Occupied, match="Stop"), alone(database):
        pass
    colleague.dispose()
    with alone(database):
        pass


def test_nobody_begins_while_somebody_is_alone(database):
    newcomer = other(database)
    with alone(database), pytest.raises(Occupied, match="Try again"), at_work(newcomer):
        pass
    with at_work(newcomer):
        pass
    newcomer.dispose()


def test_two_are_never_alone(database):
    second = other(database)
    with alone(database), pytest.raises(Occupied), alone(second):
        pass
    second.dispose()


def test_a_lock_ends_with_its_process_even_when_that_is_killed(sqlite):
    code = (
        "import sys, time; from companion.db import Database; from companion.engine.presence import at_work\n"
        "with at_work(Database(sys.argv[1])): print('here', flush=True); time.sleep(60)"
    )
    url = sqlite.url.render_as_string()
    process = subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"here\n"
        with pytest.raises(Occupied), alone(sqlite):
            pass
    finally:
        process.kill()
        process.communicate(timeout=10)
    with alone(sqlite):
        pass
