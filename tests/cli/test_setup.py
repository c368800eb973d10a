"""make-keys, migrate, create-institution, create-staff, rotate-keys."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from companion import crypto, migrations
from companion.config import Config
from companion.db import Database
from companion.engine import presence
from companion.models import Institution, Number, Person, Staff
from companion.rules.terms import PhoneKind, Role
from tests.conftest import CONFIG, KEY

ROOT = Path(__file__).resolve().parents[2]


def all_of(database, model):
    with database.read() as session:
        return session.scalars(select(model).order_by(model.id)).all()


def test_keys_are_made_without_any_environment_and_can_be_read_back():
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "make-keys"], cwd=ROOT, env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert list(lines) == ["SECRET_KEY", "DATA_KEYS"]
    assert all(part.replace("-", "").replace("_", "").isalnum() for part in lines.values())  # shell-safe
    config = Config.from_env(lines)
    assert (len(config.data_keys), len(config.data_keys[0]), len(config.secret_key) > 40) == (1, 32, True)


def test_keys_differ_each_time(shell):
    assert shell.run("make-keys").output != shell.run("make-keys").output


@pytest.mark.parametrize("missing", ["secret_key", "data_keys"])
def test_what_needs_secrets_refuses_to_run_without_them(shell_of, missing):
    shell = shell_of(replace(CONFIG, **{missing: type(getattr(CONFIG, missing))()}))
    assert "make-keys" in shell.run("export", "people", status=2).output


def test_a_new_database_is_brought_up_to_date_and_stays_so(tmp_path, shell_of):
    shell = shell_of(database=Database(f"sqlite:///{tmp_path / 'new' / 'companion.db'}"))
    assert "schema: empty -> 0" in shell.run("migrate").output
    assert "schema: 0" in shell.run("migrate").output
    shell.app.extensions["database"].dispose()


COMMANDS = [
    ["serve"], ["worker"], ["tick"], ["export", "people"], ["stop", "all", "--lift"], ["backup", "/dev/null/x"],
    ["rotate-keys"], ["create-institution", "x", "--name", "X"], ["import-clients", __file__, "--institution", "x"],
]  # fmt: skip


OLDER = "0006"
"""A revision of this program's own past."""


def refusal(shell, command) -> str:
    """The one sentence with which a command refuses to start."""
    said = shell.run(*command, status=2).output
    assert said.count("\n") == 1, said
    return said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_nothing_starts_without_a_schema(tmp_path, shell_of, command):
    shell = shell_of(database=Database(f"sqlite:///{tmp_path / 'empty.db'}"))
    assert "no schema yet. Run: flask --app app migrate" in refusal(shell, command)
    shell.app.extensions["database"].dispose()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_nothing_starts_on_an_older_schema(shell, sqlite, command):
    migrations.downgrade(sqlite, OLDER)
    said = refusal(shell, command)
    assert f"at {OLDER}, older than" in said and "back up, then run: flask --app app migrate" in said


@pytest.mark.parametrize("command", [*COMMANDS, ["migrate"], ["up"]], ids=lambda words: words[0])
def test_nothing_starts_on_a_newer_schema_and_nothing_is_changed(shell, sqlite, command):
    with sqlite.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    said = refusal(shell, command)
    assert "at 9999, which this program" in said and "restore the backup" in said
    with sqlite.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_an_older_schema_is_brought_up_to_date(shell, sqlite, people):
    migrations.downgrade(sqlite, OLDER)
    assert f"schema: {OLDER} -> 0" in shell.run("migrate").output
    shell.run("tick")


def test_a_schema_is_not_changed_under_those_who_are_at_work(shell, sqlite):
    migrations.downgrade(sqlite, OLDER)
    with presence.at_work(sqlite):
        assert "Stop them first" in refusal(shell, ["migrate"])
    shell.run("migrate")


# --- institutions ---------------------------------------------------------------------------------------------------


