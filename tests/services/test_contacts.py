"""What every result of a call does, and that it does it once (texts 4, design 4.3)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from companion import crypto
from companion.models import (
    Alert,
    Audit,
    Consent,
    Contact,
    Gap,
    GapCall,
    Message,
    Number,
    Signal,
    Slot,
    Task,
)
from companion.rules.results import RESULTS, Code, Effect
from companion.rules.states import AlertState, Family, Level, MessageState, SlotState, WindowState
from companion.rules.terms import (
    PersonStatus,
    PhoneKind,
    Purpose,
    Step,
    TaskKind,
    TaskState,
)
from companion.services import alerts, contact_check, contacts, person
from companion.services.contacts import Entry
from tests.services.desk import DAY, HOUR, NOW, Desk

WIB = ZoneInfo("Asia/Jakarta")
NEEDED = {
    Code.AGREED: {"at": NOW + 2 * DAY},
    Code.PAUSE: {"until": NOW + 7 * DAY},
    Code.CRISIS_HANDED: {"handler": "IGD"},
}


@pytest.fixture
def desk(database):
    with database.sessions() as session:
        yield Desk(session)


def note(desk, code, *, by=None, who=None, now=NOW, once=None, **fields):
    """Note a result as the page does: from the database as it stands, checked, then stored."""
    desk.session.flush()
    desk.session.expire_all()
    who, by = who or desk.budi, by or desk.sari
    entry = Entry(
        code=code, once=once or crypto.token(), **({} if "at" in fields else NEEDED.get(code, {})) | fields
    )
    here = contacts.setting(desk.session, now, by, who, desk.window(who), entry)
    assert contact_check.faults(here, entry) == {}
    noted = contacts.note(desk.session, here, entry)
    desk.session.flush()
    desk.session.expire_all()
    return noted


def local(at):
    return f"{at.astimezone(WIB):%a %d %H:%M}"


def follow_up(desk, who=None):
    return [one for one in desk.tasks(who or desk.budi, kind=TaskKind.FOLLOW_UP, state=TaskState.PLANNED)]


def fresh(desk, row):
    return desk.session.get_one(type(row), row.id, populate_existing=True)


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


# --- the phone ------------------------------------------------------------------------------------------------------


def number(desk):
    return desk.session.get_one(Number, desk.budi.phones[0].number_id, populate_existing=True)


def test_somebody_else_answering_makes_the_number_a_shared_one(desk):
    note(desk, Code.OTHER_PERSON)
    assert desk.budi.phones[0].kind is PhoneKind.SHARED


def test_a_number_is_doubted_after_three_different_days_without_a_connection(desk):
    for offset in (timedelta(), HOUR, DAY):
        note(desk, Code.NOT_CONNECTED, now=NOW + offset)
        assert desk.budi.phones[0].doubted_at is None
    note(desk, Code.NOT_CONNECTED, now=NOW + 2 * DAY)
    assert desk.budi.phones[0].doubted_at == NOW + 2 * DAY


def test_a_connection_in_between_begins_the_count_again(desk):
    note(desk, Code.NOT_CONNECTED)
    note(desk, Code.NOT_CONNECTED, now=NOW + DAY)
    note(desk, Code.NO_ANSWER, now=NOW + DAY + HOUR)
    note(desk, Code.NOT_CONNECTED, now=NOW + 2 * DAY)
    assert desk.budi.phones[0].doubted_at is None


def test_a_dead_number_gets_no_more_texts_and_stands_under_undelivered(desk):
    note(desk, Code.NUMBER_DEAD)
    assert number(desk).unusable_at == NOW
    alert = desk.session.scalars(select(Alert).where(Alert.family == Family.UNDELIVERED)).one()
    assert (alert.level, local(alert.deadline_at)) == (Level.AMBER, "Wed 04 10:00")
    assert desk.window(desk.budi).heard_at < NOW or desk.window(desk.budi).heard_how != "call"


def test_the_number_that_was_rung_is_the_one_that_is_dead(desk):
    from companion.services import numbers

    second = numbers.attach(desk.session, desk.budi, "+628199999999", PhoneKind.SHARED, rank=1)
    desk.session.expire_all()
    note(desk, Code.NUMBER_DEAD, phone_id=second.id)
    assert number(desk).unusable_at is None
    assert desk.session.get_one(Number, second.number_id, populate_existing=True).unusable_at == NOW


def test_a_strangers_number_is_silenced_for_good_and_not_rung_again(desk):
    note(desk, Code.WRONG_PERSON)
    assert number(desk).silenced_how == "wrong_person"
    phone = desk.budi.phones[0]
    assert (phone.may_call, phone.confirmed_at) == (False, None)
    assert phone.doubted_at == NOW
    codes = desk.session.scalars(select(Signal.code)).all()
    assert codes == ["D1"]


def test_not_safe_to_talk_leaves_the_number_in_peace_for_a_day(desk):
    alert = desk.alert(desk.budi)
    note(desk, Code.UNSAFE_NOW)
    assert number(desk).quiet_until == NOW + 24 * HOUR
    assert fresh(desk, alert).step is Step.CASEWORKER


def test_the_second_time_running_a_supervisor_sees_it(desk):
    alert = desk.alert(desk.budi)
    note(desk, Code.UNSAFE_NOW)
    note(desk, Code.UNSAFE_NOW, now=NOW + DAY)
    assert fresh(desk, alert).step is Step.SUPERVISOR


def test_leaving_the_texts_is_not_leaving_the_care(desk):
    note(desk, Code.STOP_TEXTS)
    assert number(desk).silenced_at == NOW
    assert desk.budi.status is PersonStatus.ENROLLED
    assert desk.window(desk.budi).state is WindowState.ACTIVE
    ahead = select(func.count()).where(Slot.person_id == desk.budi.id, Slot.state == SlotState.PLANNED)
    assert desk.session.scalar(ahead) == 0
    # The person said it in a conversation: nobody has to find out who it was.
    assert desk.session.scalars(select(Alert).where(Alert.state != AlertState.CLOSED)).all() == []


def test_stopping_the_texts_leaves_an_older_doubt_about_the_number_open(desk):
    older = desk.alert(desk.budi, Family.DATA, code="D1", values={"way": "bukan_saya"}, at=NOW - HOUR)
    note(desk, Code.STOP_TEXTS)
    assert fresh(desk, older).state is not AlertState.CLOSED


def test_we_rang_is_a_click_and_only_after_nobody_answered(desk):
    note(desk, Code.NO_ANSWER)
    assert desk.session.scalars(select(Message)).all() == []
    note(desk, Code.OTHER_PERSON, we_rang=True)
    assert desk.session.scalars(select(Message)).all() == []
    note(desk, Code.NO_ANSWER, we_rang=True)
    message = desk.session.scalars(select(Message)).one()
    assert message.purpose is Purpose.WE_RANG
    assert (message.person_id, message.number_id) == (desk.budi.id, number(desk).id)
    assert message.token


# --- the person and the window --------------------------------------------------------------------------------------


def test_violence_is_red_told_to_a_supervisor_and_locks_relatives_and_visits(desk):
    note(desk, Code.VIOLENCE)
    assert desk.budi.contact_lock
    alert = desk.session.scalars(select(Alert)).one()
    assert (alert.family, alert.level) == (Family.SAFETY, Level.RED)
    assert desk.session.scalars(select(Message.staff_id)).all() == [desk.tuti.id]
    assert local(desk.session.scalars(select(Contact)).one().next_at) == "Mon 02 16:00"


@pytest.mark.parametrize("level", [Level.AMBER, Level.RED])
@pytest.mark.parametrize("taken", [True, False])
def test_violence_is_told_to_a_supervisor_whoever_has_an_alert_about_safety_already(desk, level, taken):
    """The call that brings it to light is often the one that was made because of an alert."""
    standing = desk.alert(desk.budi, Family.SAFETY, level, code="R1_button", values={}, at=NOW - HOUR)
    if taken:
        alerts.claim(desk.session, NOW - HOUR / 2, standing.id, desk.sari)
    note(desk, Code.VIOLENCE)
    texts = desk.session.execute(
        select(Message.staff_id, Message.state).where(Message.planned_for >= NOW)
    ).all()
    assert (desk.tuti.id, MessageState.PLANNED) in texts
    alert = fresh(desk, standing)
    assert (alert.state, alert.level, alert.ack_at) == (AlertState.OPEN, Level.RED, NOW + HOUR)


@pytest.mark.parametrize("standing", [True, False])
def test_a_supervisor_who_hears_of_violence_has_it(desk, standing):
    if standing:
        desk.alert(desk.budi, Family.SAFETY, Level.AMBER, code="R1_button", values={})
    note(desk, Code.VIOLENCE, by=desk.tuti)
    alert = desk.session.scalars(select(Alert)).one()
    assert (alert.state, alert.level, alert.claimed_by) == (AlertState.CLAIMED, Level.RED, desk.tuti.id)
    assert MessageState.PLANNED not in desk.session.scalars(select(Message.state)).all()


def test_an_emergency_says_who_has_taken_over_and_keeps_the_basis(desk):
    note(desk, Code.CRISIS_HANDED, handler="IGD RSUD", note="tenang", vital=True)
    assert desk.session.scalars(select(Contact.note)).one() == "→ IGD RSUD\ntenang"
    assert "vital_interest" in desk.session.scalars(select(Audit.act)).all()


def test_a_lapse_is_set_by_staff_and_never_by_the_code_alone(desk):
    note(desk, Code.SLIP_TOLD)
    assert desk.budi.lapse_set_at is None
    note(desk, Code.SLIP_TOLD, lapse="relapse", now=NOW + HOUR)
    assert desk.budi.lapse_set_at == NOW + HOUR
    assert "relapse_set" in desk.session.scalars(select(Audit.act)).all()


def test_a_pause_stops_the_texts_and_is_looked_at_before_it_ends(desk):
    note(desk, Code.PAUSE, until=datetime(2026, 11, 12, 0, 0, tzinfo=WIB))
    window = desk.window(desk.budi)
    assert (window.state, window.pause_reason) == (WindowState.PAUSED, "asked")
    assert [local(task.due_at) for task in follow_up(desk)] == ["Wed 11 08:00"]


def test_texts_pause_for_care_only_where_staff_say_so(desk):
    note(desk, Code.MEDICAL)
    assert desk.window(desk.budi).state is WindowState.ACTIVE
    note(desk, Code.MEDICAL, until=NOW + 5 * DAY)
    assert desk.window(desk.budi).state is WindowState.PAUSED


def test_in_an_institution_nothing_is_asked_until_somebody_says_that_they_are_back(desk):
    note(desk, Code.IN_INSTITUTION)
    window = desk.window(desk.budi)
    assert desk.budi.status is PersonStatus.IN_INSTITUTION
    assert (window.state, window.paused_until) == (WindowState.PAUSED, window.ends_at)


def test_a_refusal_withdraws_consent_and_ends_every_promise(desk):
    note(desk, Code.REFUSED)
    assert desk.budi.status is PersonStatus.WITHDRAWN
    standing = select(Consent).where(Consent.person_id == desk.budi.id, Consent.withdrawn_at.is_(None))
    assert desk.session.scalars(standing).all() == []
    left = select(func.count()).where(Slot.person_id == desk.budi.id, Slot.state == SlotState.PLANNED)
    assert desk.session.scalar(left) == 0
    assert desk.tasks(desk.budi, state=TaskState.PLANNED) == []
    assert desk.window(desk.budi).state is WindowState.ACTIVE  # provisional: a supervisor makes sure


def test_a_death_stops_everything_and_is_provisional(desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    note(desk, Code.DIED)
    assert desk.budi.status is PersonStatus.DIED
    assert desk.tasks(desk.budi, state=TaskState.PLANNED) == []
    assert fresh(desk, alert).look_at is None
    unsent = select(Message).where(Message.person_id == desk.budi.id, Message.state == MessageState.PLANNED)
    assert desk.session.scalars(unsent).all() == []
    assert desk.window(desk.budi).state is WindowState.ACTIVE


def test_readmission_ends_the_texts_and_leaves_the_closing_note_as_a_task(desk):
    note(desk, Code.BACK_IN_CARE)
    assert desk.budi.status is PersonStatus.IN_INSTITUTION
    assert [local(task.due_at) for task in follow_up(desk)] == ["Mon 09 10:00"]


def test_moving_to_another_zone_promises_the_check_ins_at_the_hours_of_that_place(desk):
    before = desk.window(desk.budi).generation
    note(desk, Code.MOVED)
    assert desk.window(desk.budi).generation == before
    note(desk, Code.MOVED, zone="Asia/Jayapura", province="PA", now=NOW + HOUR)
    assert (desk.budi.zone, desk.budi.province) == ("Asia/Jayapura", "PA")
    assert desk.window(desk.budi).generation == before + 1


# --- silence and a call ---------------------------------------------------------------------------------------------


def silence(desk):
    return desk.session.scalars(select(Alert).where(Alert.family == Family.SILENCE)).one_or_none()


def test_two_missed_in_a_row_and_a_failed_call_are_red(desk):
    desk.slot(desk.budi, ago=8 * DAY)
    desk.slot(desk.budi, ago=4 * DAY)
    note(desk, Code.NO_ANSWER)
    alert = silence(desk)
    assert (alert.level, alert.claimed_by) == (Level.RED, desk.sari.id)
    assert local(alert.deadline_at) == "Mon 02 14:00"
    signal = desk.session.scalars(select(Signal)).one()
    assert signal.code == "R5_silence"
    assert signal.values["d1"] < signal.values["d2"]


def test_an_alert_that_stood_before_is_raised_and_stays_with_the_caller(desk):
    desk.slot(desk.budi, ago=8 * DAY)
    desk.slot(desk.budi, ago=4 * DAY)
    desk.alert(desk.budi, Family.SILENCE, code="M1")
    note(desk, Code.NO_ANSWER)
    alert = silence(desk)
    assert (alert.level, alert.state, alert.claimed_by) == (Level.RED, AlertState.CLAIMED, desk.sari.id)
    assert alert.look_at == alert.deadline_at


def test_an_alert_that_a_colleague_has_stays_theirs_and_they_are_told_that_it_is_red(desk):
    desk.slot(desk.budi, ago=8 * DAY)
    desk.slot(desk.budi, ago=4 * DAY)
    alerts.claim(desk.session, NOW, desk.alert(desk.budi, Family.SILENCE, code="M1").id, desk.tuti)
    note(desk, Code.NO_ANSWER)
    alert = silence(desk)
    assert (alert.level, alert.state, alert.claimed_by) == (Level.RED, AlertState.OPEN, desk.tuti.id)
    text = desk.session.scalars(select(Message).where(Message.alert_id == alert.id)).one()
    assert (text.staff_id, text.state) == (desk.tuti.id, MessageState.PLANNED)


@pytest.mark.parametrize("code", [Code.OTHER_PERSON, Code.NOT_CONNECTED, Code.VISIT_ABSENT, Code.SPOKE_WELL])
def test_only_a_call_that_nobody_picked_up_makes_silence_red(desk, code):
    desk.slot(desk.budi, ago=8 * DAY)
    desk.slot(desk.budi, ago=4 * DAY)
    note(desk, code)
    assert silence(desk) is None


@pytest.mark.parametrize("last", [SlotState.ANSWERED, SlotState.ANSWERED_LATE])
def test_an_answer_in_between_is_not_silence(desk, last):
    desk.slot(desk.budi, ago=8 * DAY)
    desk.slot(desk.budi, last, ago=4 * DAY)
    note(desk, Code.NO_ANSWER)
    assert silence(desk) is None


def test_one_missed_check_in_and_a_failed_call_are_not_yet_red(desk):
    desk.slot(desk.budi, ago=4 * DAY)
    note(desk, Code.NO_ANSWER)
    assert silence(desk) is None


# --- what is refused ------------------------------------------------------------------------------------------------


def faults(desk, code, by=None, **fields):
    entry = Entry(code=code, once="x", **fields)
    here = contacts.setting(desk.session, NOW, by or desk.sari, desk.budi, desk.window(desk.budi), entry)
    return contact_check.faults(here, entry)


def test_what_a_result_needs_is_asked_for(desk):
    assert faults(desk, Code.AGREED) == {"at": "needed"}
    assert faults(desk, Code.PAUSE) == {"until": "needed"}
    assert faults(desk, Code.CRISIS_HANDED, handler="  ") == {"handler": "needed"}


def test_only_a_supervisor_gives_somebody_up_as_not_reached(desk):
    assert faults(desk, Code.NOT_REACHED) == {"code": "supervisor"}
    assert faults(desk, Code.NOT_REACHED, by=desk.tuti) == {}


def test_a_date_is_moved_earlier_freely_and_later_with_a_reason(desk):
    by_itself = NOW + 3 * HOUR
    earlier, later = by_itself - timedelta(minutes=1), by_itself + timedelta(minutes=1)
    assert faults(desk, Code.NO_ANSWER, next_at=earlier) == {}
    assert faults(desk, Code.NO_ANSWER, next_at=by_itself) == {}
    assert faults(desk, Code.NO_ANSWER, next_at=later) == {"later_reason": "needed"}
    assert faults(desk, Code.NO_ANSWER, next_at=later, later_reason="holiday") == {}


def test_no_date_lies_in_the_past(desk):
    assert faults(desk, Code.NO_ANSWER, next_at=NOW) == {"next_on": "past"}
    assert faults(desk, Code.AGREED, at=NOW) == {"at": "past"}
    assert faults(desk, Code.AGREED, at=NOW + timedelta(seconds=1)) == {}


def test_a_pause_is_fourteen_days_long_and_longer_by_a_supervisor(desk):
    fourteen = NOW + 14 * DAY
    assert faults(desk, Code.PAUSE, until=fourteen) == {}
    assert faults(desk, Code.PAUSE, until=fourteen + timedelta(seconds=1)) == {"until": "far"}
    assert faults(desk, Code.PAUSE, by=desk.tuti, until=fourteen + DAY) == {}


def test_a_time_outside_the_safe_hours_is_not_promised(desk):
    phone = desk.budi.phones[0]
    phone.safe_from, phone.safe_to = "09:00", "17:00"
    five = datetime(2026, 11, 3, 17, 0, tzinfo=WIB)
    assert faults(desk, Code.CALL_LATER, at=five) == {"at": "unsafe_hour"}
    assert faults(desk, Code.CALL_LATER, at=five - timedelta(minutes=1)) == {}


def test_a_zone_that_does_not_exist_is_refused(desk):
    assert faults(desk, Code.MOVED, zone="Asia/Nowhere") == {"zone": "unknown"}


def test_every_effect_has_somebody_who_does_it():
    from companion.services import contact_effects

    assert set(contact_effects.ON_PHONE) | set(contact_effects.ON_PERSON) | {Effect.STAY_RED} == set(Effect)


def test_a_read_is_noted_once_in_ten_minutes_for_each_reader_and_person(desk):
    def reads():
        return desk.session.scalar(select(func.count()).where(Audit.act == person.READ))

    person.note_read(desk.session, NOW, desk.sari, desk.budi.id)
    person.note_read(desk.session, NOW + timedelta(minutes=9, seconds=59), desk.sari, desk.budi.id)
    assert reads() == 1
    person.note_read(desk.session, NOW + timedelta(minutes=10), desk.sari, desk.budi.id)
    assert reads() == 2
    person.note_read(desk.session, NOW, desk.tuti, desk.budi.id)
    person.note_read(desk.session, NOW, desk.sari, desk.wati.id)
    assert reads() == 4
