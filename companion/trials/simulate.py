"""Days in the life of many graduates, against the real engine, pages, services and carrier client, in minutes.

The clock jumps from one instant at which something is due, or somebody wants something, to the next, never by less
than `STEP`. One seed decides everything: who lives how, when texts are planned, what the carrier does wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, select

from companion.engine.tick import Report, tick
from companion.engine.walk import walk
from companion.models import Alert, Signal
from companion.services.prepared import Prepared
from companion.trials.crowd import Crowd, gather
from companion.trials.desk import Desk
from companion.trials.diary import Deadline, Diary, arrival
from companion.trials.evidence import Evidence, collect
from companion.trials.grounds import Grounds, open_grounds
from companion.trials.life import Life
from companion.trials.trouble import (
    A_FEW,
    CALM,
    UNPLUGGED,
    Event,
    Kind,
    Trouble,
    halt,
    plan_trouble,
    set_budget,
    set_carrier,
)

BEGIN = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""A Monday, 07.00 in Jakarta. Four months from here hold Natal, New Year, a Ramadan, Idulfitri and Nyepi."""
DAY = timedelta(days=1)
STEP = timedelta(minutes=15)


@dataclass
class Trial:
    """One simulation under way."""

    grounds: Grounds
    crowd: Crowd
    diary: Diary
    life: Life
    desk: Desk
    arrived: list
    show: Callable[[datetime], None]
    trouble: Trouble
    seed: int
    turned_back: list[Report] = field(default_factory=list)
    """What ticks did at a time that lay behind the last one: nothing, or a promise is broken."""
    last_signal: int = 0
    wake: datetime | None = None

    def wanted_at(self) -> datetime | None:
        """When the simulated people, or what they have just done, want something to happen next."""
        instants = (self.life.next_at(), self.desk.next_at(), self.wake)
        return min((at for at in instants if at is not None), default=None)

    def after(self, at: datetime, report: Report | None = None) -> None:
        """Behind each tick: receipts come in, texts are read, and everybody does what they meant to do by now."""
        self.grounds.clock.at = at
        self._deliver(at)
        busy = self.life.live(at)
        busy |= self.desk.work(at)
        self.wake = at + STEP if busy else None
        self._see_deadlines(at)
        self.show(at)

    def _deliver(self, at: datetime) -> None:
        texts, self.arrived[:] = [arrival(text, at) for text in self.arrived], []
        self.diary.arrivals += texts
        self.grounds.phones.flush(self.grounds.post_receipt)
        for text in texts:
            if text.to in self.crowd.on_number:
                self.life.read(text)
            elif text.to in self.crowd.staff_number:
                self.desk.texted(self.crowd.staff_number[text.to], at)

    def _see_deadlines(self, at: datetime) -> None:
        """Every clock that was set on staff since the last look; signals are only ever added, so this is cheap."""
        with self.grounds.database.read() as session:
            rows = _DEADLINES.run(session.connection(), last=self.last_signal)
        for row in rows:
            self.last_signal = row.id
            if row.deadline_at is not None:
                self.diary.deadlines.append(
                    Deadline(row.alert, row.person_id, row.level, at, row.deadline_at)
                )


_DEADLINES = Prepared(
    lambda _: (
        select(Signal.id, Alert.id.label("alert"), Alert.person_id, Alert.level, Alert.deadline_at)
        .join(Alert, Alert.id == Signal.alert_id)
        .where(Signal.id > bindparam("last"))
        .order_by(Signal.id)
    )
)


def simulate(
    clients: int,
    days: int,
    seed: int = 1,
    *,
    home: range | None = None,
    faults: bool = False,
    server: str | None = None,
    show: Callable[[datetime], None] = lambda at: None,
) -> Evidence:
    """Live `days` days with `clients` graduates and return what is left of them. `show` is told how far we are.

    `home`: those of them who live in this house; without it all do.
    """
    arrived: list = []
    end = BEGIN + days * DAY
    trouble = plan_trouble(BEGIN, days, seed) if faults else CALM
    with open_grounds(BEGIN, seed, server, arrived.append) as grounds:
        crowd, diary = gather(grounds.database, BEGIN, clients, seed, home or range(clients)), Diary()
        set_carrier(grounds.phones, crowd, trouble, seed)
        desk = Desk(grounds.database, crowd, diary, BEGIN, days, seed)
        trial = Trial(
            grounds, crowd, diary, Life(crowd, grounds.visitor, diary), desk, arrived, show, trouble, seed
        )
        _live(trial, end)
        return collect(grounds, crowd, diary, desk, trouble, BEGIN, end, STEP, trial.turned_back)


def _live(trial: Trial, end: datetime) -> None:
    """Walk from one trouble to the next, and through each."""
    tick(trial.grounds.house, senders=1)
    trial.after(trial.grounds.clock.at)
    for event in trial.trouble.events:
        if event.began > trial.grounds.clock.at:
            _walk(trial, event.began)
            HAPPENS[event.kind](trial, event)
    _walk(trial, end)


def _walk(trial: Trial, until: datetime) -> None:
    walk(trial.grounds.house, until, step=STEP, senders=1, after=trial.after, also=trial.wanted_at)


def _stand_still(trial: Trial, event: Event) -> None:
    """No tick runs; pages and staff go on. Then one tick, to which all of it is a gap."""
    while (at := trial.wanted_at()) is not None and at < event.ended:
        trial.after(max(at, trial.grounds.clock.at))
    trial.grounds.clock.at = event.ended
    report = tick(trial.grounds.house, senders=1)
    trial.after(event.ended, report)


def _stop(trial: Trial, event: Event) -> None:
    halt(trial.grounds.database, event)
    _walk(trial, event.ended)


def _unplug(trial: Trial, event: Event) -> None:
    set_carrier(trial.grounds.phones, trial.crowd, trial.trouble, trial.seed, **UNPLUGGED)
    _walk(trial, event.ended)
    set_carrier(trial.grounds.phones, trial.crowd, trial.trouble, trial.seed)


def _run_short(trial: Trial, event: Event) -> None:
    set_budget(trial.grounds.database, A_FEW)
    _walk(trial, event.ended)
    set_budget(trial.grounds.database, None)


def _turn_back(trial: Trial, event: Event) -> None:
    """A tick at yesterday's time must do nothing at all; a person hears of it, and time goes on."""
    trial.grounds.clock.at = event.began - DAY
    trial.turned_back.append(tick(trial.grounds.house, senders=1))
    trial.grounds.clock.at = event.began


HAPPENS = {
    Kind.GAP: _stand_still, Kind.OUTAGE: _stand_still, Kind.STOP: _stop, Kind.UNPLUGGED: _unplug,
    Kind.BUDGET: _run_short, Kind.CLOCK_BACK: _turn_back,
}  # fmt: skip
