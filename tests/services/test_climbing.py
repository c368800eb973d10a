"""A red alert is told to a named person and climbs until somebody takes it; the others climb by the day (design 4.3)."""

from datetime import UTC, datetime

import pytest

from companion.models import Person, Staff
from companion.rules.states import AlertState, Family, Level, Within
from companion.rules.terms import Step
from companion.services import alerts, climbing, person
from tests.cast import NOW
from tests.services.ringing_bell import DAY, DUTY, HOUR, MINUTE, SECOND, Bell

NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Monday 22.00
OPENING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def bell(database, people):
    with database.sessions() as session:
        yield Bell(session, people)


def climb(bell, at):
    did = climbing.climb_due(bell.session, at, 500)
    bell.session.flush()
    return did


def where(bell, family=Family.SAFETY):
    alert = bell.alert(family)
    return alert.step, alert.ack_at


def may_see(bell, name):
    """Whether the work list of this member of staff shows the person at all."""
    return person.may_see(bell.session, bell.staff(name), bell.people.budi)


# --- who is told, and when ------------------------------------------------------------------------------------------


def test_in_working_hours_the_caseworker_is_told_at_once(bell):
    assert bell.ring().told
    assert bell.texts() == [(bell.people.sari, NOW, "staff_urgent", "planned")]
    assert where(bell) == (Step.CASEWORKER, NOW + HOUR)


def test_at_night_it_waits_for_the_next_opening(bell):
    assert not bell.ring(at=NIGHT).told
    assert bell.texts() == [(bell.people.sari, OPENING, "staff_urgent", "planned")]
    assert where(bell) == (Step.CASEWORKER, OPENING + HOUR)


def test_at_night_with_somebody_on_call_the_duty_number_is_told_at_once(bell):
    bell.melati.on_call, bell.melati.duty_number = True, DUTY
    assert bell.ring(at=NIGHT).told
    assert bell.texts() == [(None, NIGHT, "staff_urgent", "planned")]
    assert where(bell) == (Step.DUTY_NUMBER, NIGHT + HOUR)  # sixty minutes by the clock


def test_by_day_nobody_on_call_is_disturbed(bell):
    bell.melati.on_call, bell.melati.duty_number = True, DUTY
    bell.ring()
    assert bell.texts()[0][0] == bell.people.sari


@pytest.mark.parametrize(
    "values",
    [{"phone": None}, {"active": False}, {"away_until": NOW + DAY}],
    ids=["no phone", "left", "away"],
)
def test_a_supervisor_stands_in_for_a_caseworker_who_cannot_be_texted(bell, values):
    for name, value in values.items():
        setattr(bell.staff("sari"), name, value)
    bell.ring()
    assert bell.texts()[0][0] == bell.people.ratna
    assert where(bell)[0] is Step.SUPERVISOR


def test_whoever_is_back_by_the_opening_is_told_then(bell):
    bell.staff("sari").away_until = OPENING
    bell.ring(at=NIGHT)
    assert bell.texts()[0][:2] == (bell.people.sari, OPENING)


def test_without_any_phone_only_the_banner_is_left(bell):
    for name in ("sari", "ratna"):
        bell.staff(name).phone = None
    assert not bell.ring().told
    assert (bell.texts(), where(bell)) == ([], (Step.BANNER, None))


def test_an_amber_alert_rings_nobodys_phone(bell):
    bell.ring(Level.AMBER, Family.STRUGGLING)
    assert bell.texts() == []


def test_an_alert_that_turns_red_is_told(bell):
    bell.ring(Level.AMBER)
    bell.ring(Level.RED, at=NOW + HOUR)
    assert bell.texts() == [(bell.people.sari, NOW + HOUR, "staff_urgent", "planned")]


# --- until somebody takes it ----------------------------------------------------------------------------------------


def test_it_climbs_when_the_acknowledgement_is_late_and_not_a_second_before(bell):
    bell.melati.duty_number = DUTY
    bell.ring()
    assert climb(bell, NOW + HOUR - SECOND)["escalated"] == 0
    assert climb(bell, NOW + HOUR)["escalated"] == 1
    assert where(bell) == (Step.SUPERVISOR, NOW + 2 * HOUR)
    climb(bell, NOW + 2 * HOUR)
    assert where(bell) == (Step.DUTY_NUMBER, NOW + 3 * HOUR)
    climb(bell, NOW + 3 * HOUR)
    assert where(bell) == (Step.BANNER, None)
    assert [(to, purpose) for to, _, purpose, _ in bell.texts()] == [
        (bell.people.sari, "staff_urgent"), (bell.people.ratna, "staff_late"), (None, "staff_late"),
    ]  # fmt: skip


