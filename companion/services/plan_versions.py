"""The plan of an institution: its versions, and a new one that overwrites nobody's (design 3, texts 7)."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.db import insert_ignore
from companion.models import PlanVersion, Staff
from companion.rules.plan import PlanSettings
from companion.services import audit, institutions

SHOWN = 5


@dataclass(frozen=True)
class Version:
    """One version of the plan, and who made it when and why."""

    number: int
    settings: PlanSettings
    made_at: datetime
    made_by: str | None = field(repr=False)
    why: str | None = field(repr=False)


def latest(session: Session, institution_id: int) -> list[Version]:
    """The latest versions, newest first; an institution that never set anything has the default as version 1."""
    rows = session.execute(
        select(PlanVersion, Staff.name)
        .outerjoin(Staff, Staff.id == PlanVersion.made_by)
        .where(PlanVersion.institution_id == institution_id)
        .order_by(PlanVersion.version.desc())
        .limit(SHOWN)
    )
    return [
        Version(one.version, PlanSettings.from_json(one.settings), one.created_at, name, one.why)
        for one, name in rows
    ]


def store(
    session: Session, now: datetime, staff: Staff, base: int, settings: PlanSettings, why: str
) -> str | None:
    """Make the next version out of what a supervisor saw as version `base`. Returns why not.

    `same`: nothing differs from the plan as it is. `overtaken`: somebody has made a version since; theirs stands, and
    nothing of theirs is overwritten. A second click on the same form stores nothing and is no fault.
    """
    newest = institutions.current_plan(session, staff.institution_id, now)
    ours = settings.to_json()
    if newest.version == base + 1 and newest.made_by == staff.id and _settings(newest) == settings:
        return None
    if newest.version != base:
        return "overtaken"
    if _settings(newest) == settings:
        return "same"
    row = {
        "institution_id": staff.institution_id, "version": base + 1, "settings": ours, "created_at": now,
        "made_by": staff.id, "why": why,
    }  # fmt: skip
    if not insert_ignore(session, PlanVersion.__table__, [row]):
        return "overtaken"
    audit.note(
        session, now, "plan_changed", actor="staff", staff_id=staff.id, institution_id=staff.institution_id
    )
    return None


def _settings(version: PlanVersion) -> PlanSettings:
    return PlanSettings.from_json(version.settings)
