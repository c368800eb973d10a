"""Alerts that are put off, closed, or answered meanwhile (design 4.3)."""

import pytest
from sqlalchemy import select

from companion.models import Message, Window
from companion.rules.states import AlertState, Family, Level, MessageState, Within
from companion.rules.terms import Step
from companion.services import alerts, climbing, person
from tests.cast import NOW
from tests.services.ringing_bell import DAY, HOUR, MINUTE, SECOND, Bell


@pytest.fixture
def bell(database, people):
    with database.sessions() as session:
        yield Bell(session, people)


@pytest.fixture
def snoozed(bell):
    alert_id = bell.ring(Level.AMBER, within=Within.DAYS_2).alert_id
    alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    assert alerts.snooze(bell.session, NOW, alert_id, bell.staff("sari"), NOW + 3 * DAY, "appointment")
    return bell


def test_only_whoever_has_it_may_put_it_off_or_close_it(bell):
    alert_id = bell.ring().alert_id
    for who in ("sari", "dewi"):
        assert not alerts.snooze(bell.session, NOW, alert_id, bell.staff(who), NOW + DAY, "x")
        assert not alerts.close(bell.session, NOW, alert_id, bell.staff(who), "reached", None)
    alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    assert not alerts.close(bell.session, NOW, alert_id, bell.staff("dewi"), "reached", None)
    assert alerts.close(bell.session, NOW, alert_id, bell.staff("sari"), "reached", True)
    alert = bell.alert()
    assert (alert.outcome, alert.closed_by, alert.useful, alert.look_at) == (
        "reached",
        bell.people.sari,
        True,
        None,
    )


@pytest.mark.parametrize(("seconds", "state"), [(-1, AlertState.SNOOZED), (0, AlertState.OPEN)])
def test_a_snooze_ends_when_it_was_said(snoozed, seconds, state):
    climbing.climb_due(snoozed.session, NOW + 3 * DAY + seconds * SECOND, 500)
    assert snoozed.alert().state is state


def test_its_end_is_no_escalation_and_leaves_a_day(snoozed):
    did = climbing.climb_due(snoozed.session, NOW + 3 * DAY, 500)
    alert = snoozed.alert()
    assert (did["looked"], did["escalated"], alert.step) == (1, 0, Step.CASEWORKER)
    assert alert.look_at == NOW + 4 * DAY  # the deadline passed while it slept


def test_a_red_one_that_wakes_is_told_again(bell):
    alert_id = bell.ring().alert_id
    alerts.claim(bell.session, NOW, alert_id, bell.staff("dewi"))
    alerts.snooze(bell.session, NOW, alert_id, bell.staff("dewi"), NOW + DAY, "appointment")
    climbing.climb_due(bell.session, NOW + DAY, 500)
    assert bell.texts()[-1][:3] == (bell.people.dewi, NOW + DAY, "staff_urgent")
    assert person.may_see(bell.session, bell.staff("dewi"), bell.people.budi), "that text opens the person"


def test_what_is_put_off_sleeps_through_more_of_the_same(snoozed):
    snoozed.ring(Level.AMBER, at=NOW + HOUR)
    assert snoozed.alert().state is AlertState.SNOOZED
    assert snoozed.alert().look_at == NOW + 3 * DAY


@pytest.mark.parametrize(
    ("family", "within", "state"),
    [
        (Family.DATA, Within.DAYS_2, AlertState.OPEN),
        (Family.DATA, None, AlertState.SNOOZED),
        (Family.STRUGGLING, Within.DAYS_2, AlertState.SNOOZED),
        (Family.SILENCE, Within.DAYS_2, AlertState.SNOOZED),
    ],
)
def test_what_is_to_be_made_sure_of_wakes_for_another_matter_with_a_clock(bell, family, within, state):
    """An opt-out is no more of the same as a birthday, and nobody would see either for two weeks."""
    put_off(bell, family)
    bell.ring(Level.AMBER, family, at=NOW + HOUR, within=within)
    assert bell.alert(family).state is state


def put_off(bell, family):
    alert_id = bell.ring(Level.AMBER, family, within=Within.DAYS_2).alert_id
    alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    assert alerts.snooze(bell.session, NOW, alert_id, bell.staff("sari"), NOW + 14 * DAY, "other")


@pytest.mark.parametrize(
    ("after", "deadline"), [(2 * DAY - SECOND, 2 * DAY), (2 * DAY, 4 * DAY), (3 * DAY, 7 * DAY)]
)
def test_a_clock_that_ran_out_while_it_slept_gives_way_to_the_new_one(bell, after, deadline):
    put_off(bell, Family.DATA)
    bell.alert(Family.DATA).step = Step.BANNER
    bell.session.flush()
    bell.ring(Level.AMBER, Family.DATA, at=NOW + after, within=Within.DAYS_2)
    alert = bell.alert(Family.DATA)
    assert (alert.deadline_at, alert.look_at) == (NOW + deadline, NOW + deadline)
    assert alert.step is Step.CASEWORKER, "it had climbed, and is told from the beginning"
    climbing.climb_due(bell.session, NOW + deadline, 500)
    assert bell.alert(Family.DATA).step is Step.SUPERVISOR


