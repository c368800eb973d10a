"""Failures elsewhere, tried here: night, zone, calendar (cases 9-17)."""

import ast
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, update

import companion
from companion.engine import alarms as looking
from companion.engine import tick as ticking
from companion.engine.batches import StateStep
from companion.models import Attempt, EngineState, Link, Message, Slot
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import Purpose
from tests import cast
from tests.carriers import RecordingChannel
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND
from tests.whole.failure_cases import made_sure, move_slot, promise, somewhere_else, stop

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
TUESDAY = date(2026, 11, 24)


def at_home(day: date, hour: int, minute: int = 0, zone: str = ZONES[0]) -> datetime:
    """A time on somebody's own clock."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def held(scene, slot):
    message = scene.message(slot)
    return message.state, message.held_because, message.look_at


@pytest.mark.parametrize("zone", ZONES)
def test_case_09_nothing_leaves_at_22_57_and_it_is_held_for_the_hours(scene, zone):
    """Promised in time and delayed until 22.57: what counts is the instant of sending, on the recipient's clock."""
    somewhere_else(scene, scene.people.budi, zone)
    slot = move_slot(scene, scene.people.budi, at_home(TUESDAY, 19, 0, zone))
    scene.at(slot.due_at, send=False)
    scene.at(at_home(TUESDAY, 22, 57, zone))
    morning = at_home(TUESDAY + DAY, 8, 0, zone)
    assert held(scene, slot) == (MessageState.PLANNED, "hours", morning)
    scene.at(morning - SECOND)
    assert scene.carrier.bodies(BUDI) == []
    scene.at(morning)
    assert len(scene.carrier.bodies(BUDI)) == 1


