"""import-clients: an institution's sheet as it really is (design 6)."""

import csv

import pytest
from sqlalchemy import func, select

from companion.models import Consent, Institution, Person, Phone, Slot, Staff
from companion.services import numbers
from tests.cast import NOW
from tests.sheets.conftest import DATA

SHEET = DATA / "graduates-messy.csv"
TODAY = ("--today", "2026-11-22")


@pytest.fixture
def here(shell):
    shell.run("create-institution", "damai", "--name", "Balai Damai")
    shell.run("create-staff", "rina", "--institution", "damai", "--name", "Rina", "--role", "caseworker")
    return shell


def bring(here, *words, file=SHEET, status=0):
    return here.run("import-clients", file, "--institution", "damai", *TODAY, *words, status=status)


def counts(database):
    with database.read() as session:
        return {model.__name__: session.scalar(select(func.count()).select_from(model))
                for model in (Person, Phone, Consent, Slot)}  # fmt: skip


def expected():
    with (DATA / "graduates-messy.expected.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["graduates-messy.csv", "graduates-messy.xlsx"])
def test_the_example_gives_the_expected_report_row_by_row(here, tmp_path, name):
    bring(here, "--report", tmp_path / "report.csv", file=DATA / name)
    with (tmp_path / "report.csv").open(encoding="utf-8") as file:
        report = list(csv.DictReader(file))
    assert [{key: line[key] for key in expected()[0]} for line in report] == expected()
    assert {bool(line["ref"]) for line in report if line["verdict"] == "ok"} == {True}
    assert {line["ref"] for line in report if line["verdict"] == "error"} == {""}


def test_a_dry_run_stores_nothing(here, sqlite):
    before = counts(sqlite)
    assert "stored: 0 (dry run)" in bring(here, "--dry-run", "--consent-ref", "map 3").output
    assert counts(sqlite) == before


def test_without_a_word_about_consent_people_are_enrolled_and_nothing_is_promised(here, sqlite):
    stored = int(bring(here).output.split("stored: ")[1])
    assert counts(sqlite) == {"Person": stored, "Phone": counts(sqlite)["Phone"], "Consent": 0, "Slot": 0}
    assert stored == sum(line["verdict"] in ("ok", "warning") for line in expected())


def test_with_it_the_check_ins_are_promised(here, sqlite):
    bring(here, "--consent-ref", "map 3, rak 2")
    with sqlite.read() as session:
        assert session.scalar(select(func.count()).select_from(Slot)) > 100
        assert {consent.proof for consent in session.scalars(select(Consent))} == {"map 3, rak 2"}


def test_the_same_sheet_twice_changes_nothing(here, sqlite):
    bring(here, "--consent-ref", "map 3")
    before = counts(sqlite)
    assert "stored: 0" in bring(here, "--consent-ref", "map 3").output
    assert counts(sqlite) == before


def test_an_import_opens_no_number_that_was_silenced(here, sqlite):
    bring(here, "--consent-ref", "map 3")
    with sqlite.write() as session:
        phone = session.scalars(select(Phone)).first()
        numbers.silence(session, NOW, phone.number_id, "page")
        number_id = phone.number_id
    bring(here, "--consent-ref", "map 4")
    with sqlite.read() as session:
        assert session.get(numbers.Number, number_id).silenced_at == NOW


def test_faulty_rows_are_no_failure_of_the_command(here):
    assert "error: " in bring(here, status=0).output


def test_they_belong_to_the_named_caseworker(here, sqlite):
    bring(here, "--caseworker", "rina")
    with sqlite.read() as session:
        rina = session.scalars(select(Staff.id).where(Staff.login == "rina")).one()
        assert set(session.scalars(select(Person.caseworker_id))) == {rina}


@pytest.mark.parametrize("words", [("--caseworker", "nobody"), ("--caseworker", "sari")])
def test_a_caseworker_who_is_not_there_is_refused(here, sqlite, people, words):
    before = counts(sqlite)
    bring(here, *words, status=2)
    assert counts(sqlite) == before


def test_an_institution_that_is_not_there_is_refused(shell):
    shell.run("import-clients", SHEET, "--institution", "nowhere", status=2)


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.csv", b""), ("x.csv", b"\x00\x01\x02"), ("x.xlsx", b"PK no workbook"), ("x.csv", b"a,b\n1,2\n")],
)
def test_what_cannot_be_read_is_status_two(here, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    bring(here, file=tmp_path / name, status=2)


def test_a_file_that_is_not_there_is_status_two(here, tmp_path):
    bring(here, file=tmp_path / "nothing.csv", status=2)


def test_without_a_day_it_is_today_where_the_institution_stands(here, sqlite):
    """The clock of the tests says 23 November 2026."""
    here.run("import-clients", SHEET, "--institution", "damai")
    with sqlite.read() as session:
        assert session.scalar(select(func.count()).select_from(Institution)) == 1
        assert session.scalar(select(func.count()).select_from(Person)) > 0
