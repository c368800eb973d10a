"""Once a night, in one process, somebody hears of what is not sound, and what is due is deleted (design 2.12, 2.13)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from companion import crypto
from companion.engine import night, soundness
from companion.models import EngineState, LoginAttempt, Slot, Transfer, Window
from tests.cast import NOW
from tests.engine.scene import DAY, HOUR, MINUTE, SECOND

EVENING = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
"""Half past one on Tuesday night in Jakarta."""


@pytest.fixture
def settled(scene):
    """An engine whose first night has been marked, and a backup of today."""
    scene.change(EngineState, 1, backed_up_at=NOW)
    night.look(scene.house)
    assert scene.carrier.alarms == []
    return scene


def look(scene, at):
    scene.clock.at = at
    scene.carrier.alarms.clear()
    night.look(scene.house)
    return list(scene.carrier.alarms)


def wrong_books(scene):
    scene.change(Slot, scene.slots(scene.people.yusuf)[-1].id, look_at=None)


def test_it_is_done_once_a_night_and_not_before(settled):
    wrong_books(settled)
    assert look(settled, EVENING - SECOND) == []
    assert look(settled, EVENING) == ["books"]
    assert look(settled, EVENING + 10 * MINUTE) == []
    assert look(settled, EVENING + DAY - SECOND) == []
    assert look(settled, EVENING + DAY) == ["books"]


def test_a_machine_that_was_off_at_night_does_it_in_the_morning(settled):
    wrong_books(settled)
    assert look(settled, EVENING + 7 * HOUR) == ["books"]


def test_a_new_installation_begins_with_the_night_to_come(scene):
    wrong_books(scene)
    assert look(scene, NOW) == []
    assert look(scene, EVENING) == ["books", "backup_old"]


def test_of_two_processes_one_does_it(settled):
    wrong_books(settled)
    settled.clock.at = EVENING
    assert night._is_ours(settled.database, EVENING)
    assert not night._is_ours(settled.database, EVENING)


def test_a_clock_that_had_run_far_ahead_does_not_silence_the_nights_for_years(settled):
    settled.change(EngineState, 1, night_at=EVENING + 4000 * DAY)
    wrong_books(settled)
    assert look(settled, EVENING) == ["books"]


def test_what_is_due_goes_at_night(settled):
    with settled.database.write() as session:
        session.add(LoginAttempt(who=b"x" * 32, at=EVENING - 25 * HOUR))
    look(settled, EVENING)
    with settled.database.read() as session:
        assert session.query(LoginAttempt).count() == 0


def test_the_note_of_an_offer_that_ran_out_is_gone_by_morning(settled):
    """It was written for people who will not need it (decision 10)."""

    def offer(number, expires_at):
        budi = session.scalars(select(Window).order_by(Window.id).offset(number).limit(1)).one()
        return Transfer(
            institution_id=budi.institution_id, person_id=budi.person_id, window_id=budi.id,
            to_institution_id=settled.people.other, offered_by=settled.people.sari, offered_at=EVENING - DAY,
            expires_at=expires_at, proof="berkas 31", note="Suka ditelepon sore.",
        )  # fmt: skip

    with settled.database.write() as session:
        session.add_all([offer(0, EVENING), offer(1, EVENING + timedelta(seconds=1))])
    look(settled, EVENING)
    with settled.database.read() as session:
        left = session.execute(select(Transfer.state, Transfer.note).order_by(Transfer.id)).all()
    assert left == [("lapsed", None), ("offered", "Suka ditelepon sore.")]


def test_what_could_not_be_deleted_is_told(settled, monkeypatch):
    monkeypatch.setattr(night.retention, "sweep", lambda *given: ["answers:KeyError"])
    assert look(settled, EVENING) == ["retention"]


def test_a_night_that_breaks_off_is_told(settled, monkeypatch):
    monkeypatch.setattr(night, "check", lambda house: 1 / 0)
    assert look(settled, EVENING) == ["night"]
    monkeypatch.undo()
    assert look(settled, EVENING + DAY) == []


@pytest.mark.parametrize(("age", "alarms"), [(2 * DAY, []), (3 * DAY, ["backup_old"])])
def test_an_old_backup_is_told(settled, age, alarms):
    settled.change(EngineState, 1, backed_up_at=EVENING - age)
    assert look(settled, EVENING) == alarms


def test_a_little_disk_is_told(settled, monkeypatch):
    monkeypatch.setattr(soundness, "LITTLE_DISK", 1 << 60)
    assert look(settled, EVENING) == ["disk_low"]


def test_a_key_that_is_missing_is_told(settled):
    crypto.use((b"x" * 32,))
    assert look(settled, EVENING)[0] == "keys_missing"


@pytest.mark.parametrize(("behind", "alarms"), [(timedelta(0), []), (HOUR, ["clock_behind"])])
def test_a_machine_whose_clock_stands_behind_its_last_tick_is_told(settled, behind, alarms):
    settled.change(EngineState, 1, ticked_machine_at=settled.clock.machine() + behind)
    assert look(settled, EVENING) == alarms


def test_a_damaged_database_is_told(sqlite, clock):
    """A row without its parent, as a broken disk or a careless hand leaves it."""
    with sqlite.writer.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=off")
        connection.connection.dbapi_connection.execute(
            "INSERT INTO gap_call (institution_id, gap_id, person_id, why) VALUES (99, 99, 99, 'silent')"
        )
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=on")
    assert soundness.facts(sqlite, clock)["integrity"] == "the database file is damaged"


def test_an_index_that_the_server_does_not_trust_is_told(postgresql, clock):
    assert soundness.facts(postgresql, clock)["integrity"] == "ok"
    with postgresql.write() as session:
        session.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_slot_look_at'::regclass")
        )
    assert soundness.facts(postgresql, clock)["integrity"] == "0 damaged pages, 1 broken indexes"
