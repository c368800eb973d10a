"""Every change of a running window, with its rows counted before and after (issue 3, plans; failures 27).

Budi left on 20 November and was enrolled on the 23rd: twenty check-ins were promised. On 10 December, his day 20, five
have been answered and fifteen lie ahead.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from companion.models import Link, Message, Person, Phone, Slot, Staff, Task, Window
from companion.rules.results import WindowOutcome
from companion.rules.states import MessageState, SlotState, WindowState
from companion.rules.terms import PersonStatus, PhoneKind, TaskKind, TaskState
from companion.services import (
    answers,
    changes,
    closing,
    enrol,
    new_number,
    numbers,
    pauses,
    phone_facts,
    renewing,
    returning,
)
from tests.engine.scene import DAY, HOUR, MINUTE

DAY_20 = datetime(2026, 12, 10, 3, 0, tzinfo=UTC)
"""A Thursday, 10.00 in Jakarta."""
JAYAPURA = "Asia/Jayapura"
NEW = "0813 5555 0001"


@pytest.fixture
def scene(scene):
    """The same scene, lived on to day 20 by a person who answers everything."""
    spend(scene, DAY_20)
    scene.clock.at = DAY_20
    return scene


def spend(scene, until):
    """Everything that fell due before then was answered."""
    for slot in scene.slots(scene.people.budi):
        if slot.due_at < until and slot.state is SlotState.PLANNED:
            scene.change(
                Slot, slot.id, state=SlotState.ANSWERED, asked_at=slot.due_at, answered_at=slot.due_at, look_at=None
            )  # fmt: skip
    with scene.database.write() as session:
        session.execute(
            Task.__table__.update()
            .where(Task.person_id == scene.people.budi, Task.kind == TaskKind.PLAN, Task.due_at < until)
            .where(Task.state == TaskState.PLANNED)
            .values(state=TaskState.DONE)
        )
        session.execute(Window.__table__.update().values(heard_at=until))


def rows(scene):
    """How many slots, texts and staff contacts of Budi's there are in each state."""
    found = Counter()
    with scene.database.read() as session:
        for name, model in (("slot", Slot), ("text", Message), ("task", Task)):
            states = session.scalars(
                select(model.state).where(model.person_id == scene.people.budi, *made(model))
            )
            found.update(f"{name} {state.value}" for state in states)
    return dict(found)


def made(model):
    """Contacts that enrolment planned before consent was recorded are another story."""
    return (model.generation > 0,) if model is Task else ()


AT_FIRST = {"slot answered": 5, "slot planned": 15, "task done": 3, "task planned": 4}


def act(scene, what, *given, at=DAY_20, **named):
    """One act of Sari's on Budi's window, in one transaction."""
    with scene.database.write() as session:
        staff = session.get_one(Staff, scene.people.sari)
        person = session.get_one(Person, scene.people.budi)
        window = session.scalars(
            select(Window).where(Window.person_id == person.id).order_by(Window.id.desc())
        ).first()
        around = (window,) if what in WITH_WINDOW else ()
        return what(session, at, staff, person, *around, *given, **named)


WITH_WINDOW = (changes.set_hour, changes.set_place, changes.set_days, pauses.begin, pauses.end)


def planned_days(scene):
    with scene.database.read() as session:
        zone = session.get_one(Person, scene.people.budi).zone
    return [
        (slot.due_at.astimezone(ZoneInfo(zone)).date() - date(2026, 11, 20)).days
        for slot in scene.slots(scene.people.budi)
        if slot.state is SlotState.PLANNED
    ]


def contacts(scene):
    with scene.database.read() as session:
        query = select(Task.day).where(Task.person_id == scene.people.budi, Task.state == TaskState.PLANNED)
        return list(session.scalars(query.order_by(Task.due_at)))


def test_this_is_where_they_begin(scene):
    assert rows(scene) == AT_FIRST
    assert contacts(scene) == [30, 60, 90, 120]


# --- hour and place -------------------------------------------------------------------------------------------------


