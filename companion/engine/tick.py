"""One tick: the order of the steps, and what it did. Safe late, twice, or in two processes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial

from sqlalchemy import bindparam, func, select, update

from companion.db import Database, UtcDateTime
from companion.engine import gap, rollouts, sending, settle
from companion.engine.alarms import WORDS
from companion.engine.batches import StateStep, work_off
from companion.engine.house import House
from companion.engine.time import state_of
from companion.models import Alert, Consent, EngineState, FamilyMember, Message, Phone, Rollout, Slot, Window
from companion.rules.states import MessageState, SlotState
from companion.services import climbing, endings, family, invitations, of_age, outbox, unheard, verifying
from companion.services.prepared import Prepared

GAP_AFTER = timedelta(minutes=30)
BACKWARDS = timedelta(seconds=5)
LOOKED_AT = (Slot, Message, Window, Alert, FamilyMember, Phone, Consent, Rollout)
"""The tables whose rows carry look_at, the next instant somebody must look at them."""
COUNTS = (
    "opened", "reminded", "sent", "unsure", "refused", "missed", "unreached", "void", "excused", "expired",
    "alerts", "escalated",
)  # fmt: skip


def _family_due(session, now, limit) -> Counter:
    return Counter(looked=len(family.due(session, now, limit)))


def _members_due(now, limit):
    return (
        select(FamilyMember.id).where(FamilyMember.look_at <= now).order_by(FamilyMember.look_at).limit(limit)
    )


STEPS = (
    StateStep("windows", Window, unheard.look_at_windows, unheard.windows_to_look_at),
    StateStep("of_age", Consent, of_age.look_at_consents, of_age.consents_to_look_at),
    StateStep("open", Slot, invitations.invite_due, invitations.slots_to_open, SlotState.PLANNED),
    StateStep("remind", Slot, invitations.remind_due, invitations.slots_to_remind, SlotState.OPEN),
    StateStep("expire", Message, outbox.expire_due, outbox.messages_to_expire, MessageState.PLANNED),
    StateStep("lease", Message, settle.end_leases, settle.leases_to_end, MessageState.SENDING, leases=True),
    StateStep("settle", Slot, endings.settle_due, endings.slots_to_settle, SlotState.OPEN),
    StateStep("phones", Phone, verifying.look_at_phones, verifying.phones_to_look_at),
    StateStep("family", FamilyMember, _family_due, _members_due),
    StateStep("climb", Alert, climbing.climb_due, climbing.alerts_to_climb),
)
"""In this order: what ends a pause or a guardian's yes comes before what opens, what expires before what is settled by it."""


class Exit(IntEnum):
    """How a tick ended, as the exit status of its command (design 6)."""

    FINE = 0
    ALARM = 1
    REFUSED = 2
    CLOCK_WENT_BACK = 3


@dataclass
class Report:
    """What one tick did."""

    now: datetime
    gap_s: int = 0
    exit: Exit = Exit.FINE
    left_due: int = 0
    did: Counter = field(default_factory=Counter)

    def as_json(self) -> dict:
        counts = {name: self.did[name] for name in COUNTS}
        return {"now": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "gap_s": self.gap_s} | counts | {
            "left_due": self.left_due
        }  # fmt: skip


def tick(
    house: House,
    *,
    send: bool = True,
    lived: bool = False,
    senders: int = 8,
    stopping: Callable[[], bool] = lambda: False,
) -> Report:
    """Do everything that has fallen due at the clock's now.

    `lived`: the time since the last tick was walked through, so it is no gap. `send` False leaves the
    messages where they are (a web-only machine, a look before sending). `stopping` is asked after each round: a worker
    that is told to end leaves what is due to the next one, or it would be killed in the middle of its texts.
    """
    now = house.clock.now()
    last, restored = _last_tick(house.database)
    if last is not None and now < last - BACKWARDS:
        now = house.clock.now()  # or else this worker was held up while another one ended its tick
        if now < last - BACKWARDS:
            return _clock_went_back(house, now)
    report = Report(now)
    put_back = restored if since_then(restored, last) else None
    if last is not None and (put_back or (not lived and now - last > GAP_AFTER)):
        report.gap_s = int((now - last).total_seconds())
        report.did["void"] += gap.live_with(house.database, last, now, put_back)
    _work(house, report, send, senders, stopping)
    if not _mark(house, now):
        return _clock_went_back(house, house.clock.now())
    report.left_due = count_due(house.database, now)
    if report.did["parked"] or report.did["misconfigured"]:
        report.exit = Exit.ALARM
    return report


