"""The system tells when it is broken (design 2.13)."""

import logging
import threading
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from companion.channels.protocol import Misconfigured
from companion.engine import alarms as looking
from companion.engine import sending, watch
from companion.engine.batches import park
from companion.models import Alert, EngineState, Institution, Message, Slot, Staff
from companion.rules.days import load_calendar
from companion.rules.states import AlertState, Family, Level, Within
from companion.services import alerts, stops
from tests.cast import NOW
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND
from tests.engine.test_gap_calls import raise_for

OPENING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC) - NOW
"""From now, a Monday morning, to the next one's 08.00."""


def alarms(scene, at=None):
    with scene.database.read() as session:
        return looking.alarms(session, at or scene.clock.at, scene.clock.machine())


def test_all_is_well_after_a_tick(scene):
    assert alarms(scene) == []


def test_before_the_first_tick_and_five_minutes_after_the_last_it_says_so(database, scene):
    with database.read() as session:
        machine = scene.clock.machine()
        assert looking.alarms(session, NOW, machine + timedelta(minutes=4)) == []
        assert looking.alarms(session, NOW, machine + timedelta(minutes=6)) == ["no_tick"]


def test_without_any_tick_it_says_so(house, people):
    with house.database.read() as session:
        assert looking.alarms(session, NOW, house.clock.machine()) == ["no_tick"]


def test_a_held_channel_a_parked_row_and_a_restore_are_named(scene):
    scene.carrier.refuses = {BUDI: Misconfigured(20003)}
    slot = scene.asked(scene.people.budi)
    park(scene.database, "open", Slot, slot.id, scene.clock.at, KeyError())
    scene.change(EngineState, 1, restored_at=scene.clock.at)
    assert alarms(scene) == ["restored_and_stopped", "channel_held", "row_parked"]
    assert alarms(scene, scene.clock.at + HOUR) == ["restored_and_stopped"]


@pytest.mark.parametrize(("days", "alarm"), [(60, False), (59, True)])
def test_somebody_is_told_before_the_holidays_run_out(scene, days, alarm):
    """Failures 17: a year without data would be a year in which texts leave on Idulfitri."""
    last = datetime.combine(load_calendar().known_until, time(12), UTC)
    assert ("calendar_ends" in alarms(scene, last - days * DAY)) == alarm


# --- planned today, sent none ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "alarm"), [(119, False), (120, True)])
def test_a_planner_that_plans_nothing_is_noticed_after_two_hours(scene, minutes, alarm):
    """Failures 15: a month without a text, because the query for today found nobody."""
    due_at = scene.due_together()
    scene.change(EngineState, 1, last_tick_at=due_at)  # it ticks, but does not open them
    assert alarms(scene, due_at + minutes * MINUTE) == (["planned_today_sent_none"] if alarm else [])


@pytest.mark.parametrize(("minutes", "alarm"), [(119, False), (120, True)])
def test_messages_that_nobody_sends_are_noticed(scene, minutes, alarm):
    due_at = scene.due_together()
    scene.at(due_at, send=False)
    assert alarms(scene, due_at + minutes * MINUTE) == (["planned_today_sent_none"] if alarm else [])


@pytest.mark.parametrize(("since", "alarm"), [(2 * HOUR - SECOND, False), (2 * HOUR, True)])
def test_it_is_no_alarm_while_anything_leaves(scene, since, alarm):
    """A long queue is no silence; but what left before these two hours says nothing about them."""
    due_at = scene.due_together()
    scene.at(due_at, send=False)
    scene.clock.at = due_at + HOUR
    sending.send_one(scene.house, scene.messages()[0].id)
    found = alarms(scene, due_at + HOUR + since)
    assert found == (["planned_today_sent_none"] if alarm else [])


def test_what_is_held_for_a_reason_is_no_alarm(scene):
    scene.write(stops.stop, NOW, institution_id=None, reason="banjir", until=NOW + 9 * DAY)
    scene.at(scene.due_together())
    assert alarms(scene, scene.clock.at + 5 * HOUR) == []


# --- red, and nobody was told ---------------------------------------------------------------------------------------


@pytest.fixture
def speechless(scene):
    """A red alert where nobody has a phone."""
    with scene.database.write() as session:
        session.execute(Institution.__table__.update().values(duty_number=None))
        session.execute(Staff.__table__.update().values(phone=None))
    raise_for(scene, scene.people.budi, Family.SAFETY, Level.RED, within=Within.HOURS_4)
    return scene


@pytest.mark.parametrize(("seconds", "alarm"), [(299, False), (300, True)])
def test_a_red_alert_that_reached_nobody_is_noticed_after_five_minutes_of_staff_hours(
    speechless, seconds, alarm
):
    found = alarms(speechless, NOW + seconds * SECOND)
    assert ("red_alert_nobody_notified" in found) == alarm


