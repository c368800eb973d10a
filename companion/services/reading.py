"""The family's sixteen weeks of reading: which week it is, what is open, what was read and chosen (evidence 5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.content import articles
from companion.db import insert_ignore, rows_changed
from companion.models import FamilyMember, Reading

WEEK = timedelta(days=7)
NEVER_WAITS = frozenset({9, 10})
"""A lapse and an emergency do not keep to a timetable: these open on the first day."""


class Opening(StrEnum):
    """Where one week of the reading stands for one family."""

    OPEN = "open"  # its day has come
    THIS_WEEK = "this_week"  # its day has come, and the next one's has not
    COMING = "coming"  # its day lies ahead


@dataclass(frozen=True, slots=True)
class Week:
    """One line of the list: a week of the curriculum and what this family has done with it."""

    planned: articles.Planned
    opening: Opening
    opens_on: date
    """On the family's own calendar."""
    reading: Reading | None

    @property
    def readable(self) -> bool:
        return self.planned.written and (
            self.opening is not Opening.COMING or self.planned.week in NEVER_WAITS
        )


def last_week() -> int:
    """How many weeks the curriculum has."""
    return len(articles.curriculum())


def opens_at(first_week_at: datetime, week: int) -> datetime:
    """When a week opens: week 1 with the invitation, a further one every seven days."""
    return first_week_at + (week - 1) * WEEK


def week_at(first_week_at: datetime, now: datetime) -> int:
    """The week that is on, from 1; after the last one the last one stays."""
    return max(1, min((now - first_week_at) // WEEK + 1, last_week()))


def weeks(session: Session, member: FamilyMember, now: datetime) -> list[Week]:
    """All weeks in order, so that a family sees what has been and where the road leads."""
    here = week_at(member.first_week_at, now)
    rows = session.scalars(select(Reading).where(Reading.family_member_id == member.id))
    readings = {row.week: row for row in rows}
    zone = ZoneInfo(member.person.zone)
    return [
        Week(
            planned,
            _opening(planned.week, here),
            opens_at(member.first_week_at, planned.week).astimezone(zone).date(),
            readings.get(planned.week),
        )
        for planned in articles.curriculum()
    ]


def may_open(member: FamilyMember, week: int, now: datetime) -> bool:
    """Whether this week can be read now: it is written, and its day has come."""
    if week not in articles.weeks():
        return False
    return week in NEVER_WAITS or week <= week_at(member.first_week_at, now)


def reading_of(session: Session, member: FamilyMember, week: int) -> Reading | None:
    """What this family has done with one week."""
    return session.scalars(
        select(Reading).where(Reading.family_member_id == member.id, Reading.week == week)
    ).first()


def note_opened(session: Session, now: datetime, member: FamilyMember, week: int) -> bool:
    """Write down that a reading was opened; False if it had been before."""
    row = {
        "institution_id": member.institution_id, "family_member_id": member.id, "week": week, "opened_at": now,
    }  # fmt: skip
    return insert_ignore(session, Reading.__table__, [row]) == 1


def note_read(session: Session, now: datetime, member: FamilyMember, week: int, choice: int | None) -> bool:
    """Write down that a reading was read, and which of its actions was picked (from 0; None: none).

    Said twice, the first day stays and the newer choice counts. False if it was read before.
    """
    note_opened(session, now, member, week)
    this = (Reading.family_member_id == member.id, Reading.week == week)
    if choice is not None:
        session.execute(update(Reading).where(*this).values(choice=choice))
    return (
        rows_changed(session, update(Reading).where(*this, Reading.read_at.is_(None)).values(read_at=now))
        == 1
    )


def _opening(week: int, here: int) -> Opening:
    if week == here:
        return Opening.THIS_WEEK
    return Opening.OPEN if week < here else Opening.COMING
