"""Family members: invited with the graduate's consent, a link and a PIN, a weekly text; never anything of the graduate's."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, joinedload

from companion import crypto
from companion.content import articles
from companion.db import locked, rows_changed
from companion.models import Consent, FamilyMember, Message, Person, Phone, Window
from companion.rules.states import MessageState, WindowState
from companion.rules.terms import ConsentPurpose, PersonStatus, PhoneKind, Purpose
from companion.services import audit, consents, numbers, outbox, reading, windows

TEXT_LIVES = timedelta(days=3)  # design 4.2, expires_at of the weekly text
NOT_INVITED = ""
"""In place of a PIN's hash: named in a sheet, not yet spoken to. No PIN fits it."""
CLOSED_TO_FAMILY = (PersonStatus.DIED, PersonStatus.WITHDRAWN)


def refusal(session: Session, person: Person) -> str | None:
    """Why nobody of this person's family may be invited now; None when somebody may.

    `ended` (died or withdrawn), `contact_lock` (violence was reported: result code `violence`), `closed` (no window
    runs), `no_consent`.
    """
    if person.status in CLOSED_TO_FAMILY:
        return "ended"
    if person.contact_lock:
        return "contact_lock"
    window = windows.current(session, person.id)
    if window is None or window.state is WindowState.CLOSED:
        return "closed"
    return None if ConsentPurpose.FAMILY in consents.standing(session, person.id) else "no_consent"


def members_of(session: Session, person_id: int) -> list[FamilyMember]:
    """Everybody who was ever named for this person, those who still read first."""
    return list(
        session.scalars(
            select(FamilyMember)
            .options(joinedload(FamilyMember.number))
            .where(FamilyMember.person_id == person_id)
            .order_by(FamilyMember.ended_at.is_not(None), FamilyMember.id)
        )
    )


def member_of(session: Session, person_id: int, ref: str) -> FamilyMember | None:
    """One family member of this person."""
    return session.scalars(
        select(FamilyMember).where(FamilyMember.person_id == person_id, FamilyMember.ref == ref)
    ).first()


def new_pin() -> str:
    """Six digits to be handed over in person. The link keeps strangers out, the PIN whoever holds the phone."""
    return f"{secrets.randbelow(10**6):06d}"


def prepare(
    session: Session, now: datetime, person: Person, *, name: str, relation: str | None, e164: str,
    language: str = "id",
) -> FamilyMember | None:  # fmt: skip
    """Keep what a sheet says about somebody to invite later. None if this number is here already."""
    number = numbers.find_or_add(session, e164)
    if _with_number(session, person.id, number.id):
        return None
    member = FamilyMember(
        institution_id=person.institution_id, person_id=person.id, name=name, relation=relation,
        number_id=number.id, language=language, pin_hash=NOT_INVITED, first_week_at=now, invited_at=now,
    )  # fmt: skip
    session.add(member)
    session.flush()
    return member


def invite(
    session: Session, now: datetime, person: Person, *, name: str, relation: str | None, e164: str,
    language: str, pin_hash: str, staff_id: int,
) -> FamilyMember | None:  # fmt: skip
    """Let somebody read from now on. None if they do already; whoever had ended begins where they stopped.

    The caller asks `refusal` in the same transaction.
    """
    member = prepare(session, now, person, name=name, relation=relation, e164=e164, language=language)
    if member is None:
        number = numbers.find_or_add(session, e164)
        member = _with_number(session, person.id, number.id)
        if member.ended_at is None and member.pin_hash != NOT_INVITED:
            return None
        member.name, member.relation, member.language = name, relation, language
    give_pin(session, now, member, pin_hash, staff_id=staff_id)
    return member


def give_pin(session: Session, now: datetime, member: FamilyMember, pin_hash: str, *, staff_id: int) -> None:
    """A new PIN: sessions of the old one end. With the first one, or after an end, reading begins."""
    begins = member.pin_hash == NOT_INVITED or member.ended_at is not None
    if member.pin_hash == NOT_INVITED:
        member.first_week_at = now
    if begins:
        member.invited_at, member.ended_at, member.token = now, None, crypto.token(16)
        member.look_at = now if member.number_id else None
        _share(session, member.number_id)
    member.pin_hash, member.session_key = pin_hash, crypto.token()
    session.flush()
    _note(session, now, "family_invited" if begins else "family_pin", member, staff_id)


def end(session: Session, now: datetime, member: FamilyMember, *, staff_id: int) -> bool:
    """End the reading of one family member at once, sessions and planned texts included; False if it had."""
    won = rows_changed(
        session,
        update(FamilyMember)
        .where(FamilyMember.id == member.id, FamilyMember.ended_at.is_(None))
        .values(ended_at=now, look_at=None, session_key=crypto.token()),
    )
    if not won:
        return False
    session.execute(
        update(Message)
        .where(Message.family_member_id == member.id, Message.state == MessageState.PLANNED)
        .values(state=MessageState.CANCELLED, reason="family_ended", state_at=now, look_at=None)
        .execution_options(synchronize_session=False)
    )
    _note(session, now, "family_ended", member, staff_id)
    return True


