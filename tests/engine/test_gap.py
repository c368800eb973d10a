"""After we stood still: one text, our own void, every clock moved, a call list, all of it once (design 4.5)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from companion.db import Database
from companion.engine.house import House
from companion.engine.tick import tick
from companion.models import Gap, Message, Slot
from companion.rules.states import Family, MessageState, SlotState
from companion.rules.terms import Purpose
from companion.services import gate, stops
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND


def gaps(scene):
    return scene._all(select(Gap))


def states(scene, person_id):
    return [
        (slot.state.value, slot.reason) for slot in scene.slots(person_id) if slot.state.value != "planned"
    ]


def test_five_days_off_with_three_due_slots_make_one_text_that_says_whose_fault_it_was(scene):
    """Day 5, 9 and 12 of Budi's window fall due while nobody ticks."""
    third = scene.slots(scene.people.budi)[2]
    report = scene.after_standing_still(third.due_at + HOUR)
    assert states(scene, scene.people.budi) == [("void", "downtime"), ("void", "downtime"), ("open", None)]
    bodies = scene.carrier.bodies(BUDI)
    assert len(bodies) == 1
    assert "tidak terkirim" in bodies[0] or "terganggu" in bodies[0]
    assert [message.purpose for message in scene.messages(slot_id=third.id)] == [Purpose.AFTER_GAP]
    assert (report.gap_s, report.did["void"]) == (int((third.due_at + HOUR - cast.NOW).total_seconds()), 6)
    assert not any(alert.family is Family.SYSTEM for alert in scene.alerts(scene.people.budi))


@pytest.mark.parametrize(("minutes", "gap"), [(29, 0), (30, 0), (31, 1)])
def test_a_gap_begins_after_thirty_minutes_without_a_tick(scene, minutes, gap):
    scene.after_standing_still(cast.NOW + minutes * MINUTE)
    assert len(gaps(scene)) == gap


def test_a_walk_is_no_gap(scene):
    scene.at(cast.later(days=5))
    assert gaps(scene) == []


def test_the_very_first_tick_finds_no_gap(house, people, clock):
    clock.at = cast.later(days=30)
    assert tick(house).gap_s == 0


def test_a_long_tick_is_no_gap(scene, monkeypatch):
    """What counts is when the last tick ended: a slow carrier may keep it busy for an hour."""
    slot = scene.next_slot(scene.people.budi)
    send = scene.carrier.send

    def slow(letter):
        scene.clock.at += 40 * MINUTE
        return send(letter)

    monkeypatch.setattr(scene.carrier, "send", slow)
    scene.at(slot.due_at, senders=1)
    monkeypatch.undo()
    assert scene.after_standing_still(scene.clock.at + 15 * SECOND).gap_s == 0


def test_it_is_written_once_also_when_two_processes_find_it(scene, clock):
    clock.at = cast.later(days=5)
    other = Database(scene.database.url.render_as_string(hide_password=False))
    houses = [
        scene.house,
        House(other, clock, scene.house.channels, "https://s.id", shuffle=lambda ids: None),
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tick, houses))
    other.dispose()
    assert [(gap.began_at, gap.ended_at) for gap in gaps(scene)] == [(cast.NOW, clock.at)]
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.after_standing_still(clock.at + MINUTE).gap_s == 0


def test_a_slot_that_has_closed_is_void_and_not_asked(scene):
    first = scene.next_slot(scene.people.budi)
    scene.change(Slot, first.id, closes_at=first.due_at + 5 * HOUR)
    scene.after_standing_still(first.due_at + 5 * HOUR)
    assert scene.slot(first.id).state is SlotState.VOID
    assert scene.carrier.bodies(BUDI) == []


