"""A scene of the crash trial: a house at work stands still for five days, and begins again at night (design 4.5).

The pages go on meanwhile: people answer, and some opt out. Two workers come back together. What is expected of them is
worked out here from what stood in the books when the house stopped, and from what people did since.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from companion.clock import Clock
from companion.engine.time import set_clock
from companion.trials.bulk import Loader
from companion.trials.chaos_aftermath import Aftermath
from companion.trials.chaos_checks import ALWAYS, broken
from companion.trials.chaos_people import ANSWER, STOP
from companion.trials.chaos_scene import BEGIN, PER_CASEWORKER, Outcome, Plan
from companion.trials.chaos_stage import CALM, HOUR, Rows, Stage, set_up

AT_WORK = timedelta(days=1, hours=4)
"""Lived through before: Wednesday, 14.00 in Jakarta. Some have been asked, some have answered."""
NIGHT = timedelta(days=4, hours=15)
"""From the stop to the first tick: Monday, 05.00."""
IN_THE_NIGHT, A_WHILE = 30, 2
"""Real seconds in which the workers are to find the gap, and in which they tick some times more."""
MORNING = timedelta(hours=3)
"""From there to the first allowed hour."""
AFTERWARDS = timedelta(days=1)
JAKARTA = ZoneInfo("Asia/Jakarta")
FIRST_DAYS = 14


def usual(seed: int) -> Plan:
    return Plan(messages=400, workers=2, seed=seed)


@dataclass
class Seen:
    """Rows when it stopped, and at rest in the night after it began again. `back`: people's and machine time of that."""

    stopped: datetime
    back: tuple[datetime, datetime]
    opened: datetime
    """Machine time until which it was night."""
    before: Rows
    night: Rows
    after: Aftermath | None = None


def play(plan: Plan, server: str | None = None) -> Outcome:
    """One trial on a database of its own; `messages` is how many people there are."""
    began = Clock.stopwatch()
    with set_up(plan, server, _furnish, CALM) as stage:
        stage.live_on(BEGIN + AT_WORK)
        stopped, before = BEGIN + AT_WORK, stage.rows()
        _live_meanwhile(stage, before, stopped)
        back = stopped + NIGHT
        stage.set_clock(back)  # nobody ticks meanwhile
        machine = stage.machine()
        for _ in range(plan.workers):
            stage.worker()
        stage.wait(lambda: stage.rows()["gap"] and stage.rests(), IN_THE_NIGHT)
        time.sleep(A_WHILE)
        seen = Seen(stopped, (back, machine), stage.machine(), before, stage.rows())
        stage.let_pass(back + MORNING)
        stage.wait(lambda: stage.rests())
        stage.end_workers()
        end = back + MORNING + AFTERWARDS
        stage.live_on(end)
        seen.after = stage.look_at(end, frozenset())
    return outcome(seen, Clock.stopwatch() - began)


