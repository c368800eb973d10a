"""Somebody of whom nothing was heard for too long, whatever the reason (design 2.1)."""

from datetime import date, timedelta

import pytest

from companion.models import Alert, Institution, Person, Slot, Staff, Window
from companion.rules.states import AlertState, Family, Level, SlotState, WindowState, Within
from companion.rules.terms import PersonStatus
from companion.services import alerts, numbers, slots, windows
from tests import cast
from tests.cast import NOW
from tests.engine.scene import DAY, HOUR, SECOND


@pytest.fixture
def quiet(scene):
    """Nobody is asked anything; what remains is the clock. Budi was heard of on Monday at nine."""
    with scene.database.write() as session:
        session.execute(Slot.__table__.update().values(state=SlotState.CANCELLED, look_at=None))
    return scene


def red(scene):
    return [alert for alert in scene.alerts(scene.people.budi) if alert.level is Level.RED]


def heard(scene, at, how="page"):
    with scene.database.write() as session:
        window = session.get_one(Window, scene.window(scene.people.budi).id)
        windows.heard(session, at, window, "Asia/Jakarta", how)


def at_day(scene, days):
    """Let Budi have left so many days before Monday."""
    scene.change(Window, scene.window(scene.people.budi).id, left_on=NOW.date() - timedelta(days=days))


@pytest.mark.parametrize(("left", "limit"), [(0, 7), (20, 7), (21, 10), (60, 10)])
def test_seven_days_in_weeks_one_to_four_and_ten_later(quiet, left, limit):
    """Seven days after day 20 is still day 27, the last of week four; after day 21 it is not."""
    at_day(quiet, left)
    heard(quiet, NOW)
    quiet.at(NOW + limit * DAY - SECOND)
    assert red(quiet) == []
    quiet.at(NOW + limit * DAY)
    [alert] = red(quiet)
    [signal] = quiet.signals(quiet.people.budi)
    assert (alert.family, signal.code) == (Family.SILENCE, "R5_last_heard")
    assert (signal.values["days"], signal.values["limit"]) == (limit, limit)


def test_it_is_red_and_told(quiet):
    quiet.at(NOW + 7 * DAY)
    assert red(quiet)[0].ack_at == NOW + 7 * DAY + HOUR
    assert any(message.alert_id == red(quiet)[0].id for message in quiet.messages(purpose="staff_urgent"))


def test_hearing_starts_the_clock_again(quiet):
    heard(quiet, NOW + 6 * DAY)
    quiet.at(NOW + 13 * DAY - SECOND)
    assert red(quiet) == []
    quiet.at(NOW + 13 * DAY)
    assert len(red(quiet)) == 1


def test_the_clock_begins_with_the_later_of_leaving_and_enrolment(scene):
    with scene.database.write() as session:
        melati, sari = session.get(Institution, scene.people.melati), session.get(Staff, scene.people.sari)
        early = cast.graduate(
            session, melati, sari, name="A", e164="+6281200000061", left_on=date(2026, 11, 2)
        )
        ahead = cast.graduate(
            session, melati, sari, name="B", e164="+6281200000062", left_on=date(2026, 11, 30)
        )
    assert scene.window(early.id).heard_at == NOW
    assert scene.window(ahead.id).heard_at == NOW.replace(day=29, hour=17)  # midnight in Jakarta


def test_somebody_without_consent_to_texts_is_looked_for_too(scene):
    """A call is care, not a text."""
    with scene.database.write() as session:
        melati, sari = session.get(Institution, scene.people.melati), session.get(Staff, scene.people.sari)
        person = cast.graduate(session, melati, sari, consent=False, name="C", e164="+6281200000063")
    scene.at(NOW + 7 * DAY)
    assert [alert.level for alert in scene.alerts(person.id)] == [Level.RED]


def test_opting_out_of_texts_does_not_stop_it(quiet):
    quiet.write(numbers.silence, NOW + DAY, quiet.number_id(quiet.people.budi), "page")
    quiet.at(NOW + 7 * DAY)
    assert len(red(quiet)) == 1


