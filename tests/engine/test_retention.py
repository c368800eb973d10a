"""Nothing is kept for ever: links, worries and drafts go when they are due, once, by each institution's rule (design 2.12)."""

from sqlalchemy import select

from companion.engine import retention as job
from companion.models import (
    Alert,
    Answer,
    ImportDraft,
    Link,
    LoginAttempt,
    Person,
    RetentionRule,
    WeeklyCount,
    Window,
)
from companion.rules.retention import Kept
from companion.rules.states import AlertState, Family, Level
from companion.rules.terms import LinkKind
from companion.services import alerts, answers, links, retention
from tests import cast
from tests.cast import NOW
from tests.engine.keeping import BOUNDARY, close, deleted, rows, said, sweep
from tests.engine.scene import DAY, HOUR, SECOND

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
