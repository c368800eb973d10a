"""Benchmarks print and are not timed here: each must run on a tiny house, and say truly what it did not measure."""

import json

import pytest

from companion import create_app
from companion.clock import Clock
from companion.config import Config
from companion.db import Database
from companion.models import Person, Slot, Window
from companion.rules.states import SlotState
from companion.services import books
from companion.trials import bench, commands
from companion.trials.bench_rows import Options, least, most, not_measured, p95
from companion.trials.bulk import Loader
from companion.trials.serving import served
from companion.trials.statements import counted
from companion.trials.wire import Browser
from tests.conftest import POSTGRESQL

TINY = Options(
    enrolled=200, times=2, due=16, requests=16, rounds=1, pages=3, texts=16, clients=3, days=1,
)  # fmt: skip
SERVERS = [
    None,
    pytest.param(
        POSTGRESQL, marks=[
            pytest.mark.postgresql, pytest.mark.skipif(not POSTGRESQL, reason="no PostgreSQL server"),
        ],
    ),
]  # fmt: skip


def measured(name, **options):
    """One group's rows on a tiny house."""
    return dict(bench.measure([name], options=Options(**(vars(TINY) | options))))[name]


@pytest.mark.parametrize("name", ["pages", "list", "scheduler", "house", "simulate"])
def test_a_group_of_figures_can_be_measured(name):
    rows = measured(name)
    assert rows and all(row["value"] is not None and row["value"] >= 0 for row in rows)


@pytest.mark.parametrize("server", SERVERS, ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("name", ["answers", "engine", "dispatch"])
def test_a_group_that_needs_both_databases_says_when_one_was_not_there(name, server):
    rows = measured(name, server=server)
    missing = [row["name"] for row in rows if row["value"] is None]
    assert all("PostgreSQL" in one for one in missing)
    assert bool(missing) is (server is None)
    assert all(row["ok"] is None for row in rows if row["value"] is None)


def test_both_ways_of_keeping_time_open_every_check_in_that_is_due():
    """Otherwise the comparison would be one of unequal work."""
    rows = {row["name"]: row["value"] for row in measured("scheduler")}
    assert rows["a job for each person against one tick job"] > 0
    assert "one tick job, 16 due of 200" in rows and "a job for each person, 16 due of 200" in rows


def test_the_small_budgets_are_kept_whatever_the_machine_does():
    """Bytes, requests, questions and statements do not depend on how busy a machine is."""
    rows = [row for row in measured("pages") if row["unit"] in ("kB", "requests", "queries", "statements")]
    assert [row["name"] for row in rows if not row["ok"]] == []


def test_the_command_prints_every_row_and_writes_the_form_of_the_design(tmp_path, monkeypatch):
    found = [most("bytes", 1.5, "kB", 15), not_measured("speed there", "/s", ">= 5000 /s")]
    monkeypatch.setattr(bench, "GROUPS", {"pages": lambda options: found})
    out = tmp_path / "build" / "bench.json"
    runner = create_app(Config.from_env({}, secrets=False)).test_cli_runner()
    done = runner.invoke(args=["bench", "--only", "pages", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "1.5 kB" in done.output and "not measured" in done.output
    written = json.loads(out.read_text())
    assert set(written) == {"machine", "at", "commit", "rows"}
    assert written["rows"] == found
    assert set(found[0]) == {"name", "value", "unit", "budget", "ok"}


def test_the_command_knows_every_group():
    assert set(commands.GROUPS) == set(bench.GROUPS)


@pytest.mark.parametrize(("value", "ok"), [(14.9, True), (15, True), (15.1, False)])
def test_a_figure_at_its_upper_budget_is_kept(value, ok):
    assert most("bytes", value, "kB", 15)["ok"] is ok


@pytest.mark.parametrize(("value", "ok"), [(4999, False), (5000, True), (5001, True)])
def test_a_figure_at_its_lower_budget_is_kept(value, ok):
    assert least("speed", value, "/s", 5000)["ok"] is ok


def test_of_a_hundred_values_the_ninety_fifth_is_met_by_five():
    assert p95(list(range(1, 101))) == 96
    assert p95([7]) == 7


def test_loaded_people_have_full_plans_and_books_that_balance(database: Database):
    loader = Loader(database, Clock().machine(), size=30)
    place = loader.institution("melati", 2)
    first, second = loader.block(place), loader.block(place)
    loader.alerts(second, place)
    loader.done()
    with database.read() as session:
        assert session.query(Person).count() == session.query(Window).count() == 60
        for ids in (first, second):
            assert session.query(Slot).where(Slot.person_id.in_(ids)).count() == 30 * 21
        assert session.query(Slot).where(Slot.state == SlotState.PLANNED).count() > 60
        assert books.faults(session, loader.now) == []


def test_after_loading_the_next_row_gets_an_id_of_its_own(database: Database):
    loader = Loader(database, Clock().machine(), size=5)
    loader.block(loader.institution("melati", 1))
    loader.done()
    with database.write() as session:
        known = session.get_one(Person, 1)
        fresh = Person(institution_id=known.institution_id, identity=b"other", name="Hana", zone="Asia/Jakarta",
                       enrolled_at=loader.now)  # fmt: skip
        session.add(fresh)
        session.flush()
        assert fresh.id == 6


def test_the_browser_counts_what_comes_over_the_wire_and_what_a_page_loads(app):
    with served(app) as port:
        browser = Browser(port)
        page = browser.get("/")
        style = browser.get("/static/style.css")
        assert page.status == style.status == 200
        assert page.wire > 500 and style.head["content-encoding"] == "gzip"
        assert style.wire < len(style.text)
        assert browser.first_visit("/") == (browser.get("/").wire + style.wire, 2)


def test_statements_are_counted_without_the_ends_of_transactions(database, people):
    with counted(database) as seen:
        with database.read() as session:
            session.get(Person, people.budi)
        with database.write() as session:
            session.get(Person, people.budi)
    assert len(seen) == 2
