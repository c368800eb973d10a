"""A scene of the crash trial: workers are suspended with texts in their hands, and wake up when all has changed.

SIGSTOP holds a process between two of its instructions. It is sent to one worker after the other, in the moment after
it took its first texts, until enough texts are `sending`, with their attempts, that the carrier has not got: they were
taken and not called for yet. Others go on. For them an hour passes: the lease ends, two look-ups find nothing, the text
is sent by another worker, and meanwhile some of its readers have answered or opted out. Then SIGCONT, for one worker by
day, for the others in the night.

The hour is the pretended clock's, and the lease one of fast machines (trials.pace): for the suspended process, and for
the network, half a minute passes. A process that sleeps through a real hour finds its connection dropped as well.
"""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from subprocess import Popen

from sqlalchemy import select, text

from companion.clock import Clock
from companion.models import Message
from companion.rules.states import MessageState
from companion.trials.chaos_aftermath import Aftermath
from companion.trials.chaos_checks import broken
from companion.trials.chaos_people import ANSWER, STOP
from companion.trials.chaos_scene import BEGIN, Outcome, Plan, set_scene
from companion.trials.chaos_stage import CALM, HOUR, Stage, set_up

NIGHT = BEGIN + timedelta(hours=11)
"""21.00 in Jakarta."""
SUSPENDED, HELD = 3, 9
"""At least so many workers are suspended, with so many texts in their hands; the first wakes up by day."""
MOST_MISSED = 20
"""So many are caught with nothing in their hands before the trial is given up: it has shown nothing then, and says so."""
SLOW = 0.02
"""Seconds the carrier takes: the workers, not the network, are what everybody waits for."""
AT_ONCE = 0.001
"""Seconds between two looks for the moment: it is short."""
OUT_OF_IT = 0.1
"""Seconds at most until a transaction ends; much longer, and the text in it has been called for."""
FORGOTTEN = 5
"""Seconds at most until the database has forgotten a process that was killed."""
TO_ARRIVE = 0.5
"""Seconds after which a text that was called for would have arrived."""
AWAKE = 4
"""Seconds in which a worker that woke up does what it had begun, and ticks."""


def usual(seed: int) -> Plan:
    return Plan(messages=300, senders=4, seed=seed, pace=30, at_once=1)


@dataclass
class Sleep:
    """The texts that suspended workers held without having called, by message id, and when they woke by night."""

    held: dict[int, str] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)
    """What those had in their hands that were missed, and killed."""
    night: tuple[datetime, datetime] | None = None
    woken_at: dict[int, datetime] = field(default_factory=dict)
    arrived_before: set[str] = field(default_factory=set)


def play(plan: Plan, server: str | None = None) -> Outcome:
    """One trial on a database of its own."""
    began, sleep = Clock.stopwatch(), Sleep()
    with set_up(plan, server, set_scene, CALM | {"slow_ms": int(SLOW * 1_000)}) as stage:
        stage.people.longest_wait = 1
        asleep = _suspend_some(stage, sleep)
        stage.worker()
        _people_act(stage, sleep)
        stage.wait(lambda: stage.rests())
        stage.let_pass(stage.now() + HOUR)
        stage.wait(lambda: _all_gone_on_with(stage, sleep))
        stage.people.settle()
        sleep.arrived_before = set(stage.ears.arrived)
        _wake(asleep[:1])
        time.sleep(AWAKE)
        stage.let_pass(NIGHT)
        since = stage.machine()
        _wake(asleep[1:])
        time.sleep(AWAKE)
        sleep.night = since, stage.machine()
        stage.end_workers()
        stage.live_on(plan.end)
        seen = stage.look_at(plan.end, stage.furniture.due)
    return outcome(seen, sleep, Clock.stopwatch() - began)


def _suspend_some(stage: Stage, sleep: Sleep) -> list[Popen]:
    """Suspend workers until enough of them hold a text for which they have not called.

    One that is missed is killed: it would send all there is while a moment for it is sought.
    """
    holding, missed = [], 0
    while (len(holding) < SUSPENDED or len(sleep.held) < HELD) and missed < MOST_MISSED:
        worker = stage.worker()
        if _suspend(stage, sleep, worker):
            holding.append(worker)
            continue
        missed += 1
        stage.kill(worker)
        stage.wait(lambda: _others_can_go_on(stage), FORGOTTEN)
        sleep.left |= _in_hand(stage, sleep).keys()
    return holding


