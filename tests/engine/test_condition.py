"""How the engine is for one institution: what waits by reason, what is parked, what is spent (both databases)."""

from datetime import timedelta

from companion.engine.batches import park
from companion.engine.parking import try_again
from companion.models import Institution, Message, Slot, Staff, Window
from companion.rules.states import MessageState
from companion.services import condition, stops
from companion.services.budget import Spent
from companion.trials.statements import counted
from tests.cast import NOW
from tests.engine.scene import DAY, HOUR, MINUTE
from tests.services.at_the_gate import promise


def seen(scene, now=NOW):
    with scene.database.read() as session:
        return condition.of(session, now, session.get_one(Staff, scene.people.ratna))


def held(scene, n, because, at):
    for number in range(n):
        message = promise(scene, subject=f"{because}:{at}:{number}", at=NOW)
        scene.change(Message, message.id, held_because=because, look_at=at)


def test_texts_that_wait_are_counted_by_reason_the_most_first(scene):
    held(scene, 2, "cap", NOW + DAY)
    held(scene, 3, "hours", NOW + 2 * HOUR)
    held(scene, 1, "hours", NOW + HOUR)
    held(scene, 1, "stop", NOW)
    found = seen(scene)
    assert [(one.because, one.n, one.first_at) for one in found.held] == [
        ("hours", 4, NOW + HOUR), ("cap", 2, NOW + DAY),
    ]  # fmt: skip
    assert found.in_turn == 1


def test_what_was_only_promised_for_later_is_not_held(scene):
    promise(scene, subject="later", at=NOW + 30 * MINUTE)
    found = seen(scene)
    assert (found.held, found.in_turn, found.soon) == ([], 0, 1)


def test_texts_and_check_ins_of_another_institution_are_not_ours(scene):
    promise(scene, subject="a", at=NOW + MINUTE)
    scene.change(Message, scene.messages()[0].id, institution_id=scene.people.other)
    slot = scene.next_slot(scene.people.yusuf)
    scene.change(Slot, slot.id, look_at=NOW + MINUTE)
    assert seen(scene).soon == 0


def test_the_next_hour_counts_check_ins_to_the_minute(scene):
    slot = scene.next_slot(scene.people.budi)
    for at, n in ((NOW, 0), (NOW + timedelta(seconds=1), 1), (NOW + HOUR, 1), (NOW + HOUR + MINUTE, 0)):
        scene.change(Slot, slot.id, look_at=at)
        assert seen(scene).soon == n


def test_unsure_texts_stops_and_the_budget_are_there(scene):
    message = promise(scene, subject="a", at=NOW)
    scene.change(
        Message,
        message.id,
        state=MessageState.UNSURE,
        look_at=None,
        first_attempt_at=NOW,
        last_attempt_at=NOW,
    )
    scene.change(Institution, scene.people.melati, daily_budget=2)
    scene.write(stops.stop, NOW, institution_id=None, reason="x", until=NOW + DAY)
    scene.write(stops.stop, NOW, institution_id=scene.people.melati, reason="y", until=NOW + HOUR)
    found = seen(scene)
    assert (found.unsure, found.spent) == (1, Spent(2, 1))
    assert [one.reason for one in found.stops] == ["y", "x"]
    assert [one.reason for one in found.own_stops(scene.people.melati)] == ["y"]


def test_it_costs_the_same_however_much_waits(scene):
    scene.change(Institution, scene.people.melati, daily_budget=9)
    costs = []
    for n in (1, 20):
        held(scene, n, "cap", NOW + n * DAY)
        with counted(scene.database) as statements:
            seen(scene)
        costs.append(len(statements))
    assert costs[0] == costs[1]


# --- parked ---------------------------------------------------------------------------------------------------------


def test_rows_that_were_put_aside_stand_together_by_their_work_and_fault(scene):
    for person in (scene.people.budi, scene.people.wati, scene.people.yusuf):
        park(scene.database, "open", Slot, scene.next_slot(person).id, NOW, KeyError())
    park(scene.database, "windows", Window, scene.window(scene.people.budi).id, NOW + MINUTE, ValueError())
    found = seen(scene, NOW + 2 * MINUTE).parked
    assert [(one.kind, one.fault, one.n, one.since, one.until) for one in found] == [
        ("open", "KeyError", 2, NOW, NOW + HOUR), ("windows", "ValueError", 1, NOW + MINUTE, NOW + HOUR + MINUTE),
    ]  # fmt: skip
    assert seen(scene, NOW + 2 * HOUR).parked == []


def test_a_row_is_tried_again_when_a_person_says_so_and_only_their_own(scene):
    at = scene.due_together()
    budi, yusuf = scene.next_slot(scene.people.budi), scene.next_slot(scene.people.yusuf)
    for slot in (budi, yusuf):
        park(scene.database, "open", Slot, slot.id, at, KeyError())
    assert scene.write(try_again, at + MINUTE, scene.people.melati) == 1
    assert scene.write(try_again, at + MINUTE, scene.people.melati) == 0
    scene.at(at + MINUTE)
    assert scene.slot(budi.id).state.value == "open"
    assert scene.slot(yusuf.id).state.value == "planned"
