"""A text about a red alert that surely did not arrive lets it climb at once (design 2.2)."""

from datetime import UTC, datetime, timedelta

from companion.channels.protocol import Reason as Why
from companion.channels.protocol import Receipt, Refused, Status
from companion.engine import settle
from companion.models import Institution, Staff
from companion.rules.states import AlertState
from companion.rules.terms import Step
from companion.services import alerts
from tests.cast import NOW
from tests.services.ringing_bell import HOUR, MINUTE, RATNA, SARI, Bell

NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Monday 22.00
OPENING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def red_on_the_engine(scene):
    with scene.database.write() as session:
        Bell(session, scene.people).ring()


def only_alert(scene):
    return scene.alerts(scene.people.budi)[0]


def test_a_text_that_was_handed_over_counts_as_told(scene):
    red_on_the_engine(scene)
    scene.at(NOW)
    assert [letter.to for letter in scene.carrier.letters] == [SARI]
    assert only_alert(scene).notified_at == NOW


def test_a_caseworkers_dead_number_lets_it_climb_at_once(scene):
    scene.carrier.refuses = {SARI: Refused(Why.NUMBER_INVALID, 21211)}
    red_on_the_engine(scene)
    scene.at(NOW)
    assert [letter.to for letter in scene.carrier.letters] == [SARI, RATNA]
    assert (only_alert(scene).step, only_alert(scene).notified_at) == (Step.SUPERVISOR, NOW)


def test_so_does_a_report_that_it_did_not_arrive(scene):
    red_on_the_engine(scene)
    scene.at(NOW)
    [message] = scene.messages(purpose="staff_urgent")
    settle.receive(
        scene.house, message.ref, Receipt(Status.UNDELIVERED, Why.CARRIER, 30003, message.carrier_sid)
    )
    assert only_alert(scene).notified_at is None
    scene.at(NOW + MINUTE)
    assert [letter.to for letter in scene.carrier.letters] == [SARI, RATNA]


def taken_by_sari(scene, at):
    alert_id, sari = only_alert(scene).id, scene.people.sari
    assert scene.write(lambda session: alerts.claim(session, at, alert_id, session.get_one(Staff, sari)))


def test_what_is_newer_than_their_taking_it_and_does_not_reach_whoever_took_it_is_told_to_the_next(scene):
    """They have it in hand, and have not heard of the second call for help: nobody has."""
    red_on_the_engine(scene)
    scene.at(NOW)
    taken_by_sari(scene, NOW + MINUTE)
    scene.carrier.refuses = {SARI: Refused(Why.NUMBER_INVALID, 21211)}
    later = NOW + 2 * HOUR
    with scene.database.write() as session:
        Bell(session, scene.people).ring(at=later, about="test:again")
    scene.at(later)
    assert [letter.to for letter in scene.carrier.letters] == [SARI, SARI, RATNA]
    alert = only_alert(scene)
    assert (alert.state, alert.step, alert.claimed_by) == (
        AlertState.OPEN,
        Step.SUPERVISOR,
        scene.people.sari,
    )


def test_a_report_that_comes_after_somebody_took_it_takes_nothing_from_them(scene):
    red_on_the_engine(scene)
    scene.at(NOW)
    [first] = scene.messages(purpose="staff_urgent")
    taken_by_sari(scene, NOW + MINUTE)
    settle.receive(scene.house, first.ref, Receipt(Status.UNDELIVERED, Why.CARRIER, 30003, first.carrier_sid))
    scene.at(NOW + HOUR)
    assert (only_alert(scene).state, len(scene.carrier.letters)) == (AlertState.CLAIMED, 1)


def test_an_old_report_does_not_push_an_alert_that_has_climbed_since(scene):
    red_on_the_engine(scene)
    scene.at(NOW)
    [first] = scene.messages(purpose="staff_urgent")
    scene.at(NOW + HOUR)
    settle.receive(scene.house, first.ref, Receipt(Status.UNDELIVERED, Why.CARRIER, 30003, first.carrier_sid))
    scene.at(NOW + HOUR + MINUTE)
    assert only_alert(scene).step is Step.SUPERVISOR


def test_a_colleague_who_left_before_the_opening_is_passed_over(scene):
    with scene.database.write() as session:
        Bell(session, scene.people).ring(at=NIGHT)
    scene.change(Staff, scene.people.sari, active=False)
    scene.at(OPENING)
    assert [letter.to for letter in scene.carrier.letters] == [RATNA]


def test_the_text_says_only_that_something_is_urgent(scene):
    scene.change(Institution, scene.people.melati, name="Balai Rehabilitasi Melati")
    red_on_the_engine(scene)
    scene.at(NOW)
    body = scene.carrier.letters[0].body
    assert "mendesak" in body
    assert "Budi" not in body
    assert "Melati" not in body
    assert timedelta(0) < scene.messages(purpose="staff_urgent")[0].expires_at - NOW <= 4 * HOUR