@pytest.mark.parametrize("why", ["it is a supervisor's to hear of", "the caseworker is away"])
def test_where_a_supervisor_was_told_first_another_one_is_asked_before_the_duty_number(bell, why):
    bell.melati.duty_number = DUTY
    putri = bell.second_supervisor()
    bell.staff("sari").away_until = NOW + DAY if why == "the caseworker is away" else None
    bell.ring(to_supervisor=why != "the caseworker is away")
    climb(bell, NOW + HOUR)
    assert where(bell) == (Step.SUPERVISOR, NOW + 2 * HOUR)
    climb(bell, NOW + 2 * HOUR)
    assert where(bell) == (Step.DUTY_NUMBER, NOW + 3 * HOUR)
    assert [(to, purpose) for to, _, purpose, _ in bell.texts()] == [
        (bell.people.ratna, "staff_urgent"), (putri, "staff_late"), (None, "staff_late"),
    ]  # fmt: skip


@pytest.mark.parametrize("others", [0, 1])
def test_a_supervisor_who_is_the_caseworker_too_is_asked_again_only_where_there_is_no_other(bell, others):
    """Who was entered without a caseworker is a supervisor's."""
    bell.melati.duty_number = DUTY
    second = bell.second_supervisor() if others else bell.people.ratna
    bell.session.get_one(Person, bell.people.budi).caseworker_id = bell.people.ratna
    bell.ring()
    climb(bell, NOW + HOUR)
    climb(bell, NOW + 2 * HOUR)
    assert [to for to, *_ in bell.texts()] == [bell.people.ratna, second, None]


def test_one_supervisor_alone_is_not_asked_twice(bell):
    bell.melati.duty_number = DUTY
    bell.ring(to_supervisor=True)
    climb(bell, NOW + HOUR)
    assert where(bell) == (Step.DUTY_NUMBER, NOW + 2 * HOUR)


def test_a_second_supervisor_does_not_make_the_ladder_longer(bell):
    bell.melati.duty_number = DUTY
    bell.second_supervisor()
    bell.ring()
    climb(bell, NOW + HOUR)
    climb(bell, NOW + 2 * HOUR)
    assert where(bell) == (Step.DUTY_NUMBER, NOW + 3 * HOUR)


def test_what_one_supervisor_took_and_left_lying_is_another_ones_to_hear_of(bell):
    putri = bell.second_supervisor()
    alerts.claim(
        bell.session, NOW, bell.ring(to_supervisor=True).alert_id, bell.session.get_one(Staff, putri)
    )
    climb(bell, NOW + 4 * HOUR)
    assert bell.texts()[-1][:3] == (bell.people.ratna, NOW + 4 * HOUR, "staff_late")


def test_on_the_banner_it_stays_and_its_deadline_is_still_looked_at(bell):
    bell.ring()
    for hours in (1, 2, 3, 4, 5):
        climb(bell, NOW + hours * HOUR)
    alert = bell.alert()
    assert (alert.step, alert.state, alert.look_at, alert.deadline_at) == (
        Step.BANNER, AlertState.OPEN, None, NOW + 4 * HOUR,
    )  # fmt: skip


def test_asking_again_and_again_does_not_keep_it_from_climbing(bell):
    """Whoever presses the button every half hour must not put off the supervisor."""
    bell.ring()
    bell.ring(at=NOW + 30 * MINUTE)
    bell.ring(at=NOW + 59 * MINUTE)
    assert where(bell) == (Step.CASEWORKER, NOW + HOUR)
    assert len(bell.texts()) == 1
    assert climb(bell, NOW + HOUR)["escalated"] == 1


def test_once_taken_it_does_not_climb_before_its_deadline(bell):
    alerts.claim(bell.session, NOW, bell.ring().alert_id, bell.staff("sari"))
    assert climb(bell, NOW + 4 * HOUR - SECOND)["looked"] == 0


def test_taken_and_left_lying_it_is_open_again_for_the_next_step(bell):
    alerts.claim(bell.session, NOW, bell.ring().alert_id, bell.staff("sari"))
    climb(bell, NOW + 4 * HOUR)
    alert = bell.alert()
    assert (alert.state, alert.claimed_by, alert.step) == (AlertState.OPEN, None, Step.SUPERVISOR)
    assert bell.texts()[-1][:3] == (bell.people.ratna, NOW + 4 * HOUR, "staff_late")
    assert alert.deadline_at == NOW + 4 * HOUR  # a late alert can be seen to be late


def test_taken_late_and_left_lying_it_climbs_though_something_comes_on_top(bell):
    """Its own deadline is over: what wakes it is the time of whoever took it."""
    late = NOW + 5 * HOUR
    alerts.claim(bell.session, late, bell.ring().alert_id, bell.staff("sari"))
    look_at = bell.alert().look_at
    assert look_at > late + 10 * MINUTE
    bell.ring(at=late + 10 * MINUTE)
    assert bell.alert().look_at == look_at