def since_then(restored: datetime | None, last: datetime | None) -> bool:
    """A copy was put back since the last tick it knows of: what happened in between is not known to it (design 4.5)."""
    return restored is not None and last is not None and restored >= last


def _last_tick(database: Database) -> tuple[datetime | None, datetime | None]:
    """Until when we were at work, and when a copy was restored; the first tick ever writes the row they stand in."""
    with database.read() as session:
        state = _STATE.first(session.connection())
    if state is None:
        with database.write() as session:
            state_of(session)
    return (state.last_tick_at, state.restored_at) if state else (None, None)


def _work(house: House, report: Report, send: bool, senders: int, stopping: Callable[[], bool]) -> None:
    """Steps, then sending, until a round finds nothing: a refusal may end a slot, an end may tell staff."""
    while due := steps_with_due(house.database, report.now):
        did: Counter = Counter()
        for step in STEPS:
            if step.name in due:
                did += work_off(house.database, _in_machine_time(house, step), report.now)
        if "rollouts" in due:
            did += rollouts.roll_on(house, report.now)
        if send:
            did += sending.send_due(house, report.now, senders)
            did += settle.settle_due(house, report.now)
        report.did += did
        if stopping() or not any(did[name] for name in ("looked", "tried")):
            return
        if not _mark(house, report.now):  # a long tick is no gap: we are at work
            return


def _in_machine_time(house: House, step: StateStep) -> StateStep:
    """People's clocks may be pretended ones; a lease ends by the machine's."""
    return replace(step, run=partial(step.run, machine=house.clock.machine())) if step.leases else step


_NOW = bindparam("now", type_=UtcDateTime())
_STATE = Prepared(lambda _: select(EngineState.last_tick_at, EngineState.restored_at).limit(1))


def _due(model, state=None):
    """The row that waits longest. Asked for in order, or SQLite reads the whole table for the few that are due."""
    rows = select(model.id).where(model.look_at <= _NOW, state is None or model.state == state)
    return rows.order_by(model.look_at).limit(1).scalar_subquery()


_DUE = Prepared(
    lambda _: select(
        *(_due(step.model, step.among).label(step.name) for step in STEPS),
        _due(Message).label("messages"),
        _due(Rollout).label("rollouts"),
    )
)
_LEFT = Prepared(
    lambda _: select(
        *(
            select(func.count())
            .select_from(model)
            .where(model.look_at <= _NOW)
            .scalar_subquery()
            .label(model.__tablename__)
            for model in LOOKED_AT
        )
    )
)
"""Each is one statement, made once: building it costs more than asking it."""


def steps_with_due(database: Database, now: datetime) -> set[str]:
    """Which steps have a row to look at, and whether any message has (`messages`, for senders): one cheap question."""
    with database.read() as session:
        due = _DUE.first(session.connection(), now=now)
    return {name for name, row_id in due._asdict().items() if row_id is not None}


def _clock_went_back(house: House, now: datetime) -> Report:
    with house.database.write() as session:
        session.execute(update(EngineState).values(clock_back_at=now))
    house.alarm("clock_went_back", WORDS["clock_went_back"])
    return Report(now, exit=Exit.CLOCK_WENT_BACK)


def _mark(house: House, began: datetime) -> bool:
    """Write down until when we have been at work; False if the clock went back since this tick `began`.

    Never back with it: the next tick would find nothing wrong, and live through a day for the second time.
    """
    now = house.clock.now()
    if now < began - BACKWARDS:
        return False
    with house.database.write() as session:
        marked = _MARK.run(
            session.connection(), now=now, latest=now + BACKWARDS, machine=house.clock.machine()
        )
    return bool(marked)


_MARK = Prepared(
    lambda _: (
        update(EngineState.__table__)
        .where(EngineState.last_tick_at.is_(None) | (EngineState.last_tick_at <= bindparam("latest")))
        .values(last_tick_at=bindparam("now"), ticked_machine_at=bindparam("machine"), clock_back_at=None)
        .returning(EngineState.id)
    )
)


def count_due(database: Database, now: datetime) -> int:
    """How many rows still want looking at: 0 after a tick that could do its work."""
    with database.read() as session:
        return sum(_LEFT.first(session.connection(), now=now))
