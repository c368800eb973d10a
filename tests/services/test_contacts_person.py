"""What a call does for the person and the window, and when a failed one is red (texts 4, design 4.3)."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from companion.models import Alert, Audit, Consent, Contact, Message, Signal, Slot
from companion.rules.results import Code
from companion.rules.states import AlertState, Family, Level, MessageState, SlotState, WindowState
from companion.rules.terms import PersonStatus, TaskState
from companion.services import alerts
from tests.services.desk import DAY, HOUR, NOW
from tests.services.noting import WIB, follow_up, fresh, local, note

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