def test_it_wakes_for_something_more_urgent(snoozed):
    snoozed.ring(Level.RED, at=NOW + HOUR)
    assert snoozed.alert().state is AlertState.OPEN
    assert snoozed.texts()[-1][:2] == (snoozed.people.sari, NOW + HOUR)


def test_a_call_for_help_wakes_a_red_alert_that_was_put_off(bell):
    """A call for help is never refused (design 2.3): not by a snooze either."""
    alert_id = bell.ring().alert_id
    alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    alerts.snooze(bell.session, NOW, alert_id, bell.staff("sari"), NOW + 3 * DAY, "appointment")
    bell.ring(at=NOW + 5 * HOUR)
    alert = bell.alert()
    assert (alert.state, alert.ack_at) == (AlertState.OPEN, NOW + 6 * HOUR)
    assert bell.texts()[-1][:2] == (bell.people.sari, NOW + 5 * HOUR)


# --- answered -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "stopped"),
    [
        (Family.SILENCE, True),
        (Family.UNDELIVERED, True),
        (Family.STRUGGLING, False),
        (Family.SAFETY, False),
        (Family.WORRY, False),
        (Family.DATA, False),
    ],
)
def test_an_answer_stops_the_clock_of_silence_and_undelivered_only(bell, family, stopped):
    bell.ring(Level.AMBER, family)
    alerts.answered(bell.session, NOW + HOUR, bell.window().id)
    alert = bell.alert(family)
    assert (alert.answered_at is not None, alert.look_at is None, alert.deadline_at is None) == (stopped,) * 3
    assert alert.state is AlertState.OPEN  # a person closes it


def test_a_new_fact_starts_it_again_from_the_beginning(bell):
    bell.ring(Level.AMBER, Family.SILENCE, within=Within.DAYS_2)
    climbing.climb_due(bell.session, NOW + 2 * DAY, 500)
    assert bell.alert(Family.SILENCE).step is Step.SUPERVISOR
    alerts.answered(bell.session, NOW + 2 * DAY, bell.window().id)
    bell.ring(Level.AMBER, Family.SILENCE, at=NOW + 3 * DAY, within=Within.DAYS_2)
    alert = bell.alert(Family.SILENCE)
    assert (alert.answered_at, alert.step, alert.deadline_at) == (None, Step.CASEWORKER, NOW + 7 * DAY)


@pytest.mark.parametrize(("level", "clock"), [(Level.RED, True), (Level.AMBER, True), (Level.NONE, False)])
def test_what_wakes_an_answered_one_without_a_clock_of_its_own_starts_the_old_one_again(bell, level, clock):
    """A single missed check-in brings none; somebody red would stand there with no deadline, climbing to nobody."""
    bell.ring(level, Family.SILENCE, within=Within.HOURS_4 if clock else None)
    alerts.answered(bell.session, NOW + HOUR, bell.window().id)
    bell.ring(Level.NONE, Family.SILENCE, at=NOW + DAY, within=None, about="slot:9")
    alert = bell.alert(Family.SILENCE)
    assert (alert.level, alert.answered_at) == (level, None)
    assert alert.deadline_at == (NOW + 3 * DAY if clock else None)
    assert (alert.look_at is not None) == clock


def test_an_answered_alert_does_not_climb(bell):
    bell.ring(Level.RED, Family.SILENCE)
    alerts.answered(bell.session, NOW + MINUTE, bell.window().id)
    assert climbing.climb_due(bell.session, NOW + 9 * DAY, 500)["looked"] == 0


def test_an_answer_of_somebody_else_stops_nothing(bell):
    bell.ring(Level.AMBER, Family.SILENCE)
    wati = bell.session.scalars(select(Window.id).where(Window.person_id == bell.people.wati)).one()
    assert alerts.answered(bell.session, NOW, wati) == 0


def test_texts_of_a_closed_alert_are_not_sent_any_more(bell):
    night = NOW.replace(hour=15)
    alert_id = bell.ring(at=night).alert_id
    alerts.claim(bell.session, night, alert_id, bell.staff("sari"))
    alerts.close(bell.session, night, alert_id, bell.staff("sari"), "reached", None)
    states = bell.session.scalars(select(Message.state).where(Message.alert_id == alert_id)).all()
    assert states == [MessageState.CANCELLED]
