"""export: JSON lines or CSV on the screen or in a file; instants in UTC (design 6)."""

import csv
import io
import json
import stat

import pytest
from sqlalchemy import select

from companion.models import Audit, Person
from companion.services import export
from tests.cast import later
from tests.engine.scene import BUDI


@pytest.fixture
def lived(demo, people, carrier):
    demo.run("tick", "--at", f"{later(days=2, hours=4):%Y-%m-%dT%H:%M:%SZ}")
    return demo


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", ["people", "slots", "messages", "alerts", "answers"])
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_every_kind_in_both_forms_has_the_same_columns(lived, kind, form):
    done = lived.run("export", kind, "--format", form)
    if form == "csv":
        assert done.stdout.splitlines()[0].split(",") == export.columns(kind)
    for line in lines(done) if form == "jsonl" else csv.DictReader(io.StringIO(done.stdout)):
        assert list(line) == export.columns(kind)


def test_instants_are_utc_to_the_second(lived):
    [slot] = [
        line for line in lines(lived.run("export", "slots", "--institution", "kenanga")) if line["asked_at"]
    ]
    for name in ("due_at", "asked_at", "miss_at", "closes_at"):
        assert slot[name].endswith("Z")
        assert len(slot[name]) == 20
    assert slot["answered_at"] is None


def test_nothing_is_an_empty_cell(lived):
    rows = list(csv.DictReader(io.StringIO(lived.run("export", "slots", "--format", "csv").stdout)))
    assert {row["answered_at"] for row in rows} == {""}


def test_a_file_is_for_nobody_elses_eyes(lived, tmp_path):
    out = tmp_path / "people.jsonl"
    assert lived.run("export", "people", "--out", out, "--identify").stdout == ""
    assert len(out.read_text().splitlines()) == 3
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_names_only_when_asked_for_and_then_it_is_written_down(lived, sqlite):
    assert "Budi" not in lived.run("export", "people").output
    with sqlite.read() as session:
        assert session.scalar(select(Audit).where(Audit.act.like("export%"))) is None
    named = lines(lived.run("export", "people", "--identify"))
    assert BUDI in {line["e164"] for line in named}
    with sqlite.read() as session:
        assert session.scalars(select(Audit.act).where(Audit.act.like("export%"))).all() == [
            "export_identified:people"
        ]


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "-2+3", "+cmd|x"])
def test_no_spreadsheet_runs_what_stands_in_a_cell(lived, sqlite, people, name):
    with sqlite.write() as session:
        session.get(Person, people.budi).name = name
    done = lived.run("export", "people", "--identify", "--format", "csv")
    rows = {row["e164"]: row["name"] for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows[BUDI] == f"'{name}"


def test_one_institution_and_a_span_of_time(lived):
    assert len(lines(lived.run("export", "people", "--institution", "kenanga"))) == 1
    assert lines(lived.run("export", "slots", "--since", "2027-12-01")) == []
    assert len(lines(lived.run("export", "slots", "--until", "2026-11-26T00:00:00+07:00"))) == 3


@pytest.mark.parametrize(
    "words",
    [("horses",), ("people", "--institution", "nowhere"), ("slots", "--since", "2026-11-26T10:00:00")],
)
def test_what_is_not_there_is_refused(lived, words):
    lived.run("export", *words, status=2)
