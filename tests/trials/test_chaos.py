"""The crash trial: a small one keeps every promise on both databases, and each check finds what is broken."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from companion import create_app
from companion.config import Config
from companion.trials import chaos, chaos_checks
from companion.trials.chaos_aftermath import Aftermath, Took
from companion.trials.chaos_checks import broken
from companion.trials.chaos_people import ANSWER, STOP, Act
from companion.trials.chaos_scene import Plan
from companion.trials.pace import PacedClock
from tests.conftest import POSTGRESQL

SMALL = Plan(messages=120, kills=6, workers=3, pace=20)
SERVERS = [
    None,
    pytest.param(
        POSTGRESQL, marks=[
            pytest.mark.postgresql, pytest.mark.skipif(not POSTGRESQL, reason="no PostgreSQL server"),
        ],
    ),
]  # fmt: skip
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("server", SERVERS, ids=["sqlite", "postgresql"])
def test_nothing_is_sent_twice_or_lost_when_workers_are_killed(server):
    done = chaos.run(SMALL, server)
    assert {name: places for name, places in broken(done.seen).items() if places} == {}
    assert done.kills == 6
    assert done.figures["check-ins that fell due"] == 120
    assert done.figures[chaos.SENT] > 100 and done.figures[chaos.CUT_OFF] > 0
    assert done.figures["check-ins answered"] > 20
    assert done.figures["times that the pages were killed"] > 0
    assert done.figures["texts of which the carrier told how they ended"] > 50, "no callbacks came"


# --- each check, broken on purpose ----------------------------------------------------------------------------------


def row(**values):
    return SimpleNamespace(**values)


def message(n, **values):
    usual = {
        "id": n, "ref": f"r{n}", "subject": f"slot:{n}", "step": 0, "channel": "sms", "state": "delivered",
        "attempts": 1, "token": f"t{n}", "number_id": n, "slot_id": n, "alert_id": None, "look_at": None,
        "last_attempt_at": AT,
    }  # fmt: skip
    return row(**usual | values)


def attempt(n, began=AT):
    return row(message_id=n, n=1, started_at=began, machine_at=began, outcome="sent")


def link(n):
    return row(token=f"t{n}", slot_id=n, number_id=n)


def number(n, silenced_at=None):
    return row(id=n, silenced_at=silenced_at)


def slot(n, state="answered", answered_at=None):
    return row(id=n, state=state, answered_at=answered_at, reason=None)


@pytest.fixture
def whole():
    """Two check-ins after which all is well: one was answered after its text, one was missed and is listed."""
    return Aftermath(
        end=AT + 96 * HOUR,
        due=frozenset({1, 2}),
        rows={
            "message": [message(1), message(2)], "attempt": [attempt(1), attempt(2)],
            "slot": [slot(1, answered_at=AT + HOUR), slot(2, "missed")], "number": [number(1), number(2)],
            "alert": [], "signal": [row(about="slot:2", code="M1")], "link": [link(1), link(2)],
            "answer": [row(slot_id=1)], "parked": [],
        },
        took=[Took("r1", AT, "delivered", "t1"), Took("r2", AT, "delivered", "t2")],
        acts=[Act(ANSWER, "t1", AT + HOUR, 303)],
        promised=2,
        by_state={"answered": 1, "missed": 1, "planned": 0, "open": 0},
        faults=[],
    )  # fmt: skip


def with_rows(seen, **tables):
    return replace(seen, rows=seen.rows | tables)


def complains(seen):
    return {name for name, places in broken(seen).items() if places}


def test_where_all_is_well_no_check_complains(whole):
    assert complains(whole) == set()


def test_a_text_that_the_carrier_took_twice_is_found(whole):
    again = [*whole.took, Took("r1", AT + SECOND, "delivered", "t1")]
    assert "sent twice" in complains(replace(whole, took=again))


def test_a_text_that_was_taken_twice_but_arrived_once_is_found(whole):
    again = [*whole.took, Took("r1", AT + SECOND, "undelivered")]
    assert complains(replace(whole, took=again)) == {"sent twice"}


def test_a_link_that_arrived_more_often_than_there_are_messages_is_found(whole):
    again = [*whole.took, Took("r2", AT, "delivered", "t1")]
    rows = with_rows(whole, message=[message(1), message(2, attempts=1)])
    assert "sent twice" in complains(replace(rows, took=again))


def test_a_text_of_which_nothing_is_in_the_books_is_found(whole):
    assert "sent twice" in complains(replace(whole, took=[*whole.took, Took("unknown", AT, "delivered")]))


def test_one_step_promised_twice_is_found(whole):
    twice = [message(1), message(2), message(3, subject="slot:1", token="t1")]
    assert "sent twice" in complains(with_rows(whole, message=twice))


@pytest.mark.parametrize(("seconds", "found"), [(-1, False), (0, False), (1, True)])
@pytest.mark.parametrize(
    ("kind", "check"), [(STOP, "begun after an opt-out"), (ANSWER, "begun after an answer")]
)
def test_an_attempt_that_began_after_the_page_had_confirmed_it_is_found(whole, kind, check, seconds, found):
    late = with_rows(whole, attempt=[attempt(1), attempt(2, AT + seconds * SECOND)])
    seen = replace(late, acts=[*whole.acts, Act(kind, "t2", AT, 303)])
    assert (check in complains(seen)) is found


@pytest.mark.parametrize(("seconds", "found"), [(60, False), (61, True)])
def test_a_text_that_reached_the_carrier_long_after_an_opt_out_is_found_whatever_our_books_say(
    whole, seconds, found
):
    took = [whole.took[0], Took("r2", AT + seconds * SECOND, "delivered", "t2")]
    stopped = with_rows(whole, number=[number(1), number(2, AT)])
    seen = replace(stopped, took=took, acts=[*whole.acts, Act(STOP, "t2", AT, 303)])
    assert ("begun after an opt-out" in complains(seen)) is found


@pytest.mark.parametrize(("seconds", "found"), [(60, False), (61, True)])
def test_an_attempt_long_after_the_carrier_said_that_the_number_wants_no_texts_is_found(
    whole, seconds, found
):
    late = [attempt(1), attempt(2, AT + seconds * SECOND)]
    seen = with_rows(whole, number=[number(1), number(2, AT)], attempt=late)
    assert ("begun after an opt-out" in complains(seen)) is found


def test_an_opt_out_that_the_page_did_not_confirm_forbids_nothing(whole):
    acts = [*whole.acts, Act(STOP, "t2", AT - HOUR, 400)]
    assert complains(replace(whole, acts=acts)) == set()


@pytest.mark.parametrize("state", ["planned", "sending"])
def test_a_message_that_nobody_will_look_at_is_lost(whole, state):
    name = "lost: not ended and on no list"
    assert name in complains(with_rows(whole, message=[message(1), message(2, state=state)]))
    overdue = message(2, state=state, look_at=whole.end)
    assert name in complains(with_rows(whole, message=[message(1), overdue]))


def test_a_message_that_waits_for_its_hour_is_not_lost(whole):
    ahead = message(2, state="planned", attempts=0, look_at=whole.end + HOUR)
    seen = replace(with_rows(whole, message=[message(1), ahead]), took=whole.took[:1])
    assert complains(seen) == set()


@pytest.mark.parametrize("state", ["planned", "open"])
def test_a_check_in_that_has_not_ended_is_lost(whole, state):
    seen = with_rows(whole, slot=[whole.rows["slot"][0], slot(2, state)])
    assert "lost: not ended and on no list" in complains(seen)


def test_a_check_in_that_is_gone_is_lost(whole):
    assert "lost: not ended and on no list" in complains(with_rows(whole, slot=whole.rows["slot"][:1]))


@pytest.mark.parametrize("state", ["missed", "unreached", "void"])
def test_an_end_without_a_line_on_a_list_is_lost(whole, state):
    seen = with_rows(whole, slot=[whole.rows["slot"][0], slot(2, state)], signal=[])
    assert complains(seen) == {"lost: not ended and on no list"}


def test_a_text_that_stays_unsure_without_anybody_being_asked_is_found(whole):
    unsure = with_rows(whole, message=[message(1), message(2, state="unsure")])
    assert complains(unsure) == {"unsure and on nobody's list"}
    asked = with_rows(unsure, signal=[*whole.rows["signal"], row(about="message:2", code="D2")])
    assert complains(asked) == set()


def test_an_unsure_text_to_staff_stands_on_the_list_as_its_alert(whole):
    bell = [message(1), message(2, state="unsure", alert_id=7, slot_id=None)]
    assert complains(with_rows(whole, message=bell, alert=[row(id=7)])) == set()
    assert complains(with_rows(whole, message=bell, alert=[])) == {"unsure and on nobody's list"}


def test_books_that_do_not_balance_are_found(whole):
    name = "books that do not balance"
    assert complains(replace(whole, promised=3)) == {name}
    assert complains(replace(whole, by_state={"answered": 1, "open": 1})) == {name}
    assert complains(replace(whole, by_state={"answered": 1, "forgotten": 1})) == {name}
    assert complains(replace(whole, faults=["slots_nobody_looks_at:1"])) == {name}


@pytest.mark.parametrize("state", ["cancelled", "expired", "refused", "planned"])
def test_a_text_that_left_although_the_books_say_otherwise_is_found(whole, state):
    seen = with_rows(whole, message=[message(1), message(2, state=state, look_at=whole.end + HOUR)])
    assert "books that do not balance" in complains(seen)


def test_an_answer_or_an_opt_out_that_was_confirmed_and_forgotten_is_found(whole):
    name = "confirmed and not kept"
    assert complains(with_rows(whole, answer=[])) == {name}
    forgotten = with_rows(whole, slot=[slot(1, "missed"), whole.rows["slot"][1]])
    assert name in complains(forgotten)
    stopped = replace(whole, acts=[*whole.acts, Act(STOP, "t2", AT + HOUR, 303)])
    assert complains(stopped) == {name}


def test_a_call_for_help_behind_a_closed_link_answers_nothing(whole):
    acts = [*whole.acts, Act(ANSWER, "t2", AT + 50 * HOUR, 303, help=True)]
    assert complains(replace(whole, acts=acts)) == set()


@pytest.mark.parametrize(("state", "found"), [("missed", True), ("answered", True), ("cancelled", False)])
def test_an_answer_that_was_turned_away_is_found_unless_its_check_in_was_taken_back(whole, state, found):
    name = "turned away while the door stood open"
    tried = replace(whole, acts=[*whole.acts, Act(ANSWER, "t2", AT + HOUR, 410)])
    told = with_rows(tried, slot=[whole.rows["slot"][0], slot(2, state)])
    assert (name in complains(told)) is found


@pytest.mark.parametrize("status", [0, 500, 503])
def test_a_page_that_broke_is_found(whole, status):
    acts = [*whole.acts, Act(ANSWER, "t2", AT + HOUR, status)]
    assert complains(replace(whole, acts=acts)) == {"confirmed and not kept"}


def test_that_no_page_came_while_there_was_none_is_no_fault(whole):
    tried = replace(whole, acts=[*whole.acts, Act(ANSWER, "t2", AT + HOUR, 0)])
    assert complains(tried) == {"confirmed and not kept"}
    assert complains(replace(tried, dark=[(AT + HOUR - SECOND, AT + HOUR + SECOND)])) == set()
    assert complains(replace(tried, dark=[(AT + HOUR + SECOND, AT + 2 * HOUR)])) == {"confirmed and not kept"}


def test_two_texts_on_one_day_are_found_unless_one_did_not_arrive(whole):
    name = "two texts to a number on one day"
    both = [message(1), message(2, number_id=1)]
    assert complains(with_rows(whole, message=both)) == {name}
    one = [message(1, state="undelivered"), message(2, number_id=1)]
    assert complains(with_rows(whole, message=one)) == set()
    other_day = [message(1), message(2, number_id=1, last_attempt_at=AT + 24 * HOUR)]
    assert complains(with_rows(whole, message=other_day)) == set()


def test_parked_rows_and_fallen_processes_are_found(whole):
    name = "parked rows, fallen processes"
    parked = row(kind="send", row_id=1, reason="IntegrityError")
    assert complains(with_rows(whole, parked=[parked])) == {name}
    assert complains(replace(whole, fell=["a worker ended by itself with status 1"])) == {name}


# --- the command ----------------------------------------------------------------------------------------------------


STORM = ["chaos", "--only", "storm", "--messages", "100", "--kills", "3"]


@pytest.fixture
def runner():
    return create_app(Config.from_env({}, secrets=False)).test_cli_runner()


def tried(monkeypatch, seen, kills, **figures):
    """The command with a trial that is over already."""
    run = chaos.Run(seen, kills, 12.0, {chaos.SENT: 80, chaos.CUT_OFF: 1} | figures)
    monkeypatch.setattr(chaos, "run", lambda plan, server, show: run)


def test_the_command_prints_the_figures_and_writes_the_form_of_the_design(
    whole, runner, tmp_path, monkeypatch
):
    tried(monkeypatch, whole, kills=3)
    out = tmp_path / "build" / "chaos.json"
    done = runner.invoke(args=[*STORM, "--database", "sqlite", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "every promise was kept" in done.output
    written = json.loads(out.read_text())
    assert set(written) == {"machine", "at", "commit", "rows"}
    assert all(set(one) == {"name", "value", "unit", "budget", "ok"} for one in written["rows"])
    names = [one["name"] for one in written["rows"]]
    assert all(f"{name}, SQLite" in names for name in chaos_checks.CHECKS)


def test_it_says_what_was_broken_and_ends_with_one(whole, runner, tmp_path, monkeypatch):
    tried(monkeypatch, replace(whole, took=[*whole.took, *whole.took]), kills=3)
    out = ["--out", str(tmp_path / "chaos.json")]
    done = runner.invoke(args=[*STORM, "--database", "sqlite", *out])
    assert done.exit_code == 1
    assert (
        "BROKEN: sent twice" in done.output and "message 1 (slot:1, step 0) was taken 2 times" in done.output
    )


@pytest.mark.parametrize(
    ("kills", "sent", "cut_off", "status"), [(3, 70, 1, 0), (2, 70, 1, 1), (3, 69, 1, 1), (3, 70, 0, 1)]
)
def test_a_trial_that_has_shown_nothing_does_not_pass(
    whole, runner, tmp_path, monkeypatch, kills, sent, cut_off, status
):
    tried(monkeypatch, whole, kills, **{chaos.SENT: sent, chaos.CUT_OFF: cut_off})
    out = ["--out", str(tmp_path / "chaos.json")]
    asked = [*STORM, "--database", "sqlite", *out]
    assert runner.invoke(args=asked).exit_code == status


def test_a_database_that_is_not_there_does_not_look_as_if_it_had_been_tried(
    whole, runner, tmp_path, monkeypatch
):
    monkeypatch.delenv("TEST_POSTGRESQL_URL", raising=False)
    tried(monkeypatch, whole, kills=3)
    out = tmp_path / "chaos.json"
    assert runner.invoke(args=[*STORM, "--out", str(out)]).exit_code == 0
    there = [one for one in json.loads(out.read_text())["rows"] if "PostgreSQL" in one["name"]]
    assert [(one["value"], one["ok"]) for one in there] == [(None, None)]
    asked = runner.invoke(args=[*STORM, "--database", "postgresql", "--out", str(out)])
    assert asked.exit_code == 2 and "no server is named" in asked.output


def test_a_clock_that_runs_faster_begins_with_the_real_one():
    began = datetime.now(UTC).timestamp() - 60
    assert abs(PacedClock(began, 1).seconds() - began - 60) < 5
    assert abs(PacedClock(began, 10).seconds() - began - 600) < 50
