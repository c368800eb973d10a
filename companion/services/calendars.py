"""Each institution's own calendar: what it says about days, kept ready in every process (issue 3, design 3)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import insert_ignore, rows_changed
from companion.models import CalendarDay, Institution, Message, Staff
from companion.rules import own_days
from companion.rules.days import Calendar, load_calendar
from companion.rules.gate import Because
from companion.rules.own_days import Fault, Statement
from companion.rules.staff_hours import StaffHours
from companion.rules.states import MessageState
from companion.rules.terms import DayKind
from companion.services import audit

KEPT = 256
"""Calendars of so many institutions stay in a process; one takes about 20 kB."""


def of(session: Session, institution_id: int, version: str | None) -> Calendar:
    """The calendar of an institution whose row carries this version; costs a statement only after a change.

    A version is random, not counted: one that was rolled back never comes again with other days behind it.
    """
    if version is None:
        return load_calendar()
    kept = session.info.setdefault("calendars", {})
    if (known := kept.get(institution_id)) and known[0] == version:
        return known[1]
    made = own_days.apply(load_calendar(), standing(session, institution_id))
    while len(kept) >= KEPT:
        kept.pop(next(iter(kept)), None)
    kept[institution_id] = (version, made)
    return made


def of_all(session: Session, institution_ids: Iterable[int]) -> dict[int, Calendar]:
    """The calendars of everybody in a batch, by institution; one statement for their versions."""
    rows = session.execute(
        select(Institution.id, Institution.calendar_version).where(Institution.id.in_(institution_ids))
    )
    return {row.id: of(session, row.id, row.calendar_version) for row in rows.all()}


def standing(session: Session, institution_id: int) -> list[Statement]:
    """Everything an institution says about days."""
    rows = session.scalars(
        select(CalendarDay)
        .where(CalendarDay.institution_id == institution_id, CalendarDay.removed_at.is_(None))
        .order_by(CalendarDay.id)
    )
    return [_statement(row) for row in rows]


def written_by(session: Session, institution_id: int) -> dict[str, str]:
    """Who made each standing statement, by its reference. Apart, because the gate has no use for names."""
    rows = session.execute(
        select(CalendarDay.ref, Staff.name)
        .join(Staff, Staff.id == CalendarDay.added_by)
        .where(CalendarDay.institution_id == institution_id, CalendarDay.removed_at.is_(None))
    )
    return {row.ref: row.name for row in rows}


def find(session: Session, institution_id: int, ref: str) -> CalendarDay | None:
    """A statement of this institution, standing or taken back."""
    return session.scalars(
        select(CalendarDay).where(CalendarDay.ref == ref, CalendarDay.institution_id == institution_id)
    ).first()


def _statement(row: CalendarDay) -> Statement:
    return Statement(
        kind=row.kind, about=row.about, date=row.date, until=row.until, name=row.name, no_texts=row.no_texts,
        closed=row.closed, province=row.province, estimated=row.estimated, source=row.source, ref=row.ref,
    )  # fmt: skip


def today(institution: Institution, now: datetime) -> date:
    """Which day it is where the institution works."""
    return now.astimezone(ZoneInfo(institution.zone)).date()


def say(session: Session, now: datetime, staff: Staff, said: Statement) -> Fault | None:
    """Make one statement, in place of an earlier one about the same; the reason if it cannot be made.

    It holds for every message that has not left, because the gate asks again, and for every deadline set from then on.
    Said twice, it stands once.
    """
    institution = _held(session, staff)
    others = standing(session, institution.id)
    before = next((one for one in others if one.about == said.about), None)
    if before and before == replace(said, ref=before.ref):
        return None
    others = [one for one in others if one is not before]
    week = StaffHours.from_json(institution.staff_hours).week
    found = own_days.fault(
        load_calendar(), others, said, today(institution, now), lambda day: bool(week[day.weekday()])
    )
    if found:
        return found
    if before:
        _remove(session, now, staff, before.ref)
    _write(session, now, staff, said)
    _changed(session, now, staff, f"calendar_{said.kind}")
    return None


def take_back(session: Session, now: datetime, staff: Staff, ref: str) -> bool:
    """Let the shipped calendar speak again. False if somebody was faster, or it is another institution's."""
    _held(session, staff)
    if not _remove(session, now, staff, ref):
        return False
    _changed(session, now, staff, "calendar_taken_back")
    return True


def _held(session, staff) -> Institution:
    """The institution's row, held until the end: two supervisors speak one after the other."""
    return session.scalars(
        select(Institution)
        .where(Institution.id == staff.institution_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _changed(session, now, staff, act) -> None:
    """Last of all: let every process see that its copy is old, and what waits for better hours ask again at once.

    The day it waits for may be another one now.
    """
    session.execute(
        update(Institution)
        .where(Institution.id == staff.institution_id)
        .values(calendar_version=crypto.token())
    )
    session.execute(
        update(Message)
        .where(
            Message.institution_id == staff.institution_id, Message.state == MessageState.PLANNED,
            Message.held_because == Because.HOURS, Message.look_at > now,
        )
        .values(look_at=now)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    audit.note(session, now, act, actor="staff", institution_id=staff.institution_id, staff_id=staff.id)


def _remove(session, now, staff, ref) -> bool:
    return bool(
        rows_changed(
            session,
            update(CalendarDay)
            .where(
                CalendarDay.ref == ref, CalendarDay.institution_id == staff.institution_id,
                CalendarDay.removed_at.is_(None),
            )
            .values(removed_at=now, removed_by=staff.id),
        )
    )  # fmt: skip


def _write(session, now, staff, said: Statement) -> None:
    row = {
        "ref": crypto.token(), "institution_id": staff.institution_id, "kind": said.kind, "about": said.about,
        "date": said.date, "until": said.until, "name": said.name, "no_texts": said.no_texts,
        "closed": said.closed, "province": said.province, "estimated": said.estimated, "source": said.source,
        "added_by": staff.id, "added_at": now,
    }  # fmt: skip
    insert_ignore(
        session, CalendarDay.__table__, [row], index_elements=["institution_id", "about"],
        index_where=CalendarDay.removed_at.is_(None),
    )  # fmt: skip


def about_own(day: date, name: str, province: str | None) -> str:
    """What a day of the institution's own is known by: the same day said twice is one."""
    return f"{DayKind.ADDED} {day} {province or '*'} {' '.join(name.split()).casefold()}"