def member_with(session: Session, token: str) -> FamilyMember | None:
    """Whose link this is, reading or not."""
    return session.scalars(
        select(FamilyMember).options(joinedload(FamilyMember.person)).where(FamilyMember.token == token)
    ).first()


def reads(session: Session, member: FamilyMember) -> bool:
    """Whether the door is open: not ended, consent stands, the person is in follow-up.

    A window that has run out does not shut it: the last readings are about the time after (week 16). Neither
    does reported violence (texts 4 narrows a relative to the reading): a door that shuts would tell who spoke.
    """
    if member.ended_at is not None or member.person.status in CLOSED_TO_FAMILY:
        return False
    return bool(session.scalar(select(_consented(member.person_id))))


def member_behind(session: Session, ref: str, session_key: str) -> FamilyMember | None:
    """Whom a session cookie stands for; None once the key has changed or the door is shut."""
    member = session.scalars(
        select(FamilyMember)
        .options(joinedload(FamilyMember.person))
        .where(FamilyMember.ref == ref, FamilyMember.session_key == session_key)
    ).first()
    return member if member and reads(session, member) else None


def token_of(session: Session, ref: str) -> str | None:
    """The link of somebody whose session ran out, to ask for the PIN again."""
    return session.scalar(select(FamilyMember.token).where(FamilyMember.ref == ref))


def due(session: Session, now: datetime, limit: int = 500) -> list[int]:
    """Promise the weekly texts that have fallen due; returns the ids of the members looked at.

    One text per week and member, whatever happens in between. After an outage only the week that is on is
    announced: a family does not get three texts at once (failures 12).
    """
    members = session.scalars(
        locked(
            session,
            select(FamilyMember)
            .where(FamilyMember.look_at <= now)
            .order_by(FamilyMember.look_at)
            .limit(limit),
        ),
        execution_options={"populate_existing": True},
    ).all()
    wanted = _announced(session, [member.id for member in members])
    for member in members:
        week = reading.week_at(member.first_week_at, now)
        if _move_on(session, member, week, now) and member.id in wanted and _is_new(member, week, now):
            _announce(session, now, member, week)
    return [member.id for member in members]


def _announced(session, member_ids) -> set[int]:
    """Those who are still to be told: the window is unclosed and the consent stands."""
    window = exists().where(Window.person_id == FamilyMember.person_id, Window.state != WindowState.CLOSED)
    return set(
        session.scalars(
            select(FamilyMember.id)
            .join(Person, Person.id == FamilyMember.person_id)
            .where(FamilyMember.id.in_(member_ids), FamilyMember.ended_at.is_(None), window)
            .where(Person.status.not_in(CLOSED_TO_FAMILY), _consented(FamilyMember.person_id))
        )
    )


def _is_new(member, week, now) -> bool:
    opened = reading.opens_at(member.first_week_at, week)
    return member.texted_week < week and week in articles.weeks() and now < opened + reading.WEEK


def _move_on(session, member, week, now) -> bool:
    """To the day of the next week; the row count says whether this process is the one that goes on."""
    coming = reading.opens_at(member.first_week_at, week + 1)
    later = coming if week < reading.last_week() and coming > now else None
    return bool(
        rows_changed(
            session,
            update(FamilyMember)
            .where(FamilyMember.id == member.id, FamilyMember.look_at == member.look_at)
            .values(look_at=later),
        )
    )


def _announce(session, now, member, week) -> None:
    outbox.promise(
        session, now, institution_id=member.institution_id, purpose=Purpose.FAMILY_WEEKLY,
        subject=f"family:{member.id}", step=week, expires_at=now + TEXT_LIVES, person_id=member.person_id,
        number_id=member.number_id, family_member_id=member.id, token=member.token,
    )  # fmt: skip
    session.execute(
        update(FamilyMember)
        .where(FamilyMember.id == member.id)
        .values(texted_week=week)
        .execution_options(synchronize_session=False)
    )


def _consented(person_id):
    return exists().where(
        Consent.person_id == person_id,
        Consent.purpose == ConsentPurpose.FAMILY,
        Consent.withdrawn_at.is_(None),
    )


def _with_number(session, person_id, number_id) -> FamilyMember | None:
    return session.scalars(
        select(FamilyMember).where(FamilyMember.person_id == person_id, FamilyMember.number_id == number_id)
    ).first()


def _share(session, number_id) -> None:
    """A number that the family reads on too is shared: its answers prove nothing any more (design 2.4)."""
    session.execute(
        update(Phone)
        .where(Phone.number_id == number_id, Phone.kind == PhoneKind.OWN)
        .values(kind=PhoneKind.SHARED)
    )


def _note(session, now, act, member, staff_id) -> None:
    audit.note(
        session, now, act, actor="staff", institution_id=member.institution_id,
        person_id=member.person_id, staff_id=staff_id,
    )  # fmt: skip