def _suspend(stage: Stage, sleep: Sleep, worker: Popen) -> bool:
    """Whether it sleeps with such a text in its hands, and holds nobody up. Raises RuntimeError if it takes none."""
    if not stage.wait(lambda: _in_hand(stage, sleep), rest=AT_ONCE):
        raise RuntimeError("a worker took no text")
    stage.wait(lambda: _others_can_go_on(stage), OUT_OF_IT, rest=AT_ONCE)
    worker.send_signal(signal.SIGSTOP)
    time.sleep(TO_ARRIVE)  # and the database carries out what it was still asked to
    if not _others_can_go_on(stage):
        return False
    held = _in_hand(stage, sleep)
    sleep.held |= held
    return bool(held)


def _wake(workers: list[Popen]) -> None:
    for worker in workers:
        worker.send_signal(signal.SIGCONT)


def _in_hand(stage: Stage, sleep: Sleep) -> dict[int, str]:
    """Taken by a worker, unknown to the carrier: the tokens of these texts by message id."""
    with stage.database.read() as session:
        rows = session.execute(
            select(Message.id, Message.ref, Message.token).where(
                Message.state == MessageState.SENDING, Message.slot_id.is_not(None)
            )
        ).all()
    arrived, known = set(stage.ears.arrived), sleep.held.keys() | sleep.left
    return {row.id: row.token for row in rows if row.ref not in arrived and row.id not in known}


def _others_can_go_on(stage: Stage) -> bool:
    """A process that sleeps in the midst of a transaction holds others up: that is the database's, and shows nothing."""
    if not stage.database.is_sqlite:
        with stage.database.read() as session:
            return not session.scalar(_HELD_OPEN)
    from pysqlite3 import dbapi2

    connection = dbapi2.connect(stage.database.url.database, timeout=0.1, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except dbapi2.OperationalError:
        return False
    finally:
        connection.close()
    return True


_HELD_OPEN = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
    " AND pid <> pg_backend_pid()"
)


def _people_act(stage: Stage, sleep: Sleep) -> None:
    """A third of those whose text is held answer (their caseworker showed them the link), a third opt out."""
    tokens = [sleep.held[message_id] for message_id in sorted(sleep.held)]
    stage.people.answer(tokens[0::3])
    stage.people.opt_out(tokens[1::3], within=0)


def _all_gone_on_with(stage: Stage, sleep: Sleep) -> bool:
    with stage.database.read() as session:
        waits = select(Message.id).where(
            Message.id.in_(sleep.held),
            Message.state.in_((MessageState.PLANNED, MessageState.SENDING, MessageState.UNSURE)),
        )
        return session.scalar(waits.limit(1)) is None


def outcome(seen: Aftermath, sleep: Sleep, seconds: float) -> Outcome:
    """What it found, and whether it has shown anything."""
    answered, stopped = (set(seen.confirmed(kind, "slot_id")) for kind in (ANSWER, STOP))
    slots = [seen.of_id[message_id].slot_id for message_id in sleep.held]
    refs = {seen.of_id[message_id].ref for message_id in sleep.held}
    needed = {
        "texts in the hands of suspended workers, not called for": (len(slots), HELD),
        "of these sent by another meanwhile": (len(refs & sleep.arrived_before), 1),
        "of these answered meanwhile": (len(answered.intersection(slots)), 1),
        "of these opted out meanwhile": (len(stopped.intersection(slots)), 1),
    }
    found = {"sent in the night": list(sent_at_night(seen, sleep))}
    return Outcome(broken(seen) | found, needed, {}, seconds)


def sent_at_night(seen: Aftermath, sleep: Sleep) -> Iterator[str]:
    """By the carrier's own clock; staff are told of danger at any hour."""
    since, until = sleep.night
    for one in seen.took:
        if since <= one.at <= until and not one.to_staff:
            yield "a text left in the night"
