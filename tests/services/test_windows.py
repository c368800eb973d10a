"""The end of a window, and which one is the current (design 4.5)."""

import pytest

from companion.models import Institution, Window
from companion.rules.states import AlertState, Family, Level, WindowState
from companion.services import alerts, enrol, windows
from tests.cast import NOW, later
from tests.services.ringing_bell import DAY, Bell


@pytest.fixture
def bell(database, people):
    with database.sessions() as session:
        yield Bell(session, people)


def close(bell):
    return windows.close(bell.session, NOW, bell.window(), outcome="completed", staff_id=bell.people.ratna)


def test_a_window_closes_once_with_its_outcome(bell):
    assert close(bell) is None
    window = bell.window()
    assert (window.state, window.outcome, window.closed_at, window.closed_by) == (
        WindowState.CLOSED, "completed", NOW, bell.people.ratna,
    )  # fmt: skip
    assert window.look_at is None
    assert close(bell) == "closed"


def test_it_cannot_close_over_an_open_red_alert(bell):
    bell.ring(Level.RED)
    assert close(bell) == "red"
    alerts.claim(bell.session, NOW, bell.alert().id, bell.staff("sari"))
    assert close(bell) == "red"
    alerts.close(bell.session, NOW, bell.alert().id, bell.staff("sari"), "reached", None)
    assert bell.alert().state is AlertState.CLOSED
    assert close(bell) is None


def test_an_amber_alert_does_not_keep_it_open(bell):
    bell.ring(Level.AMBER, Family.STRUGGLING)
    assert close(bell) is None


def test_coming_out_again_is_a_new_window(bell):
    close(bell)
    bell.session.flush()
    person = bell.window().person
    new = enrol.open_window(bell.session, later(days=30), person, later(days=30).date())
    assert windows.current(bell.session, person.id).id == new.id
    assert bell.session.query(Window).filter_by(person_id=person.id).count() == 2


def test_without_an_unclosed_one_the_last_is_the_current(bell):
    close(bell)
    assert windows.current(bell.session, bell.people.budi).state is WindowState.CLOSED
    assert windows.current(bell.session, 999999) is None


def test_the_next_check_in_is_the_first_that_is_promised(bell):
    person = bell.window().person
    first = windows.next_slot(bell.session, person, NOW)
    second = windows.next_slot(bell.session, person, first.due_at)
    assert first.due_at < second.due_at


@pytest.mark.parametrize(
    ("heard_at", "paused_until", "since"),
    [(NOW, None, NOW), (NOW, NOW - DAY, NOW), (NOW - DAY, NOW, NOW)],
)
def test_silence_counts_from_the_later_of_hearing_and_the_end_of_a_pause(heard_at, paused_until, since):
    assert windows.silent_since(heard_at, paused_until) == since


def test_a_closed_window_has_no_clock(bell):
    close(bell)
    windows.heard(bell.session, NOW, bell.window(), "Asia/Jakarta", "call")
    assert bell.window().look_at is None
    assert bell.session.get(Institution, bell.people.melati) is not None