def test_a_change_of_hour_cancels_fifteen_and_promises_fifteen(scene):
    assert act(scene, changes.set_hour, "16:30")
    assert rows(scene) == {
        "slot answered": 5, "slot cancelled": 15, "slot planned": 15, "task done": 3, "task cancelled": 4,
        "task planned": 4,
    }  # fmt: skip
    hours = {slot.due_at.astimezone(ZoneInfo("Asia/Jakarta")).hour for slot in ahead(scene)}
    assert hours <= {16, 17}
    assert contacts(scene) == [30, 60, 90, 120]


def ahead(scene):
    return [slot for slot in scene.slots(scene.people.budi) if slot.state is SlotState.PLANNED]


def test_the_same_hour_again_moves_nothing(scene):
    act(scene, changes.set_hour, "16:30")
    before = rows(scene)
    assert not act(scene, changes.set_hour, "16:30")
    assert rows(scene) == before


def test_another_place_moves_fifteen_check_ins_and_the_last_day(scene):
    ends_at = scene.window(scene.people.budi).ends_at
    assert act(scene, changes.set_place, JAYAPURA, "PA")
    assert rows(scene)["slot cancelled"] == rows(scene)["slot planned"] == 15
    assert {slot.due_at.astimezone(ZoneInfo(JAYAPURA)).hour for slot in ahead(scene)} <= {9, 10}
    assert scene.window(scene.people.budi).ends_at == ends_at - 2 * HOUR
    assert not act(scene, changes.set_place, JAYAPURA, "PA")


def test_a_contact_that_is_overdue_is_not_lost_in_a_change(scene):
    with scene.database.write() as session:
        overdue = session.scalars(
            select(Task).where(
                Task.person_id == scene.people.budi, Task.day == 14, Task.state == TaskState.DONE
            )
        ).one()
        overdue.state = TaskState.PLANNED
    act(scene, changes.set_hour, "16:30")
    assert contacts(scene) == [14, 30, 60, 90, 120]


def test_a_contact_that_was_made_today_is_not_asked_for_again(scene):
    day_30 = datetime(2026, 12, 21, 3, 0, tzinfo=UTC)  # day 30 is a Sunday
    spend(scene, day_30)
    act(scene, changes.set_hour, "16:30", at=day_30)
    assert contacts(scene) == [60, 90, 120]


def test_a_check_in_that_has_just_fallen_due_is_left_to_the_tick(scene):
    slot = ahead(scene)[0]
    act(scene, changes.set_hour, "18:00", at=slot.due_at)
    assert rows(scene)["slot cancelled"] == 14
    assert planned_days(scene).count(23) == 1
    scene.at(slot.due_at + MINUTE)
    assert scene.slot(slot.id).state is SlotState.OPEN


# --- length ---------------------------------------------------------------------------------------------------------


def test_a_shorter_window_keeps_seven_check_ins_and_brings_the_closing_contact_forward(scene):
    assert act(scene, changes.set_days, 60) is None
    assert rows(scene) == {
        "slot answered": 5, "slot cancelled": 15, "slot planned": 7, "task done": 3, "task cancelled": 4,
        "task planned": 2,
    }  # fmt: skip
    assert planned_days(scene) == [23, 26, 31, 38, 45, 52, 59]
    assert contacts(scene) == [30, 60]


def test_a_longer_window_has_four_more_and_a_contact_every_month(scene):
    assert act(scene, changes.set_days, 150) is None
    assert rows(scene)["slot planned"] == 19
    assert planned_days(scene)[-4:] == [122, 129, 136, 143]
    assert contacts(scene) == [30, 60, 90, 120, 150]
    with scene.database.read() as session:
        kinds = session.scalars(
            select(Task.kind).where(Task.state == TaskState.PLANNED, Task.day.in_((120, 150)),
                                    Task.person_id == scene.people.budi).order_by(Task.day)
        ).all()  # fmt: skip
    assert kinds == [TaskKind.PLAN, TaskKind.CLOSING]


