"""Nothing is kept for ever: each kind goes when it is due, not before, once, and leaves the rest right (design 2.12)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from companion.db import Base
from companion.engine import retention as job
from companion.models import (
    Alert,
    Answer,
    Audit,
    Deletion,
    ImportDraft,
    Link,
    LoginAttempt,
    Number,
    Person,
    RetentionRule,
    Slot,
    WeeklyCount,
    Window,
)
from companion.rules.results import AlertOutcome, WindowOutcome
from companion.rules.retention import Kept, week_of
from companion.rules.states import AlertState, Family, Level, SlotState
from companion.rules.terms import LinkKind
from companion.services import alerts, answers, books, closing, export, links, numbers, retention
from tests import cast
from tests.cast import NOW
from tests.engine.scene import BUDI, DAY, HOUR, SECOND

SAID = {"mood": 2, "urge": 7, "confidence": 6, "sleep": 2, "situation": "past", "situation_kind": ["uang", "sepi"],
        "contact": "week", "use": "yes"}  # fmt: skip


def answer(scene, said, *people, at):
    """The next check-in of these people falls due at the same instant, is asked, and is answered an hour later."""
    slots = [scene.next_slot(person_id) for person_id in people]
    for slot in slots:
        scene.change(Slot, slot.id, due_at=at, look_at=at, give_up_at=at + DAY, closes_at=at + 3 * DAY)
    scene.at(at)
    scene.clock.at = at + HOUR
    with scene.database.write() as session:
        for slot in slots:
            token = session.scalar(select(Link.token).where(Link.slot_id == slot.id))
            answers.receive(session, answers.look(session, token, at + HOUR), dict(said), at + HOUR)
    return at + HOUR


def close(scene, person_id, at):
    """A supervisor ends the follow-up; what stands open and red is closed first."""
    scene.clock.at = at
    with scene.database.write() as session:
        ratna = session.get(cast.models.Staff, scene.people.ratna)
        open_alerts = (Alert.person_id == person_id, Alert.state != AlertState.CLOSED)
        session.execute(
            update(Alert)
            .where(*open_alerts)
            .values(state=AlertState.CLOSED, closed_at=at, outcome=AlertOutcome.SPOKE, look_at=None)
        )
        person = session.get(Person, person_id)
        window = session.scalars(select(Window).where(Window.person_id == person_id)).one()
        assert closing.close_window(session, at, person, window, ratna, WindowOutcome.STABLE) is None
    return at


def sweep(scene, at):
    assert job.sweep(scene.database, at, at) == []


def rows(scene, model, *where):
    with scene.database.read() as session:
        return session.scalars(select(model).where(*where)).all()


def said(scene, person_id):
    found = rows(scene, Answer, Answer.person_id == person_id)
    return [one.said for one in sorted(found, key=lambda one: one.at)]


def deleted(scene, kind):
    return sum(one.n for one in rows(scene, Deletion, Deletion.kind == kind))


@pytest.fixture
def told(scene):
    """Budi and Wati have answered twice, question 6 too; Budi's follow-up then ended. Gives (answered at, closed at)."""
    both = scene.people.budi, scene.people.wati
    at = [
        answer(scene, SAID | {"mood": mood}, *both, at=NOW + days * DAY + 3 * HOUR)
        for mood, days in ((2, 2), (4, 8))
    ]
    return at, close(scene, scene.people.budi, at[-1] + 2 * DAY)


BOUNDARY = pytest.mark.parametrize(("past", "gone"), [(-SECOND, False), (timedelta(), True), (SECOND, True)])

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


# --- links ----------------------------------------------------------------------------------------------------------


