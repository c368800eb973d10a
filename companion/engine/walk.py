"""Living through time: the clock is moved from one due instant to the next, and everything happens on its way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, type_coerce, update

from companion.clock import SetClock
from companion.db import Database, UtcDateTime
from companion.engine.house import House
from companion.engine.tick import LOOKED_AT, Exit, Report, since_then, tick
from companion.engine.time import set_clock, state_of
from companion.models import EngineState
from companion.services.prepared import Prepared


def walk(
    house: House,
    until: datetime,
    *,
    step: timedelta = timedelta(minutes=1),
    send: bool = True,
    senders: int = 8,
    after: Callable[[datetime, Report], None] = lambda at, report: None,
    also: Callable[[], datetime | None] = lambda: None,
    move_clock: bool = False,
) -> Report:
    """Tick at every instant at which something is due, from the last tick until `until`; sums what was done.

    What lies before a restore is not lived through a second time (design 4.5).

    `step` is the coarseness; `after` is called behind each tick, so that simulated people can live too, and `also`
    names the next instant at which they want to. With `move_clock` the clock in the database walks along, and web and
    commands obey it.
    """
    with house.database.write() as session:
        state = state_of(session)
        last, restored = state.last_tick_at, state.restored_at
    put_back = since_then(restored, last)
    begin = restored if put_back else last
    total = Report(until)
    for at in _instants(house.database, begin, until, step, also):
        if move_clock and (begin is None or at >= begin):  # the tick itself refuses to go back
            _lead_clock(house, at, None if put_back else begin)
        report = _tick_at(house, at, begin is not None, send, senders)
        put_back = False  # that tick has lived with it
        total.did += report.did
        total.exit = max(total.exit, report.exit)
        total.left_due = report.left_due
        if report.exit is Exit.CLOCK_WENT_BACK:
            return total
        after(at, report)
    return total


def _lead_clock(house, at, last) -> None:
    """Move the clock and say in the same breath that the time before was lived through.

    A worker beside us obeys the same clock; without that it would take the step for a gap.
    """
    with house.database.write() as session:
        set_clock(session, at, house.clock.machine())
        if last is not None:
            session.execute(update(EngineState).values(last_tick_at=at))


def _tick_at(house, at, lived, send, senders) -> Report:
    return tick(replace(house, clock=SetClock(at, house.clock)), send=send, lived=lived, senders=senders)


def _instants(database: Database, last, until, step, also) -> Iterator[datetime]:
    """The next due instant after each tick, never closer than `step`, and `until` itself at the end."""
    at = last
    while at is not None:
        wanted = [due for due in (_next_due(database, at), also()) if due is not None]
        at = max(min(wanted, default=until), at + step)
        if at >= until:
            break
        yield at
    yield until


_AFTER = bindparam("after", type_=UtcDateTime())
_NEXT = Prepared(
    lambda _: select(
        *(
            type_coerce(
                select(func.min(model.look_at)).where(model.look_at > _AFTER).scalar_subquery(), UtcDateTime
            ).label(model.__tablename__)
            for model in LOOKED_AT
        )
    )
)


def _next_due(database: Database, after: datetime) -> datetime | None:
    with database.read() as session:
        found = _NEXT.first(session.connection(), after=after)
    return min((at for at in found if at is not None), default=None)
