"""A scene of the crash trial: back up, send, answer, opt out, put the copy back (design 4.5, `restore`).

All of it by the real commands. Promised: nothing leaves until a person lifts the stop; what had left does not leave
again, although the copy knows nothing of it; whoever said "stop" since it was made stays silent, as long as what is
replaced can still be read. Answers of that time are lost with what was replaced; that is what its operator is told.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from companion.clock import Clock
from companion.db import Database
from companion.engine.tick import tick
from companion.models import Slot
from companion.rules.plan import GIVE_UP_AFTER
from companion.trials.chaos_aftermath import Aftermath
from companion.trials.chaos_checks import broken
from companion.trials.chaos_people import STOP
from companion.trials.chaos_scene import BEGIN, TAKES_ANSWERS_FOR, Outcome, Plan, Scene, set_scene
from companion.trials.chaos_stage import CALM, HOUR, Rows, Stage, set_up

LEFT_BEFORE = 0.5
"""The copy is put back when so many of the texts have left."""
LATER = timedelta(minutes=40)
A_WHILE = 2
"""Real seconds in which workers tick over a house in which nothing may leave."""
ALARM = "restored_and_stopped"


def usual(seed: int) -> Plan:
    return Plan(messages=200, workers=2, seed=seed)


@dataclass
class Seen:
    """Instants are machine time: when the copy was made, put back, and when the stop was lifted."""

    backed_up: datetime
    lost: Rows
    restored: datetime
    lifted: datetime
    said: dict[str, tuple[object, object]]
    """What was asked of the house, with its answer and the one that was due."""
    held: int = 0
    """Texts that waited for somebody to lift it."""
    after: Aftermath | None = None


def play(plan: Plan, server: str | None = None) -> Outcome:
    """One trial on a database of its own."""
    began = Clock.stopwatch()
    with set_up(plan, server, _furnish, CALM) as stage:
        stage.people.longest_wait = 1
        copy = Path(stage.setting.folder, "copy")
        links = stage.furniture.old_links
        stage.people.opt_out(links[0::3], within=0)
        stage.people.settle()
        tick(stage.house, send=False)  # so that the copy has texts that are promised and have not left
        said = {"backup": (stage.command("backup", str(copy))[0], 0)}
        backed_up = stage.machine()
        _live(stage, links[1::3])
        said["restore while others are at work"] = (stage.command("restore", str(copy))[0], 1)
        stage.end_workers()
        stage.people.settle()
        stage.pages.take_down()
        lost = stage.rows()
        stage.database.dispose()
        said["restore"] = (stage.command("restore", str(copy))[0], 0)
        seen = Seen(backed_up, lost, stage.machine(), stage.machine(), said)
        _stand_still(stage, seen)
        _go_on(stage)
        seen.after = stage.look_at(plan.end, stage.furniture.due)
    return outcome(plan, seen, Clock.stopwatch() - began)


def _furnish(database: Database, plan: Plan, machine: datetime) -> Scene:
    """As for a storm, but every fourth check-in falls due only while the house is stopped."""
    scene, at = set_scene(database, plan, machine), BEGIN + LATER
    times = {
        "due_at": at,
        "look_at": at,
        "give_up_at": at + GIVE_UP_AFTER,
        "closes_at": at + TAKES_ANSWERS_FOR,
    }
    with database.write() as session:
        session.execute(update(Slot).where(Slot.id.in_(sorted(scene.due)[::4])).values(**times))
    return scene


def _live(stage: Stage, links: tuple[str, ...]) -> None:
    """What the copy will know nothing of: texts leave, people answer, and some want no more."""
    for _ in range(stage.plan.workers):
        stage.worker()
    stage.people.opt_out(links, within=3)
    stage.wait(lambda: len(stage.ears.arrived) >= LEFT_BEFORE * stage.plan.messages)
    stage.people.settle()


def _stand_still(stage: Stage, seen: Seen) -> None:
    """Everything runs again, and nothing leaves before a person says so."""
    stage.pages.put_up()
    for _ in range(stage.plan.workers):
        stage.worker()
    time.sleep(A_WHILE)
    stage.let_pass(BEGIN + HOUR)
    stage.wait(lambda: _held(stage))
    time.sleep(A_WHILE)
    seen.held = _held(stage)
    status, alarms = stage.health()
    seen.said["/health, stopped"] = ((status, ALARM in alarms), (503, True))
    seen.lifted = stage.machine()
    seen.said["stop all --lift"] = (stage.command("stop", "all", "--lift")[0], 0)


def _held(stage: Stage) -> int:
    return sum(row.held_because == "stop" for row in stage.rows()["message"])


def _go_on(stage: Stage) -> None:
    stage.wait(lambda: stage.rests())
    stage.let_pass(stage.now() + HOUR)
    stage.wait(lambda: not any(row.state == "unsure" for row in stage.rows()["message"]), A_WHILE)
    stage.end_workers()
    stage.live_on(stage.plan.end)


def outcome(plan: Plan, seen: Seen, seconds: float) -> Outcome:
    """What it found, and whether it has shown anything."""
    took, acts = seen.after.took, seen.after.acts
    stops = [act for act in acts if act.kind == STOP and act.done]
    kept = replace(
        seen.after,
        took=[one for one in took if one.at > seen.restored],
        acts=[
            act
            for act in acts
            if not seen.backed_up < act.at < seen.restored and act.token in seen.after.links
        ],  # a link that is lost with what was replaced
    )
    needed = {
        "texts that left before the copy was put back": (
            len(took) - len(kept.took),
            LEFT_BEFORE * plan.messages,
        ),
        "texts that left after the stop was lifted": (len(kept.took), 1),
        "texts that waited for it to be lifted": (seen.held, 1),
        "opt-outs that the copy knew": (sum(act.at < seen.backed_up for act in stops), 1),
        "opt-outs that it did not know": (sum(seen.backed_up < act.at < seen.restored for act in stops), 1),
    }
    found = {name: list(check(seen)) for name, check in CHECKS.items()}
    return Outcome(broken(kept) | found, needed, {}, seconds)


def left_while_stopped(seen: Seen) -> Iterator[str]:
    """By the carrier's own clock; this stop holds the texts to staff too."""
    for one in seen.after.took:
        if seen.restored < one.at < seen.lifted:
            yield "a text left before a person had lifted the stop"


