"""What a person has said yes to, and whether that is enough to ask anything of them (design 2.14)."""

from calendar import isleap
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from companion.models import Consent, Number, Person, Phone, Window
from companion.rules.gate import MAY_BE_TEXTED
from companion.rules.states import WindowState
from companion.rules.terms import ConsentPurpose

ADULT_AT = 18
OWN = (ConsentPurpose.FOLLOW_UP, ConsentPurpose.ASSENT)
"""What the person themselves says yes to, and with it to the number that they name."""


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
    """Whether what check-ins need was agreed to; under 18 by the guardian and by oneself (design 2.14)."""
    given = standing(session, person.id)
    if is_teen(person, now):
        return {ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT} <= given
    return ConsentPurpose.FOLLOW_UP in given


def may_be_asked(session: Session, person: Person, now: datetime) -> bool:
    """Whether check-ins may be promised: consent, a status that allows texts, and a first number that takes them.

    Promised to anybody else they would end one by one at the gate, and the pages would tell of a check-in that never comes.
    """
    return (
        person.status in MAY_BE_TEXTED and not _silenced(session, person) and may_start(session, person, now)
    )


def only_number_stopped(session: Session, person: Person, now: datetime) -> bool:
    """Whether check-ins would be promised, but for the number that texts go to, which has opted out."""
    followed = _first_number(person).join(Window, Window.person_id == Phone.person_id)
    stands = followed.where(Window.state != WindowState.CLOSED, Number.silenced_at.is_not(None)).limit(1)
    stopped = person.status in MAY_BE_TEXTED and session.scalar(stands) is not None
    return stopped and may_start(session, person, now)


def _silenced(session, person: Person) -> bool:
    return session.scalar(_first_number(person)) is not None


def _first_number(person: Person) -> Select:
    """When the number that texts go to was silenced."""
    held = select(Number.silenced_at).join(Phone, Phone.number_id == Number.id)
    return held.where(Phone.person_id == person.id, Phone.rank == 0)
