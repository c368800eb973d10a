"""People of whom nothing was heard for too long, and pauses that end (design 2.1, 4.5)."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from companion.db import locked
from companion.models import Alert, Institution, Person, Slot, Window
from companion.models.alerts import is_unclosed
from companion.rules.states import Family, Level, SlotState, WindowState, Within
from companion.rules.terms import PersonStatus
from companion.services import alerts, slots
from companion.services.windows import limit_of, silent_since

MAY_BE_LOOKED_FOR = (PersonStatus.ENROLLED, PersonStatus.NOT_REACHED)
LOOK_AGAIN = timedelta(days=1)
"""A person who stays unheard is looked at daily, so that a closed alert does not become a blind spot."""


def look_at_windows(session: Session, now: datetime, limit: int) -> Counter:
    """Windows whose look_at has come: a pause that ends, or a silence past its limit."""
    _hold_paused(session, now, limit)
    statement = locked(session, windows_to_look_at(now, limit), of=Window, key_share=True)
    due = session.scalars(statement.execution_options(populate_existing=True)).all()
    people, in_hand = _people_of(session, due), _on_a_red_list(session, due)
    raised = 0
    for window in due:
        person = people[window.person_id]
        if window.state is WindowState.PAUSED:
            _end_pause(session, now, window, person)
        else:
            raised += _look_at_silence(session, now, window, person, window.id in in_hand)
    return Counter(looked=len(due), alerts=raised)


def _hold_paused(session, now, limit) -> None:
    """What is promised after pauses that end, before their windows, as whoever ends one by hand does."""
    due = select(Window.id).where(Window.look_at <= now, Window.state == WindowState.PAUSED)
    if paused := session.scalars(due.order_by(Window.look_at, Window.id).limit(limit)).all():
        slots.hold(session, *paused)


def windows_to_look_at(now: datetime, limit: int):
    return (
        select(Window)
        .where(Window.look_at <= now, Window.state != WindowState.CLOSED)
        .order_by(Window.look_at, Window.id)
        .limit(limit)
        .options(joinedload(Window.plan_version, innerjoin=True))
    )


def _people_of(session, due) -> dict:
    ids = [window.person_id for window in due]
    columns = select(Person.id, Person.zone, Person.status, Person.caseworker_id)
    return {row.id: row for row in session.execute(columns.where(Person.id.in_(ids)))}


def _end_pause(session, now, window, person) -> None:
    slots.resume(session, now, window)
    alerts.raise_(
        session, now, window=window, institution=session.get_one(Institution, window.institution_id),
        family=Family.DATA, level=Level.AMBER, signals=[("X_pause_ends", Level.AMBER, {})],
        about=f"pause:{now:%Y%m%d%H%M}", within=Within.DAYS_2, caseworker_id=person.caseworker_id,
    )  # fmt: skip


def _look_at_silence(session, now, window, person, in_hand: bool) -> int:
    limit = limit_of(window.plan_version.settings, window.left_on, now, person.zone)
    passes = silent_since(window.heard_at, window.paused_until) + limit
    if now >= window.ends_at or person.status not in MAY_BE_LOOKED_FOR:
        window.look_at = None
        return 0
    if passes > now:
        window.look_at = passes
        return 0
    window.look_at = now + LOOK_AGAIN
    if in_hand:
        return 0
    unreached = _last_ended(session, window) is SlotState.UNREACHED
    code = "R5_undelivered" if unreached else "R5_last_heard"
    values = {
        "days": (now - window.heard_at).days, "limit": limit.days,
        "heard_at": window.heard_at.isoformat(), "how": window.heard_how,
    }  # fmt: skip
    raised = alerts.raise_(
        session, now, window=window, institution=session.get_one(Institution, window.institution_id),
        family=Family.SILENCE, level=Level.RED, signals=[(code, Level.RED, values)],
        about=f"heard:{window.heard_at:%Y%m%d%H%M%S}", within=Within.HOURS_4,
        caseworker_id=person.caseworker_id,
    )  # fmt: skip
    return int(raised.new)


def _on_a_red_list(session, due) -> set[int]:
    """The windows whose silence somebody has in hand already, and which were not answered since."""
    return set(
        session.scalars(
            select(Alert.window_id).where(
                Alert.window_id.in_([window.id for window in due]), Alert.family == Family.SILENCE,
                Alert.level == Level.RED, is_unclosed, Alert.answered_at.is_(None),
            )
        )
    )  # fmt: skip


def _last_ended(session, window) -> SlotState | None:
    return session.scalar(
        select(Slot.state)
        .where(Slot.window_id == window.id, Slot.asked_at.is_not(None) | (Slot.state == SlotState.UNREACHED))
        .order_by(Slot.due_at.desc())
        .limit(1)
    )
