"""The scenes after the storm: small ones keep every promise on both databases, and each check finds what is broken."""

import json
from dataclasses import replace

import pytest

from companion import create_app
from companion.config import Config
from companion.trials import (
    chaos_clock_back,
    chaos_days_off,
    chaos_restored,
    chaos_suspended,
)
from companion.trials.chaos_aftermath import Aftermath, Took
from companion.trials.chaos_people import STOP, Act
from companion.trials.chaos_suspended import Sleep
from tests.trials.aftermaths import AT, HOUR, SECOND, row
from tests.trials.test_chaos import SERVERS


@pytest.mark.timeout(300)
@pytest.mark.parametrize("server", SERVERS, ids=["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("scene", "people"),
    [(chaos_days_off, 120), (chaos_suspended, 200), (chaos_clock_back, 80), (chaos_restored, 100)],
    ids=["days-off", "suspended", "clock-back", "restored"],
)
def test_every_promise_is_kept(scene, people, server):
    went = scene.play(replace(scene.usual(1), messages=people), server)
    assert {name: places for name, places in went.broken.items() if places} == {}
    assert {what: shown for what, shown in went.needed.items() if shown[0] < shown[1]} == {}


def test_the_command_plays_what_it_is_asked_for_and_names_what_could_not_be_tried(tmp_path, monkeypatch):
    monkeypatch.delenv("TEST_POSTGRESQL_URL", raising=False)
    out, runner = tmp_path / "chaos.json", create_app(Config.from_env({}, secrets=False)).test_cli_runner()
    done = runner.invoke(args=["chaos", "--only", "days-off", "--out", str(out)])
    assert done.exit_code == 0, done.output
    rows = {one["name"]: one for one in json.loads(out.read_text())["rows"]}
    assert all(f"days-off: {name}, SQLite" in rows for name in chaos_days_off.CHECKS)
    assert rows["days-off, PostgreSQL"]["value"] is None
    assert "every promise was kept" in done.output


# --- checks, broken on purpose --------------------------------------------------------------------------------------


def aftermath(took=(), acts=(), **rows):
    empty = {name: [] for name in ("message", "slot", "number", "link", "alert", "signal", "gap", "attempt")}
    return Aftermath(AT, frozenset({1}), empty | rows, list(took), list(acts), 1, {}, [])


def restored(**changes):
    """A text left; the copy was put back; the stop was lifted."""
    said = row(id=1, ref="r1", slot_id=1, step=0, number_id=1)
    seen = chaos_restored.Seen(
        AT, {"message": [said], "link": [row(token="t1", number_id=1)]}, AT + HOUR, AT + 2 * HOUR, {},
        after=aftermath(
            [Took("r1", AT + SECOND, "delivered")], message=[row(id=2, ref="r2", slot_id=1, step=0, number_id=1)],
            slot=[row(id=1, state="void")], number=[row(id=1, silenced_at=None)],
        ),
    )  # fmt: skip
    return replace(seen, **changes)


def found(module, seen):
    return {name for name, check in module.CHECKS.items() if list(check(seen))}


def test_a_restore_after_which_nothing_left_is_fine():
    assert found(chaos_restored, restored()) == set()


@pytest.mark.parametrize(
    ("hours", "names"),
    [
        (1.5, {"left before the stop was lifted", "left again after a restore"}),
        (3, {"left again after a restore"}),
    ],
)
def test_a_text_that_left_in_both_lives_is_found_and_so_is_one_before_the_stop_was_lifted(hours, names):
    seen = restored()
    again = Took("r2", AT + hours * HOUR, "delivered")
    assert found(
        chaos_restored, replace(seen, after=replace(seen.after, took=[*seen.after.took, again]))
    ) == {*names}


def test_a_stop_that_was_confirmed_and_lost_with_a_restore_is_found():
    seen = restored()
    stopped = replace(seen, after=replace(seen.after, acts=[Act(STOP, "t1", AT + SECOND, 303)]))
    assert found(chaos_restored, stopped) == {"a stop that a restore forgot"}


def test_a_command_that_answers_otherwise_is_found():
    assert found(chaos_restored, restored(said={"restore": (0, 1)})) == {"commands that answered otherwise"}


def voices(tick, health, *alarms, told=()):
    return chaos_clock_back.Voices(tick, health, list(alarms), list(told))


def turned_back(**changes):
    """An hour in which the clock was wrong and nothing happened."""
    nothing = {name: [] for name in ("message", "slot", "attempt", "alert")}
    alarm = chaos_clock_back.ALARM
    seen = chaos_clock_back.Seen(
        aftermath([Took("r1", AT - SECOND, "delivered")], message=[row(id=1, ref="r1", slot_id=1, number_id=1)]),
        AT, AT + HOUR, nothing, nothing, voices(3, 503, alarm, told=[alarm]), voices(0, 200),
    )  # fmt: skip
    return replace(seen, **changes)


def test_a_clock_that_was_wrong_and_did_nothing_is_fine():
    assert found(chaos_clock_back, turned_back()) == set()


@pytest.mark.parametrize("staff", [False, True])
def test_a_text_that_left_while_the_clock_was_wrong_is_found_unless_it_told_staff_of_danger(staff):
    seen = turned_back()
    late = Took("r9", AT + SECOND, "delivered", to_staff=staff)
    seen = replace(seen, after=replace(seen.after, took=[*seen.after.took, late]))
    assert found(chaos_clock_back, seen) == (set() if staff else {"done while the clock was wrong"})


@pytest.mark.parametrize(
    "wrong", [voices(0, 503, chaos_clock_back.ALARM, told=["clock_went_back"]),
              voices(3, 200, told=["clock_went_back"]), voices(3, 503, chaos_clock_back.ALARM)],
)  # fmt: skip
def test_each_voice_that_is_silent_about_a_wrong_clock_is_found(wrong):
    assert found(chaos_clock_back, turned_back(wrong=wrong)) == {"the clock was wrong and nobody said so"}


def test_a_gap_that_was_none_and_a_check_in_that_was_never_asked_are_found():
    name = "not gone on with afterwards"
    seen = turned_back()
    gap = row(began_at=AT, ended_at=AT + HOUR)
    assert found(
        chaos_clock_back, replace(seen, after=aftermath(seen.after.took, **seen.after.rows | {"gap": [gap]}))
    ) == {name}
    forgotten = aftermath(slot=[row(id=1, state="void")])
    assert found(chaos_clock_back, replace(seen, after=forgotten)) == {name}


@pytest.mark.parametrize(("hours", "is_found"), [(-1, False), (0.5, True), (2, False)])
def test_a_text_in_the_night_is_found(hours, is_found):
    seen = aftermath([Took("r1", AT + hours * HOUR, "delivered")])
    sleep = Sleep(night=(AT, AT + HOUR))
    assert bool(list(chaos_suspended.sent_at_night(seen, sleep))) is is_found


def stood_still(**changes):
    """Two check-ins of one window fell due; the newer was asked in the morning, the older is void, the person called."""
    back, morning = AT + 100 * HOUR, AT + 103 * HOUR

    def slot(n, **values):
        usual = {"state": "planned", "reason": None, "asked_at": None, "miss_at": None}
        due = AT + 24 * n * HOUR
        return row(
            **{"id": n, "window_id": 1, "person_id": 1, "due_at": due, "closes_at": due + 80 * HOUR}
            | usual
            | values
        )

    before = {
        "slot": [slot(1), slot(2)], "message": [], "number": [], "alert": [],
        "window": [row(person_id=1, left_on=AT.date(), look_at=None)],
    }  # fmt: skip
    gap = row(began_at=AT, ended_at=back)
    night = {
        "slot": [slot(1, state="void", reason="downtime"), slot(2, state="open")], "message": [], "number": [],
        "alert": [], "signal": [], "gap": [gap], "gap_call": [row(person_id=1)],
    }  # fmt: skip
    after = aftermath(
        [Took("r2", morning + SECOND, "delivered")],
        message=[row(id=2, ref="r2", slot_id=2, step=0)],
        gap=[gap],
    )
    return replace(chaos_days_off.Seen(AT, (back, back), morning, before, night, after), **changes)


def test_a_return_in_which_all_is_well_is_fine():
    assert found(chaos_days_off, stood_still()) == set()


def test_a_gap_written_twice_is_found():
    seen = stood_still()
    twice = replace(seen.after, rows=seen.after.rows | {"gap": seen.after.rows["gap"] * 2})
    assert found(chaos_days_off, replace(seen, after=twice)) == {"gap not written once"}


def test_an_older_check_in_that_is_asked_as_well_and_a_newest_that_is_not_are_found():
    seen, name = stood_still(), "asked otherwise than once and newest"
    both = [*seen.after.rows["message"], row(id=1, ref="r1", slot_id=1, step=0)]
    asked = replace(
        seen.after, took=[*seen.after.took, Took("r1", seen.after.took[0].at, "sent")],
        rows=seen.after.rows | {"message": both},
    )  # fmt: skip
    assert found(chaos_days_off, replace(seen, after=asked)) == {name}
    assert found(chaos_days_off, replace(seen, after=replace(seen.after, took=[]))) == {name}


def test_an_alert_for_our_void_is_found():
    seen = stood_still()
    alert, signal = row(id=1, person_id=1, family="system"), row(alert_id=1, about="slot:1")
    night = seen.night | {"alert": [alert], "signal": [signal]}
    assert found(chaos_days_off, replace(seen, night=night)) == {"alerts because of our gap"}


@pytest.mark.parametrize("calls", [[], [1, 1], [1, 2]])
def test_a_call_list_that_forgets_somebody_or_names_too_many_is_found(calls):
    seen = stood_still()
    night = seen.night | {"gap_call": [row(person_id=n) for n in calls]}
    assert found(chaos_days_off, replace(seen, night=night)) == {"call list that is not complete"}


def test_a_deadline_that_did_not_move_is_found():
    seen = stood_still()
    alert = {
        "id": 1, "person_id": 1, "family": "struggling", "level": "red", "opened_at": AT - HOUR, "closed_at": None,
        "answered_at": None, "look_at": AT, "deadline_at": AT + HOUR,
    }  # fmt: skip
    before = seen.before | {"alert": [row(**alert)]}
    moved = row(**alert | {"deadline_at": AT + 101 * HOUR})
    fine = replace(seen, before=before, night=seen.night | {"alert": [moved]})
    assert found(chaos_days_off, fine) == set()
    stuck = replace(fine, night=seen.night | {"alert": [row(**alert)]})
    assert found(chaos_days_off, stuck) == {"clocks that did not move"}


@pytest.mark.parametrize("state", ["open", "missed"])
def test_a_check_in_that_is_missed_as_if_we_had_not_stood_still_is_found(state):
    seen = stood_still()
    asked = {
        "id": 3, "window_id": 2, "person_id": 2, "state": "open", "asked_at": AT, "due_at": AT, "reason": None,
        "miss_at": AT + 48 * HOUR, "closes_at": AT + 168 * HOUR,
    }  # fmt: skip
    before = seen.before | {"slot": [*seen.before["slot"], row(**asked)]}

    def at_night(**values):
        night = seen.night | {"slot": [*seen.night["slot"], row(**asked | values)]}
        return found(chaos_days_off, replace(seen, before=before, night=night))

    assert at_night(miss_at=AT + 148 * HOUR) == set()
    assert at_night(state=state) == {"clocks that did not move"}


def test_a_text_in_the_night_of_the_return_is_found():
    seen = stood_still()
    early = replace(seen.after, took=[replace(seen.after.took[0], at=AT + 101 * HOUR)])
    assert found(chaos_days_off, replace(seen, after=early)) == {"sent outside the hours"}
