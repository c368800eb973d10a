"""The crash trial: workers are killed while they send, the carrier errs, people answer and opt out; then it is counted.

First the storm: real worker processes on one database, killed at random moments and started again, a carrier that loses
answers, a web process that takes callbacks and answers. Then the calm: the workers are told to end, and the days that
follow are lived through, until every check-in has ended. What is left is checked by chaos_checks. Why it may be
trusted: docs/decisions/0006.
"""

import json
import logging
import secrets
import socket
import tempfile
import threading
import time
from base64 import b64encode
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, inspect, select

from companion.clock import Clock
from companion.db import Database
from companion.engine.house import House
from companion.engine.tick import tick
from companion.engine.walk import walk
from companion.models import (
    Alert,
    Answer,
    Attempt,
    Link,
    Message,
    Number,
    Parked,
    Signal,
    Slot,
)
from companion.rules.states import MessageState, SlotState
from companion.services import books
from companion.trials import chaos_processes as processes
from companion.trials.chaos_checks import Aftermath, Took
from companion.trials.chaos_people import People
from companion.trials.chaos_processes import Setting
from companion.trials.chaos_scene import Plan, set_scene
from companion.trials.chaos_storm import Gang, Show, hush, storm
from companion.trials.grounds import hushed, migrated
from companion.trials.wire import Browser

FAULTS = {
    "slow_ms": 500, "lose": 0.02, "lose_before": 0.005, "error": 0.005, "error_before": 0.005, "garbage": 0.002,
    "refuse": {"21211": 0.01, "21610": 0.005, "21617": 0.002, "20429": 0.001},
    "undelivered": {"30003": 0.03, "30005": 0.005}, "repeat": 0.2, "reorder": 0.2, "no_callbacks": 0.3,
    "blind": 0.2, "sent_ms": 100, "delivered_ms": 1_000,
}  # fmt: skip
"""What the carrier does to everybody while the storm lasts; afterwards the same, without taking its time.

Callbacks are lost more often than in life: each that comes settles a text whose sender was killed, and nothing is tried.
"""
STEP = timedelta(minutes=10)
"""Between two ticks of the days that are lived through afterwards."""
SENT, CUT_OFF = "texts the carrier took", "attempts of which the sender was killed"
"""The figures without which a trial has shown nothing."""
READ = (Message, Attempt, Slot, Number, Alert, Signal, Link, Answer, Parked)
CLOSED = {"e164", "values", "said"}


@dataclass
class Run:
    """What one trial left behind, and how it went."""

    seen: Aftermath
    kills: int
    seconds: float
    figures: dict[str, int] = field(default_factory=dict)


def run(plan: Plan, server: str | None = None, show: Show = hush) -> Run:
    """One trial on a database of its own: SQLite, or the PostgreSQL server given. `show` follows people's time."""
    began = Clock.stopwatch()
    with ExitStack() as stack:
        stack.enter_context(hushed(logging.getLogger("companion")))
        database, key = stack.enter_context(migrated(server))
        setting = _setting(database, key, plan)
        scene = set_scene(database, plan, setting.clock.machine())
        promised = _slots(database)
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log"
        _ready(stack.enter_context(processes.started("web", setting, log)))
        carrier = stack.enter_context(processes.started("carrier", setting, log))
        setting = replace(setting, carrier_url=json.loads(carrier.stdout.readline())["url"])
        _set_faults(setting, FAULTS)
        people = People(_port(setting.public_url), setting.clock.machine, plan.seed)
        ears = _Ears(carrier, people)
        house = setting.house(database)
        tick(house, send=False)  # the first ever, from which the days are counted
        gang = Gang(plan, setting, log)
        try:
            storm(plan, scene, house, people, gang, lambda: ears.heard, show)
        finally:
            gang.end()
        _set_faults(setting, FAULTS | {"slow_ms": 0, "delivered_ms": 100})
        _live_on(plan, house, people, show)
        people.stop()
        seen = _look_at(database, scene, people, ears.all_taken(), promised, plan.end, gang.fell)
        return Run(seen, gang.kills, Clock.stopwatch() - began, _figures(seen, log))


