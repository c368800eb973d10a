"""Running windows go over to another plan version: begun in one act, done window by window (design 3).

A request only writes down that it shall be; engine/rollouts takes the windows, each in a transaction of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion.db import insert_ignore, rows_changed
from companion.models import PlanVersion, Rollout, Staff, Window
from companion.rules.plan import PlanSettings, window_end
from companion.rules.states import WindowState
from companion.services import institutions, renewing

AGAIN = timedelta(hours=1)
"""When windows that could not go over are tried once more (failures 23)."""
IS_UNFINISHED = Rollout.ended_at.is_(None)


@dataclass(frozen=True)
class Progress:
    """How far the last rollout of an institution has come."""

    version: int
    moved: int
    total: int
    began_at: datetime
    ended_at: datetime | None
    left: int
    """How many running windows are on an earlier version; after a rollout, because that was wanted so."""


def begin(session: Session, now: datetime, staff: Staff) -> bool:
    """Let the running windows of the institution go over to its newest version.

    False if they are on their way to it already, or there are none. A rollout of an earlier version ends where it is.
    """
    newest = institutions.current_plan(session, staff.institution_id, now)
    total = _left(session, newest, now)
    rows_changed(
        session,
        update(Rollout)
        .where(
            Rollout.institution_id == staff.institution_id, IS_UNFINISHED,
            Rollout.plan_version_id != newest.id,
        )
        .values(ended_at=now, look_at=None),
    )  # fmt: skip
    if not total:
        return False
    row = {
        "institution_id": staff.institution_id, "plan_version_id": newest.id, "staff_id": staff.id,
        "began_at": now, "total": total, "moved": 0, "after_id": 0, "look_at": now,
    }  # fmt: skip
    unfinished = {"index_elements": ["institution_id"], "index_where": IS_UNFINISHED}
    return insert_ignore(session, Rollout.__table__, [row], **unfinished) == 1


def _running(institution_id, plan_version_id, now: datetime):
    """The windows that would go over: those whose days are not over; what is past is not asked again."""
    return (
        Window.institution_id == institution_id,
        Window.plan_version_id != plan_version_id,
        Window.state != WindowState.CLOSED,
        Window.ends_at > now,
    )


def _left(session, version: PlanVersion, now) -> int:
    there = _running(version.institution_id, version.id, now)
    return session.scalar(select(func.count()).select_from(Window).where(*there))


def progress(session: Session, now: datetime, institution_id: int) -> Progress | None:
    """The last rollout, and how many windows still follow an earlier version; None if there was never one."""
    newest = institutions.newest_plan(session, institution_id)
    last = session.execute(
        select(Rollout, PlanVersion.version)
        .join(PlanVersion, PlanVersion.id == Rollout.plan_version_id)
        .where(Rollout.institution_id == institution_id)
        .order_by(Rollout.id.desc())
        .limit(1)
    ).first()
    left = _left(session, newest, now) if newest else 0
    if last is None:
        return Progress(newest.version, 0, 0, newest.created_at, newest.created_at, left) if left else None
    one = last.Rollout
    return Progress(last.version, one.moved, one.total, one.began_at, one.ended_at, left)


def next_window(session: Session, now: datetime) -> tuple[int, int | None] | None:
    """The rollout that is due and the next window of it (None: it has come to the end); None if none is due."""
    due = session.scalars(
        select(Rollout).where(Rollout.look_at <= now).order_by(Rollout.look_at, Rollout.id).limit(1)
    ).first()
    if due is None:
        return None
    here = _running(due.institution_id, due.plan_version_id, now)
    window_id = session.scalar(
        select(Window.id).where(*here, Window.id > due.after_id).order_by(Window.id).limit(1)
    )
    return due.id, window_id


def pass_over(session: Session, now: datetime, rollout_id: int, window_id: int) -> bool:
    """Count a window as looked at. False if another worker was faster, or the rollout was ended."""
    return bool(
        rows_changed(
            session,
            update(Rollout)
            .where(Rollout.id == rollout_id, Rollout.look_at <= now, Rollout.after_id < window_id)
            .values(after_id=window_id),
        )
    )


def move(session: Session, now: datetime, rollout_id: int, window_id: int) -> bool:
    """Take one window over to the plan of this rollout: old promises go and new ones come in this transaction.

    A window that was extended or shortened for one person keeps its length. False if there was nothing to do.
    """
    if not pass_over(session, now, rollout_id, window_id):
        return False
    version = session.get_one(Rollout, rollout_id).plan_version_id
    window = session.get_one(Window, window_id)
    renewing.hold(session, window)
    if window.plan_version_id == version or window.state is WindowState.CLOSED or window.ends_at <= now:
        return False
    _adopt(session, now, window, session.get_one(PlanVersion, version))
    renewing.renew(session, now, window)
    rows_changed(session, update(Rollout).where(Rollout.id == rollout_id).values(moved=Rollout.moved + 1))
    return True


def _adopt(session, now, window: Window, version: PlanVersion) -> None:
    """The new plan's length too, unless this window has one of its own or would be over with it."""
    was = PlanSettings.from_json(window.plan_version.settings).window_days
    days = PlanSettings.from_json(version.settings).window_days
    ends_at = window_end(window.left_on, days, window.person.zone)
    if window.days == was and ends_at > now:
        window.days, window.ends_at = days, ends_at
    window.plan_version_id = version.id
    session.flush()
    session.expire(window, ["plan_version"])


def rest(session: Session, rollout_id: int, now: datetime, until: datetime) -> None:
    """Go on later: other work of the engine has a turn."""
    rows_changed(
        session,
        update(Rollout).where(Rollout.id == rollout_id, Rollout.look_at <= now).values(look_at=until),
    )


def finish(session: Session, now: datetime, rollout_id: int) -> None:
    """All windows were looked at. Those that could not go over are tried again in an hour, from the beginning."""
    one = session.get_one(Rollout, rollout_id, with_for_update={"key_share": True})
    if one.ended_at is not None:
        return
    if _left(session, session.get_one(PlanVersion, one.plan_version_id), now):
        one.after_id, one.look_at = 0, now + AGAIN
    else:
        one.look_at, one.ended_at = None, now
