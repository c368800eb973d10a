"""The line that an ended check-in leaves on a list: silence, undelivered, or our own fault (design 4.1).

Set-based like the endings themselves: alerts are found, made and heightened a batch at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import case, func, select, text, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.models import Alert, Answer, Institution, PlanVersion, Signal, Slot
from companion.models.alerts import is_unclosed
from companion.rules.ladder import SlotEnd, last_heard_limit, silence_has_clock
from companion.rules.plan import PlanSettings, day_of
from companion.rules.staff_hours import DeadlineKind, deadline
from companion.rules.states import AlertState, Family, Level, SlotState, VoidReason
from companion.rules.terms import Step
from companion.services import institutions
from companion.services.plain_rows import among, insert_new, read_rows
from companion.services.windows import silent_since

HEARD = (SlotState.ANSWERED, SlotState.ANSWERED_LATE)
COUNTED = (*HEARD, SlotState.MISSED)
RANK = {Level.NONE: 0, Level.AMBER: 1, Level.RED: 2}


@dataclass(frozen=True)
class Ended:
    """One slot that ended now, with what its line needs to know."""

    row: object
    end: SlotEnd
    cause: str


def note_ends(session: Session, now: datetime, ended: list[Ended]) -> int:
    """Put each end on the list it belongs to: silence, undelivered, or our own faults; counts new lines.

    Asked before the ends are written down: what ended earlier is then all that is in the books.
    """
    if not ended:
        return 0
    batch = _read_batch(session, now, ended)
    lines = [_line(now, one, batch) for one in ended]
    alerts = [_alert(line, now) for line in lines]
    insert_new(
        session, Alert.__table__, alerts,
        index_elements=["window_id", "family"], index_where=text("state != 'closed'"),
    )  # fmt: skip
    standing, ours = _standing(session, lines), {alert["ref"] for alert in alerts}
    for line in lines:
        alert = standing[line["window_id"], line["family"]]
        if alert.ref not in ours:
            _heighten(session, alert, _with_clock(line, alert, batch))
    signals = [_signal(line, standing[line["window_id"], line["family"]].id, now) for line in lines]
    insert_new(session, Signal.__table__, signals, index_elements=["alert_id", "code", "about"])
    return sum(alert.ref in ours for alert in standing.values())


@dataclass(frozen=True)
class _History:
    """The earlier ended slots of one window: "second in a row" and "usually answers x of y"."""

    heard: int = 0
    counted: int = 0
    last_missed: bool = False


_NOTHING = _History()


@dataclass(frozen=True)
class _Batch:
    """What the lines of one batch need, read once; a session forgets a row that nobody holds."""

    history: dict[int, _History]
    worried: set[int]
    quiet_days: Callable[[int, date, str], tuple[int, timedelta]]
    """The day of a window, and how long its person may stay unheard on it."""
    due: Callable[[DeadlineKind, int], datetime]


def _read_batch(session: Session, now: datetime, ended: list[Ended]) -> _Batch:
    @cache
    def settings(version_id: int) -> PlanSettings:
        return PlanSettings.from_json(session.get_one(PlanVersion, version_id).settings)

    @cache
    def due(kind: DeadlineKind, institution_id: int) -> datetime:
        return deadline(kind, now, institutions.staff_hours(session.get_one(Institution, institution_id)))

    @cache
    def quiet_days(version_id: int, left_on: date, zone: str) -> tuple[int, timedelta]:
        day = day_of(left_on, now, zone)
        return day, last_heard_limit(day, settings(version_id))

    worried = _not_calm(session, [one.row.person_id for one in ended])
    return _Batch(_histories(session, ended), worried, quiet_days, due)


def _histories(session, ended) -> dict[int, _History]:
    """One row for each window: a long history is counted by the database and not read."""
    missed = Slot.state == SlotState.MISSED
    query = (
        select(
            Slot.window_id,
            func.count().label("counted"),
            func.sum(case((missed, 0), else_=1)).label("heard"),
            func.max(case((missed, Slot.due_at))).label("missed_at"),
            func.max(case((missed, None), else_=Slot.due_at)).label("heard_at"),
        )
        .where(
            among(session, Slot.window_id, [one.row.window_id for one in ended]),
            Slot.state.in_(COUNTED),
        )
        .group_by(Slot.window_id)
    )
    return {
        row.window_id: _History(row.heard, row.counted, _later(row.missed_at, row.heard_at))
        for row in read_rows(session, query)
    }


def _later(missed_at: datetime | None, heard_at: datetime | None) -> bool:
    """Whether the newest of them was missed."""
    return missed_at is not None and (heard_at is None or missed_at > heard_at)


def _not_calm(session, person_ids) -> set[int]:
    """Whose last proven answer raised something."""
    last = (
        select(func.max(Answer.id).label("id"))
        .where(among(session, Answer.person_id, person_ids), Answer.proven)
        .group_by(Answer.person_id)
        .subquery()
    )
    rows = read_rows(session, select(Answer.person_id, Answer.said).join(last, last.c.id == Answer.id))
    return {row.person_id for row in rows if not row.said.get("calm", False)}


def _line(now, one, batch: _Batch) -> dict:
    """One row's way to its list: family, level, clock, sentence code and values."""
    row, end = one.row, one.end
    line = {"row": row, "window_id": row.window_id, "level": Level.NONE, "deadline_at": None}
    if end.state is SlotState.MISSED:
        return line | _missed(now, row, batch)
    if end.state is SlotState.UNREACHED or end.reason is VoidReason.UNSURE:
        return line | {
            "family": Family.UNDELIVERED, "level": Level.AMBER, "code": "U1",
            "deadline_at": batch.due(DeadlineKind.UNDELIVERED, row.institution_id),
            "values": {"cause": one.cause, "due_at": row.due_at.isoformat()},
        }  # fmt: skip
    values = {"reason": end.reason or VoidReason.DOWNTIME, "due_at": row.due_at.isoformat()}
    return line | {"family": Family.SYSTEM, "code": "S1", "values": values}


