"""What a person has said yes to, and whether that is enough to ask anything of them (design 2.14)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.models import Consent, Person
from companion.rules.terms import ConsentPurpose

ADULT_AT = 18


def is_teen(person: Person, now: datetime) -> bool:
    """Under 18 on their own calendar; nobody is taken for a child because a date is missing."""
    if person.born_on is None:
        return False
    born = date.fromisoformat(person.born_on)
    today = now.astimezone(ZoneInfo(person.zone)).date()
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) < ADULT_AT


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
