"""One tick at a time: safe late, twice, or in two processes; and what it says about itself (design 3, 6)."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import event, select, text, update

from companion.channels.protocol import Reason, Refused
from companion.clock import SetClock
from companion.engine.tick import LOOKED_AT, Exit, count_due, tick
from companion.models import EngineState, Gap
from companion.rules.states import SlotState
from tests.cast import NOW, later
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND

KEYS = ["now", "gap_s", "opened", "reminded", "sent", "unsure", "refused", "missed", "unreached", "void", "excused",
        "expired", "alerts", "escalated", "left_due"]  # fmt: skip


def test_a_due_check_in_is_opened_and_asked_once(scene):
    assert scene.carrier.letters == []
    report = scene.at(
        later(days=2, hours=3)
    )  # Wednesday 12.00: day 5 of the window, 10.00 give or take 20 minutes
    assert report.did["opened"] == report.did["sent"] == 3
    assert tick(scene.house).did["sent"] == 0
    assert len(scene.carrier.bodies(BUDI)) == 1
    assert scene.slots(scene.people.budi)[0].state is SlotState.OPEN


def test_its_line_of_json_has_the_keys_that_other_peoples_scripts_read(scene):
    line = json.loads(json.dumps(scene.at(later(days=2, hours=3)).as_json()))
    assert list(line) == KEYS
    assert (line["now"], line["gap_s"], line["opened"], line["left_due"]) == ("2026-11-25T05:00:00Z", 0, 3, 0)


def test_ticking_twice_at_the_same_instant_changes_nothing(scene):
    scene.at(later(days=2, hours=3))
    before = [vars(row) for row in scene.slots(scene.people.budi)]
    assert scene.at(later(days=2, hours=3)).did.total() == 0
    after = [vars(row) for row in scene.slots(scene.people.budi)]
    assert [row | {"_sa_instance_state": 0} for row in before] == [
        row | {"_sa_instance_state": 0} for row in after
    ]


def test_without_sending_the_messages_wait_where_they_are(scene):
    report = scene.at(later(days=2, hours=3), send=False)
    assert (report.did["opened"], report.left_due, scene.carrier.letters) == (3, 3, [])
    assert scene.at(later(days=2, hours=3)).did["sent"] == 3


def test_a_tick_writes_down_when_it_ended(scene):
    scene.at(later(hours=1))
    [state] = scene._all(select(EngineState))
    assert state.last_tick_at == later(hours=1)
    assert abs((state.ticked_machine_at - scene.clock.machine()).total_seconds()) < 300


def test_a_worker_held_up_while_another_ends_its_tick_does_not_think_that_the_clock_went_back(scene):
    scene.at(later(hours=2))

    class HeldUp(SetClock):
        """Between its first look at the clock and what comes next, ten seconds pass and another worker ticks."""

        held_up = False

        def now(self):
            seen = self.at
            if not self.held_up:
                self.held_up, self.at = True, self.at + 10 * SECOND
                with scene.database.write() as session:
                    session.execute(update(EngineState).values(last_tick_at=self.at))
            return seen

    report = tick(replace(scene.house, clock=HeldUp(later(hours=2) + MINUTE)), lived=True)
    assert report.exit is Exit.FINE


def test_a_worker_that_is_told_to_end_leaves_the_rest_to_the_next_one(scene, monkeypatch):
    """It would be killed in the middle of its texts if it first worked off all that is due."""
    due_at = scene.due_together()
    seconds = iter(range(0, 1000, 6))  # one text fills a round
    monkeypatch.setattr(scene.clock, "stopwatch", lambda: next(seconds), raising=False)
    report = scene.at(due_at, senders=1, stopping=lambda: True)
    assert (report.did["opened"], report.did["sent"], report.left_due) == (3, 1, 2)
    monkeypatch.undo()
    assert scene.at(due_at).did["sent"] == 2


def test_a_clock_that_went_back_is_forgotten_once_it_goes_on_again(scene):
    scene.at(later(hours=2))
    assert scene.after_standing_still(later(hours=1)).exit is Exit.CLOCK_WENT_BACK
    assert scene._all(select(EngineState))[0].clock_back_at == later(hours=1)
    assert scene.after_standing_still(later(hours=2) + SECOND).exit is Exit.FINE
    assert scene._all(select(EngineState))[0].clock_back_at is None


def test_a_clock_that_goes_back_in_the_midst_of_a_tick_is_found_and_not_written_down(scene, monkeypatch):
    """Else the next tick would see nothing wrong, and live through that day for the second time."""
    due_at, send = scene.due_together(), scene.carrier.send
    scene.at(due_at - MINUTE)

    def send_and_turn_back(letter):
        scene.clock.at = due_at - DAY
        return send(letter)

    monkeypatch.setattr(scene.carrier, "send", send_and_turn_back)
    assert scene.at(due_at, senders=1).exit is Exit.CLOCK_WENT_BACK
    assert "clock_went_back" in scene.carrier.alarms
    monkeypatch.undo()
    assert scene.after_standing_still(due_at - DAY + MINUTE).exit is Exit.CLOCK_WENT_BACK
    assert scene.after_standing_still(due_at + MINUTE).exit is Exit.FINE
    assert scene._all(select(Gap)) == []
    assert len(scene.carrier.letters) == len({letter.to for letter in scene.carrier.letters}) == 3


def test_an_idle_tick_asks_one_question_and_writes_one_row(scene):
    """Cost follows what is due, not who is enrolled (design 3)."""
    said = []

    def hear(connection, cursor, statement, *rest):
        said.append(statement.split()[0])

    for engine in {scene.database.writer, scene.database.reader}:
        event.listen(engine, "before_cursor_execute", hear)
    scene.at(NOW + MINUTE)
    assert [word for word in said if word != "BEGIN"] == ["SELECT", "SELECT", "UPDATE", "SELECT"]


def test_what_is_due_is_counted_with_its_boundary(scene):
    slot = min((scene.next_slot(p) for p in (scene.people.budi, scene.people.wati, scene.people.yusuf)),
               key=lambda one: one.due_at)  # fmt: skip
    assert count_due(scene.database, slot.due_at - SECOND) == 0
    assert count_due(scene.database, slot.due_at) == 1


def test_everything_that_follows_from_one_thing_happens_in_the_same_tick(scene):
    """Opened, found unusable, unreached and on the list: not three ticks later."""
    scene.carrier.refuses = {BUDI: Refused(Reason.NUMBER_INVALID, 21211)}
    report = scene.at(later(days=2, hours=3))
    assert (report.did["opened"], report.did["refused"], report.did["unreached"], report.did["alerts"]) == (
        3,
        1,
        1,
        1,
    )
    assert count_due(scene.database, scene.clock.at + HOUR) == 0


@pytest.mark.parametrize("model", LOOKED_AT, ids=lambda model: model.__tablename__)
def test_what_is_due_is_found_in_an_index_of_what_waits(database, model):
    """The index has none of the rows that have ended; a question it could not serve would read the whole house."""
    table, explain = model.__tablename__, "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    query = f"""SELECT id FROM "{table}" WHERE look_at <= '2026-11-23' ORDER BY look_at LIMIT 1"""
    with database.read() as session:
        plan = str(session.execute(text(f"{explain} {query}")).all())
        shape = (
            session.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = 'ix_{table}_look_at'"))
            if database.is_sqlite
            else session.scalar(text(f"SELECT pg_get_indexdef('ix_{table}_look_at'::regclass)"))
        )
    assert f"ix_{table}_look_at" in plan
    assert "look_at IS NOT NULL" in shape
