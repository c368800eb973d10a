"""The system tells when it is broken (design 2.13): alarms that reach a person outside it."""

import logging
import shlex
import subprocess
import urllib.request
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.clock import Clock
from companion.engine.house import House
from companion.models import Alert, ChannelHold, EngineState, Institution, Message, Parked, Slot
from companion.rules.states import AlertState, Level, MessageState, SlotState
from companion.services import books, handover, institutions

log = logging.getLogger(__name__)

TICK_AGE = timedelta(minutes=5)
NOBODY_TOLD = 5  # minutes of staff hours (design 2.13)
SENT_NONE_AFTER = timedelta(hours=2)


def alarms(session: Session, now: datetime, machine: datetime) -> list[str]:
    """The names of everything that is wrong now; empty when all is well."""
    state = session.scalars(select(EngineState).limit(1)).first()
    found = []
    if state is None or state.ticked_machine_at is None or machine - state.ticked_machine_at > TICK_AGE:
        found.append("no_tick")
    if state is not None and state.clock_back_at is not None:
        found.append("clock_went_back")
    if state is not None and state.restored_at is not None:
        found.append("restored_and_stopped")
    if session.scalar(select(ChannelHold.channel).where(ChannelHold.until > now).limit(1)):
        found.append("channel_held")
    if session.scalar(select(Parked.id).where(Parked.until > now).limit(1)):
        found.append("row_parked")
    if _planned_but_sent_none(session, now):
        found.append("planned_today_sent_none")
    if _red_and_nobody_told(session, now):
        found.append("red_alert_nobody_notified")
    return found


def _planned_but_sent_none(session, now) -> bool:
    """For two hours or longer something waits for us to open or to send it, and all the while nothing left (failures 15).

    What is held for a reason is to be looked at later; what has been due for so long was forgotten. Yesterday's texts
    prove nothing about today: a planner that finds nobody since this morning would be heard of only tomorrow.
    """
    overdue = now - SENT_NONE_AFTER
    unopened = select(Slot.id).where(Slot.look_at <= overdue, Slot.state == SlotState.PLANNED)
    unsent = select(Message.id).where(Message.look_at <= overdue, Message.state == MessageState.PLANNED)
    if not session.scalar(select(unopened.exists() | unsent.exists())):
        return False
    left = select(Message.id).where(Message.first_attempt_at > overdue, Message.state.in_(handover.LEFT))
    return not session.scalar(select(left.exists()))


def _red_and_nobody_told(session, now) -> bool:
    """A red alert that nobody took, and of which no text ever left: it may stand on the banner alone."""
    rows = session.execute(
        select(Alert.opened_at, Institution)
        .join(Institution, Institution.id == Alert.institution_id)
        .where(
            Alert.level == Level.RED, Alert.state == AlertState.OPEN, Alert.notified_at.is_(None),
            Alert.answered_at.is_(None),
        )
        .order_by(Alert.opened_at)
        .limit(50)
    )  # fmt: skip
    return any(
        institutions.staff_hours(institution).minutes_between(opened_at, now) >= NOBODY_TOLD
        for opened_at, institution in rows
    )


def look(house: House, heartbeat_url: str) -> None:
    """Once a minute: raise what is wrong, and tell the outside world that somebody is looking at all."""
    try:
        with house.database.read() as session:
            found = alarms(session, house.clock.now(), house.clock.machine())
    except Exception as error:  # noqa: BLE001 - a watch that dies tells nobody
        found = [f"watch:{type(error).__name__}"]
    for name in found:
        house.alarm(name, "See the staff page or `check`.")
    if heartbeat_url and not found:
        _beat(heartbeat_url)


def balance(house: House) -> None:
    """Once a night: what was planned is the sum of what became of it, or somebody hears of it (design 2.13)."""
    with house.database.read() as session:
        faults = books.faults(session, house.clock.now())
    if faults:
        house.alarm("books", ", ".join(faults))


def _beat(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        return
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - scheme checked above
    except OSError as error:
        log.warning("heartbeat not delivered: %s", type(error).__name__)


def alarm_by(command: str):
    """An alarm function that runs the operator's command with the alarm's name; at most once in 15 minutes each."""
    last: dict[str, datetime] = {}

    def alarm(name: str, words: str) -> None:
        at = Clock().machine()
        if name in last and at - last[name] < timedelta(minutes=15):
            return
        last[name] = at
        log.error("ALARM %s: %s", name, words)
        if command:
            try:
                subprocess.run([*shlex.split(command), name, words], timeout=20, check=False)  # noqa: S603
            except (OSError, subprocess.TimeoutExpired) as error:
                log.error("ALARM_COMMAND failed: %s", type(error).__name__)

    return alarm
