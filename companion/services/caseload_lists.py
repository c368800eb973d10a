"""Who is on which list, and in which order, worked out by the database (design 4.1, 4.3).

Every reason to act is one row: an unclosed alert, a call after our own gap, a task of today. They are grouped to one
line per person; only the lines of one page are read in full. A text of which nobody knows for an hour whether it left
is an alert too: the engine raises D2 for it.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from companion.models import Alert, Gap, GapCall, Staff, Task
from companion.rules.states import AlertState, Family, Level
from companion.rules.terms import Step, TaskState
from companion.services.person import own_ids

PAGE = 50
GAP_SHOWN = timedelta(days=1)
"""How long a gap is told about when nobody is left to call."""
RED, OVERDUE, AMBER, REST, ANSWERED = range(5)


class Listing(StrEnum):
    """The lists of the work list, by the word that stands in the address (design 4.1)."""

    ALL = "semua"
    STRUGGLING = "sulit"
    SILENCE = "belum-menjawab"
    UNDELIVERED = "tidak-terkirim"
    SYSTEM = "gangguan"
    DECIDE = "putuskan"
    TODAY = "hari-ini"
    ANSWERED = "sudah-menjawab"


OF_FAMILY = {
    Family.SILENCE: Listing.SILENCE,
    Family.UNDELIVERED: Listing.UNDELIVERED,
    Family.STRUGGLING: Listing.STRUGGLING,
    Family.SAFETY: Listing.STRUGGLING,
    Family.WORRY: Listing.STRUGGLING,
    Family.DATA: Listing.DECIDE,
    Family.SYSTEM: Listing.SYSTEM,
}
PERSON, EVERYBODY = "person", "everybody"
"""Marks of rows that are not the count of a list."""


@dataclass(frozen=True)
class Scope:
    """Whose people, at which instant, and when today began and ends on the institution's calendar."""

    staff: Staff
    whole_institution: bool
    now: datetime
    today: datetime
    tomorrow: datetime


def scope(staff: Staff, now: datetime, *, whole_institution: bool) -> Scope:
    """What a member of staff sees: their own people, or everybody of the institution."""
    zone = ZoneInfo(staff.institution.zone)
    today = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    return Scope(staff, whole_institution, now, today, today + timedelta(days=1))


def mine(table, view: Scope):
    """Condition: rows of this table about people in sight."""
    here = table.institution_id == view.staff.institution_id
    return here if view.whole_institution else here & table.person_id.in_(own_ids(view.staff))


def reasons(view: Scope) -> CTE:
    """Every reason to act on somebody in sight: person, list, how urgent, since or until when."""
    return union_all(_alerts(view), _gap_calls(view), _tasks(view)).cte("reasons")


def _row(person_id, listing, rank, due):
    return select(
        person_id.label("person_id"), cast(listing, String).label("listing"), rank.label("rank"),
        due.label("due"),
    )  # fmt: skip


def awake(now: datetime):
    """Alerts that are to be seen now: not closed, and not put off until later.

    *Closed* stands in the statement itself: SQLite finds a partial index by its words, not by a parameter.
    """
    sleeping = and_(Alert.state == AlertState.SNOOZED, Alert.snoozed_until > now)
    return and_(Alert.state != bindparam(None, AlertState.CLOSED, literal_execute=True), ~sleeping)


def is_answered():
    """Silence and undelivered wait under *sudah menjawab* once the person has answered."""
    return and_(Alert.answered_at.is_not(None), Alert.family.in_((Family.SILENCE, Family.UNDELIVERED)))


def _alerts(view: Scope):
    listing = case(
        (is_answered(), literal(Listing.ANSWERED.value)),
        *((Alert.family == family, literal(listing.value)) for family, listing in OF_FAMILY.items()),
    )
    rank = case(
        (is_answered(), ANSWERED),
        (Alert.level == Level.RED, RED),
        (Alert.deadline_at <= view.now, OVERDUE),
        (Alert.level == Level.AMBER, AMBER),
        else_=REST,
    )
    due = func.coalesce(Alert.deadline_at, Alert.opened_at)
    return _row(Alert.person_id, listing, rank, due).where(mine(Alert, view), awake(view.now))