def _missed(now, row, batch: _Batch) -> dict:
    """A missed check-in: a line, and a clock only where design 4.1 gives staff one."""
    earlier = batch.history.get(row.window_id, _NOTHING)
    day, limit = batch.quiet_days(row.plan_version_id, row.left_on, row.zone)
    unheard = now - silent_since(row.heard_at, row.paused_until) >= limit
    clock = silence_has_clock(earlier.last_missed, day, row.person_id in batch.worried, unheard)
    values = {"due_at": row.due_at.isoformat(), "asked_at": row.asked_at.isoformat()}
    values |= {"x": earlier.heard, "y": earlier.counted}
    return {
        "family": Family.SILENCE, "level": Level.AMBER if clock else Level.NONE,
        "deadline_at": batch.due(DeadlineKind.SILENCE, row.institution_id) if clock else None,
        "code": "A7" if clock and earlier.counted else "M1", "values": values,
    }  # fmt: skip


def _standing(session, lines) -> dict:
    query = select(
        Alert.id,
        Alert.ref,
        Alert.window_id,
        Alert.family,
        Alert.level,
        Alert.state,
        Alert.deadline_at,
        Alert.answered_at,
    ).where(
        among(session, Alert.window_id, [line["window_id"] for line in lines]),
        is_unclosed,
    )
    return {(row.window_id, row.family): row for row in read_rows(session, query)}


def _alert(line, now) -> dict:
    row = line["row"]
    return {
        "ref": crypto.token(), "institution_id": row.institution_id, "person_id": row.person_id,
        "window_id": row.window_id, "family": line["family"], "level": line["level"],
        "state": AlertState.OPEN, "step": Step.CASEWORKER, "opened_at": now,
        "deadline_at": line["deadline_at"], "look_at": line["deadline_at"],
    }  # fmt: skip


def _with_clock(line, alert, batch: _Batch) -> dict:
    """What wakes an answered line that is more than a line starts its clock again, though it brings none itself.

    Without it somebody red would stand on the list with no deadline, and climb to nobody (design 4.3).
    """
    if line["deadline_at"] or alert.answered_at is None or alert.level is Level.NONE:
        return line
    return line | {"deadline_at": batch.due(DeadlineKind.SILENCE, line["row"].institution_id)}


def _heighten(session, alert, line) -> None:
    """A standing line hears again: never lower, the earlier clock wins, an answered one wakes.

    One that was put off wakes only for a reason more urgent than the one that was put off.
    """
    values: dict = {"answered_at": None}
    asleep = alert.state is AlertState.SNOOZED
    if RANK[line["level"]] > RANK[alert.level]:
        values["level"] = line["level"]
        if asleep:
            values |= {
                "state": AlertState.OPEN,
                "snoozed_until": None,
                "claimed_by": None,
                "claimed_at": None,
            }
            asleep = False
    if alert.answered_at is not None:
        values["step"] = Step.CASEWORKER
    if line["deadline_at"] and (alert.deadline_at is None or alert.answered_at is not None):
        values["deadline_at"] = line["deadline_at"]
        if not asleep:
            values["look_at"] = line["deadline_at"]
    session.execute(
        update(Alert)
        .where(Alert.id == alert.id, is_unclosed)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _signal(line, alert_id, now) -> dict:
    row = line["row"]
    return {
        "institution_id": row.institution_id, "alert_id": alert_id, "code": line["code"],
        "level": line["level"], "about": f"slot:{row.id}", "at": now, "values": line["values"],
    }  # fmt: skip