def test_links_end_with_the_window_except_the_newest_which_is_the_last_door_to_help(scene, told):
    _at, closed_at = told

    def tokens(who):
        return [one.token for one in rows(scene, Link, Link.person_id == who)]

    before = {who: tokens(who) for who in (scene.people.budi, scene.people.wati, scene.people.yusuf)}
    newest = max(
        rows(scene, Link, Link.person_id == scene.people.budi), key=lambda link: link.created_at
    ).token
    assert len(before[scene.people.budi]) > 1
    sweep(scene, closed_at - SECOND)
    assert tokens(scene.people.budi) == before[scene.people.budi]
    sweep(scene, closed_at)
    assert tokens(scene.people.budi) == [newest]
    assert {who: tokens(who) for who in (scene.people.wati, scene.people.yusuf)} == {
        who: before[who] for who in (scene.people.wati, scene.people.yusuf)
    }
    with scene.database.write() as session:
        door = answers.look(session, newest, closed_at + DAY)
        promise = answers.call_for_help(session, door, {"unsafe": True}, closed_at + DAY).promise
    assert promise.by, "a call for help is taken after the window was closed"


@BOUNDARY
def test_the_last_link_goes_with_the_answers(scene, told, past, gone):
    sweep(scene, told[1] + 90 * DAY + past)
    assert (rows(scene, Link, Link.person_id == scene.people.budi) == []) == gone


@BOUNDARY
def test_links_for_staff_go_after_thirty_days(scene, past, gone):
    scene.write(links.make, NOW, LinkKind.STAFF, institution_id=scene.people.melati)
    sweep(scene, NOW + 30 * DAY + past)
    assert (rows(scene, Link, Link.kind == LinkKind.STAFF) == []) == gone


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


# --- worries --------------------------------------------------------------------------------------------------------


@BOUNDARY
def test_worries_go_ninety_days_after_somebody_closed_them(scene, past, gone):
    with scene.database.write() as session:
        window = session.scalars(select(Window).where(Window.person_id == scene.people.budi)).one()
        raised = alerts.raise_(
            session, NOW, window=window, institution=session.get(cast.models.Institution, scene.people.melati),
            family=Family.WORRY, level=Level.AMBER, signals=[("A8", Level.AMBER, {"trouble": ["rumah"]})], about="x",
        )  # fmt: skip
    sweep(scene, NOW + 400 * DAY)
    assert len(scene.signals(scene.people.budi)) == 1, "it is not closed"
    scene.change(Alert, raised.alert_id, state=AlertState.CLOSED, closed_at=NOW)
    sweep(scene, NOW + 90 * DAY + past)
    assert (scene.signals(scene.people.budi) == []) == gone
    assert deleted(scene, Kept.WORRIES) == gone


# --- records --------------------------------------------------------------------------------------------------------


def of_person(table, person_id):
    return table.c.person_id == person_id


@BOUNDARY
def test_a_record_goes_two_years_after_its_last_window(scene, told, past, gone):
    tables = [table for table in Base.metadata.sorted_tables if "person_id" in table.c]
    assert len(tables) > 10
    sweep(scene, told[1] + 730 * DAY + past)
    with scene.database.read() as session:
        left = {
            table.name: session.scalar(select(func.count()).where(of_person(table, scene.people.budi)))
            for table in tables
        }
        others = {
            table.name: session.scalar(select(func.count()).where(of_person(table, scene.people.wati)))
            for table in tables
        }
        assert (session.get(Person, scene.people.budi) is None) == gone
    assert (not any(left.values())) == gone, left
    assert others["slot"] and others["message"] and others["window"]
    assert deleted(scene, Kept.RECORDS) == gone


def test_its_check_ins_are_counted_so_that_earlier_years_stay_true(scene, told):
    before = [slot.state for slot in scene.slots(scene.people.budi)]
    sweep(scene, told[1] + 730 * DAY)
    counted = {}
    for one in rows(scene, WeeklyCount, WeeklyCount.what == "slot"):
        counted[one.value] = counted.get(one.value, 0) + one.n
    assert counted == {state.value: before.count(state) for state in set(before)}
    assert counted[SlotState.ANSWERED] == 2
    with scene.database.read() as session:
        assert books.slots_by_state(session)["answered"] == 2, "Wati's"


