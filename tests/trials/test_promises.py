"""Every kind of promise, broken on purpose, must be found: by a planted row, and by a rule taken out."""

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from types import SimpleNamespace

import pytest

from companion.engine.tick import Exit, Report
from companion.trials import promises, simulate
from companion.trials.diary import Did
from tests.trials.planting import DAY, HOUR, MINUTE, altered, at_local, invited, planted


def test_a_missed_check_in_on_nobodys_list_is_found(clean):
    assert list(promises.missed_unlisted(planted(clean, "signal", [])))


def test_a_missed_check_in_without_a_text_is_found(clean):
    assert list(promises.missed_without_text(replace(clean, accepted=set())))


def test_somebody_unheard_past_the_limit_on_nobodys_list_is_found(clean):
    later = replace(clean, end=simulate.BEGIN + 12 * DAY)
    silent = planted(later, "alert", [], answers=[], helps=[], calls=[])
    assert len(list(promises.unheard(silent))) >= len(clean.crowd.graduates) - 2  # whose window was closed


def test_nobody_is_unheard_before_the_limit(clean):
    early = replace(clean, end=simulate.BEGIN + 7 * DAY)
    assert not list(promises.unheard(planted(early, "alert", [], answers=[], helps=[], calls=[])))


@pytest.fixture
def in_a_gap(clean):
    """Nobody says anything, and for everybody the limit of seven days passes in a gap of six hours."""
    began = simulate.BEGIN + 7 * DAY - HOUR
    seen = planted(replace(clean, end=began + 2 * DAY), "alert", [], answers=[], helps=[], calls=[])
    seen.rows["gap"] = [SimpleNamespace(id=1, began_at=began, ended_at=began + 6 * HOUR)]
    return seen


def lines(seen, family, opened_at):
    return [
        SimpleNamespace(person_id=one, family=family, opened_at=opened_at, closed_at=None)
        for one in seen.crowd.graduates
    ]


def owed(seen, done_after):
    at = seen.rows["gap"][0].ended_at
    return [SimpleNamespace(gap_id=1, person_id=one, done_at=at + done_after) for one in seen.crowd.graduates]


@pytest.mark.parametrize(("late", "broken"), [(timedelta(), False), (timedelta(seconds=1), True)])
def test_whose_limit_passes_in_a_gap_has_a_line_by_as_much_later(in_a_gap, late, broken):
    by = simulate.BEGIN + 7 * DAY + 6 * HOUR + 2 * in_a_gap.step
    in_a_gap.rows |= {"alert": lines(in_a_gap, "silence", by + late), "gap_call": owed(in_a_gap, HOUR)}
    assert bool(list(promises.unheard(in_a_gap))) == broken


def test_whose_limit_passes_in_a_gap_and_is_on_no_call_list_is_found(in_a_gap):
    in_a_gap.rows["alert"] = lines(in_a_gap, "silence", simulate.BEGIN + 7 * DAY)
    assert "nobody was to ring them" in next(promises.unheard(in_a_gap))


def test_a_red_alert_of_which_nobody_was_told_is_found(clean):
    lost = planted(clean, "alert", [
        SimpleNamespace(**(dict(row._mapping) | {"claimed_at": None, "closed_at": None}))
        for row in clean.rows["alert"]
    ], arrivals=[], calls=[])  # fmt: skip
    assert list(promises.red_untold(lost))


def test_a_call_for_help_that_left_nothing_is_found(clean):
    assert list(promises.help_unheard(planted(clean, "signal", [])))


def test_an_answer_that_is_not_in_the_books_is_found(clean):
    assert list(
        promises.answer_lost(altered(clean, "slot", lambda row: row.state == "answered", state="missed"))
    )


def test_books_that_do_not_balance_are_found(clean):
    gone = planted(clean, "slot", clean.rows["slot"][:-1])
    assert list(promises.books(gone))
    assert list(promises.books(altered(clean, "slot", lambda row: row.state == "answered", state="open")))
    late = altered(clean, "slot", lambda row: row.state == "answered", state="planned")
    assert list(promises.books(late))


def test_rows_that_nobody_looks_at_are_found(clean):
    first = clean.rows["message"][0].id
    stuck = altered(clean, "message", lambda row: row.id == first, look_at=clean.end - MINUTE)
    assert list(promises.unlooked(stuck))
    forgotten = altered(clean, "message", lambda row: row.id == first, state="planned", look_at=None)
    assert list(promises.unlooked(forgotten))


def test_a_page_that_broke_is_found(clean):
    assert list(promises.pages(planted(clean, broken_pages=["a check-in page answered 500"])))