@pytest.mark.parametrize(
    ("days", "fault"), [(59, "bounds"), (241, "bounds"), (120, "same"), (60, None), (240, None)]
)
def test_the_length_has_its_bounds(scene, days, fault):
    before = rows(scene)
    assert act(scene, changes.set_days, days) == fault
    assert (rows(scene) == before) == (fault is not None)


@pytest.mark.parametrize(("days", "fault"), [(70, "past"), (71, None)])
def test_the_last_day_may_be_today_but_not_yesterday(scene, days, fault):
    """On day 70 the window can end with day 70, which makes 71 days."""
    day_70 = DAY_20 + 50 * DAY
    spend(scene, day_70)
    assert act(scene, changes.set_days, days, at=day_70) == fault


def test_after_the_last_day_an_unclosed_window_can_be_extended_and_is_asked_again(scene):
    day_125 = DAY_20 + 105 * DAY
    spend(scene, day_125)
    scene.change(Window, scene.window(scene.people.budi).id, look_at=None)
    assert "slot planned" not in rows(scene)
    assert act(scene, changes.set_days, 150, at=day_125) is None
    assert planned_days(scene) == [129, 136, 143]
    assert contacts(scene) == [150]
    assert scene.window(scene.people.budi).look_at == day_125 + 10 * DAY  # it stood still, as in a pause


def test_a_closed_window_has_its_length(scene):
    close(scene)
    assert act(scene, changes.set_days, 150) == "closed"


# --- who may not be asked -------------------------------------------------------------------------------------------


def died(session, scene):
    session.get_one(Person, scene.people.budi).status = PersonStatus.DIED


def opted_out(session, scene):
    numbers.silence(session, DAY_20, scene.number_id(scene.people.budi), "page")


def withdrawn(session, scene):
    person = session.get_one(Person, scene.people.budi)
    enrol.withdraw_consent(session, DAY_20, person, "follow_up")


@pytest.mark.parametrize(("what", "tasks"), [(died, 0), (opted_out, 4), (withdrawn, 4)])
def test_no_change_begins_what_was_ended(scene, what, tasks):
    number = scene.number_id(scene.people.budi)
    with scene.database.write() as session:
        if what is opted_out:
            numbers.silence(session, DAY_20, number, "page")
        else:
            what(session, scene)
    planned = rows(scene).get("slot planned", 0)
    for change in ((changes.set_hour, "16:30"), (changes.set_place, JAYAPURA, "PA"), (changes.set_days, 150)):
        act(scene, *change)
    assert rows(scene).get("slot planned", 0) == (planned if what is died else 0)
    assert rows(scene).get("task cancelled", 0) >= tasks


# --- pause and end --------------------------------------------------------------------------------------------------


def test_a_pause_of_ten_days_excuses_three_and_stops_the_text_that_waited(scene):
    slot = ahead(scene)[0]
    scene.at(slot.due_at, send=False)
    assert rows(scene)["text planned"] == 1
    assert act(scene, pauses.begin, slot.due_at + 10 * DAY, "asked", at=slot.due_at + HOUR)
    assert rows(scene) == {
        "slot answered": 5, "slot excused": 3, "slot planned": 12, "text cancelled": 1, "task done": 3,
        "task planned": 4,
    }  # fmt: skip


def test_going_on_early_promises_again_what_still_lies_ahead(scene):
    act(scene, pauses.begin, DAY_20 + 14 * DAY, "asked")
    assert rows(scene)["slot excused"] == 3
    assert act(scene, pauses.end, at=DAY_20 + 4 * DAY)
    assert rows(scene)["slot cancelled"] == 12
    assert planned_days(scene) == [26, *range(31, 116, 7)]
    before = rows(scene)
    assert not act(scene, pauses.end, at=DAY_20 + 4 * DAY)
    assert rows(scene) == before


def test_a_change_during_a_pause_promises_nothing_inside_it(scene):
    act(scene, pauses.begin, DAY_20 + 14 * DAY, "asked")
    act(scene, changes.set_hour, "16:30", at=DAY_20 + DAY)
    assert planned_days(scene) == list(range(38, 116, 7))


