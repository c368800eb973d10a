"""What a person has said yes to, and whether that is enough to ask anything of them (design 2.14)."""

from calendar import isleap
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.models import Consent, Person
from companion.rules.terms import ConsentPurpose

ADULT_AT = 18


def is_teen(person: Person, now: datetime) -> bool:
    """Under 18 on their own calendar; nobody is taken for a child because a date is missing."""
    day = of_age_on(person)
    return day is not None and now < start_of(day, person.zone)


def of_age_on(person: Person) -> date | None:
    """The day on which they turn 18; None where no date of birth is known."""
    return person.born_on and adult_on(date.fromisoformat(person.born_on))


def adult_on(born: date) -> date:
    """The 18th birthday; who was born on 29 February has it on 1 March where there is none."""
    year = born.year + ADULT_AT
    leaps = (born.month, born.day) == (2, 29) and not isleap(year)
    return date(year, 3, 1) if leaps else born.replace(year=year)


def start_of(day: date, zone: str) -> datetime:
    """The first instant of a day on somebody's own calendar."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def standing(session: Session, person_id: int) -> set[ConsentPurpose]:
    """The purposes this person has said yes to, and not taken back."""
    return set(
        session.scalars(
            select(Consent.purpose).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        )
    )


def may_start(session: Session, person: Person, now: datetime) -> bool:
    """Whether check-ins may be promised: consent; under 18 the guardian's and one's own (design 2.14)."""
    given = standing(session, person.id)
    if is_teen(person, now):
        return {ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT} <= given
    return ConsentPurpose.FOLLOW_UP in given