def test_nothing_is_said_about_anybody_by_name_or_number(clean):
    """What is broken is printed and kept in a file: it names rows, never people."""
    text, graduate = invited(clean)
    answers = [*clean.diary.answers, Did(graduate.id, text.at - MINUTE, text.token)]
    broken = promises.broken(planted(clean, "signal", [], answers=answers))
    said = " ".join(place for places in broken.values() for place in places)
    assert said and graduate.e164 not in said and graduate.name not in said and text.body not in said


def test_silence_that_is_not_kept_breaks_a_promise(monkeypatch):
    monkeypatch.setattr("companion.services.numbers.silence", lambda *args: False)
    assert "text after opt-out" in promises.broken(simulate.simulate(14, 12, seed=4))


def test_a_gate_without_hours_breaks_a_promise(monkeypatch):
    monkeypatch.setattr("companion.rules.gate._recipient_waits", lambda facts, now: None)
    monkeypatch.setattr("companion.rules.ladder.ask_at", lambda at, *rest: at)
    monkeypatch.setattr("companion.rules.plan._jittered", lambda hour, minutes, seed: timedelta(hours=3))
    assert "text outside allowed hours" in promises.broken(simulate.simulate(10, 4, seed=5))


def test_lines_that_are_not_written_break_a_promise(monkeypatch):
    monkeypatch.setattr("companion.services.endings.note_ends", lambda session, now, ended: 0)
    assert "missed and on nobody's list" in promises.broken(simulate.simulate(14, 8, seed=6))


def test_a_tick_that_does_something_while_the_clock_went_back_is_found(clean):
    idle = Report(clean.begin, exit=Exit.CLOCK_WENT_BACK)
    assert not list(promises.time_back(replace(clean, turned_back=[idle])))
    for wrong in (Report(clean.begin), Report(clean.begin, exit=Exit.CLOCK_WENT_BACK, did=Counter(sent=1))):
        assert list(promises.time_back(replace(clean, turned_back=[idle, wrong])))


@pytest.mark.parametrize(
    ("minutes", "until"),
    [(-61, -61), (-60, 30), (-1, 30), (0, 30), (29, 30), (30, 30), (31, 31)],
    ids=["before", "at its beginning", "in it", "at its end", "just over", "two steps over", "long over"],
)
def test_what_was_due_in_a_trouble_or_just_behind_it_may_come_two_steps_later(clean, minutes, until):
    """An engine that has stood still needs a tick to see it and one to act."""
    ended = clean.begin + DAY
    seen = replace(clean, still=[(ended - HOUR, ended)])
    assert seen.step == 15 * MINUTE
    assert seen.past_trouble(ended + minutes * MINUTE) == ended + until * MINUTE


@pytest.mark.parametrize(
    ("for_help", "closed_for", "found"),
    [(True, timedelta(), False), (True, -MINUTE, True), (False, timedelta(), True)],
    ids=["help behind a link that is over", "help before it is over", "no help"],
)
def test_only_a_call_for_help_may_be_taken_without_an_answer_and_only_when_the_link_is_over(
    clean, for_help, closed_for, found
):
    did = next(one for one in clean.diary.answers if clean.links[one.token].slot_id)
    slot_id = clean.links[did.token].slot_id
    lost = altered(
        clean, "slot", lambda row: row.id == slot_id, state="missed", closes_at=did.at - closed_for
    )
    lost = replace(lost, diary=replace(lost.diary, answers=[did], helps=[did] if for_help else []))
    assert bool(list(promises.answer_lost(lost))) is found


@pytest.mark.parametrize(
    ("began", "ended", "from_its_end"),
    [
        (-2 * HOUR, timedelta(), False),
        (-2 * HOUR, MINUTE, True),
        (HOUR, 1.5 * HOUR, True),
        (2.75 * HOUR - MINUTE, 3 * HOUR, True),
        (2.75 * HOUR, 3 * HOUR, False),
    ],
    ids=["over before", "over just after", "in the midst", "just before they are over", "behind them"],
)
def test_the_hours_in_which_staff_must_be_told_are_counted_from_the_end_of_a_trouble(
    clean, began, ended, from_its_end
):
    hours = clean.crowd.workers[0].hours
    at = at_local(clean.begin.date(), time(9))
    assert hours.on_duty(at) and hours.add_hours(at, 2) == at + 2 * HOUR
    seen = replace(clean, carrier_errs=True, still=[(at + began, at + ended)])
    start = at + ended if from_its_end else at
    assert promises._told_by(seen, hours, at) == hours.add_hours(start, 2) + 3 * seen.step
