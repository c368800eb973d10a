"""A scene of the crash trial: while texts leave, the clock goes back a day; later it is right again (design 4.5).

While it is wrong nothing may happen but what people do on the pages, and the house must say so by all its voices: the
exit status of `tick`, /health, and the operator's alarm. When it is right, work goes on as if nothing had been. A call
for help is taken meanwhile, and its text to staff is allowed to leave: nobody waits for a clock to be told of danger.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from companion.clock import Clock
from companion.trials.chaos_aftermath import Aftermath
from companion.trials.chaos_checks import broken
from companion.trials.chaos_people import ANSWER
from companion.trials.chaos_scene import Outcome, Plan, set_scene
from companion.trials.chaos_stage import CALM, Rows, Stage, set_up

DAY = timedelta(days=1)
ALARM = "clock_went_back"
IN_THE_MIDST = 0.2
"""The clock goes back when so many of the texts have arrived; twice as many fall due in the first second."""
PATIENCE = 30
"""Real seconds in which each worker ends the round of its tick, finds the clock wrong and says so."""
A_WHILE = 3
"""Real seconds in which every worker ticks some times more."""
ANSWER_MEANWHILE = 3


def usual(seed: int) -> Plan:
    return Plan(messages=200, workers=2, seed=seed)


@dataclass(frozen=True)
class Voices:
    """What the house said at one moment: `tick`'s exit status, /health's, its alarms, and the alarms told outside."""

    tick: int
    health: int
    alarms: list[str]
    told: list[str]


@dataclass(frozen=True)
class Seen:
    """`since` and `until`: from when to when the clock was wrong and nothing was in anybody's hands (machine time)."""

    after: Aftermath
    since: datetime
    until: datetime
    before: Rows
    behind: Rows
    wrong: Voices
    right: Voices


def play(plan: Plan, server: str | None = None) -> Outcome:
    """One trial on a database of its own."""
    began = Clock.stopwatch()
    with set_up(plan, server, set_scene, CALM | {"slow_ms": 200}) as stage:
        stage.people.longest_wait = 0.5
        for _ in range(plan.workers):
            stage.worker()
        stage.wait(lambda: len(stage.ears.arrived) >= IN_THE_MIDST * plan.messages)
        right, machine = stage.now(), stage.machine()
        stage.set_clock(right - DAY)
        stage.people.settle()
        stage.wait(lambda: _told(stage).count(ALARM) >= plan.workers, PATIENCE)
        stage.wait(lambda: not _under_way(stage))
        since, before = stage.machine(), stage.rows()
        _live_meanwhile(stage, before)
        behind, wrong, until = stage.rows(), _voices(stage), stage.machine()
        stage.set_clock(right + (stage.machine() - machine))
        stage.people.longest_wait = 0.5
        stage.wait(lambda: stage.rests(plan.end))
        told = _voices(stage)
        stage.end_workers()
        stage.live_on(plan.end)
        seen = Seen(
            stage.look_at(plan.end, stage.furniture.due), since, until, before, behind, wrong, told
        )  # fmt: skip
    return outcome(plan, seen, Clock.stopwatch() - began)


def _under_way(stage: Stage) -> bool:
    """In a sender's hands, or its receipt is still to come."""
    return any(row.state in ("sending", "sent") for row in stage.rows()["message"])


def _live_meanwhile(stage: Stage, before: Rows) -> None:
    """Some answer, and one of them is not safe; the workers tick on."""
    answered = {row.slot_id for row in before["answer"]}
    tokens = [
        row.token for row in before["message"] if row.state == "delivered" and row.slot_id not in answered
    ]
    stage.people.answer(tokens[:1], in_danger=True)
    stage.people.answer(tokens[1:ANSWER_MEANWHILE])
    stage.people.settle()
    time.sleep(A_WHILE)


def _told(stage: Stage) -> list[str]:
    return stage.setting.told.read_text().split() if stage.setting.told.exists() else []