def _setting(database: Database, key: bytes, plan: Plan) -> Setting:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Setting(
        database_url=database.url.render_as_string(hide_password=False), key=b64encode(key).decode(),
        token=secrets.token_hex(16), public_url=f"http://127.0.0.1:{port}", began=time.time(), pace=plan.pace,
        senders=plan.senders, seed=plan.seed,
    )  # fmt: skip


def _ready(process):
    """Its first word: it listens."""
    if not process.stdout.readline():
        raise RuntimeError("a process did not come up")
    return process


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _set_faults(setting: Setting, faults: dict) -> None:
    if Browser(_port(setting.carrier_url)).post_json("/faults", faults).status != 200:
        raise RuntimeError("the carrier does not know these faults")


def _slots(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Slot))


class _Ears:
    """Listens to what the carrier tells: texts as they arrive for the people, and at the end all that it took."""

    def __init__(self, carrier, people: People):
        self._carrier, self._people, self._taken, self._over = carrier, people, [], False
        self.heard = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for line in self._carrier.stdout:
            told = json.loads(line)
            if "arrived" in told:
                self.heard += 1
                self._people.hear(told["arrived"])
            elif "taken" in told:
                self._taken.append(told["taken"])
            self._over = self._over or "over" in told

    def all_taken(self) -> list[Took]:
        """Ends the carrier. Raises RuntimeError if it did not tell everything."""
        self._carrier.stdin.close()
        self._thread.join(processes.PATIENCE)
        if not self._over:
            raise RuntimeError("the carrier did not tell what it took")
        return [
            Took(one["ref"], datetime.fromtimestamp(one["at"], UTC), one["status"], one["token"])
            for one in self._taken
        ]


def _live_on(plan: Plan, house: House, people: People, show: Show) -> None:
    """The days after the storm, step by step, until every check-in has ended. People answer between two steps."""
    people.longest_wait = 0

    def let_people_act(at: datetime, report) -> None:
        show(at)
        if report.did["sent"]:
            people.settle()

    people.settle()
    walk(house, plan.end, step=STEP, senders=16, move_clock=True, after=let_people_act)


def _look_at(database, scene, people, took, promised, end, fell) -> Aftermath:
    """Read everything once. Nothing that names a person is read."""
    with database.read() as session:
        rows = {
            model.__tablename__: session.execute(
                select(*(column for column in inspect(model).columns if column.key not in CLOSED))
            ).all()
            for model in READ
        }
        by_state = books.slots_by_state(session)
        faults = books.faults(session, end)
    return Aftermath(end, scene.due, rows, took, people.acts, promised, by_state, faults, fell)


def _figures(seen: Aftermath, log: Path) -> dict[str, int]:
    """How much happened: without it, nothing broken would say little."""
    attempts, messages = seen.rows["attempt"], seen.rows["message"]
    outcomes = Counter(row.outcome or "sender killed" for row in attempts)
    ends = Counter(seen.slots[slot_id].state for slot_id in seen.due if slot_id in seen.slots)
    return {
        "check-ins that fell due": len(seen.due),
        **{f"check-ins {state.value}": ends[state] for state in SlotState if ends[state]},
        SENT: len(seen.took),
        "texts of which the carrier told how they ended": sum(
            row.state in (MessageState.DELIVERED, MessageState.UNDELIVERED) for row in messages
        ),
        "texts that were sent again, after two look-ups": sum(row.resent for row in messages),
        CUT_OFF: outcomes["sender killed"],
        "attempts without a clear answer": outcomes["unsure"],
        "attempts refused": outcomes["refused"],
        "texts still unsure, on a person's list": sum(row.state == MessageState.UNSURE for row in messages),
        "answers and opt-outs confirmed": sum(act.done for act in seen.acts),
        "ticks that broke off": log.read_text(encoding="utf-8", errors="replace").count("tick failed"),
    }