def test_a_number_goes_and_what_it_said_stays(scene, told):
    number_id = scene.number_id(scene.people.budi)
    scene.write(numbers.silence, told[1], number_id, "page")
    close_again = rows(scene, Window, Window.person_id == scene.people.budi)[0].closed_at
    sweep(scene, close_again + 730 * DAY)
    [number] = rows(scene, Number, Number.id == number_id)
    assert number.e164 == "" and number.silenced_at
    again = scene.write(numbers.find_or_add, BUDI)
    assert (again.id, again.e164, bool(again.silenced_at)) == (number_id, BUDI, True)


def test_a_number_that_somebody_else_has_stays_readable(scene, told):
    number_id = scene.number_id(scene.people.budi)
    with scene.database.write() as session:
        wati = session.get(Person, scene.people.wati)
        numbers.attach(session, wati, BUDI, cast.PhoneKind.SHARED, rank=1)
    sweep(scene, told[1] + 730 * DAY)
    assert [one.e164 for one in rows(scene, Number, Number.id == number_id)] == [BUDI]


def test_whoever_came_again_keeps_their_record(scene, told):
    with scene.database.write() as session:
        window = session.scalars(select(Window).where(Window.person_id == scene.people.budi)).one()
        session.add(
            Window(
                institution_id=window.institution_id, person_id=window.person_id, left_on=window.left_on, days=120,
                plan_version_id=window.plan_version_id, ends_at=told[1] + 120 * DAY, heard_at=told[1],
            )
        )  # fmt: skip
    sweep(scene, told[1] + 800 * DAY)
    assert rows(scene, Person, Person.id == scene.people.budi)
    assert said(scene, scene.people.budi) == [], "the answers of the ended window are gone"


def test_every_way_to_a_record_is_indexed_so_that_deleting_one_walks_no_table():
    records = {"person", "window", "slot", "alert", "message", "family_member"}
    for table in Base.metadata.sorted_tables:
        led = {next(iter(one.columns)).name for one in [*table.indexes, *table.constraints] if one.columns}
        for key in table.foreign_keys:
            if key.column.table.name in records:
                assert key.parent.name in led, f"{table.name}.{key.parent.name} needs an index"


def test_what_is_written_about_nobody_goes_after_two_years_too(scene):
    with scene.database.write() as session:
        for days in (729, 730, 731):
            session.add(
                Audit(
                    institution_id=scene.people.melati,
                    actor="staff",
                    act="x",
                    at=NOW + 731 * DAY - days * DAY,
                )
            )
    sweep(scene, NOW + 731 * DAY)
    assert len(rows(scene, Audit, Audit.act == "x")) == 1


# --- drafts, tries at the door --------------------------------------------------------------------------------------


@BOUNDARY
def test_a_sheet_nobody_said_yes_to_goes_after_a_day(scene, past, gone):
    with scene.database.write() as session:
        session.add(
            ImportDraft(
                institution_id=scene.people.melati, staff_id=scene.people.sari, filename="x.csv", content=b"x",
                created_at=NOW,
            )
        )  # fmt: skip
    sweep(scene, NOW + DAY + past)
    assert (rows(scene, ImportDraft) == []) == gone and deleted(scene, Kept.DRAFTS) == gone


@BOUNDARY
def test_tries_at_the_door_go_after_a_day(scene, past, gone):
    with scene.database.write() as session:
        session.add(LoginAttempt(who=b"x" * 32, at=NOW))
    sweep(scene, NOW + DAY + past)
    assert (rows(scene, LoginAttempt) == []) == gone


# --- settings, races, faults ----------------------------------------------------------------------------------------


def rule(scene, institution_id, kind, days):
    with scene.database.write() as session:
        session.add(
            RetentionRule(institution_id=institution_id, kind=kind, days=days, set_by=scene.people.ratna, set_at=NOW)
        )  # fmt: skip