@pytest.mark.parametrize(
    ("at", "alarm"),
    [(DAY - 10 * HOUR, False), (OPENING + 299 * SECOND, False), (OPENING + 300 * SECOND, True)],
)
def test_what_turns_red_at_night_is_counted_from_the_opening_and_not_from_the_day_before(scene, at, alarm):
    with scene.database.write() as session:
        session.execute(Institution.__table__.update().values(duty_number=None))
        session.execute(Staff.__table__.update().values(phone=None))
    alert_id = raise_for(scene, scene.people.budi, Family.SAFETY, Level.AMBER)
    with scene.database.write() as session:
        alerts.claim(session, NOW, alert_id, session.get_one(Staff, scene.people.sari))
    raise_for(scene, scene.people.budi, Family.SAFETY, Level.RED, at=NOW + 12 * HOUR, within=Within.HOURS_4)
    assert ("red_alert_nobody_notified" in alarms(scene, NOW + at)) == alarm


def test_it_is_noticed_also_when_it_stands_on_the_banner_for_good(speechless):
    speechless.at(NOW + DAY)
    speechless.at(NOW + 2 * DAY)
    assert speechless.alerts(speechless.people.budi)[0].look_at is None
    assert "red_alert_nobody_notified" in alarms(speechless)


@pytest.mark.parametrize(
    "values", [{"state": AlertState.CLAIMED}, {"notified_at": NOW}, {"level": Level.AMBER}]
)
def test_it_is_no_alarm_once_somebody_has_it_or_was_told(speechless, values):
    alert = speechless.alerts(speechless.people.budi)[0]
    speechless.change(Alert, alert.id, **values)
    assert "red_alert_nobody_notified" not in alarms(speechless, NOW + HOUR)


# --- telling --------------------------------------------------------------------------------------------------------


def test_what_is_wrong_is_raised_by_name(scene):
    scene.change(EngineState, 1, restored_at=NOW)
    watch.look(scene.house, "")
    assert scene.carrier.alarms == ["restored_and_stopped"]


def test_a_watch_that_breaks_is_an_alarm_itself(scene, monkeypatch):
    monkeypatch.setattr(watch, "found", lambda *given: 1 / 0)
    watch.look(scene.house, "")
    assert scene.carrier.alarms == ["watch:ZeroDivisionError"]


def test_it_is_told_once_in_a_quarter_of_an_hour_by_whichever_worker_and_once_when_it_is_over(scene):
    scene.change(EngineState, 1, restored_at=NOW)
    for _ in range(3):
        watch.look(scene.house, "")
    scene.change(EngineState, 1, restored_at=None)
    for _ in range(3):
        watch.look(scene.house, "")
    assert scene.carrier.alarms == ["restored_and_stopped", "over"]


def test_what_cannot_be_written_down_is_told_all_the_same(scene, monkeypatch, caplog):
    scene.change(EngineState, 1, restored_at=NOW)
    monkeypatch.setattr(watch.raised, "to_tell", lambda *given: 1 / 0)
    watch.look(scene.house, "")
    assert scene.carrier.alarms == ["restored_and_stopped"]
    assert "alarms not written down: ZeroDivisionError" in caplog.text


def test_a_budget_at_80_per_cent_is_told_once_and_the_heart_beats_on(scene, heart):
    scene.change(Institution, scene.people.melati, daily_budget=0)
    watch.look(scene.house, heart)
    watch.look(scene.house, heart)
    assert (scene.carrier.alarms, Heart.beats) == (["budget_80"], 2)


def test_the_operators_command_is_run_once_in_a_quarter_of_an_hour(tmp_path, caplog):
    said = tmp_path / "said"
    script = tmp_path / "alarm.sh"
    script.write_text(f'#!/bin/sh\necho "$1" >> {said}\n')
    script.chmod(0o700)
    alarm = watch.alarm_by(str(script))
    alarm("no_tick", "words")
    alarm("no_tick", "words")
    alarm("books", "words")
    assert said.read_text().split() == ["no_tick", "books"]


@pytest.mark.parametrize("command", ["/nowhere/alarm", "an 'unclosed quote", "false"])
def test_a_command_that_fails_breaks_nothing(caplog, command):
    watch.alarm_by(command)("no_tick", "words")
    assert "ALARM_COMMAND failed" in caplog.text


class Heart(BaseHTTPRequestHandler):
    beats = 0

    def do_GET(self):
        Heart.beats += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *given):
        pass


@pytest.fixture
def heart():
    server = HTTPServer(("127.0.0.1", 0), Heart)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Heart.beats = 0
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_heart_beats_only_while_nothing_is_wrong(scene, heart):
    watch.look(scene.house, heart)
    assert Heart.beats == 1
    scene.change(EngineState, 1, restored_at=NOW)
    watch.look(scene.house, heart)
    assert Heart.beats == 1


def test_a_heartbeat_that_does_not_arrive_breaks_nothing(scene, caplog):
    with caplog.at_level(logging.WARNING):
        watch.look(scene.house, "http://127.0.0.1:1/")
        watch.look(scene.house, "file:///etc/passwd")
        watch.look(scene.house, "http://127.0.0.1:no/")
    assert caplog.text.count("heartbeat not delivered") == 2


def test_it_looks_at_messages_that_left_and_not_at_tries(scene):
    due_at = scene.due_together()
    scene.at(due_at, send=False)
    message = scene.messages()[0]
    scene.change(Message, message.id, first_attempt_at=due_at)
    assert alarms(scene, due_at + 2 * HOUR) == ["planned_today_sent_none"]