def close(scene, outcome=WindowOutcome.STABLE, at=DAY_20):
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        window = session.scalars(select(Window).where(Window.person_id == person.id)).one()
        return closing.close_window(
            session, at, person, window, session.get_one(Staff, scene.people.ratna), outcome
        )


def test_an_end_takes_back_fifteen_check_ins_and_four_contacts(scene):
    assert close(scene) is None
    assert rows(scene) == {"slot answered": 5, "slot cancelled": 15, "task done": 3, "task cancelled": 4}


# --- coming out again -----------------------------------------------------------------------------------------------


def readmitted(scene):
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        enrol.end_follow_up(session, DAY_20, person, PersonStatus.IN_INSTITUTION, staff_id=scene.people.sari)


def test_coming_out_again_is_refused_while_a_window_is_unclosed(scene):
    readmitted(scene)
    before = rows(scene)
    assert before == {"slot answered": 5, "slot cancelled": 15, "task done": 3, "task planned": 4}
    assert act(scene, returning.come_out_again, date(2027, 2, 1), at=DAY_20 + 50 * DAY) == "unclosed"
    assert rows(scene) == before


def test_coming_out_again_promises_a_whole_new_window_and_keeps_the_old_one(scene):
    readmitted(scene)
    close(scene, WindowOutcome.BACK_IN_CARE)
    home = datetime(2027, 2, 1, 1, 0, tzinfo=UTC)
    window = act(scene, returning.come_out_again, date(2027, 2, 1), at=home)
    assert isinstance(window, Window)
    assert rows(scene) == {
        "slot answered": 5, "slot cancelled": 15, "slot planned": 21, "task done": 3, "task cancelled": 4,
        "task planned": 7,
    }  # fmt: skip
    with scene.database.read() as session:
        windows = session.scalars(select(Window).where(Window.person_id == scene.people.budi)).all()
        status = session.get_one(Person, scene.people.budi).status
    assert [one.state for one in windows] == [WindowState.CLOSED, WindowState.ACTIVE]
    assert [one.outcome for one in windows] == [WindowOutcome.BACK_IN_CARE, None]
    assert status is PersonStatus.ENROLLED
    before = rows(scene)
    assert act(scene, returning.come_out_again, date(2027, 2, 1), at=home) == "unclosed"  # the second click
    assert rows(scene) == before


@pytest.mark.parametrize(
    ("left_on", "fault"), [(date(2026, 11, 19), "before"), (date(2026, 11, 20), "before")]
)
def test_nobody_comes_out_before_they_came_out_last(scene, left_on, fault):
    close(scene)
    assert act(scene, returning.come_out_again, left_on) == fault


def test_nobody_comes_out_again_after_a_death(scene):
    with scene.database.write() as session:
        died(session, scene)
    close(scene, WindowOutcome.DIED)
    assert act(scene, returning.come_out_again, date(2027, 2, 1)) == "died"


def test_without_consent_a_new_window_begins_with_calls_only(scene):
    with scene.database.write() as session:
        withdrawn(session, scene)
    close(scene, WindowOutcome.WITHDRAWN)
    act(scene, returning.come_out_again, date(2027, 2, 1), at=datetime(2027, 2, 1, 1, 0, tzinfo=UTC))
    assert "slot planned" not in rows(scene)
    assert len(contacts(scene)) == 7


# --- another number -------------------------------------------------------------------------------------------------


def phones(scene):
    with scene.database.read() as session:
        return session.scalars(
            select(Phone).where(Phone.person_id == scene.people.budi).order_by(Phone.rank)
        ).all()


def change_number(scene, at, *, keep_old=False, kind=PhoneKind.OWN, typed=NEW):
    return act(scene, new_number.change, typed, kind, "lewat telepon", keep_old=keep_old, at=at)


