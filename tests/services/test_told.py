"""A text about a red alert that surely did not arrive lets it climb at once (design 2.2)."""

from datetime import UTC, datetime, timedelta

from companion.channels.protocol import Reason as Why
from companion.channels.protocol import Receipt, Refused, Status
from companion.engine import settle
from companion.models import Institution, Staff
from companion.rules.terms import Step
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