def _furnish(database, plan: Plan, machine: datetime) -> None:
    """Full windows at every stage, caseworkers, and some alerts that were raised before."""
    loader = Loader(database, BEGIN, size=plan.messages)
    place = loader.institution("melati", -(-plan.messages // PER_CASEWORKER))
    ids = loader.block(place)
    loader.alerts(ids, place)
    with database.write() as session:
        set_clock(session, BEGIN, machine)
    loader.done()


def _live_meanwhile(stage: Stage, before: Rows, stopped: datetime) -> None:
    """In the middle of it half of those who were asked before act: one in three stops the texts, the others answer."""
    stage.set_clock(stopped + timedelta(days=1))
    open_slots = {row.id for row in before["slot"] if row.state == "open"}
    tokens = [row.token for row in before["message"] if row.slot_id in open_slots]
    tokens = tokens[: len(tokens) // 2]
    stage.people.opt_out(tokens[0::3], within=0)
    stage.people.answer(tokens[1::3] + tokens[2::3])
    stage.people.settle()


def outcome(seen: Seen, seconds: float) -> Outcome:
    """What it found, and whether it has shown anything."""
    newest, stale = _expected(seen)
    acts = Counter(act.kind for act in seen.after.acts if act.done and act.at < seen.back[1])
    needed = {
        "check-ins to be asked after all": (len(newest), 1),
        "older ones to be given up": (len(stale), 1),
        "people to be called": (len(_to_call(seen)), 1),
        "answered before or meanwhile": (acts[ANSWER], 1),
        "opted out before or meanwhile": (acts[STOP], 1),
    }
    found = {name: list(check(seen)) for name, check in CHECKS.items()}
    return Outcome(broken(seen.after, ALWAYS) | found, needed, {}, seconds)


def _expected(seen: Seen) -> tuple[dict[int, object], dict[int, object]]:
    """Of what fell due unasked: by slot id the newest of each window that still takes answers, and the older ones."""
    silenced = {row.id for row in seen.night["number"] if row.silenced_at}
    gone = {row.person_id for row in seen.night["message"] if row.number_id in silenced}
    due = defaultdict(list)
    for row in seen.before["slot"]:
        waits = row.state in ("planned", "open") and row.asked_at is None and row.due_at <= seen.back[0]
        if waits and row.person_id not in gone:
            due[row.window_id].append(row)
    newest, stale = {}, {}
    for rows in due.values():
        last = max(rows, key=lambda row: row.due_at)
        for row in rows:
            (newest if row is last and row.closes_at > seen.back[0] else stale)[row.id] = row
    return newest, stale


def _to_call(seen: Seen) -> set[int]:
    """Who was amber, red or silent when it began, or in the first 14 days."""

    def ahead(at: datetime | None) -> bool:
        return at is None or at > seen.stopped

    today = seen.stopped.astimezone(JAKARTA).date()
    people = {row.person_id for row in seen.before["window"] if (today - row.left_on).days < FIRST_DAYS}
    for row in seen.before["alert"]:
        stood = not ahead(row.opened_at) and ahead(row.closed_at) and ahead(row.answered_at)
        if stood and (row.level != "none" or row.family == "silence"):
            people.add(row.person_id)
    return people


def gap_written_otherwise(seen: Seen) -> Iterator[str]:
    """Once, whoever found it first, and as long as it was."""
    gaps = seen.after.rows["gap"]
    if len(gaps) != 1:
        yield f"{len(gaps)} gaps were written"
    for row in gaps:
        if abs(row.began_at - seen.stopped) > HOUR or not timedelta() <= row.ended_at - seen.back[0] < HOUR:
            yield f"the gap was written as {row.began_at} to {row.ended_at}"


def asked_otherwise(seen: Seen) -> Iterator[str]:
    """Per window one text on the day of the return, about the newest; what is older is void, and void is no alert."""
    newest, stale = _expected(seen)
    texts = Counter()
    for one in seen.after.took:
        row = seen.after.of_ref.get(one.ref)
        if row is not None and row.slot_id is not None and one.at > seen.back[1] and not row.step:
            texts[row.slot_id] += 1
    for slot_id in newest:
        if texts[slot_id] != 1:
            yield f"slot {slot_id} is the newest of its window and was asked {texts[slot_id]} times"
    now = {row.id: row for row in seen.night["slot"]}
    listed = {row.about for row in seen.after.rows["signal"]}
    for slot_id in stale:
        if (now[slot_id].state, now[slot_id].reason) != ("void", "downtime"):
            yield f"slot {slot_id} is {now[slot_id].state} {now[slot_id].reason} instead of our void"
        if texts[slot_id]:
            yield f"slot {slot_id} was given up and asked all the same"
        if f"slot:{slot_id}" in listed:
            yield f"slot {slot_id} is our void and raised an alert"


def _acted(seen: Seen) -> set[int]:
    slots = {seen.after.links[act.token].slot_id for act in seen.after.acts if act.token in seen.after.links}
    return {row.person_id for row in seen.before["slot"] if row.id in slots}


def storm_of_alerts(seen: Seen) -> Iterator[str]:
    """In the night of the return nobody is alarmed because of us.

    What people did in the five days may alarm, and so may a check-in that they were asked before and left unanswered
    until the next one was due.
    """
    known, people = {row.id for row in seen.before["alert"]}, _acted(seen)
    asked = {f"slot:{row.id}" for row in seen.before["slot"] if row.asked_at}
    ours = {row.alert_id for row in seen.night["signal"] if row.about not in asked}
    for row in seen.night["alert"]:
        if row.id not in known and row.id in ours and row.person_id not in people:
            yield f"alert {row.id} ({row.family}) was opened because we stood still"


def call_list_otherwise(seen: Seen) -> Iterator[str]:
    """Everybody once; besides only who passed the limit of silence while we stood still."""
    calls = Counter(row.person_id for row in seen.night["gap_call"])
    passed = {
        row.person_id
        for row in seen.before["window"]
        if row.look_at is not None and seen.stopped - HOUR < row.look_at <= seen.back[0] + HOUR
    }
    wanted = _to_call(seen)
    for person_id in sorted(wanted - set(calls)):
        yield f"person {person_id} has to be called and is not on the list"
    for person_id in sorted(set(calls) - wanted - passed):
        yield f"person {person_id} is on the call list without a reason"
    for person_id, times in calls.items():
        if times > 1:
            yield f"person {person_id} is on the call list {times} times"


def clocks_not_moved(seen: Seen) -> Iterator[str]:
    """Deadlines ahead when it stopped, and the time that people have left, move by the overlap."""
    people = _acted(seen)
    for gap in seen.night["gap"]:
        now = {row.id: row for row in seen.night["alert"]}
        for row in seen.before["alert"]:
            untouched = row.closed_at is None and row.look_at is not None and row.person_id not in people
            if untouched and row.deadline_at and row.deadline_at > gap.began_at:
                moved = now[row.id].deadline_at - row.deadline_at
                if moved != gap.ended_at - max(gap.began_at, row.opened_at):
                    yield f"the deadline of alert {row.id} moved by {moved}"
        slots = {row.id: row for row in seen.night["slot"]}
        for row in seen.before["slot"]:
            this, asked = slots[row.id], row.state == "open" and row.asked_at and row.miss_at > gap.began_at
            due = asked and min(row.miss_at + (gap.ended_at - gap.began_at), row.closes_at)
            if due and due > seen.back[0] + HOUR and this.state in ("open", "missed") and this.miss_at != due:
                yield f"slot {row.id} is {this.state} and was to be missed at {this.miss_at}"


def outside_hours(seen: Seen) -> Iterator[str]:
    """By the carrier's own clock nothing leaves for anybody's phone before the morning."""
    for one in seen.after.took:
        if seen.back[1] <= one.at < seen.opened and not one.to_staff:
            yield "a text left in the night of the return"


CHECKS = {
    "gap not written once": gap_written_otherwise,
    "asked otherwise than once and newest": asked_otherwise,
    "alerts because of our gap": storm_of_alerts,
    "call list that is not complete": call_list_otherwise,
    "clocks that did not move": clocks_not_moved,
    "sent outside the hours": outside_hours,
}