def test_a_pause_stops_it_and_its_end_begins_it_afresh(quiet):
    with quiet.database.write() as session:
        window = session.get_one(Window, quiet.window(quiet.people.budi).id)
        slots.pause(session, NOW, window, NOW + 5 * DAY, "asked")
    quiet.at(NOW + 5 * DAY - SECOND)
    assert quiet.alerts(quiet.people.budi) == []
    quiet.at(NOW + 5 * DAY)
    window = quiet.window(quiet.people.budi)
    assert window.state is WindowState.ACTIVE
    assert [signal.code for signal in quiet.signals(quiet.people.budi)] == ["X_pause_ends"]
    quiet.at(NOW + 12 * DAY - SECOND)
    assert red(quiet) == []
    quiet.at(NOW + 12 * DAY)
    assert len(red(quiet)) == 1


def test_a_new_plan_soon_after_a_pause_raises_nothing(quiet):
    """The weeks of the pause are no silence, whoever asks."""
    with quiet.database.write() as session:
        window = session.get_one(Window, quiet.window(quiet.people.budi).id)
        slots.pause(session, NOW, window, NOW + 20 * DAY, "asked")
    quiet.at(NOW + 20 * DAY)
    with quiet.database.write() as session:
        slots.new_generation(session, NOW + 21 * DAY, session.get_one(Window, window.id))
    quiet.at(NOW + 21 * DAY + HOUR)
    assert red(quiet) == []


def test_whoever_stays_unheard_is_looked_at_every_day(quiet):
    """A closed alert must not become a blind spot."""
    quiet.at(NOW + 7 * DAY)
    quiet.at(NOW + 8 * DAY)
    assert len(red(quiet)) == 1  # it is in somebody's hands
    quiet.change(Alert, red(quiet)[0].id, state=AlertState.CLOSED, closed_at=NOW, look_at=None)
    quiet.at(NOW + 9 * DAY - SECOND)
    assert len(red(quiet)) == 1
    quiet.at(NOW + 9 * DAY)
    assert len(red(quiet)) == 2


def test_a_silence_that_stands_as_a_line_turns_red(quiet):
    with quiet.database.write() as session:
        window = session.get_one(Window, quiet.window(quiet.people.budi).id)
        alerts.raise_(
            session, NOW, window=window, institution=session.get_one(Institution, quiet.people.melati),
            family=Family.SILENCE, level=Level.AMBER, signals=[("M1", Level.AMBER, {})], about="slot:1",
            within=Within.DAYS_2,
        )  # fmt: skip
    quiet.at(NOW + 7 * DAY)
    [alert] = quiet.alerts(quiet.people.budi)
    assert alert.level is Level.RED


def test_after_the_last_day_nobody_is_looked_for_any_more(quiet):
    window = quiet.window(quiet.people.budi)
    quiet.change(Window, window.id, ends_at=NOW + 7 * DAY)
    quiet.at(NOW + 7 * DAY)
    assert red(quiet) == []
    assert quiet.window(quiet.people.budi).look_at is None


@pytest.mark.parametrize("status", [PersonStatus.DIED, PersonStatus.WITHDRAWN, PersonStatus.IN_INSTITUTION])
def test_nobody_looks_for_the_dead_or_for_whoever_is_elsewhere(quiet, status):
    quiet.change(Person, quiet.people.budi, status=status)
    quiet.at(NOW + 7 * DAY)
    assert red(quiet) == []


def test_when_our_texts_did_not_arrive_the_reason_says_so(quiet):
    slot = quiet.slots(quiet.people.budi)[0]
    quiet.change(Slot, slot.id, state=SlotState.UNREACHED)
    quiet.at(NOW + 7 * DAY)
    assert [signal.code for signal in quiet.signals(quiet.people.budi)] == ["R5_undelivered"]
