"""A copy while people go on working; and after a restore nothing leaves until a person lifts it (design 4.5)."""

import stat
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from companion.db import Database
from companion.engine import backups
from companion.engine.backups import CannotBackUp, back_up, restore
from companion.engine.tick import tick
from companion.models import EngineState, Person
from companion.services import stops
from tests import cast
from tests.cast import NOW, later
from tests.engine.scene import BUDI, HOUR, MINUTE


@pytest.fixture
def copy(scene, tmp_path):
    """A backup of Monday at nine."""
    target = tmp_path / "copies" / "monday.db"
    target.parent.mkdir()
    back_up(scene.database, target, scene.clock.at)
    return target


def engine_state(scene):
    with scene.database.read() as session:
        return session.get(EngineState, 1)


def test_a_backup_is_for_nobody_elses_eyes_and_is_written_down(scene, copy):
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert engine_state(scene).backed_up_at == NOW


def test_a_backup_never_overwrites_another(scene, copy):
    with pytest.raises(CannotBackUp, match="exists"):
        back_up(scene.database, copy, NOW)


def test_a_backup_that_cannot_be_written_says_so(scene, tmp_path):
    with pytest.raises(CannotBackUp, match="cannot be written"):
        back_up(scene.database, tmp_path / "no" / "such" / "folder", NOW)


def test_a_failed_backup_leaves_no_half_file(scene, tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "_run", lambda *given: (_ for _ in ()).throw(CannotBackUp("no")))
    monkeypatch.setattr(backups, "_back_up_sqlite", lambda *given: (_ for _ in ()).throw(CannotBackUp("no")))
    with pytest.raises(CannotBackUp):
        back_up(scene.database, tmp_path / "half", NOW)
    assert not (tmp_path / "half").exists()


def test_what_was_there_comes_back(scene, copy):
    scene.change(Person, scene.people.budi, name="Somebody Else")
    restore(scene.database, copy, NOW + HOUR)
    with scene.database.read() as session:
        assert session.get(Person, scene.people.budi).name == "Budi Santoso"


def test_after_a_restore_nothing_leaves_until_a_person_lifts_it(scene, copy):
    due_at = scene.due_together()
    restore(scene.database, copy, NOW + MINUTE)
    due_at = scene.due_together()
    scene.at(due_at)
    scene.at(due_at + 20 * MINUTE)
    assert scene.carrier.letters == []
    assert scene.messages()[0].held_because == "stop"
    assert scene.write(stops.lift, scene.clock.at, institution_id=None) == 1
    scene.at(due_at + 21 * MINUTE)
    assert len(scene.carrier.letters) == 3
    assert engine_state(scene).restored_at is None


def test_lifting_the_stop_of_one_institution_does_not_lift_a_restore(scene, copy):
    restore(scene.database, copy, NOW + MINUTE)
    scene.write(stops.lift, NOW + HOUR, institution_id=scene.people.melati)
    assert engine_state(scene).restored_at == NOW + MINUTE


def test_after_a_restore_the_gap_rule_applies_however_short_it_was(scene, copy):
    """What left after the copy was made is not known to it (the same as after a gap, design 4.5)."""
    restore(scene.database, copy, NOW + 5 * MINUTE)
    scene.clock.at = NOW + 6 * MINUTE
    assert tick(scene.house).gap_s == 360
    scene.clock.at = NOW + 7 * MINUTE
    assert tick(scene.house).gap_s == 0


def test_an_old_copy_asks_only_the_newest(scene, copy):
    restore(scene.database, copy, later(days=6))
    second = scene.slots(scene.people.budi)[1]
    scene.after_standing_still(second.due_at + HOUR)
    assert [slot.state.value for slot in scene.slots(scene.people.budi)[:2]] == ["void", "open"]
    assert scene.carrier.bodies(BUDI) == []


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_file_that_is_no_copy_changes_nothing(scene, tmp_path, content):
    (tmp_path / "rubbish").write_bytes(content)
    with pytest.raises(CannotBackUp):
        restore(scene.database, tmp_path / "rubbish", NOW)
    with scene.database.read() as session:
        assert session.get(Person, scene.people.budi).name == "Budi Santoso"
    assert engine_state(scene).restored_at is None


def test_a_file_that_is_not_there_is_named(scene, tmp_path):
    with pytest.raises(CannotBackUp, match="not there"):
        restore(scene.database, tmp_path / "nothing", NOW)


def test_an_empty_sqlite_database_is_none_of_ours(tmp_path, sqlite):
    other = tmp_path / "other.db"
    connection = dbapi2.connect(other)
    connection.execute("CREATE TABLE somebody_elses (x)")
    connection.close()
    with pytest.raises(CannotBackUp, match="no database of this program"):
        restore(sqlite, other, NOW)
    assert sorted(path.name for path in tmp_path.glob("companion.db*") if "restoring" in path.name) == []


def test_a_restored_sqlite_file_is_whole_and_private(tmp_path, sqlite, people_of_sqlite):
    copy = tmp_path / "a copy #1?.db"  # a name that would mean something in an address
    back_up(sqlite, copy, NOW)
    restore(sqlite, copy, NOW)
    path = tmp_path / "companion.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Database(f"sqlite:///{path}")
    with again.read() as session:
        assert session.get(EngineState, 1).restored_at == NOW
        assert session.get(Person, people_of_sqlite.budi).name == "Budi Santoso"
    again.dispose()


@pytest.fixture
def people_of_sqlite(sqlite):
    with sqlite.write() as session:
        return cast.gather(session)


def test_the_password_of_a_server_is_never_on_a_command_line(monkeypatch, tmp_path):
    seen = {}

    def run(command, **how):
        seen["command"] = command
        passfile = command[-1].split("passfile=")[1].replace("%2F", "/")
        seen["passfile"] = Path(passfile).read_text()
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(backups.subprocess, "run", run)
    server = Database("postgresql://companion:s3cr3t%3Apass@db.example/companion")
    backups._run(server, "pg_dump", "--file=x")
    server.dispose()
    assert "s3cr3t" not in " ".join(seen["command"])
    assert seen["passfile"] == "*:*:*:*:s3cr3t\\:pass\n"


def test_a_program_that_is_missing_or_fails_is_named(monkeypatch, tmp_path):
    server = Database("postgresql://companion@127.0.0.1:1/companion")
    with pytest.raises(CannotBackUp, match="not installed"):
        backups._run(server, "pg_dumb")
    with pytest.raises(CannotBackUp, match="failed with status"):
        backups._run(server, "false")
    server.dispose()
