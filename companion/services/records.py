"""The end of a record: everything about a person is deleted, and only counts stay (design 2.12)."""

from collections import Counter
from datetime import datetime

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from companion.db import locked, rows_changed
from companion.models import (
    Alert,
    Answer,
    Attempt,
    Audit,
    Consent,
    Contact,
    FamilyMember,
    GapCall,
    Link,
    Message,
    Number,
    Person,
    Phone,
    Reading,
    Signal,
    Task,
    Transfer,
    Window,
)
from companion.services import counting, forgetting

GONE = ""
"""In the place of a number: what stays of it is its fingerprint and whether it said stop."""


def forget(session: Session, institution_id: int, zone: str, cutoff: datetime, limit: int) -> Counter:
    """Delete the records of people whose last window was closed by `cutoff`.

    Whoever begins again meanwhile wins: their new window leads to the record, so the database does not let it go,
    and the batch is undone.
    """
    ended = forgetting.closed_for(session, institution_id, cutoff).limit(limit)
    people = list(session.scalars(locked(session, select(Person.id).where(Person.id.in_(ended)), of=Person)))
    if not people:
        return Counter()
    given = list(session.scalars(select(Answer.id).where(Answer.person_id.in_(people))))
    counting.count_answers(session, institution_id, zone, given)
    numbers = _numbers_of(session, people)
    _delete_all(session, institution_id, zone, people)
    _forget_numbers(session, numbers)
    return Counter(looked=len(people), deleted=len(people))


def _numbers_of(session, people: list[int]) -> list[int]:
    held = select(Phone.number_id).where(Phone.person_id.in_(people))
    family = select(FamilyMember.number_id).where(
        FamilyMember.person_id.in_(people), FamilyMember.number_id.is_not(None)
    )
    return list(session.scalars(held.union(family)))


def _delete_all(session, institution_id: int, zone: str, people: list[int]) -> None:
    """Children before parents. A window that is not closed is not in the list, so it keeps its person."""
    alerts = select(Alert.id).where(Alert.person_id.in_(people))
    family = select(FamilyMember.id).where(FamilyMember.person_id.in_(people))
    texts = select(Message.id).where(
        or_(
            Message.person_id.in_(people),
            Message.alert_id.in_(alerts),
            Message.family_member_id.in_(family),
        )
    )
    gone = (
        (Attempt, Attempt.message_id.in_(texts)),
        (Message, Message.id.in_(texts)),
        (Signal, Signal.alert_id.in_(alerts)),
        *((model, model.person_id.in_(people)) for model in (Contact, Alert, GapCall, Task, Link, Consent)),
        (Reading, Reading.family_member_id.in_(family)),
        *((model, model.person_id.in_(people)) for model in (FamilyMember, Phone, Audit, Transfer)),
    )
    # Whoever handed them over keeps that they did, and to whom; the record it led to is gone.
    taken_over = Transfer.to_person_id.in_(people)
    rows_changed(session, update(Transfer).where(taken_over).values(to_person_id=None))
    for model, which in gone:
        rows_changed(session, delete(model).where(which))
    counting.count_slots(session, institution_id, zone, people)
    rows_changed(session, delete(Window).where(Window.person_id.in_(people), forgetting.CLOSED))
    rows_changed(session, delete(Person).where(Person.id.in_(people)))


def _forget_numbers(session, numbers: list[int]) -> None:
    """Numbers in nobody's hands any more. That one said stop must outlive the record (failures 31)."""
    held = exists().where(Phone.number_id == Number.id)
    read = exists().where(FamilyMember.number_id == Number.id)
    rows_changed(session, update(Number).where(Number.id.in_(numbers), ~held, ~read).values(e164=GONE))


def forget_acts(session: Session, institution_id: int, cutoff: datetime, limit: int) -> Counter:
    """Lines of the access log that are about no person, such as a changed password."""
    old = (
        select(Audit.id)
        .where(Audit.person_id.is_(None), Audit.at <= cutoff, Audit.institution_id == institution_id)
        .limit(limit)
    )
    gone = rows_changed(session, delete(Audit).where(Audit.id.in_(old)))
    return Counter(looked=gone)