def _gap_calls(view: Scope):
    listing = literal(Listing.SYSTEM.value)
    return (
        _row(GapCall.person_id, listing, literal(AMBER), Gap.ended_at)
        .join_from(GapCall, Gap, Gap.id == GapCall.gap_id)
        .where(mine(GapCall, view), GapCall.done_at.is_(None))
    )


def _tasks(view: Scope):
    rank = case((Task.due_at < view.today, OVERDUE), else_=REST)
    return _row(Task.person_id, literal(Listing.TODAY.value), rank, Task.due_at).where(
        mine(Task, view), *due_tasks(view)
    )


def due_tasks(view: Scope) -> tuple:
    """Conditions: what is to be done today, or should have been done before."""
    return Task.state == TaskState.PLANNED, Task.due_at < view.tomorrow


@dataclass(frozen=True)
class Ranking:
    """How many people are on each list, everybody with a reason at all, and one page as (person_id, rank)."""

    counts: dict[Listing, int]
    everybody: int
    page: list[tuple[int, int]]


def ranked(session: Session, view: Scope, listing: Listing, number: int) -> Ranking:
    """The counts and one page of a list, in one statement.

    The order is red by deadline, then overdue, amber, the rest, and last who has answered; ties are broken by the
    person's id, so that nobody is on two pages or on none. *Semua* counts those for whom something is to be done.
    """
    every = reasons(view)
    people = _people(every)
    no_rank = cast(null(), Integer)
    lists = select(every.c.listing, func.count(distinct(every.c.person_id)), no_rank).group_by(
        every.c.listing
    )
    to_do = select(literal(Listing.ALL.value), func.count(), no_rank).where(people.c.rank < ANSWERED)
    everybody = select(literal(EVERYBODY), func.count(), no_rank).select_from(people)
    page = select(_page(every, people, listing, number))
    rows = session.execute(union_all(lists, to_do, everybody, page)).all()
    numbers = {what: n for what, n, _rank in rows if what != PERSON}
    return Ranking(
        counts={one: numbers.get(one.value, 0) for one in Listing},
        everybody=numbers[EVERYBODY],
        page=[(person_id, rank) for what, person_id, rank in rows if what == PERSON],
    )


def _people(every: CTE) -> CTE:
    """One row per person; `min` over rank and date together keeps the date of the most urgent reason."""
    first = func.min(cast(every.c.rank, String) + cast(every.c.due, String))
    return (
        select(every.c.person_id, func.min(every.c.rank).label("rank"), first.label("first"))
        .group_by(every.c.person_id)
        .cte("people")
    )


def _page(every: CTE, people: CTE, listing: Listing, number: int):
    page = select(literal(PERSON), people.c.person_id, people.c.rank)
    if listing is not Listing.ALL:
        there = select(every.c.person_id).where(every.c.listing == listing.value)
        page = page.where(people.c.person_id.in_(there))
    return (
        page.order_by(people.c.first, people.c.person_id).limit(PAGE).offset((number - 1) * PAGE).subquery()
    )


@dataclass(frozen=True)
class House:
    """What concerns everybody: our last gap with its calls, and what nobody has taken."""

    gap_from: datetime | None
    gap_to: datetime | None
    calls: int
    not_taken: int


def house(session: Session, view: Scope) -> House:
    """The banner above the list (design 4.3 and 4.5)."""
    calls = select(func.count()).select_from(GapCall).where(mine(GapCall, view), GapCall.done_at.is_(None))
    untaken = (
        select(func.count())
        .select_from(Alert)
        .where(
            Alert.institution_id == view.staff.institution_id,
            Alert.state == AlertState.OPEN,
            Alert.step == Step.BANNER,
        )
    )
    newest = select(Gap.id).order_by(Gap.ended_at.desc()).limit(1).scalar_subquery()
    row = session.execute(
        select(calls.scalar_subquery(), untaken.scalar_subquery(), Gap.began_at, Gap.ended_at)
        .select_from(select(literal(1).label("one")).subquery())
        .outerjoin(Gap, Gap.id == newest)
    ).one()
    known = row.ended_at is not None and (row[0] or row.ended_at > view.now - GAP_SHOWN)
    return House(row.began_at if known else None, row.ended_at if known else None, row[0], row[1])