def left_again(seen: Seen) -> Iterator[str]:
    """The same step of the same check-in, by the books that were replaced and those that are there now."""
    of_ref = {row.ref: row for row in (*seen.lost["message"], *seen.after.rows["message"])}
    steps = {True: set(), False: set()}
    for one in seen.after.took:
        row = of_ref.get(one.ref)
        if row is not None and row.slot_id is not None:
            steps[one.at > seen.restored].add((row.slot_id, row.step))
    for slot_id, step in sorted(steps[True] & steps[False]):
        yield f"step {step} of slot {slot_id} had left, and left again"


def stop_forgotten(seen: Seen) -> Iterator[str]:
    """A number whose "stop" had been confirmed at any time before the copy was put back."""
    links = {row.token: row.number_id for row in (*seen.lost["link"], *seen.after.rows["link"])}
    stopped = {
        links[act.token] for act in seen.after.acts
        if act.kind == STOP and act.done and act.at < seen.restored
    }  # fmt: skip
    for row in seen.after.rows["number"]:
        if row.id in stopped and row.silenced_at is None:
            yield f"number {row.id} was told that texts stop, and the copy let them go on"
    for one in seen.after.took:
        row = seen.after.of_ref.get(one.ref)
        if one.at > seen.restored and row is not None and row.number_id in stopped:
            yield f"number {row.number_id} had stopped its texts and got one after the copy was put back"


def said_otherwise(seen: Seen) -> Iterator[str]:
    """A command or /health that answered something else than it had to."""
    for what, (was, due) in seen.said.items():
        if was != due:
            yield f"{what}: {was}, not {due}"


def not_gone_on(seen: Seen) -> Iterator[str]:
    """A check-in that was neither asked in either life, nor answered, stopped, or explained."""
    refs = {one.ref for one in seen.after.took}
    asked = {
        row.slot_id for row in (*seen.lost["message"], *seen.after.rows["message"]) if row.ref in refs
    }  # fmt: skip
    for slot_id in sorted(seen.after.due - asked):
        slot = seen.after.slots[slot_id]
        if slot.state in ("planned", "open", "missed"):  # missed: it would count against the person
            yield f"slot {slot_id} is {slot.state} and was never asked"


CHECKS = {
    "left before the stop was lifted": left_while_stopped,
    "left again after a restore": left_again,
    "a stop that a restore forgot": stop_forgotten,
    "commands that answered otherwise": said_otherwise,
    "not gone on with after a restore": not_gone_on,
}
