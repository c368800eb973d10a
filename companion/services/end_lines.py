"""The line that an ended check-in leaves on a list: silence, undelivered, or our own fault (design 4.1).

Set-based like the endings themselves: alerts are found, made and heightened a batch at a time.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import insert_ignore
from companion.models import Alert, Answer, Institution, PlanVersion, Signal, Slot
from companion.rules.ladder import SlotEnd, silence_has_clock
from companion.rules.plan import day_of
from companion.rules.staff_hours import DeadlineKind, deadline
from companion.rules.states import AlertState, Family, Level, SlotState, VoidReason
from companion.rules.terms import Step
from companion.services import institutions
from companion.services.windows import limit_of, silent_since

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
    """Put each end on the list it belongs to: silence, undelivered, or our own faults; counts new lines."""
    if not ended:
        return 0
    history = _history(session, [one.row.window_id for one in ended])
    worried = _not_calm(session, [one.row.person_id for one in ended])
    lines = [_line(session, now, one, history[one.row.window_id], worried) for one in ended]
    standing = _standing(session, lines)
    fresh = [line for line in lines if (line["window_id"], line["family"]) not in standing]
    insert_ignore(
        session, Alert.__table__, [_alert(line, now) for line in fresh],
        index_elements=["window_id", "family"], index_where=Alert.state != AlertState.CLOSED,
    )  # fmt: skip
    now_standing = _standing(session, lines)
    for line in lines:
        key = line["window_id"], line["family"]
        if key in standing:
            _heighten(session, standing[key], line)
        elif RANK[line["level"]] > RANK[now_standing[key].level]:  # somebody was faster, for a lesser reason
            _heighten(session, now_standing[key], line)
    signals = [_signal(line, now_standing[line["window_id"], line["family"]].id, now) for line in lines]
    insert_ignore(session, Signal.__table__, signals, index_elements=["alert_id", "code", "about"])
    return len(fresh)


def _history(session, window_ids) -> dict[int, list]:
    """The ended slots of each window, newest first, for "second in a row" and "usually answers x of y"."""
    found = defaultdict(list)
    rows = session.execute(
        select(Slot.window_id, Slot.id, Slot.state, Slot.due_at)
        .where(Slot.window_id.in_(window_ids), Slot.state.in_(COUNTED))
        .order_by(Slot.due_at.desc())
    )
    for row in rows:
        found[row.window_id].append(row)
    return found


def _not_calm(session, person_ids) -> set[int]:
    """Whose last proven answer raised something."""
    last = (
        select(func.max(Answer.id).label("id"))
        .where(Answer.person_id.in_(person_ids), Answer.proven)
        .group_by(Answer.person_id)
        .subquery()
    )
    rows = session.execute(select(Answer.person_id, Answer.said).join(last, last.c.id == Answer.id))
    return {row.person_id for row in rows if not row.said.get("calm", False)}


def _line(session, now, one, history, worried) -> dict:
    """One row's way to its list: family, level, clock, sentence code and values."""
    row, end = one.row, one.end
    line = {"row": row, "window_id": row.window_id, "level": Level.NONE, "deadline_at": None}
    if end.state is SlotState.MISSED:
        return line | _missed(session, now, row, history, row.person_id in worried)
    if end.state is SlotState.UNREACHED or end.reason is VoidReason.UNSURE:
        due = deadline(DeadlineKind.UNDELIVERED, now, _hours(session, row.institution_id))
        return line | {
            "family": Family.UNDELIVERED, "level": Level.AMBER, "deadline_at": due, "code": "U1",
            "values": {"cause": one.cause, "due_at": row.due_at.isoformat()},
        }  # fmt: skip
    values = {"reason": end.reason or VoidReason.DOWNTIME, "due_at": row.due_at.isoformat()}
    return line | {"family": Family.SYSTEM, "code": "S1", "values": values}


def _missed(session, now, row, history, worried) -> dict:
    """A missed check-in: a line, and a clock only where design 4.1 gives staff one."""
    earlier = [slot for slot in history if slot.id != row.id]
    second = bool(earlier) and earlier[0].state is SlotState.MISSED
    settings = session.get_one(PlanVersion, row.plan_version_id).settings
    silent_for = now - silent_since(row.heard_at, row.paused_until)
    unheard = silent_for >= limit_of(settings, row.left_on, now, row.zone)
    day = day_of(row.left_on, now, row.zone)
    clock = silence_has_clock(second, day, worried, unheard)
    due = deadline(DeadlineKind.SILENCE, now, _hours(session, row.institution_id)) if clock else None
    values = {"due_at": row.due_at.isoformat(), "asked_at": row.asked_at.isoformat()}
    values |= {"x": sum(slot.state in HEARD for slot in earlier), "y": len(earlier)}
    return {
        "family": Family.SILENCE, "level": Level.AMBER if clock else Level.NONE, "deadline_at": due,
        "code": "A7" if clock and earlier else "M1", "values": values,
    }  # fmt: skip


def _hours(session, institution_id):
    return institutions.staff_hours(session.get_one(Institution, institution_id))


def _standing(session, lines) -> dict:
    rows = session.execute(
        select(
            Alert.id,
            Alert.window_id,
            Alert.family,
            Alert.level,
            Alert.state,
            Alert.deadline_at,
            Alert.answered_at,
        ).where(Alert.window_id.in_([line["window_id"] for line in lines]), Alert.state != AlertState.CLOSED)
    )
    return {(row.window_id, row.family): row for row in rows}


def _alert(line, now) -> dict:
    row = line["row"]
    return {
        "ref": crypto.token(), "institution_id": row.institution_id, "person_id": row.person_id,
        "window_id": row.window_id, "family": line["family"], "level": line["level"],
        "state": AlertState.OPEN, "step": Step.CASEWORKER, "opened_at": now,
        "deadline_at": line["deadline_at"], "look_at": line["deadline_at"],
    }  # fmt: skip


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
        .where(Alert.id == alert.id, Alert.state != AlertState.CLOSED)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _signal(line, alert_id, now) -> dict:
    row = line["row"]
    return {
        "institution_id": row.institution_id, "alert_id": alert_id, "code": line["code"],
        "level": line["level"], "about": f"slot:{row.id}", "at": now, "values": line["values"],
    }  # fmt: skip