def test_an_invitation_that_has_not_left_goes_to_the_new_number_with_its_link(scene):
    slot, old = ahead(scene)[0], scene.number_id(scene.people.budi)
    scene.at(slot.due_at, send=False)
    before = rows(scene)
    assert change_number(scene, slot.due_at + MINUTE) is None
    assert rows(scene) == before  # fourteen still promised, one open, its text still planned
    new = scene.number_id(scene.people.budi)
    assert new != old
    assert scene.message(slot).number_id == new
    with scene.database.read() as session:
        assert session.scalars(select(Link.number_id).where(Link.slot_id == slot.id)).all() == [new]
    scene.at(slot.due_at + 2 * MINUTE)
    assert len(scene.carrier.bodies("+6281355550001")) == 1
    assert scene.carrier.bodies("+6281200000001") == []


def test_a_check_in_that_was_asked_at_the_old_number_is_taken_back_with_its_reminder(scene):
    slot = scene.asked(scene.people.budi)
    scene.at(slot.remind_at, send=False)
    assert rows(scene)["text planned"] == 1
    assert change_number(scene, slot.remind_at + MINUTE) is None
    assert rows(scene) == {
        "slot answered": 5, "slot cancelled": 1, "slot planned": 14, "text sent": 1, "text cancelled": 1,
        "task done": 3, "task planned": 4,
    }  # fmt: skip
    ended = scene.slot(slot.id)
    assert (ended.reason, ended.look_at) == ("number_changed", None)
    scene.at(slot.miss_at + MINUTE)
    assert scene.alerts(scene.people.budi) == []  # nobody is silent on a phone they no longer hold


def test_a_text_in_a_senders_hands_is_counted_as_asked(scene):
    slot = ahead(scene)[0]
    scene.at(slot.due_at, send=False)
    message = scene.message(slot)
    scene.change(Message, message.id, state=MessageState.SENDING)
    change_number(scene, slot.due_at + MINUTE)
    assert scene.slot(slot.id).state is SlotState.CANCELLED
    assert scene.message(slot).number_id == message.number_id


@pytest.mark.parametrize("keep_old", [True, False])
def test_the_old_number_is_kept_as_a_second_one_or_let_go(scene, keep_old):
    change_number(scene, DAY_20, keep_old=keep_old)
    held = phones(scene)
    assert [one.rank for one in held] == [0, 1][: 1 + keep_old]
    assert held[0].confirmed_at == DAY_20
    assert rows(scene) == AT_FIRST  # what is planned goes on, to the new number


def test_a_new_number_is_confirmed_by_a_recorded_word_only(scene):
    act(scene, phone_facts.add, NEW, PhoneKind.OWN)
    assert phones(scene)[1].confirmed_at is None


def test_the_second_click_on_a_new_number_changes_nothing(scene):
    change_number(scene, DAY_20)
    before = phones(scene)[0].id
    assert change_number(scene, DAY_20) == "first"
    assert [one.id for one in phones(scene)] == [before]


def test_texts_do_not_go_to_a_number_whose_holder_has_stopped_them(scene):
    act(scene, phone_facts.add, NEW, PhoneKind.OWN)
    scene.write(numbers.silence, DAY_20, phones(scene)[1].number_id, "page")
    before = rows(scene)
    assert change_number(scene, DAY_20) == "silenced"
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        staff = session.get_one(Staff, scene.people.sari)
        assert new_number.put_first(session, DAY_20, staff, person, person.phones[1]) == "silenced"
    assert rows(scene) == before


def test_after_an_opt_out_a_new_number_given_by_the_person_begins_again(scene):
    scene.write(numbers.silence, DAY_20, scene.number_id(scene.people.budi), "page")
    assert rows(scene)["slot cancelled"] == 15
    change_number(scene, DAY_20 + HOUR)
    assert rows(scene)["slot planned"] == 15


def test_choosing_a_second_number_after_an_opt_out_begins_nothing(scene):
    """Without the person's word that would be a way around the opt-out (failures 31)."""
    act(scene, phone_facts.add, NEW, PhoneKind.OWN)
    scene.write(numbers.silence, DAY_20, scene.number_id(scene.people.budi), "page")
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        staff = session.get_one(Staff, scene.people.sari)
        assert new_number.put_first(session, DAY_20, staff, person, person.phones[1]) is None
    assert "slot planned" not in rows(scene)


