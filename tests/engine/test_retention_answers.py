"""Question 6 goes thirty days after the answer, answers become weekly counts, and the rest stays right (design 2.12)."""

import pytest
from sqlalchemy import update

from companion.models import Alert, Answer, WeeklyCount
from companion.rules.retention import Kept, week_of
from companion.rules.states import AlertState, Family
from companion.services import books, export
from tests.cast import NOW
from tests.engine.keeping import BOUNDARY, answer, close, deleted, rows, said, sweep
from tests.engine.scene import DAY

# --- question 6 -----------------------------------------------------------------------------------------------------


@BOUNDARY
def test_question_six_goes_thirty_days_after_the_answer_and_the_rest_of_it_stays(scene, told, past, gone):
    [first, *_] = told[0]
    sweep(scene, first + 30 * DAY + past)
    budi = said(scene, scene.people.budi)
    assert ("use" not in budi[0]) == gone and budi[1]["use"] == "yes"
    assert (budi[0]["urge"], budi[0]["sleep"], budi[0]["situation_kind"]) == (7, 2, ["uang", "sepi"])
    assert deleted(scene, Kept.SIXTH) == 2 * gone


def test_what_it_raised_goes_with_it_but_not_from_an_alert_that_nobody_has_closed(scene, told):
    sweep(scene, told[0][-1] + 30 * DAY)

    def reasons(person_id):
        return {one.code for one in scene.signals(person_id)}

    assert "R3" not in reasons(scene.people.budi) and reasons(scene.people.budi)
    assert "R3" in reasons(scene.people.wati)
    for one in said(scene, scene.people.wati):
        assert not {"use", "calm"} & set(one) and "R3" not in one["codes"]
    with scene.database.write() as session:
        session.execute(update(Alert).values(state=AlertState.CLOSED))
    sweep(scene, told[0][-1] + 31 * DAY)
    assert "R3" not in reasons(scene.people.wati)


@pytest.mark.parametrize("said_to_it", [{"use": "no"}, {"use": "rather_not"}, {"harder": "yes"}])
def test_whatever_was_answered_to_it_goes(scene, said_to_it):
    at = answer(scene, {"mood": 4} | said_to_it, scene.people.budi, at=NOW + 2 * DAY)
    sweep(scene, at + 30 * DAY)
    assert said(scene, scene.people.budi) == [{"mood": 4, "codes": []}]


def test_an_answer_without_it_is_not_looked_at(scene):
    at = answer(scene, {"mood": 4}, scene.people.budi, at=NOW + 2 * DAY)
    assert [one.sixth for one in rows(scene, Answer)] == [False]
    before = said(scene, scene.people.budi)
    sweep(scene, at + 30 * DAY)
    assert said(scene, scene.people.budi) == before and deleted(scene, Kept.SIXTH) == 0


# --- answers --------------------------------------------------------------------------------------------------------


@BOUNDARY
def test_answers_become_weekly_counts_ninety_days_after_the_window(scene, told, past, gone):
    sweep(scene, told[1] + 90 * DAY + past)
    assert (said(scene, scene.people.budi) == []) == gone
    assert len(said(scene, scene.people.wati)) == 2, "her window is not closed"
    assert (rows(scene, WeeklyCount) != []) == gone
    assert deleted(scene, Kept.ANSWERS) == (2 if gone else 0)


def test_only_counts_are_left_and_nothing_of_question_six(scene, told):
    sweep(scene, told[1] + 90 * DAY)
    counted = {(one.week_on, one.what, one.value): one.n for one in rows(scene, WeeklyCount)}
    weeks = [week_of(at, "Asia/Jakarta") for at in (told[0][0], told[0][1])]
    both = {(week, what, value): weeks.count(week) for week in weeks for what, value in (
        ("answer", "proven"), ("urge", "7"), ("confidence", "6"), ("sleep", "2"), ("situation", "past"),
        ("situation_kind", "uang"), ("situation_kind", "sepi"), ("contact", "week"),
    )}  # fmt: skip
    assert counted == both | {(weeks[0], "mood", "2"): 1, (weeks[1], "mood", "4"): 1}
    assert week_of(told[0][0], "Asia/Jakarta").weekday() == 0
    assert set(WeeklyCount.__table__.columns.keys()) == {
        "id",
        "institution_id",
        "week_on",
        "what",
        "value",
        "n",
    }


def test_the_reasons_that_repeat_them_go_too_and_the_alerts_stay(scene, told):
    before = [one.id for one in scene.alerts(scene.people.budi)]
    sweep(scene, told[1] + 90 * DAY)
    assert [one.id for one in scene.alerts(scene.people.budi)] == before
    left = {one.alert_id for one in scene.signals(scene.people.budi)}
    assert not left & {one.id for one in scene.alerts(scene.people.budi) if one.family is Family.STRUGGLING}


def test_books_exports_and_the_ends_of_check_ins_stay_as_they_were(scene, told):
    at = told[1] + 90 * DAY

    def looked_at():
        with scene.database.read() as session:
            kinds = ("people", "slots", "messages", "alerts")
            return books.slots_by_state(session), books.faults(session, told[1]), [
                len(list(export.rows(session, kind, at))) for kind in kinds
            ]  # fmt: skip

    before = looked_at()
    sweep(scene, at)
    assert looked_at() == before
    with scene.database.read() as session:
        assert len(list(export.rows(session, "answers", at))) == 2


def test_twice_is_once_and_counts_add_up(scene, told):
    at = told[1] + 90 * DAY
    sweep(scene, at)
    once = {(one.what, one.value, one.week_on): one.n for one in rows(scene, WeeklyCount)}
    sweep(scene, at)
    sweep(scene, at + DAY)
    assert {(one.what, one.value, one.week_on): one.n for one in rows(scene, WeeklyCount)} == once
    closed = close(scene, scene.people.wati, at + 2 * DAY)
    sweep(scene, closed + 90 * DAY)
    assert {(one.what, one.value, one.week_on): one.n for one in rows(scene, WeeklyCount)}[
        "answer", "proven", week_of(told[0][0], "Asia/Jakarta")
    ] >= once["answer", "proven", week_of(told[0][0], "Asia/Jakarta")] + 1  # fmt: skip


def test_an_answer_after_the_end_of_the_window_is_not_forgotten_by_the_forgetting(scene, told):
    at = told[1] + 3 * DAY
    with scene.database.write() as session:
        session.add(
            Answer(institution_id=scene.people.melati, person_id=scene.people.budi, at=at, proven=True, said={"mood": 3})
        )  # fmt: skip
    sweep(scene, told[1] + 90 * DAY)
    assert said(scene, scene.people.budi) == []
