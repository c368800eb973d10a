"""check: exit 1 if anything is wrong, and which thing (design 6)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from companion.db import insert_ignore
from companion.engine import soundness
from companion.models import EngineState, Message, Slot
from companion.rules.days import load_calendar
from companion.rules.states import MessageState
from companion.rules.terms import Purpose
from companion.services import outbox
from tests.cast import NOW
from tests.conftest import CONFIG

SOUND = {
    "secrets",
    "schema",
    "keys",
    "clock",
    "disk",
    "books",
    "calendar",
    "copies",
    "integrity",
    "last_tick",
    "last_backup",
    "alarms",
}


def check(shell, status):
    done = json.loads(shell.run("check", "--json", status=status).stdout)
    assert done["ok"] == (status == 0)
    return {name for name, word in done["checks"].items() if word != "ok"}


@pytest.fixture
def sound(shell, people, tmp_path):
    """An installation that ticks and is backed up."""
    shell.run("tick")
    shell.run("backup", tmp_path / "copy.db")
    return shell


def change(database, model, row_id, **values):
    with database.write() as session:
        session.execute(model.__table__.update().where(model.id == row_id).values(**values))


def test_all_is_well(sound):
    assert check(sound, 0) == set()
    done = sound.run("check")
    assert {line.split(": ")[0] for line in done.output.splitlines()} == SOUND


def test_a_fresh_installation_has_neither_ticked_nor_been_backed_up(shell, people):
    assert check(shell, 1) == {"last_tick", "last_backup"}


@pytest.mark.parametrize("missing", ["secret_key", "data_keys"])
def test_missing_secrets_are_named(shell_of, missing):
    shell = shell_of(replace(CONFIG, **{missing: type(getattr(CONFIG, missing))()}))
    assert check(shell, 1) >= {"secrets"}


def test_a_foreign_key_is_noticed(sound, shell_of):
    assert "keys" in check(shell_of(replace(CONFIG, data_keys=(b"x" * 32,))), 1)


def test_books_that_do_not_balance_are_noticed(sound, sqlite):
    change(sqlite, Slot, 1, look_at=None)
    assert check(sound, 1) == {"books"}


@pytest.mark.parametrize(("days", "wrong"), [(1, set()), (2, {"copies"})])
def test_words_that_the_carrier_keeps_for_two_days_are_noticed(sound, sqlite, people, days, wrong):
    with sqlite.write() as session:
        ended = outbox.row(NOW, people.melati, Purpose.WE_RANG, "contact:1", 0, NOW, NOW)
        ended |= {
            "state": MessageState.DELIVERED,
            "state_at": NOW - timedelta(days=days),
            "carrier_sid": "SM1",
        }
        insert_ignore(session, Message.__table__, [ended])
    assert check(sound, 1 if wrong else 0) == wrong


def test_a_clock_that_went_back_is_noticed(sound, sqlite):
    change(sqlite, EngineState, 1, clock_back_at=NOW)
    assert check(sound, 1) == {"clock"}


def test_a_little_disk_is_noticed(sound, monkeypatch):
    monkeypatch.setattr(soundness, "LITTLE_DISK", 1 << 60)
    assert check(sound, 1) == {"disk"}


def test_an_engine_that_stands_still_is_noticed(sound, sqlite, clock):
    change(sqlite, EngineState, 1, ticked_machine_at=clock.machine() - timedelta(minutes=6))
    assert check(sound, 1) == {"last_tick"}


@pytest.mark.parametrize(("days", "wrong"), [(2, set()), (3, {"last_backup"})])
def test_an_old_backup_is_noticed_after_two_days(sound, sqlite, days, wrong):
    change(sqlite, EngineState, 1, backed_up_at=NOW - timedelta(days=days))
    assert check(sound, 1 if wrong else 0) == wrong


def test_a_database_that_is_not_there_is_said_and_not_made(shell_of, tmp_path):
    from companion.db import Database

    nowhere = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'place.db'}")
    assert "schema" in check(shell_of(database=nowhere), 1)
    nowhere.dispose()


def test_holidays_that_run_out_are_noticed(sound, monkeypatch):
    ends = replace(load_calendar(), days=tuple(day for day in load_calendar().days if day.date.year == 2026))
    monkeypatch.setattr(soundness, "load_calendar", lambda: ends)
    assert check(sound, 1) == {"calendar"}
