"""What is wrong now, by name and in plain words (design 2.13). Looking changes nothing; engine/watch tells it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, func, select, type_coerce
from sqlalchemy.orm import Session

from companion.db import UtcDateTime
from companion.models import Alert, ChannelHold, EngineState, Institution, Message, Parked, Signal, Slot
from companion.models.alerts import is_unclosed
from companion.models.messages import is_unsure
from companion.rules.days import load_calendar, local
from companion.rules.states import AlertState, Level, MessageState, SlotState
from companion.services import budget, handover, institutions

TICK_AGE = timedelta(minutes=5)
NOBODY_TOLD = 5  # minutes of staff hours (design 2.13)
SENT_NONE_AFTER = timedelta(hours=2)
UNDECIDED_AFTER = timedelta(minutes=60)
OLD_BACKUP = timedelta(days=2)
"""Since the last one: that backups have stopped is an alarm. That there never was one is said by `check`."""
LITTLE_DISK = 500 * 1024 * 1024  # bytes

WORDS = {
    "no_tick": "The engine has not ticked for five minutes: is the worker running?",
    "clock_went_back": "The clock went back; nothing was done.",
    "restored_and_stopped": "A copy was restored; nothing leaves until `stop all --lift`.",
    "channel_held": "The carrier cannot be reached or refuses our set-up; its texts wait.",
    "row_parked": "A row could not be digested and is left alone for an hour.",
    "planned_today_sent_none": "Texts have been due for two hours, and in that time none has left.",
    "red_alert_nobody_notified": "A red alert has reached nobody's phone in five minutes of working hours.",
    "unsure_undecided": "Of a text nobody knows for an hour whether it left; a person has to decide.",
    "disk_low": "The disk is nearly full.",
    "backup_old": "The last backup is older than two days.",
    "calendar_ends": "The holidays that are known end within 60 days: install a newer version.",
    "budget_80": "80 % or more of the day's texts are spent; at 100 % bulk waits for tomorrow.",
}
"""Every alarm there is, and what it says to whoever is called."""
ONCE = frozenset({"budget_80"})
"""Foreseen, and told once: it neither stops the heartbeat nor is it repeated or taken back."""
WARNINGS = ONCE | {"unsure_undecided", "backup_old", "calendar_ends"}
"""Somebody should see to it, but nothing stands still: /health stays 200."""


@dataclass(frozen=True)
class Alarm:
    """One thing that is wrong. `about` tells two of the same name apart: an institution's code and its day."""

    name: str
    about: str = ""

    @property
    def words(self) -> str:
        """What is said to a person outside the system; never about a person in it."""
        words = WORDS.get(self.name, "See the log.")
        return f"{words} ({self.about})" if self.about else words


def alarms(session: Session, now: datetime, machine: datetime) -> list[str]:
    """The names of everything that is wrong now; empty when all is well."""
    return list(dict.fromkeys(alarm.name for alarm in found(session, now, machine)))


def found(session: Session, now: datetime, machine: datetime) -> list[Alarm]:
    """Everything that is wrong now in the whole house."""
    names = [Alarm(name) for name in standing(session, now, machine)]
    for institution, _spent in budget.warned(session, now):
        day = local(now, institution.zone).date()
        names.append(Alarm("budget_80", f"{institution.code} {day:%Y-%m-%d}"))
    return names


def standing(
    session: Session, now: datetime, machine: datetime, institution_id: int | None = None
) -> list[str]:
    """What is wrong, but for budgets; with an institution what is wrong there or everywhere. Two statements."""
    seen = session.execute(_facts(now, institution_id)).one()
    checks = {
        "no_tick": seen.ticked is None or machine - seen.ticked > TICK_AGE,
        "clock_went_back": seen.clock_back is not None,
        "restored_and_stopped": seen.restored is not None,
        "channel_held": seen.held,
        "row_parked": seen.parked,
        "planned_today_sent_none": seen.overdue and not seen.left,
        "red_alert_nobody_notified": _red_and_nobody_told(session, now, institution_id),
        "unsure_undecided": seen.undecided,
        "disk_low": free_disk(session.get_bind().url) < LITTLE_DISK,
        "calendar_ends": load_calendar().ends_soon(now.date()),
        "backup_old": seen.backed_up is not None and now - seen.backed_up > OLD_BACKUP,
    }
    return [name for name, is_so in checks.items() if is_so]


def _facts(now: datetime, institution_id: int | None):
    """All single facts in one statement."""

    def here(query, column):
        return query if institution_id is None else query.where(column == institution_id)

    parked = here(select(Parked.id).where(Parked.until > now), Parked.institution_id)
    undecided = here(
        select(Message.id).where(is_unsure, Message.last_attempt_at <= now - UNDECIDED_AFTER),
        Message.institution_id,
    )
    state = {
        "ticked": EngineState.ticked_machine_at, "clock_back": EngineState.clock_back_at,
        "restored": EngineState.restored_at, "backed_up": EngineState.backed_up_at,
    }  # fmt: skip
    instants = (
        type_coerce(select(column).limit(1).scalar_subquery(), UtcDateTime).label(name)
        for name, column in state.items()
    )
    return select(
        *instants,
        select(ChannelHold.channel).where(ChannelHold.until > now).exists().label("held"),
        parked.exists().label("parked"),
        undecided.exists().label("undecided"),
        *_overdue(now),
    )


def _overdue(now: datetime) -> Iterator:
    """For two hours or longer something waits for us to open or to send it, and all the while nothing left (failures 15).

    What is held for a reason is to be looked at later; what has been due for so long was forgotten. Yesterday's texts
    prove nothing about today: a planner that finds nobody since this morning would be heard of only tomorrow.
    """
    since = now - SENT_NONE_AFTER
    unopened = select(Slot.id).where(Slot.look_at <= since, Slot.state == SlotState.PLANNED)
    unsent = select(Message.id).where(Message.look_at <= since, Message.state == MessageState.PLANNED)
    overdue = unopened.exists() | unsent.exists()
    left = select(Message.id).where(Message.last_attempt_at > since, Message.state.in_(handover.LEFT))
    yield overdue.label("overdue")
    yield (overdue & left.exists()).label("left")


def _red_and_nobody_told(session, now, institution_id) -> bool:
    """A red alert that nobody took, and of which no text ever left: it may stand on the banner alone.

    It may have been opened as something calmer, so its newest red signal counts.
    """
    turned_red = (
        select(func.max(Signal.at))
        .where(Signal.alert_id == Alert.id, Signal.level == Level.RED)
        .scalar_subquery()
    )
    oldest = (
        select(Institution, type_coerce(func.min(func.coalesce(turned_red, Alert.opened_at)), UtcDateTime))
        .join(Alert, Alert.institution_id == Institution.id)
        .where(
            is_unclosed, Alert.level == Level.RED, Alert.state == AlertState.OPEN, Alert.notified_at.is_(None),
            Alert.answered_at.is_(None), institution_id is None or Institution.id == institution_id,
        )
        .group_by(Institution.id)
    )  # fmt: skip
    return any(
        institutions.staff_hours(institution).minutes_between(red_since, now) >= NOBODY_TOLD
        for institution, red_since in session.execute(oldest)
    )


def free_disk(url: URL) -> int:
    """Bytes left where the database lies; where we stand, if that is a server's business."""
    place = Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else Path(".")
    return shutil.disk_usage(place if place.exists() else ".").free
