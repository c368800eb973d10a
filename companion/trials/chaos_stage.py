"""What every scene of the crash trial stands on: a database, the carrier, the pages, and people with their phones.

All of it is the program itself in processes of its own (chaos_processes). A scene says what happens to it.
"""

import json
import logging
import secrets
import socket
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

from sqlalchemy import func, inspect, select

from companion.clock import Clock
from companion.db import Database
from companion.engine.house import House
from companion.engine.tick import Report, tick
from companion.engine.time import set_clock
from companion.engine.walk import walk
from companion.models import (
    Alert,
    Answer,
    Attempt,
    Gap,
    GapCall,
    Link,
    Message,
    Number,
    Parked,
    Signal,
    Slot,
    Window,
)
from companion.rules.states import MessageState, SlotState
from companion.services import books
from companion.trials import chaos_processes as processes
from companion.trials.chaos_aftermath import Aftermath
from companion.trials.chaos_ears import Ears
from companion.trials.chaos_pages import Pages
from companion.trials.chaos_people import People
from companion.trials.chaos_processes import Setting
from companion.trials.chaos_scene import Plan
from companion.trials.grounds import hushed, migrated
from companion.trials.wire import Browser

HOUR = timedelta(hours=1)
CALM = {"slow_ms": 50, "sent_ms": 100, "delivered_ms": 500}
"""A carrier that only takes a little time: what leaves twice through it was handed over twice."""
STEP = timedelta(minutes=10)
"""Between two ticks of the days that are lived through."""
ENOUGH = 90
"""Seconds after which something that does not come about counts as a fault."""
READ = (Message, Attempt, Slot, Number, Alert, Signal, Link, Answer, Parked, Window, Gap, GapCall)
CLOSED = {"e164", "values", "said"}

Rows = dict[str, list]
Show = Callable[[datetime], None]


def hush(at: datetime) -> None:
    """Nobody watches."""


@dataclass
class Stage:
    """One running installation. `furniture` is what the scene put in before anything ran."""

    plan: Plan
    database: Database
    setting: Setting
    house: House
    people: People
    ears: Ears
    pages: Pages
    log: Path
    furniture: Any
    promised: int
    """How many slots stood in the books when it began."""
    fell: list[str] = field(default_factory=list)
    """Processes that ended although nobody had killed them."""
    _workers: list[Popen] = field(default_factory=list)

    def now(self) -> datetime:
        """People's time."""
        return self.house.clock.now()

    def machine(self) -> datetime:
        return self.setting.clock.machine()

    def set_clock(self, at: datetime) -> None:
        """At once, as a machine's clock jumps: while the command for it starts, texts would leave."""
        with self.database.write() as session:
            set_clock(session, at, self.machine())

    def set_faults(self, faults: dict) -> None:
        """How the carrier behaves from now on. Raises RuntimeError if it does not know such faults."""
        if Browser(_port(self.setting.carrier_url)).post_json("/faults", faults).status != 200:
            raise RuntimeError("the carrier does not know these faults")

    def command(self, *words: str) -> tuple[int, str]:
        """A command of the program as a process of its own: its exit status, and what it printed."""
        return processes.command(self.setting, self.log, *words)

    def health(self) -> tuple[int, list[str]]:
        """What /health answers: status and alarms."""
        answer = Browser(_port(self.setting.public_url)).get("/health")
        return answer.status, json.loads(answer.text)["alarms"]

    def worker(self) -> Popen:
        """One more `worker`, which is told to end with the others."""
        words = ("worker", "--every", str(processes.TICK_EVERY), "--senders", str(self.plan.senders))
        self._workers.append(processes.start("command", self.setting, self.log, *words))
        return self._workers[-1]

    def kill(self, worker: Popen) -> None:
        """One of the workers, without warning."""
        processes.kill(worker)
        self._workers.remove(worker)

    def kill_workers(self) -> None:
        """All that are left."""
        for worker in tuple(self._workers):
            self.kill(worker)

    def end_workers(self) -> None:
        """As an operator would; whatever they are doing is finished first."""
        self.fell += processes.tell_to_end(self._workers)
        self._workers = []

    def let_pass(self, until: datetime) -> None:
        """Live through people's time until then, minute by due minute; workers beside us do the sending."""
        walk(self.house, until, step=STEP, send=False, move_clock=True)

    def live_on(self, until: datetime, show: Show = hush) -> None:
        """The same without workers: everything is sent by us, and people act between two steps."""
        self.people.longest_wait = 0

        def let_people_act(at: datetime, report: Report) -> None:
            show(at)
            if report.did["sent"]:
                self.people.settle()

        self.people.settle()
        walk(self.house, until, step=STEP, senders=16, move_clock=True, after=let_people_act)

    def wait(self, so: Callable[[], bool], seconds: float = ENOUGH, rest: float = 0.05) -> bool:
        """Wait until it is so, asking again after every rest; False if that takes too long."""
        until = Clock.stopwatch() + seconds
        while not so():
            if Clock.stopwatch() > until:
                return False
            time.sleep(rest)
        return True

    def rests(self, until: datetime | None = None) -> bool:
        """See at_rest."""
        return at_rest(self.house, until)

    def rows(self) -> Rows:
        """Everything as it stands in the database. Nothing that names a person is read."""
        with self.database.read() as session:
            return {
                model.__tablename__: session.execute(
                    select(*(column for column in inspect(model).columns if column.key not in CLOSED))
                ).all()
                for model in READ
            }

    def look_at(self, end: datetime, due: frozenset[int]) -> Aftermath:
        """What is left when it is over; nothing can happen on this stage afterwards."""
        self.people.stop()
        rows = self.rows()
        with self.database.read() as session:
            by_state, faults = books.slots_by_state(session), books.faults(session, end)
        return Aftermath(
            end, due, rows, self.ears.all_taken(), self.people.acts, self.promised, by_state, faults, self.fell,
            self.pages.dark,
        )  # fmt: skip