def test_an_institution_that_keeps_less_deletes_earlier_and_the_others_do_not(scene, told):
    rule(scene, scene.people.other, Kept.ANSWERS, 10)
    sweep(scene, told[1] + 10 * DAY)
    assert len(said(scene, scene.people.budi)) == 2
    rule(scene, scene.people.melati, Kept.ANSWERS, 20)
    rule(scene, scene.people.melati, Kept.ANSWERS, 10)
    sweep(scene, told[1] + 10 * DAY)
    assert said(scene, scene.people.budi) == []


def test_two_processes_count_every_answer_once(scene, told):
    """Both have looked for what is due before either deletes."""
    at = told[1] + 90 * DAY
    from companion.services import forgetting

    def one(session):
        return forgetting.answers(session, at, scene.people.melati, "Asia/Jakarta", told[1], 100)

    colleague = type(scene.database)(scene.database.url.render_as_string(hide_password=False))
    with scene.database.write() as session:
        first = one(session)
        if not scene.database.is_sqlite:  # SQLite has one writer: the second waits until the first has ended
            with colleague.write() as other:
                assert one(other)["looked"] == 0
    with colleague.write() as other:
        assert one(other)["looked"] == 0
    colleague.dispose()
    assert first["deleted"] == 2
    assert sum(one.n for one in rows(scene, WeeklyCount, WeeklyCount.what == "answer")) == 2


def test_many_are_taken_in_small_batches(scene, told, monkeypatch):
    monkeypatch.setattr(job, "ROWS", 1)
    monkeypatch.setattr(job, "WINDOWS", 1)
    monkeypatch.setattr(job, "PEOPLE", 1)
    close(scene, scene.people.wati, told[1] + HOUR)
    sweep(scene, told[1] + 731 * DAY)
    assert [one.id for one in rows(scene, Person)] == [scene.people.yusuf]
    assert rows(scene, Answer) == [] and deleted(scene, Kept.RECORDS) == 2


def test_what_cannot_be_deleted_is_named_and_the_rest_goes(scene, told, monkeypatch):
    from companion.services import forgetting

    def broken(*given, **named):
        raise KeyError("x")

    monkeypatch.setattr(forgetting, "answers", broken)
    at = told[1] + 90 * DAY
    assert job.sweep(scene.database, at, at) == ["answers:KeyError", "answers:KeyError"]
    assert deleted(scene, Kept.SIXTH) == 4 and deleted(scene, Kept.LINKS) > 0


def test_what_is_due_soon_is_what_then_goes(scene, told):
    """The page's counts for the next thirty days are what the job has deleted thirty days later."""

    def due(at):
        with scene.database.read() as session:
            melati = session.get(cast.models.Institution, scene.people.melati)
            return {line.kind: line for line in retention.lines(session, at, melati)}

    lines = due(told[1])
    assert {kind: line.due for kind, line in lines.items()} == {
        Kept.LINKS: 1, Kept.DRAFTS: 0, Kept.SIXTH: 4, Kept.ANSWERS: 0, Kept.WORRIES: 0, Kept.RECORDS: 0,
    }  # fmt: skip
    assert due(told[1] + 60 * DAY - SECOND)[Kept.ANSWERS].due == 0
    assert due(told[1] + 60 * DAY)[Kept.ANSWERS].due == 1
    assert due(told[1] + 700 * DAY - SECOND)[Kept.RECORDS].due == 0
    assert due(told[1] + 700 * DAY)[Kept.RECORDS].due == 1
    sweep(scene, told[1] + 30 * DAY)
    after = due(told[1] + 30 * DAY)
    assert (after[Kept.SIXTH].due, after[Kept.SIXTH].last_n) == (0, 4)
    assert after[Kept.SIXTH].last_day == (told[1] + 30 * DAY + 7 * HOUR).date()
