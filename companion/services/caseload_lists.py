"""Who is on which list, and in which order, worked out by the database (design 4.1, 4.3).

Every reason to act is one row: an unclosed alert, a call after our own gap, a task of today. They are grouped to one
line per person; only the lines of one page are read in full. A text of which nobody knows for an hour whether it left
is an alert too: the engine raises D2 for it.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
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

from companion.db import UtcDateTime
from companion.models import Alert, Gap, GapCall, Staff, Task
from companion.rules.states import ENDED_BY_AN_ANSWER, AlertState, Family, Level
from companion.rules.terms import TaskState
from companion.services.person import own_ids

PAGE = 50
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
NUMBER = {listing: place for place, listing in enumerate(Listing)}
PERSON, EVERYBODY = -1, -2
"""Marks of rows that are not the count of a list. Lists are numbers inside the statement: it groups faster."""


@dataclass(frozen=True)
class Scope:
    """Whose people, at which instant, and when today began and ends on the institution's calendar."""

    staff: Staff
    whole_institution: bool
    now: datetime
    today: datetime
    tomorrow: datetime

    @property
    def values(self) -> dict:
        """What the statements of the list are executed with."""
        return {
            "institution_id": self.staff.institution_id, "staff_id": self.staff.id, "now": self.now,
            "today": self.today, "tomorrow": self.tomorrow,
        }  # fmt: skip


INSTITUTION, STAFF = bindparam("institution_id", type_=Integer()), bindparam("staff_id", type_=Integer())
NOW, TODAY, TOMORROW = (bindparam(name, type_=UtcDateTime()) for name in ("now", "today", "tomorrow"))
"""Statements are built once and executed with `Scope.values`: building them costs more than running them."""


def scope(staff: Staff, now: datetime, *, whole_institution: bool) -> Scope:
    """What a member of staff sees: their own people, or everybody of the institution."""
    zone = ZoneInfo(staff.institution.zone)
    today = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    return Scope(staff, whole_institution, now, today, today + timedelta(days=1))


def mine(table, whole_institution: bool):
    """Condition: rows of this table about people in sight."""
    here = table.institution_id == INSTITUTION
    return here if whole_institution else here & table.person_id.in_(own_ids(INSTITUTION, STAFF))


def reasons(whole_institution: bool) -> CTE:
    """Every reason to act on somebody in sight: person, list, how urgent, since or until when."""
    parts = (_alerts(), Alert), (_gap_calls(), GapCall), (_tasks(), Task)
    return union_all(*(part.where(mine(table, whole_institution)) for part, table in parts)).cte("reasons")


def _row(person_id, listing, rank, due):
    return select(
        person_id.label("person_id"), listing.label("listing"), rank.label("rank"), due.label("due"),
    )  # fmt: skip


def awake():
    """Alerts that are to be seen now: not closed, and not put off until later.

    *Closed* stands in the statement itself: SQLite finds a partial index by its words, not by a parameter.
    """
    sleeping = and_(Alert.state == AlertState.SNOOZED, Alert.snoozed_until > NOW)
    return and_(Alert.state != bindparam(None, AlertState.CLOSED, literal_execute=True), ~sleeping)


def is_answered():
    """Silence and undelivered wait under *sudah menjawab* once the person has answered."""
    return and_(Alert.answered_at.is_not(None), Alert.family.in_(ENDED_BY_AN_ANSWER))


def _alerts():
    listing = case(
        (is_answered(), NUMBER[Listing.ANSWERED]),
        *((Alert.family == family, NUMBER[listing]) for family, listing in OF_FAMILY.items()),
    )
    rank = case(
        (is_answered(), ANSWERED),
        (Alert.level == Level.RED, RED),
        (Alert.deadline_at <= NOW, OVERDUE),
        (Alert.level == Level.AMBER, AMBER),
        else_=REST,
    )
    due = func.coalesce(Alert.deadline_at, Alert.opened_at)
    return _row(Alert.person_id, listing, rank, due).where(awake())


def _gap_calls():
    return (
        _row(GapCall.person_id, literal(NUMBER[Listing.SYSTEM]), literal(AMBER), Gap.ended_at)
        .join_from(GapCall, Gap, Gap.id == GapCall.gap_id)
        .where(GapCall.done_at.is_(None))
    )


def _tasks():
    rank = case((Task.due_at < TODAY, OVERDUE), else_=REST)
    return _row(Task.person_id, literal(NUMBER[Listing.TODAY]), rank, Task.due_at).where(due_tasks())


def due_tasks():
    """Condition: what is to be done today, or should have been done before."""
    return and_(
        Task.state == bindparam(None, TaskState.PLANNED, literal_execute=True), Task.due_at < TOMORROW
    )


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
    values = view.values | {"before": (number - 1) * PAGE}
    rows = session.execute(_ranking(view.whole_institution, listing), values).all()
    numbers = {what: n for what, n, _rank in rows if what != PERSON}
    return Ranking(
        counts={one: numbers.get(NUMBER[one], 0) for one in Listing},
        everybody=numbers[EVERYBODY],
        page=[(person_id, rank) for what, person_id, rank in rows if what == PERSON],
    )


@cache
def _ranking(whole_institution: bool, listing: Listing):
    every = reasons(whole_institution)
    people = _people(every)
    no_rank = cast(null(), Integer)
    lists = select(every.c.listing, func.count(distinct(every.c.person_id)), no_rank).group_by(
        every.c.listing
    )
    to_do = select(literal(NUMBER[Listing.ALL]), func.count(), no_rank).where(people.c.rank < ANSWERED)
    everybody = select(literal(EVERYBODY), func.count(), no_rank).select_from(people)
    return union_all(lists, to_do, everybody, select(_page(every, people, listing)))


def _people(every: CTE) -> CTE:
    """One row per person; `min` over rank and date together keeps the date of the most urgent reason."""
    first = func.min(cast(every.c.rank, String) + cast(every.c.due, String))
    return (
        select(every.c.person_id, func.min(every.c.rank).label("rank"), first.label("first"))
        .group_by(every.c.person_id)
        .cte("people")
    )


def _page(every: CTE, people: CTE, listing: Listing):
    page = select(literal(PERSON), people.c.person_id, people.c.rank)
    if listing is not Listing.ALL:
        there = select(every.c.person_id).where(every.c.listing == NUMBER[listing])
        page = page.where(people.c.person_id.in_(there))
    before = bindparam("before", type_=Integer())
    return page.order_by(people.c.first, people.c.person_id).limit(PAGE).offset(before).subquery()
