"""What an institution has set: its hours, its plan, and what that means for one phone."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from companion.models import Institution, Phone, PlanVersion
from companion.rules.days import Calendar
from companion.rules.hours import Quiet
from companion.rules.plan import PlanSettings
from companion.rules.staff_hours import StaffHours
from companion.services import calendars

STILL_IN_TIME = timedelta(hours=1)
"""An urgent text of the last minute of work goes out behind it: the person was told that somebody is told."""


def calendar(institution: Institution) -> Calendar:
    """The days as this institution has them, read by the session that holds its row.

    Raises ValueError for a row without a session: its days cannot be looked up, and shipped ones could be wrong.
    """
    session = object_session(institution)
    if session is None:
        raise ValueError("an institution without a session has no calendar")
    return calendars.of(session, institution.id, institution.calendar_version)


def staff_hours(institution: Institution) -> StaffHours:
    """The working hours from which every deadline, and every promise to a graduate, is computed.

    Raises ValueError as `calendar` does.
    """
    return StaffHours.from_json(
        institution.staff_hours, zone=institution.zone, calendar=calendar(institution),
        province=institution.province,
    )  # fmt: skip


def duty_from(session: Session, message, now: datetime) -> datetime | None:
    """When a text to staff may leave; None for now. What was held long past its time may have outlived their hours.

    At the duty number somebody on call takes it at any hour (design 4.3).
    """
    institution = session.get_one(Institution, message.institution_id)
    if now - message.planned_for < STILL_IN_TIME or (message.staff_id is None and institution.on_call):
        return None
    return staff_hours(institution).next_opening(now)


def newest_plan(session: Session, institution_id: int) -> PlanVersion | None:
    return session.scalars(
        select(PlanVersion)
        .where(PlanVersion.institution_id == institution_id)
        .order_by(PlanVersion.version.desc())
        .limit(1)
    ).first()


def current_plan(session: Session, institution_id: int, now: datetime) -> PlanVersion:
    """The newest plan version; an institution without one gets the default as version 1."""
    newest = newest_plan(session, institution_id)
    if newest is None:
        newest = PlanVersion(
            institution_id=institution_id, version=1, settings=PlanSettings().to_json(), created_at=now
        )
        session.add(newest)
        session.flush()
    return newest


def quiet_of(phone: Phone | None) -> Quiet:
    """When this phone may be texted: the general hours, narrowed by what the person said."""
    if phone is None:
        return Quiet()
    return quiet_between(phone.safe_from, phone.safe_to)


def quiet_between(safe_from: str | None, safe_to: str | None) -> Quiet:
    return Quiet(safe_from=as_time(safe_from), safe_to=as_time(safe_to))


def as_time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None