def test_whoever_has_it_hears_of_a_new_call_for_help_at_most_once_an_hour(bell):
    alerts.claim(bell.session, NOW, bell.ring().alert_id, bell.staff("dewi"))
    bell.ring(at=NOW + 20 * MINUTE)
    bell.ring(at=NOW + 40 * MINUTE)
    bell.ring(at=NOW + 80 * MINUTE)
    sent = [(to, at) for to, at, _, state in bell.texts() if state == "planned"]
    assert sent == [(bell.people.dewi, NOW + 20 * MINUTE), (bell.people.dewi, NOW + 80 * MINUTE)]
    assert bell.alert().state is AlertState.CLAIMED


@pytest.mark.parametrize("calm", [Level.NONE, Level.AMBER])
def test_what_was_taken_as_something_calmer_is_to_be_taken_anew_when_it_turns_red(bell, calm):
    """A text that is lost on its way to whoever has it must not be all that anybody hears until the deadline."""
    alerts.claim(bell.session, NOW, bell.ring(calm).alert_id, bell.staff("dewi"))
    bell.ring(at=NOW + 20 * MINUTE)
    alert = bell.alert()
    assert (alert.state, alert.claimed_by, alert.claimed_at) == (AlertState.OPEN, bell.people.dewi, None)
    assert may_see(bell, "dewi"), "whoever is texted opens the person by that text"
    assert bell.texts()[-1][:3] == (bell.people.dewi, NOW + 20 * MINUTE, "staff_urgent")
    assert climb(bell, NOW + 80 * MINUTE - SECOND)["escalated"] == 0
    assert climb(bell, NOW + 80 * MINUTE)["escalated"] == 1
    assert bell.texts()[-1][:3] == (bell.people.ratna, NOW + 80 * MINUTE, "staff_late")


def test_a_silence_that_was_answered_in_somebodys_hands_is_to_be_taken_anew(bell):
    alerts.claim(bell.session, NOW, bell.ring(family=Family.SILENCE).alert_id, bell.staff("dewi"))
    alerts.answered(bell.session, NOW + MINUTE, bell.window().id)
    bell.ring(family=Family.SILENCE, at=NOW + DAY)
    assert (bell.alert(Family.SILENCE).state, where(bell, Family.SILENCE)) == (
        AlertState.OPEN, (Step.CASEWORKER, NOW + DAY + HOUR),
    )  # fmt: skip


def test_taken_it_is_taken_though_something_calmer_comes_on_top(bell):
    alerts.claim(bell.session, NOW, bell.ring().alert_id, bell.staff("dewi"))
    bell.ring(Level.AMBER, at=NOW + MINUTE)
    assert (bell.alert().state, bell.alert().claimed_by) == (AlertState.CLAIMED, bell.people.dewi)


def test_nobody_on_call_took_it_so_the_supervisor_is_told_in_the_morning(bell):
    bell.melati.on_call, bell.melati.duty_number = True, DUTY
    bell.ring(at=NIGHT)
    climb(bell, NIGHT + HOUR)
    assert where(bell) == (Step.SUPERVISOR, OPENING + HOUR)
    assert bell.texts()[-1][:3] == (bell.people.ratna, OPENING, "staff_late")
    climb(bell, OPENING + HOUR)
    assert where(bell)[0] is Step.DUTY_NUMBER
    climb(bell, OPENING + 2 * HOUR)
    assert where(bell) == (Step.BANNER, None)


def test_a_duty_number_that_is_all_there_is_is_not_rung_for_ever(bell):
    bell.melati.on_call, bell.melati.duty_number = True, DUTY
    for name in ("sari", "ratna"):
        bell.staff(name).phone = None
    bell.ring()
    for hours in range(1, 8):
        climb(bell, NOW + hours * HOUR)
    assert len(bell.texts()) == 2
    assert where(bell) == (Step.BANNER, None)


@pytest.mark.parametrize("family", [Family.STRUGGLING, Family.SILENCE, Family.UNDELIVERED])
def test_amber_climbs_to_the_supervisor_and_then_to_the_banner_without_a_text(bell, family):
    bell.ring(Level.AMBER, family, within=Within.DAYS_2)
    climb(bell, NOW + 2 * DAY - SECOND)
    assert where(bell, family) == (Step.CASEWORKER, None)
    climb(bell, NOW + 2 * DAY)
    assert where(bell, family) == (Step.SUPERVISOR, NOW + 3 * DAY)
    climb(bell, NOW + 3 * DAY)
    assert where(bell, family) == (Step.BANNER, None)
    assert (bell.alert(family).look_at, bell.texts()) == (None, [])


def test_a_line_without_a_clock_never_climbs(bell):
    bell.ring(Level.NONE, Family.SILENCE, within=None)
    assert climb(bell, NOW + 99 * DAY)["looked"] == 0
