"""The last-heard clock and the end of a window (design 2.1, 4.5)."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session, joinedload

from companion.db import rows_changed
from companion.models import Alert, Person, Slot, Window
from companion.models.alerts import is_unclosed
from companion.rules.ladder import last_heard_limit
from companion.rules.plan import PlanSettings, day_of
from companion.rules.states import Level, SlotState, WindowState


def settings_of(window: Window) -> PlanSettings:
    """The plan of a window, over as many days as this window has."""
    return PlanSettings.from_json(window.plan_version.settings).over(window.days)


def limit_of(settings: dict, left_on, now: datetime, zone: str) -> timedelta:
    """How long a person may stay unheard at this point of the window."""
    return last_heard_limit(day_of(left_on, now, zone), PlanSettings.from_json(settings))


def heard(session: Session, now: datetime, window: Window, zone: str, how: str) -> None:
    """The person was heard of: an answer (proven or not) or a conversation. Starts the clock again.

    `how` is a code such as `answer`, `call` or `visit`. A delivery is not hearing.
    """
    window.heard_at = now
    window.heard_how = how
    heard_clock(session, now, window, zone)


def silent_since(heard_at: datetime, paused_until: datetime | None) -> datetime:
    """Where the clock of an active window counts from: a pause stops it, and it begins afresh at its end."""
    return max(heard_at, paused_until) if paused_until else heard_at


def heard_clock(session: Session, now: datetime, window: Window, zone: str) -> None:
    """Write down when somebody must look at this person's silence; nothing once the days are over."""
    if window.state is not WindowState.ACTIVE:
        return
    with session.no_autoflush:  # what was heard is written once, together with what follows from it
        settings = window.plan_version.settings
    start = silent_since(window.heard_at, window.paused_until)
    passes = start + limit_of(settings, window.left_on, start, zone)
    window.look_at = max(passes, now) if passes < window.ends_at else None


def close(
    session: Session, now: datetime, window: Window, *, outcome: str, staff_id: int | None
) -> str | None:
    """End a window for good. Returns why not: `red` while a red alert is open, `closed` if it was.

    Re-admission is a new window; nothing here can be undone.
    """
    if session.scalar(select(has_red(window.id))):
        return "red"
    done = rows_changed(
        session,
        update(Window)
        .where(Window.id == window.id, Window.state != WindowState.CLOSED)
        .values(state=WindowState.CLOSED, outcome=outcome, closed_at=now, closed_by=staff_id, look_at=None),
    )
    if not done:
        return "closed"
    session.expire(window)
    return None


def has_red(window_id):
    """Condition: something urgent is open, and no window closes over that (design 4.5). Takes a value or a column."""
    return exists().where(Alert.window_id == window_id, Alert.level == Level.RED, is_unclosed)


def current(session: Session, person_id: int) -> Window | None:
    """The unclosed window of a person, or else the last one."""
    return session.scalars(_CURRENT, {"person": person_id}).first()


_CURRENT = (
    select(Window)
    .where(Window.person_id == bindparam("person"))
    .order_by(Window.state == WindowState.CLOSED, Window.id.desc())
    .limit(1)
    .options(joinedload(Window.plan_version, innerjoin=True))
)


def next_slot(session: Session, person: Person, now: datetime) -> Slot | None:
    """The next promised check-in, for "sampai kabar berikutnya"."""
    return session.scalars(
        select(Slot)
        .where(Slot.person_id == person.id, Slot.due_at > now, Slot.state == SlotState.PLANNED)
        .order_by(Slot.due_at)
        .limit(1)
    ).first()
