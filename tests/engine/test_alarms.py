"""Each alarm of design 2.13 at its boundary: not a moment early, and surely then."""

from datetime import timedelta

import pytest

from companion.channels.protocol import Misconfigured, Unsure
from companion.engine import alarms
from companion.engine.batches import PARKED_FOR, park
from companion.models import EngineState, Institution, Message, Slot
from companion.rules.states import MessageState
from tests.cast import NOW
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND

MICROSECOND = timedelta(microseconds=1)


def wrong(scene, at=None, machine=None):
    with scene.database.read() as session:
        return alarms.alarms(session, at or scene.clock.at, machine or scene.clock.machine())


@pytest.mark.parametrize(("after", "names"), [(timedelta(), []), (MICROSECOND, ["no_tick"])])
def test_no_tick_for_more_than_five_minutes_of_machine_time(scene, after, names):
    with scene.database.read() as session:
        ticked = session.get(EngineState, 1).ticked_machine_at
    assert wrong(scene, machine=ticked + alarms.TICK_AGE + after) == names


def test_a_clock_that_went_back_until_it_is_forwards_again(scene):
    scene.after_standing_still(NOW - MINUTE)
    assert wrong(scene) == ["clock_went_back"]
    scene.after_standing_still(NOW + MINUTE)
    assert wrong(scene) == []


@pytest.mark.parametrize(("before_end", "names"), [(SECOND, ["channel_held"]), (timedelta(), [])])
def test_a_channel_is_held_to_the_end_of_its_hold(scene, before_end, names):
    scene.carrier.refuses = {BUDI: Misconfigured(20003)}
    held_at = scene.asked(scene.people.budi).due_at
    assert wrong(scene, held_at + 15 * MINUTE - before_end) == names


@pytest.mark.parametrize(("before_end", "names"), [(SECOND, ["row_parked"]), (timedelta(), [])])
def test_a_row_is_parked_for_its_hour(scene, before_end, names):
    park(scene.database, "open", Slot, scene.next_slot(scene.people.budi).id, NOW, KeyError())
    assert wrong(scene, NOW + PARKED_FOR - before_end) == names


@pytest.mark.parametrize(("minutes", "names"), [(59, []), (60, ["unsure_undecided"])])
def test_an_unsure_text_is_a_persons_business_after_an_hour(scene, minutes, names):
    scene.carrier.refuses = {BUDI: Unsure(500)}
    slot = scene.asked(scene.people.budi)
    assert wrong(scene, slot.due_at + minutes * MINUTE) == names
    scene.change(Message, scene.message(slot).id, state=MessageState.SENT)
    assert wrong(scene, slot.due_at + minutes * MINUTE) == []


@pytest.mark.parametrize(("after", "names"), [(timedelta(), []), (MICROSECOND, ["backup_old"])])
def test_a_backup_is_old_after_two_days(scene, after, names):
    scene.change(EngineState, 1, backed_up_at=NOW)
    assert wrong(scene, NOW + alarms.OLD_BACKUP + after) == names


@pytest.mark.parametrize(
    ("free", "names"), [(alarms.LITTLE_DISK, []), (alarms.LITTLE_DISK - 1, ["disk_low"])]
)
def test_a_disk_that_is_nearly_full(scene, monkeypatch, free, names):
    monkeypatch.setattr(alarms, "free_disk", lambda url: free)
    assert wrong(scene) == names


def test_a_restore_that_nobody_has_lifted(scene):
    scene.change(EngineState, 1, restored_at=NOW)
    assert wrong(scene, NOW + 30 * MINUTE) == ["restored_and_stopped"]


def sent_today(scene, n, budget):
    """So many texts left today, of so many that are paid for."""
    scene.change(Institution, scene.people.melati, daily_budget=budget)
    with scene.database.write() as session:
        for number in range(n):
            session.add(
                Message(
                    institution_id=scene.people.melati, purpose="invitation", subject=f"x:{number}", state="sent",
                    planned_for=NOW, expires_at=NOW + DAY, state_at=NOW, first_attempt_at=NOW, last_attempt_at=NOW,
                )
            )  # fmt: skip


@pytest.mark.parametrize(
    ("used", "names"), [(79, []), (80, ["budget_80"]), (99, ["budget_80"]), (100, ["budget_80"])]
)
def test_a_budget_warns_at_80_per_cent(scene, used, names):
    sent_today(scene, used, 100)
    assert wrong(scene) == names


def test_a_budget_is_named_by_institution_and_day_and_begins_anew_at_the_local_midnight(scene):
    sent_today(scene, 9, 10)
    with scene.database.read() as session:
        assert alarms.found(session, NOW, scene.clock.machine())[0].words.endswith("(melati 2026-11-23)")
        midnight = NOW + 15 * HOUR
        assert alarms.found(session, midnight - SECOND, scene.clock.machine())
        assert alarms.found(session, midnight, scene.clock.machine()) == []


def test_what_is_wrong_elsewhere_is_not_said_to_an_institution(scene):
    park(scene.database, "open", Slot, scene.next_slot(scene.people.yusuf).id, NOW, KeyError())
    with scene.database.read() as session:
        machine = scene.clock.machine()
        assert alarms.standing(session, NOW, machine, scene.people.melati) == []
        assert alarms.standing(session, NOW, machine, scene.people.other) == ["row_parked"]


def test_every_alarm_says_in_words_what_it_means(scene):
    with scene.database.read() as session:
        assert wrong(scene) == []
        assert alarms.standing(session, NOW, NOW + 99 * DAY) == ["no_tick"]
    assert alarms.WARNINGS < set(alarms.WORDS)
    assert alarms.Alarm("watch:KeyError").words == "See the log."


def test_looking_costs_two_statements_whatever_the_house(scene):
    from companion.trials.statements import counted

    with counted(scene.database) as statements, scene.database.read() as session:
        alarms.standing(session, NOW, scene.clock.machine())
    assert len(statements) == 2