def test_an_institution_stands_in_its_provinces_zone(shell, sqlite):
    shell.run("create-institution", "timur", "--name", "Balai Timur", "--province", "Papua")
    [made] = all_of(sqlite, Institution)
    assert (made.code, made.name, made.zone, made.phones) == (
        "timur",
        "Balai Timur",
        "Asia/Jayapura",
        PhoneKind.SHARED,
    )


def test_a_zone_of_its_own_wins(shell, sqlite):
    shell.run("create-institution", "x", "--name", "X", "--zone", "Asia/Makassar", "--phones", "own")
    [made] = all_of(sqlite, Institution)
    assert (made.zone, made.phones) == ("Asia/Makassar", PhoneKind.OWN)


@pytest.mark.parametrize(
    "words",
    [
        ("melati", "--name", "Again"),
        ("x", "--name", "X", "--zone", "Mars/Olympus"),
        ("x", "--name", "X", "--zone", "../../etc"),
        ("x", "--name", "X", "--province", "Atlantis"),
    ],
)
def test_a_code_that_is_taken_and_places_that_are_not_there_are_refused(shell, people, sqlite, words):
    before = len(all_of(sqlite, Institution))
    shell.run("create-institution", *words, status=2)
    assert len(all_of(sqlite, Institution)) == before


# --- staff ----------------------------------------------------------------------------------------------------------


def test_a_password_is_made_where_none_is_given_and_shown_once(shell, people, sqlite):
    done = shell.run(
        "create-staff", "rina", "--institution", "melati", "--name", "Rina", "--role", "caseworker"
    )
    password = done.output.split("password: ")[1].strip()
    rina = all_of(sqlite, Staff)[-1]
    assert (rina.login, rina.role, len(password) >= 12) == ("rina", Role.CASEWORKER, True)
    assert password not in rina.password_hash


def test_a_password_comes_from_standard_input_and_is_not_repeated(shell, people, sqlite):
    done = shell.run(
        "create-staff", "rina", "--institution", "melati", "--name", "Rina", "--role", "supervisor", "--phone",
        "0812 0000 1234", "--password-stdin", input="kata sandi panjang\n",
    )  # fmt: skip
    assert "kata sandi" not in done.output
    assert all_of(sqlite, Staff)[-1].phone == "+6281200001234"


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("sari", "--institution", "melati", "--role", "caseworker"), "kata sandi panjang\n"),
        (("rina", "--institution", "nowhere", "--role", "caseworker"), "kata sandi panjang\n"),
        (("rina", "--institution", "melati", "--role", "caseworker"), "pendek\n"),
        (
            ("rina", "--institution", "melati", "--role", "caseworker", "--phone", "021-555"),
            "kata sandi panjang\n",
        ),
        (("rina", "--institution", "melati", "--role", "police"), "kata sandi panjang\n"),
    ],
)
def test_what_cannot_be_is_refused(shell, people, sqlite, words, given):
    before = len(all_of(sqlite, Staff))
    shell.run("create-staff", *words, "--name", "Rina", "--password-stdin", status=2, input=given)
    assert len(all_of(sqlite, Staff)) == before


# --- rotate-keys ----------------------------------------------------------------------------------------------------


def test_after_a_rotation_the_old_key_may_go(shell_of, people, sqlite):
    new = b"n" * 32
    both = shell_of(replace(CONFIG, data_keys=(new, KEY)))
    assert int(both.run("rotate-keys").output.split()[0]) > 10
    shell_of(replace(CONFIG, data_keys=(new,)))
    assert all_of(sqlite, Person)[0].name == "Budi Santoso"
    assert all_of(sqlite, Number)[0].e164 == "+6281200000001"
    assert crypto.ring().current == crypto.key_id(new)


def test_a_key_that_is_missing_is_said_in_one_line(shell_of, people):
    done = shell_of(replace(CONFIG, data_keys=(b"x" * 32,))).run("rotate-keys", status=1)
    assert done.output.count("\n") == 1
    assert "DATA_KEYS" in done.output
