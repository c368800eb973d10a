"""Whom to ring after a gap: a text is not enough for whoever was in trouble when it began (design 4.5)."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from companion.db import insert_ignore
from companion.models import Alert, GapCall, Person, Window
from companion.rules.ladder import FIRST_DAYS
from companion.rules.plan import day_of
from companion.rules.states import Family, Level, WindowState
from companion.rules.terms import PersonStatus

IN_FOLLOW_UP = (PersonStatus.ENROLLED, PersonStatus.NOT_REACHED)


def write_list(session: Session, gap_id: int, began: datetime, ended: datetime) -> int:
    """Put down everybody who was amber, red, silent, or in the first 14 days when it began; says how many.

    Also whoever was not heard of for too long only while we stood still (`gap.live_with` moves their alert).
    """
    windows = session.execute(
        select(
            Window.institution_id, Window.person_id, Window.left_on, Window.id, Window.look_at, Person.zone
        )
        .join(Person, Person.id == Window.person_id)
        .where(
            Window.state == WindowState.ACTIVE, Window.ends_at > began, Person.status.in_(IN_FOLLOW_UP),
            Person.enrolled_at <= began,
        )
    ).all()  # fmt: skip
    silence = Alert.family == Family.SILENCE
    reasons = {
        "struggling": _standing(session, began, ~silence & (Alert.level != Level.NONE)),
        "silent": _standing(session, began, silence)
        | {row.id for row in windows if row.look_at is not None and began < row.look_at <= ended},
        "first_days": {row.id for row in windows if day_of(row.left_on, began, row.zone) < FIRST_DAYS},
    }
    calls = [
        {"institution_id": row.institution_id, "gap_id": gap_id, "person_id": row.person_id, "why": why}
        for row in windows
        if (why := next((why for why, ids in reasons.items() if row.id in ids), None))
    ]
    return insert_ignore(session, GapCall.__table__, calls, index_elements=["gap_id", "person_id"])


def _standing(session, began, which) -> set[int]:
    """The windows with such an alert as it was then: raised, not closed, and not answered."""
    return set(
        session.scalars(
            select(Alert.window_id).where(
                Alert.opened_at <= began,
                or_(Alert.closed_at.is_(None), Alert.closed_at > began),
                or_(Alert.answered_at.is_(None), Alert.answered_at > began),
                which,
            )
        )
    )