def test_the_newest_gets_a_whole_day_to_be_asked_in(scene):
    first = scene.next_slot(scene.people.budi)
    evening = first.due_at.replace(hour=14)  # 21.00 in Jakarta: nothing may leave now
    scene.after_standing_still(evening)
    slot = scene.slot(first.id)
    assert (slot.state, slot.give_up_at, slot.look_at) == (SlotState.OPEN, evening + DAY, evening + DAY)
    assert scene.message(slot).expires_at == evening + DAY
    scene.at(evening + 11 * HOUR)  # 08.00
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_an_invitation_that_waited_when_it_began_waits_longer_and_says_so(scene):
    slot = scene.next_slot(scene.people.budi)
    stop_until = slot.due_at + 30 * MINUTE
    scene.write(stops.stop, cast.NOW, institution_id=None, reason="test", until=stop_until)
    scene.at(slot.due_at)
    scene.after_standing_still(slot.due_at + 2 * HOUR)
    slot = scene.slot(slot.id)
    assert slot.give_up_at == slot.due_at + 26 * HOUR
    message = scene.message(slot)
    assert (message.purpose, message.expires_at, message.state) == (
        Purpose.AFTER_GAP, slot.give_up_at, MessageState.SENT,
    )  # fmt: skip


def test_two_gaps_in_the_life_of_a_slot_both_count(scene):
    slot = scene.next_slot(scene.people.budi)
    scene.write(stops.stop, cast.NOW, institution_id=None, reason="test", until=cast.later(days=9))
    scene.at(slot.due_at)
    scene.after_standing_still(slot.due_at + HOUR)
    scene.after_standing_still(slot.due_at + 3 * HOUR)
    assert scene.slot(slot.id).give_up_at == slot.due_at + 27 * HOUR


def test_the_time_does_not_count_against_whoever_was_asked(scene):
    slot = scene.asked(scene.people.budi)
    began = slot.asked_at + 40 * HOUR
    scene.at(began)
    scene.after_standing_still(began + 10 * HOUR)
    moved = scene.slot(slot.id)
    assert (moved.state, moved.miss_at) == (SlotState.OPEN, slot.miss_at + 10 * HOUR)
    scene.at(moved.miss_at - SECOND)
    assert scene.slot(slot.id).state is SlotState.OPEN
    scene.at(moved.miss_at)
    assert scene.slot(slot.id).state is SlotState.MISSED


def test_miss_at_never_moves_past_the_close(scene):
    slot = scene.asked(scene.people.budi)
    scene.after_standing_still(slot.closes_at - HOUR)
    assert scene.slot(slot.id).miss_at == slot.closes_at


def test_a_reminder_that_fell_into_the_gap_comes_in_its_own_half_of_the_day(scene):
    slot = scene.asked(scene.people.budi)  # in the morning, so reminded after 14.00
    morning = slot.remind_at + 18 * HOUR  # 08.00 of the day after
    scene.after_standing_still(morning)
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.slot(slot.id).remind_at == slot.remind_at + DAY
    scene.at(slot.remind_at + DAY)
    assert len(scene.carrier.bodies(BUDI)) == 2


def test_a_text_in_a_senders_hands_when_it_began_is_not_voided(scene):
    """It may have gone out; its lease decides, and the slot then counts as asked."""
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at, send=False)
    now = scene.clock.at
    scene.write(gate.take, scene.message(slot).id, now, now, "https://s.id")
    scene.change(Message, scene.message(slot).id, lease_until=scene.clock.machine() - SECOND)
    scene.after_standing_still(scene.slots(scene.people.budi)[1].due_at)
    assert scene.slot(slot.id).asked_at == now
    assert (scene.slot(slot.id).state, scene.slot(slot.id).reason) == (SlotState.VOID, "unsure")


# --- the clock ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "exit_status"), [(5, 0), (6, 3)])
def test_a_clock_that_went_back_stops_everything_and_says_so(scene, seconds, exit_status):
    slot = scene.next_slot(scene.people.budi)
    scene.at(slot.due_at - HOUR)
    scene.change(Slot, slot.id, look_at=slot.due_at - 2 * HOUR)
    report = scene.after_standing_still(slot.due_at - HOUR - seconds * SECOND)
    assert report.exit == exit_status
    assert ("clock_went_back" in scene.carrier.alarms) == (exit_status == 3)
    assert (scene.slot(slot.id).state is SlotState.PLANNED) == (exit_status == 3)