# --- in one transaction, and beside others --------------------------------------------------------------------------


def break_at(engine, beginning):
    """Let the database fail at the first statement that begins so, as when the machine dies there."""

    def fail(connection, cursor, statement, *_rest):
        if statement.startswith(beginning):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", fail)
    return fail


@pytest.mark.parametrize("beginning", ["INSERT INTO slot", "INSERT INTO task", "INSERT INTO audit"])
@pytest.mark.parametrize(
    "change", [(changes.set_hour, "16:30"), (changes.set_place, JAYAPURA, "PA"), (changes.set_days, 150)],
    ids=["hour", "place", "length"],
)  # fmt: skip
def test_a_crash_between_taking_back_and_promising_leaves_all_as_it_was(scene, change, beginning):
    window = scene.window(scene.people.budi)
    fail = break_at(scene.database.writer, beginning)
    with pytest.raises(KeyboardInterrupt):
        act(scene, *change)
    event.remove(scene.database.writer, "before_cursor_execute", fail)
    assert rows(scene) == AT_FIRST
    after = scene.window(scene.people.budi)
    assert (after.generation, after.days, after.ends_at) == (window.generation, window.days, window.ends_at)
    act(scene, *change)
    assert rows(scene)["slot cancelled"] == 15


def token(scene, slot):
    with scene.database.read() as session:
        return session.scalars(select(Link.token).where(Link.slot_id == slot.id)).one()


def test_an_answer_that_commits_while_promises_are_made_is_taken_once_and_kept(scene):
    """The answer holds its check-in and still wants the window; the change must not hold them the other way round."""
    slot = scene.asked(scene.people.budi)
    now, link = slot.due_at + HOUR, token(scene, slot)
    begun = threading.Event()

    def change():
        begun.wait()
        return act(scene, changes.set_hour, "16:30", at=now)

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        with scene.database.write() as session:
            door = answers.look(session, link, now)
            answers._claim(session.connection(), door, now)
            begun.set()
            with pytest.raises(TimeoutError):
                changing.result(timeout=0.5)  # it waits for the check-in, or for the one writer
            session.execute(Window.__table__.update().where(Window.id == door.window_id).values(heard_at=now))
        assert changing.result(timeout=20)
    assert scene.slot(slot.id).state is SlotState.ANSWERED
    assert rows(scene)["slot planned"] == 14
    assert scene.window(scene.people.budi).heard_at == now


def test_an_answer_that_comes_while_promises_are_being_made_waits_and_is_taken(scene):
    slot = scene.asked(scene.people.budi)
    now, link = slot.due_at + HOUR, token(scene, slot)
    begun = threading.Event()

    def answer():
        begun.wait()
        with scene.database.write() as session:
            answers.receive(session, answers.look(session, link, now), {"mood": 4}, now)

    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answer)
        with scene.database.write() as session:
            window = session.get_one(Window, scene.window(scene.people.budi).id)
            renewing.renew(session, now, window)
            begun.set()
            with pytest.raises(TimeoutError):
                answering.result(timeout=0.5)
        answering.result(timeout=20)
    assert scene.slot(slot.id).state is SlotState.ANSWERED
    assert rows(scene)["slot planned"] == 14
    assert scene.window(scene.people.budi).heard_at == now


def test_two_changes_at_once_follow_one_another_and_both_are_kept(scene):
    meet = threading.Barrier(2)

    def change(what):
        meet.wait()
        return act(scene, *what)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(change, [(changes.set_hour, "16:30"), (changes.set_place, JAYAPURA, "PA")]))
    assert done == [True, True]
    assert rows(scene)["slot planned"] == 15
    assert {slot.due_at.astimezone(ZoneInfo(JAYAPURA)).hour for slot in ahead(scene)} <= {16, 17}