class Watched(RecordingChannel):
    """Notes when each text was handed over and until when the carrier may still deliver it."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.spans = clock, []

    def send(self, letter):
        self.spans.append((self.clock.at, self.clock.at + timedelta(seconds=letter.valid_for)))
        return super().send(letter)


def begin_anew(scene):
    """Nothing was promised or sent, and no tick has ever run."""
    with scene.database.write() as session:
        for model in (Attempt, Message, Link, Slot):
            session.execute(delete(model))
        session.execute(update(EngineState).values(last_tick_at=None))


def promised_at(scene, due_at: datetime) -> None:
    window = scene.window(scene.people.budi)
    with scene.database.write() as session:
        session.add(
            Slot(
                institution_id=window.institution_id, person_id=scene.people.budi, window_id=window.id,
                generation=99, seq=1, due_at=due_at, look_at=due_at, give_up_at=due_at + DAY,
                closes_at=due_at + 7 * DAY, state=SlotState.PLANNED,
            )
        )  # fmt: skip


@settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    zone=some.sampled_from(ZONES),
    due=some.integers(0, 119 * 24 * 60),
    delay=some.integers(0, 30 * 60),
    waits=some.lists(some.integers(1, 20 * 60), max_size=4),
)
def test_case_10_in_any_zone_and_after_any_delay_no_text_leaves_outside_eight_to_eight(
    scene, zone, due, delay, waits
):
    """Every minute of a whole window (Ramadan, Idulfitri, Nyepi, Fridays lie in it), an engine late by hours."""
    begin_anew(scene)
    somewhere_else(scene, scene.people.budi, zone)
    carrier = scene.house.channels["sms"] = Watched(scene.clock)
    due_at = cast.NOW + due * MINUTE
    promised_at(scene, due_at)
    made_sure(scene, due_at)
    now = due_at + delay * MINUTE
    for wait in (0, *waits, 24 * 60):
        now += wait * MINUTE
        scene.at(now)
    for left, until in carrier.spans:
        here = left.astimezone(ZoneInfo(zone))
        assert time(8) <= here.time() < time(19, 40)
        assert until <= datetime.combine(here.date(), time(20), ZoneInfo(zone))


@pytest.mark.parametrize(("seconds", "leaves"), [(-1, True), (0, False)])
def test_case_11_nothing_is_handed_over_in_the_last_twenty_minutes(scene, seconds, leaves):
    slot = move_slot(scene, scene.people.budi, at_home(TUESDAY, 19))
    scene.at(slot.due_at, send=False)
    scene.at(at_home(TUESDAY, 19, 40) + seconds * SECOND)
    assert bool(scene.carrier.bodies(BUDI)) == leaves


def test_case_11_the_carrier_is_told_until_when_it_may_hold_a_text(scene, phones):
    slot = move_slot(scene, scene.people.budi, at_home(TUESDAY, 19))
    scene.at(slot.due_at, send=False)
    scene.at(at_home(TUESDAY, 19, 39))
    (call,) = [call for call in phones.calls if call.form.get("To") == BUDI]
    assert call.form["ValidityPeriod"] == str(21 * 60)


def test_case_12_a_text_of_yesterday_ends_as_expired_and_the_next_check_in_has_its_own_words(scene):
    first, second = scene.slots(scene.people.budi)[:2]
    stop(scene, first.give_up_at + MINUTE)
    scene.at(first.due_at)
    message = scene.message(first)
    assert message.expires_at == first.give_up_at
    scene.at(first.give_up_at - SECOND)
    assert scene.message(first).state is MessageState.PLANNED
    scene.at(first.give_up_at)
    assert (scene.message(first).state, scene.slot(first.id).reason) == (MessageState.EXPIRED, "stop")
    scene.at(second.due_at)
    (body,) = scene.carrier.bodies(BUDI)
    assert body.endswith(scene.message(second).token)
    assert message.token not in body


READS_THE_TIME = {"today", "utcnow", "now", "utcfromtimestamp", "localtime"}


def test_case_14_no_rule_service_or_model_reads_the_time_or_a_day_of_its_own():
    root, found = Path(companion.__file__).parent, []
    for room in ("rules", "services", "engine", "models"):
        for path in sorted((root / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in READS_THE_TIME:
                    owner = getattr(node.value, "id", getattr(node.value, "attr", ""))
                    if owner in {"datetime", "date", "time", "func", "dt"}:
                        found.append(f"{room}/{path.name}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize(
    ("first", "second", "leaves"),
    [
        ((24, 19), (25, 8), True),  # one UTC day, two days in Jayapura
        ((24, 8), (24, 10), False),  # two UTC days, one day in Jayapura
    ],
)
def test_case_14_today_is_the_recipients_today(scene, first, second, leaves):
    """One text a local day: yesterday's list must not be counted with another zone's midnight."""
    zone = ZONES[2]
    somewhere_else(scene, scene.people.budi, zone)
    for n, (day, hour) in enumerate((first, second)):
        scene.clock.at = at_home(date(2026, 11, day), hour, 5, zone)
        promise(scene, Purpose.WE_RANG, subject=f"contact:{n}")
        scene.at(scene.clock.at)
    assert len(scene.carrier.bodies(BUDI)) == 1 + leaves


def test_case_15_a_planner_that_finds_nobody_is_an_alarm_two_hours_later(scene, monkeypatch):
    """A month without a text elsewhere: the query for today found nobody, and nobody noticed.

    Texts left yesterday afternoon; they must not hide that today nobody is found.
    """
    due_at = scene.due_together()
    scene.at(due_at - 20 * HOUR)
    promise(scene, Purpose.WE_RANG)
    scene.at(due_at - 20 * HOUR)
    assert len(scene.carrier.bodies(BUDI)) == 1
    monkeypatch.setattr(ticking, "STEPS", tuple(_finds_nobody(step) for step in ticking.STEPS))
    for minutes in (0, 60, 119, 120):
        scene.at(due_at + minutes * MINUTE)
        with scene.database.read() as session:
            found = looking.alarms(session, scene.clock.at, scene.clock.machine())
        assert ("planned_today_sent_none" in found) == (minutes >= 120)


def _finds_nobody(step: StateStep) -> StateStep:
    nobody = ticking.Counter
    return StateStep(step.name, step.model, lambda *_: nobody(looked=0), step.pick, step.among)


@pytest.mark.parametrize(
    ("due", "province", "asked"),
    [
        (at_home(date(2026, 12, 25), 10), None, at_home(date(2026, 12, 26), 8)),  # Natal
        (at_home(date(2027, 3, 8), 10), "BA", at_home(date(2027, 3, 9), 8)),  # Nyepi, in Bali
        (at_home(date(2027, 3, 8), 10), "JB", at_home(date(2027, 3, 8), 10)),  # Nyepi, elsewhere
        (at_home(date(2027, 2, 15), 17, 30), None, at_home(date(2027, 2, 15), 19, 30)),  # Ramadan
        (at_home(date(2026, 12, 4), 12), None, at_home(date(2026, 12, 4), 13, 15)),  # Friday noon
        (at_home(date(2026, 12, 6), 10), None, at_home(date(2026, 12, 6), 10)),  # a Sunday is a day
    ],
)
def test_case_17_a_check_in_on_a_blocked_day_moves_to_the_next_allowed_time(scene, due, province, asked):
    somewhere_else(scene, scene.people.budi, ZONES[0], province)
    slot = move_slot(scene, scene.people.budi, due)
    made_sure(scene, due)
    scene.at(due)
    scene.at(asked - SECOND)
    assert bool(scene.carrier.bodies(BUDI)) == (asked == due)
    scene.at(asked)
    assert scene.slot(slot.id).asked_at == asked


def test_case_17_without_an_allowed_time_in_a_day_it_is_excused_by_the_calendar(scene):
    slot = move_slot(scene, scene.people.budi, at_home(date(2027, 3, 10), 10))  # Idulfitri has two days
    scene.at(slot.due_at)
    assert (scene.slot(slot.id).state, scene.slot(slot.id).reason) == (SlotState.EXCUSED, "calendar")
    assert scene.carrier.bodies(BUDI) == []