def _voices(stage: Stage) -> Voices:
    told = _told(stage)  # before a tick of ours tells it too
    status, _said = stage.command("tick")
    return Voices(status, *stage.health(), told)


def outcome(plan: Plan, seen: Seen, seconds: float) -> Outcome:
    """What it found, and whether it has shown anything."""
    waited = sum(row.state == "planned" and row.look_at is not None for row in seen.before["message"])
    meanwhile = sum(act.done and seen.since < act.at < seen.until for act in seen.after.acts)
    asked = {
        row.slot_id for row in seen.after.rows["message"] if row.ref in {one.ref for one in seen.after.took}
    }
    needed = {
        "texts that waited when the clock went back": (waited, 1),
        "check-ins answered while it was wrong": (meanwhile, 1),
        "check-ins that were asked": (len(asked & seen.after.due), 0.7 * plan.messages),
    }
    found = {name: list(check(seen)) for name, check in CHECKS.items()}
    return Outcome(broken(seen.after) | found, needed, {}, seconds)


def done_in_wrong_time(seen: Seen) -> Iterator[str]:
    """A text of which the attempt or the arrival lies in that time, or a row that changed although nobody touched it."""
    for one in seen.after.took:
        if seen.since < one.at < seen.until and not one.to_staff:
            yield "a text left while the clock was wrong"
    acted = {
        seen.after.links[act.token].slot_id for act in seen.after.acts if seen.since <= act.at <= seen.until
    }
    people = {row.person_id for row in seen.before["slot"] if row.id in acted}
    bells = {row.id for row in seen.behind["message"] if row.person_id in people or row.staff_id}
    for table, of, theirs, columns in (
        ("message", "id", bells, None), ("attempt", "message_id", bells, None), ("slot", "person_id", people, None),
        ("alert", "person_id", people, ("state", "level", "step", "deadline_at")),
    ):  # fmt: skip
        was = {row.id: row for row in seen.before[table]}
        for row in seen.behind[table]:
            names = columns or row._fields
            same = row.id in was and all(getattr(row, name) == getattr(was[row.id], name) for name in names)
            if not same and getattr(row, of) not in theirs:
                yield f"{table} {row.id} was changed while the clock was wrong"


def not_said(seen: Seen) -> Iterator[str]:
    """Every voice says it while it is so, and none when it is over."""
    if seen.wrong.tick != 3:
        yield f"tick ended with {seen.wrong.tick} while the clock was wrong"
    if seen.wrong.health != 503 or ALARM not in seen.wrong.alarms:
        yield f"/health said {seen.wrong.health} {seen.wrong.alarms} while the clock was wrong"
    if ALARM not in seen.wrong.told:
        yield "nobody outside was told that the clock was wrong"
    if seen.right.tick != 0 or seen.right.health != 200:
        yield f"tick {seen.right.tick}, /health {seen.right.health} {seen.right.alarms} with the right clock"


def not_gone_on(seen: Seen) -> Iterator[str]:
    """A check-in that nobody was asked about although nobody had answered or stopped it; a gap that was none."""
    asked = {
        row.slot_id for row in seen.after.rows["message"] if row.ref in {one.ref for one in seen.after.took}
    }
    acted = set(seen.after.confirmed(ANSWER, "slot_id"))
    silenced = {row.id for row in seen.after.rows["number"] if row.silenced_at}
    number_of = {row.slot_id: row.number_id for row in seen.after.rows["message"]}
    for slot_id in sorted(seen.after.due - asked - acted):
        if seen.after.slots[slot_id].state != "cancelled" and number_of.get(slot_id) not in silenced:
            yield f"slot {slot_id} was never asked: {seen.after.slots[slot_id].state}"
    for row in seen.after.rows["gap"]:
        yield f"a gap of {row.ended_at - row.began_at} was written"


CHECKS = {
    "done while the clock was wrong": done_in_wrong_time,
    "the clock was wrong and nobody said so": not_said,
    "not gone on with afterwards": not_gone_on,
}
