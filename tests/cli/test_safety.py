"""stop, backup, restore: what an administrator does when something is wrong."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from companion.db import Database
from companion.models import Person, Stop
from tests.cast import NOW, later
from tests.cli.conftest import DEMO
from tests.conftest import CONFIG
from tests.engine.scene import BUDI, YUSUF

WEDNESDAY = f"{later(days=2, hours=4):%Y-%m-%dT%H:%M:%SZ}"
LATER = f"{later(days=2, hours=4, minutes=20):%Y-%m-%dT%H:%M:%SZ}"


def stop(shell, *words, status=0):
    return shell.run("stop", *words, status=status)


@pytest.mark.parametrize(
    "words",
    [
        ("all",), ("all", "--reason", "banjir"), ("all", "--until", "2026-12-01"), ("nowhere", "--lift"),
        ("all", "--reason", "banjir", "--until", "2026-11-01"),
    ],
)  # fmt: skip
def test_a_stop_needs_a_reason_an_end_and_somebody_to_stop(shell, people, sqlite, words):
    stop(shell, *words, status=2)
    with sqlite.read() as session:
        assert session.scalars(select(Stop)).all() == []


def test_one_institution_is_stopped_and_lifted(demo, people, carrier):
    stop(demo, "melati", "--reason", "banjir", "--until", "2026-12-01")
    demo.run("tick", "--at", WEDNESDAY)
    assert (carrier.bodies(BUDI), len(carrier.bodies(YUSUF))) == ([], 1)
    assert "lifted: 1" in stop(demo, "melati", "--lift").output
    demo.run("tick", "--at", LATER)
    assert len(carrier.bodies(BUDI)) == 1


def test_all_are_stopped(demo, people, carrier):
    assert (
        "stopped until 2026-12-01T00:00:00Z"
        in stop(demo, "all", "--reason", "x", "--until", "2026-12-01").output
    )
    demo.run("tick", "--at", WEDNESDAY)
    assert carrier.letters == []


@pytest.mark.parametrize("place", ["SB", "sb", "Sumatera Barat"])
def test_one_province_is_stopped_and_lifted(demo, people, carrier, sqlite, place):
    with sqlite.write() as session:
        session.get(Person, people.budi).province = "SB"
    stop(demo, "all", "--reason", "banjir", "--until", "2026-12-01", "--province", place)
    demo.run("tick", "--at", WEDNESDAY)
    assert (carrier.bodies(BUDI), len(carrier.bodies(YUSUF))) == ([], 1)
    assert "lifted: 0" in stop(demo, "all", "--lift", "--province", "Bali").output
    assert "lifted: 1" in stop(demo, "all", "--lift", "--province", place).output
    demo.run("tick", "--at", LATER)
    assert len(carrier.bodies(BUDI)) == 1


def test_a_province_that_does_not_exist_stops_nobody(shell, people, sqlite):
    stop(shell, "all", "--reason", "x", "--until", "2026-12-01", "--province", "Atlantis", status=2)
    with sqlite.read() as session:
        assert session.scalars(select(Stop)).all() == []


# --- backup and restore ---------------------------------------------------------------------------------------------


def test_what_was_there_comes_back_and_nothing_leaves_until_it_is_lifted(
    demo, people, carrier, sqlite, tmp_path
):
    demo.run("tick")
    demo.run("backup", tmp_path / "copy.db")
    with sqlite.write() as session:
        session.get(Person, people.budi).name = "Somebody Else"
    assert "stop all --lift" in demo.run("restore", tmp_path / "copy.db").output
    with sqlite.read() as session:
        assert session.get(Person, people.budi).name == "Budi Santoso"
    line = json.loads(demo.run("tick", "--at", WEDNESDAY).stdout)
    assert (line["opened"], line["sent"], carrier.letters) == (3, 0, [])
    stop(demo, "all", "--lift")
    demo.run("tick", "--at", LATER)
    assert len(carrier.letters) == 3


def test_a_machine_that_lost_everything_is_set_up_from_a_copy(shell_of, people, sqlite, tmp_path):
    shell_of().run("backup", tmp_path / "copy.db")
    fresh = Database(f"sqlite:///{tmp_path / 'new machine' / 'companion.db'}")
    shell = shell_of(replace(CONFIG, demo=True), database=fresh)
    shell.run("restore", tmp_path / "copy.db")
    shell.run("tick")
    with fresh.read() as session:
        assert session.get(Person, people.budi).name == "Budi Santoso"
    fresh.dispose()


def test_what_cannot_be_done_is_status_one_and_one_line(shell, people, tmp_path):
    (tmp_path / "rubbish").write_bytes(b"rubbish" * 99)
    assert shell.run("restore", tmp_path / "rubbish", status=1).output.count("\n") == 1
    shell.run("backup", tmp_path / "rubbish", status=1)
    shell.run("restore", tmp_path / "nothing", status=2)


def test_the_age_of_the_last_backup_is_known_to_check(shell_of, people, tmp_path):
    shell = shell_of(DEMO)
    shell.run("backup", tmp_path / "copy.db")
    checks = json.loads(shell.run("check", "--json", status=1).output)["checks"]
    assert checks["last_backup"] == "ok"
    assert NOW.year == 2026
