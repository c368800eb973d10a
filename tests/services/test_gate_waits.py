"""What only makes a text wait, and until when (design 2.6)."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from companion.engine.time import state_of
from companion.models import ChannelHold, EngineState, Institution, Message, Person, Phone, Window
from companion.rules.states import MessageState, WindowState
from companion.rules.terms import Lane
from companion.services import gate, numbers, stops
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE
from tests.services.at_the_gate import MONDAY, ask, promise


@pytest.fixture
def text(scene):
    """Promise a text to Budi."""
    return partial(promise, scene)


def test_a_pause_waits_for_its_end(scene, text):
    until = MONDAY + DAY
    scene.change(Window, scene.window(scene.people.budi).id, state=WindowState.PAUSED, paused_until=until)
    assert ask(scene, text()) == ("planned", "paused", until)


def test_an_earlier_pause_holds_nothing(scene, text):
    scene.change(Window, scene.window(scene.people.budi).id, paused_until=MONDAY - HOUR)
    assert ask(scene, text())[0] == "sending"


@pytest.mark.parametrize(("minutes", "state"), [(1, "planned"), (0, "sending")])
def test_a_number_that_could_not_speak_is_left_in_peace(scene, text, minutes, state):
    until = MONDAY + minutes * MINUTE
    scene.write(numbers.keep_quiet, scene.number_id(scene.people.budi), until)
    assert ask(scene, text())[0] == state


def test_a_stop_of_the_institution_or_of_all_waits_and_another_institutions_does_not(scene, text):
    until = MONDAY + 3 * HOUR
    scene.write(stops.stop, cast.NOW, institution_id=scene.people.other, reason="x", until=until)
    assert ask(scene, text(subject="a"))[0] == "sending"
    scene.change(Message, scene.messages(subject="a")[0].id, state=MessageState.REFUSED)
    scene.write(stops.stop, cast.NOW, institution_id=scene.people.melati, reason="x", until=until)
    message = text(subject="b")
    assert ask(scene, message) == ("planned", "stop", until)
    assert ask(scene, message, until)[0] == "sending"


@pytest.mark.parametrize(("province", "state"), [("SB", "planned"), ("BA", "sending"), (None, "sending")])
def test_a_stop_of_a_province_holds_the_people_who_live_there(scene, text, province, state):
    scene.change(Person, scene.people.budi, province=province)
    scene.write(stops.stop, cast.NOW, institution_id=None, reason="banjir", until=MONDAY + DAY, province="SB")
    assert ask(scene, text())[0] == state


def test_a_restore_waits_for_a_person_and_is_asked_about_every_quarter_of_an_hour(scene, text):
    scene.write(state_of)
    scene.change(EngineState, 1, restored_at=cast.NOW)
    assert ask(scene, text()) == ("planned", "stop", MONDAY + 15 * MINUTE)


def test_a_held_channel_waits(scene, text):
    with scene.database.write() as session:
        session.add(ChannelHold(channel="sms", until=MONDAY + HOUR, reason="configuration", since=cast.NOW))
    assert ask(scene, text()) == ("planned", "configuration", MONDAY + HOUR)


def test_the_budget_of_the_day_waits_for_the_next_morning_and_urgent_texts_do_not(scene, text):
    scene.change(Institution, scene.people.melati, daily_budget=1)
    wati = {"person_id": scene.people.wati, "number_id": scene.number_id(scene.people.wati)}
    assert ask(scene, text(subject="first", **wati))[0] == "sending"
    assert ask(scene, text()) == ("planned", "budget", datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    assert ask(scene, text(subject="urgent", lane=Lane.URGENT))[0] == "sending"


def test_a_text_that_surely_never_left_costs_nothing_of_the_budget(scene, text):
    scene.change(Institution, scene.people.melati, daily_budget=1)
    wati = {"person_id": scene.people.wati, "number_id": scene.number_id(scene.people.wati)}
    message = text(subject="first", **wati)
    assert ask(scene, message)[0] == "sending"
    scene.change(Message, message.id, state=MessageState.PLANNED, look_at=MONDAY + HOUR)
    assert ask(scene, text())[0] == "sending"


def test_the_phone_of_another_person_on_the_same_number_does_not_matter(scene, text):
    """Safe hours are each person's own."""
    with scene.database.write() as session:
        wati = session.get(Person, scene.people.wati)
        numbers.attach(session, wati, BUDI, "shared", rank=1).safe_from = "18:00"
    assert ask(scene, text())[0] == "sending"


def test_safe_hours_narrow_the_day(scene, text):
    with scene.database.write() as session:
        phone = session.query(Phone).filter_by(person_id=scene.people.budi).one()
        phone.safe_from, phone.safe_to = "16:00", "18:00"
    message = text()
    assert ask(scene, message) == ("planned", "hours", datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    taken = scene.write(gate.take, message.id, MONDAY + 5 * HOUR, MONDAY, "https://s.id")
    assert taken.valid_for == timedelta(hours=2).total_seconds()
