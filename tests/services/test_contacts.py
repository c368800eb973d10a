"""What every result of a call does, and that it does it once (texts 4, design 4.3)."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from companion.models import Audit, Contact, Gap, GapCall, Task
from companion.rules.results import RESULTS, Code
from companion.rules.states import AlertState, Family, Level, WindowState
from companion.rules.terms import PersonStatus, PhoneKind, TaskKind, TaskState
from companion.services import alerts
from tests.services.desk import DAY, HOUR, NOW
from tests.services.noting import WIB, follow_up, fresh, local, note

# --- every result ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_every_result_is_stored_once_with_its_next_date_and_a_line_in_the_access_log(desk, code):
    noted = note(desk, code, by=desk.tuti, once="the form")
    again = note(desk, code, by=desk.tuti, once="the form")
    assert (noted.already, again.already) == (False, True)
    assert desk.session.scalar(select(func.count()).select_from(Contact)) == 1
    stored = desk.session.scalars(select(Contact)).one()
    assert stored.code == code
    assert stored.next_at is not None
    acts = desk.session.scalars(select(Audit.act).where(Audit.act == f"contact:{code}")).all()
    assert len(acts) == 1


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_only_conversations_start_the_last_heard_clock_again(desk, code):
    before = desk.window(desk.budi).heard_at
    note(desk, code, by=desk.tuti, now=NOW + HOUR)
    window = desk.window(desk.budi)
    assert (window.heard_at == NOW + HOUR) == RESULTS[code].heard
    if not RESULTS[code].heard:
        assert window.heard_at == before


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_every_next_date_is_a_task_unless_the_plan_or_a_supervisor_has_it(desk, code):
    note(desk, code, by=desk.tuti)
    contact = desk.session.scalars(select(Contact)).one()
    expected = [contact.next_at]
    if code is Code.AGREED:
        expected = [NOW + 2 * DAY]
    if RESULTS[code].for_supervisor or code in (Code.SPOKE_WELL, Code.STOP_TEXTS):
        expected = []
    assert [task.due_at for task in follow_up(desk)] == expected


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_no_result_closes_an_alert_by_itself(desk, code):
    alert = desk.alert(desk.budi, level=Level.RED)
    note(desk, code, by=desk.tuti)
    assert fresh(desk, alert).state is not AlertState.CLOSED


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_whoever_rings_has_taken_the_alert(desk, code):
    alert = desk.alert(desk.budi, level=Level.RED)
    note(desk, code, by=desk.tuti)
    assert fresh(desk, alert).claimed_by == desk.tuti.id
    assert fresh(desk, alert).ack_at is None


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_nobody_else_is_touched(desk, code):
    other = desk.alert(desk.wati, level=Level.RED)
    note(desk, code, by=desk.tuti)
    assert fresh(desk, other).state is AlertState.OPEN
    assert desk.wati.status is PersonStatus.ENROLLED
    assert desk.window(desk.wati).state is WindowState.ACTIVE
    assert desk.wati.phones[0].kind is PhoneKind.OWN


def test_a_result_works_for_somebody_without_a_phone(desk):
    desk.session.delete(desk.budi.phones[0])
    for code in Code:
        note(desk, code, by=desk.tuti)


# --- deadlines of alerts --------------------------------------------------------------------------------------------


def test_a_conversation_keeps_the_promise_and_sets_the_next_one(desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    note(desk, Code.SPOKE_CARE)
    assert local(fresh(desk, alert).deadline_at) == "Tue 03 10:00"
    assert fresh(desk, alert).state is AlertState.CLAIMED


@pytest.mark.parametrize("level", [Level.RED, Level.AMBER])
def test_a_failed_try_leaves_the_deadline_as_it_was_promised(desk, level):
    alert = desk.alert(desk.budi, level=level)
    promised = alert.deadline_at
    for code in (Code.NO_ANSWER, Code.OTHER_PERSON, Code.NOT_CONNECTED, Code.VISIT_ABSENT):
        note(desk, code)
        assert fresh(desk, alert).deadline_at == promised


def test_what_is_learned_about_a_number_never_puts_off_something_red(desk):
    red = desk.alert(desk.budi, Family.STRUGGLING, Level.RED)
    amber = desk.alert(desk.budi, Family.SILENCE, Level.AMBER, code="M1")
    promised = red.deadline_at
    note(desk, Code.UNSAFE_NOW)
    assert fresh(desk, red).deadline_at == promised
    assert local(fresh(desk, amber).deadline_at) == "Tue 03 08:00"


def test_an_alert_a_colleague_holds_stays_with_them(desk):
    alert = desk.alert(desk.budi)
    alerts.claim(desk.session, NOW, alert.id, desk.tuti)
    note(desk, Code.SPOKE_CARE)
    assert fresh(desk, alert).claimed_by == desk.tuti.id


def test_after_a_good_conversation_silence_waits_to_be_closed(desk):
    alert = desk.alert(desk.budi, Family.SILENCE, code="M1")
    note(desk, Code.SPOKE_WELL)
    assert fresh(desk, alert).answered_at == NOW
    assert fresh(desk, alert).state is AlertState.CLAIMED


def test_an_appointment_puts_the_alert_to_sleep_until_the_day_after(desk):
    alert = desk.alert(desk.budi)
    at = datetime(2026, 11, 4, 13, 0, tzinfo=WIB)
    note(desk, Code.AGREED, at=at, alert_ref=alert.ref)
    assert fresh(desk, alert).state is AlertState.SNOOZED
    assert local(fresh(desk, alert).snoozed_until) == "Thu 05 08:00"
    assert [local(task.due_at) for task in follow_up(desk)] == ["Wed 04 13:00"]


def test_not_reached_is_looked_at_again_every_fourteen_days(desk):
    alert = desk.alert(desk.budi, Family.SILENCE, Level.RED, code="M1")
    note(desk, Code.NOT_REACHED, by=desk.tuti)
    assert desk.budi.status is PersonStatus.NOT_REACHED
    assert fresh(desk, alert).state is AlertState.SNOOZED
    assert local(fresh(desk, alert).snoozed_until) == "Mon 16 08:00"


def test_somebody_who_was_not_reached_is_found_by_a_conversation(desk):
    note(desk, Code.NOT_REACHED, by=desk.tuti)
    note(desk, Code.NO_ANSWER, now=NOW + DAY)
    assert desk.budi.status is PersonStatus.NOT_REACHED
    note(desk, Code.SPOKE_WELL, now=NOW + 2 * DAY)
    assert desk.budi.status is PersonStatus.ENROLLED


# --- tasks ----------------------------------------------------------------------------------------------------------


def planned_today(desk):
    return desk.session.scalars(
        select(Task)
        .where(Task.person_id == desk.budi.id, Task.kind == TaskKind.PLAN, Task.state == TaskState.PLANNED)
        .order_by(Task.due_at)
    ).first()


def test_only_a_conversation_is_the_contact_that_the_plan_asked_for(desk):
    task = planned_today(desk)
    task.due_at = NOW
    note(desk, Code.NO_ANSWER)
    assert fresh(desk, task).state is TaskState.PLANNED
    note(desk, Code.SPOKE_WELL)
    assert fresh(desk, task).state is TaskState.DONE


def test_a_contact_of_the_plan_that_lies_ahead_is_not_used_up(desk):
    task = planned_today(desk)
    tomorrow = datetime(2026, 11, 3, 0, 0, tzinfo=WIB)
    task.due_at = tomorrow
    note(desk, Code.SPOKE_WELL)
    assert fresh(desk, task).state is TaskState.PLANNED
    assert desk.session.scalars(select(Contact)).one().next_at == tomorrow


def test_each_contact_replaces_the_next_date_of_the_one_before(desk):
    note(desk, Code.NO_ANSWER)
    note(desk, Code.NO_ANSWER, now=NOW + HOUR)
    assert [local(task.due_at) for task in follow_up(desk)] == ["Tue 03 08:00"]


def test_an_appointment_that_lies_ahead_survives_a_call_in_between(desk):
    at = NOW + 3 * DAY
    note(desk, Code.AGREED, at=at)
    note(desk, Code.NO_ANSWER, now=NOW + DAY)
    assert at in [task.due_at for task in follow_up(desk)]
    note(desk, Code.SPOKE_WELL, now=at + HOUR)
    assert follow_up(desk) == []


def test_the_closing_contact_stays_until_the_window_is_closed(desk):
    closing = desk.tasks(desk.budi, kind=TaskKind.CLOSING, state=TaskState.PLANNED)[0]
    closing.due_at = NOW
    note(desk, Code.SPOKE_WELL)
    assert fresh(desk, closing).state is TaskState.PLANNED


def test_a_call_that_was_owed_after_our_gap_is_done_when_it_was_tried(desk):
    gap = Gap(began_at=NOW - 5 * HOUR, ended_at=NOW - HOUR)
    desk.session.add(gap)
    desk.session.flush()
    for who in (desk.budi, desk.wati):
        desk.session.add(GapCall(institution_id=1, gap_id=gap.id, person_id=who.id, why="silent"))
    note(desk, Code.NO_ANSWER)
    done = {call.person_id: call.done_at for call in desk.session.scalars(select(GapCall))}
    assert done == {desk.budi.id: NOW, desk.wati.id: None}