@contextmanager
def set_up(
    plan: Plan, server: str | None, furnish: Callable[[Database, Plan, datetime], Any], faults: dict
) -> Iterator[Stage]:
    """A stage on a database of its own, SQLite or the PostgreSQL server given, after its first tick."""
    with ExitStack() as stack:
        stack.enter_context(hushed(logging.getLogger("companion")))
        database, key = stack.enter_context(migrated(server))
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log"
        setting = _setting(database, key, plan, log.parent)
        furniture = furnish(database, plan, setting.clock.machine())
        promised = _slots(database)
        carrier = stack.enter_context(processes.started("carrier", setting, log))
        setting = replace(setting, carrier_url=json.loads(carrier.stdout.readline())["url"])
        pages = stack.enter_context(Pages(setting, log))
        people = People(_port(setting.public_url), setting.clock.machine, plan.seed)
        stage = Stage(
            plan, database, setting, setting.house(database), people, Ears(carrier, people), pages, log,
            furniture, promised,
        )  # fmt: skip
        stage.set_faults(faults)
        tick(stage.house, send=False)  # the first ever, from which the days are counted
        try:
            yield stage
        except BaseException:
            stage.kill_workers()  # some may be suspended, and would be waited for one after the other
            raise
        finally:
            stage.end_workers()


def _setting(database: Database, key: bytes, plan: Plan, folder: Path) -> Setting:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Setting(
        database_url=database.url.render_as_string(hide_password=False), key=b64encode(key).decode(),
        token=secrets.token_hex(16), public_url=f"http://127.0.0.1:{port}", began=time.time(), pace=plan.pace,
        senders=plan.senders, seed=plan.seed, folder=str(folder),
    )  # fmt: skip


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _slots(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Slot))


def at_rest(house: House, until: datetime | None = None) -> bool:
    """No check-in waits to be opened (by `until`), and no text to be sent now or to be given up by its sender."""
    now = house.clock.now()
    ahead = select(Slot.id).where(Slot.state == SlotState.PLANNED, Slot.look_at <= (until or now)).limit(1)
    due = select(Message.id).where(
        Message.look_at <= now, Message.state.in_((MessageState.PLANNED, MessageState.SENDING))
    )
    in_hand = select(Message.id).where(Message.state == MessageState.SENDING).limit(1)
    with house.database.read() as session:
        return all(session.scalar(each) is None for each in (ahead, due.limit(1), in_hand))
