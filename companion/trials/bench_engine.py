"""What a tick costs, and whether that depends on who is due or on who is enrolled (design 3 and 7)."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, text, update

from companion.clock import Clock, SetClock
from companion.db import Database
from companion.engine.house import House
from companion.engine.tick import tick
from companion.models import Link, Message, Slot
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import LinkKind, Purpose
from companion.trials.bench_rows import Options, figure, least, most, not_measured
from companion.trials.bulk import Loader
from companion.trials.grounds import migrated

HOUR = timedelta(hours=1)
WARM = 50
"""Rows worked off before the measurement: no statement is compiled for the first time while it runs."""


def rows(options: Options) -> list[dict]:
    """State steps of a tick with so many due among few and among many, and missed check-ins a second."""
    found = _ticks(options)
    found.append(_missed(options, None, "SQLite"))
    name = "missed check-ins detected, PostgreSQL"
    if options.server is None:
        return [*found, not_measured(name, "/s", ">= 5000 /s")]
    return [*found, _missed(options, options.server, "PostgreSQL")]


def _ticks(options: Options) -> list[dict]:
    """One house that grows: measured when it is small, and again when it is large."""
    small, factor = options.enrolled, options.times * (10 if options.big else 1)
    with migrated(on_disk=True) as (database, _key):
        loader = loader_of(database, options)
        few = _measured(loader, options, small)
        many = _measured(loader, options, small * factor)
    due = f"tick, {options.due} due of {small * factor} enrolled"
    return [
        figure(f"tick, {options.due} due of {small} enrolled", few, "ms"),
        most(due, many, "ms", 250),
        most(f"tick, {small * factor} enrolled against {small}", many / few, "times", 2),
    ]


def loader_of(database: Database, options: Options) -> Loader:
    """Who fills a house for these measurements."""
    return Loader(database, ten_o_clock(), size=min(1000, max(options.enrolled // 4, 1)))


def ten_o_clock() -> datetime:
    """A Tuesday, 10.00 in Jakarta, without a holiday: what is due may leave at once."""
    return datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def _measured(loader: Loader, options: Options, enrolled: int) -> float:
    """Milliseconds of the state steps, the best of three; nothing is sent."""
    while loader.people < enrolled:
        place = loader.institution(f"balai{loader.people}", 20)
        loader.block(place)
    loader.done()
    times = []
    for turn in range(4):
        make_due(loader.database, loader.now, WARM if turn == 0 else options.due)
        house = as_of(loader.database, loader.now)
        began = Clock.stopwatch()
        report = tick(house, send=False)
        times.append((Clock.stopwatch() - began) * 1000)
        forget_messages(loader.database)
        if report.did["looked"] < (WARM if turn == 0 else options.due):
            raise RuntimeError("the tick did not find what was due")
    return min(times[1:])


def as_of(database: Database, now) -> House:
    """A house whose clock stands at `now`, as if it had never ticked."""
    with database.write() as session:
        session.execute(text("UPDATE engine_state SET last_tick_at = NULL"))
    return House(database, SetClock(now), {}, "https://k.example")


def make_due(database: Database, now, n: int) -> None:
    """So many slots due: half to be opened, a quarter to be reminded, a quarter to be counted as missed."""
    with database.write() as session:
        ids = session.scalars(_far_ahead(now).limit(n)).all()
        if len(ids) < n:
            raise RuntimeError(f"only {len(ids)} slots lie ahead")
        planned, remind = ids[: n // 2], ids[n // 2 : n // 2 + n // 4]
        missed = ids[n // 2 + n // 4 :]
        _set(session, planned, due_at=now, give_up_at=now + 24 * HOUR, closes_at=now + 72 * HOUR, look_at=now)
        asked = {"state": SlotState.OPEN, "asked_at": now - 25 * HOUR, "due_at": now - 25 * HOUR}
        _set(session, remind, **asked, miss_at=now + 23 * HOUR, remind_at=now, look_at=now)
        _set(session, missed, **asked | {"asked_at": now - 48 * HOUR}, miss_at=now, look_at=now)
        _texts(session, [*remind, *missed], now)


def _far_ahead(now):
    """The last slot of each window, which nobody is taken twice for; not of the first block, which is copied."""
    return (
        select(Slot.id)
        .where(Slot.state == SlotState.PLANNED, Slot.seq == 21, Slot.due_at > now)
        .order_by(Slot.id.desc())
    )


def _set(session, ids, **values) -> None:
    for start in range(0, len(ids), 500):
        session.execute(
            update(Slot)
            .where(Slot.id.in_(ids[start : start + 500]))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _texts(session, ids, now) -> None:
    """The link and the delivered invitation of each of these slots."""
    slots = []
    for start in range(0, len(ids), 500):
        slots += session.execute(
            select(Slot.id, Slot.institution_id, Slot.person_id).where(Slot.id.in_(ids[start : start + 500]))
        ).all()
    links = [
        {
            "token": f"b{slot.id:011x}", "institution_id": slot.institution_id, "kind": LinkKind.SLOT,
            "person_id": slot.person_id, "number_id": slot.person_id, "slot_id": slot.id, "created_at": now,
        }
        for slot in slots
    ]  # fmt: skip
    messages = [
        {
            "institution_id": slot.institution_id, "purpose": Purpose.INVITATION, "subject": f"slot:{slot.id}",
            "person_id": slot.person_id, "number_id": slot.person_id, "slot_id": slot.id,
            "token": f"b{slot.id:011x}", "state": MessageState.DELIVERED, "planned_for": now, "expires_at": now,
            "state_at": now, "attempts": 1, "first_attempt_at": now - 48 * HOUR,
        }
        for slot in slots
    ]  # fmt: skip
    session.execute(insert(Link.__table__), links)
    session.execute(insert(Message.__table__), messages)


def forget_messages(database: Database) -> None:
    """What the tick promised is taken back, so that the next turn finds only what it made due itself."""
    with database.write() as session:
        session.execute(text("UPDATE message SET look_at = NULL"))
        session.execute(text("UPDATE slot SET look_at = NULL WHERE state = 'open'"))
        session.execute(text("UPDATE alert SET look_at = NULL"))


def _missed(options: Options, server: str | None, where: str) -> dict:
    """So many check-ins whose time to be missed has come at once, after a bad day."""
    n = options.due * 5
    with migrated(server, on_disk=True) as (database, _key):
        loader = loader_of(database, options)
        place = loader.institution("balai", 20)
        while loader.people < n * 2:
            loader.block(place)
        loader.done()
        _make_missed(database, loader.now, WARM)
        tick(as_of(database, loader.now), send=False)
        forget_messages(database)
        _make_missed(database, loader.now, n)
        house, began = as_of(database, loader.now), Clock.stopwatch()
        report = tick(house, send=False)
        seconds = Clock.stopwatch() - began
    if report.did["missed"] != n:
        raise RuntimeError(f"{report.did['missed']} of {n} were found missed")
    return least(f"missed check-ins detected, {where}", n / seconds, "/s", 5000)


def _make_missed(database: Database, now, n: int) -> None:
    with database.write() as session:
        ids = session.scalars(_far_ahead(now).limit(n)).all()
        asked = {"state": SlotState.OPEN, "asked_at": now - 48 * HOUR, "due_at": now - 48 * HOUR}
        _set(session, ids, **asked, miss_at=now, look_at=now)
        _texts(session, ids, now)
