"""Numbers: who holds one, and when it may never be texted again (failures 31-34, 39-40).

Silence belongs to the number, for everybody on it and across institutions; consent to a person and a purpose.
"""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion.db import insert_ignore, rows_changed
from companion.models import Institution, Number, Person, Phone, Signal, Window
from companion.rules.states import Family, Level, WindowState, Within
from companion.rules.terms import PhoneKind
from companion.services import alerts, audit, outbox, renewing, slots
from companion.services.keys import lookup

DOUBTS_OWNER = frozenset({"bukan_saya", "wrong_person"})
"""Ways of silencing that say the number belongs to somebody else."""


def find_or_add(session: Session, e164: str) -> Number:
    """The one row of this number; silence and damage stay on it whoever enters it again."""
    key = lookup(session, e164)
    known = select(Number).where(Number.lookup == key)
    number = session.scalars(known).first()
    if number is None:
        insert_ignore(session, Number.__table__, [{"lookup": key, "e164": e164}])
        number = session.scalars(known).one()
    if not number.e164:  # its last holder's record was deleted; what it had said stands
        number.e164 = e164
    return number


def attach(
    session: Session, person: Person, e164: str, kind: PhoneKind, *, rank: int = 0, holder: str | None = None
) -> Phone:
    """Put a number into a person's hands. That a number of two people is shared is seen where answers come in."""
    number = find_or_add(session, e164)
    phone = session.scalars(
        select(Phone).where(Phone.person_id == person.id, Phone.number_id == number.id)
    ).first()
    if phone is not None:
        return phone
    phone = Phone(
        institution_id=person.institution_id, person_id=person.id, number_id=number.id, rank=rank, kind=kind,
        holder=holder,
    )  # fmt: skip
    session.add(phone)
    session.flush()
    return phone


def holders(session: Session, number_id: int) -> int:
    """How many people have this number."""
    return session.scalar(select(func.count()).select_from(Phone).where(Phone.number_id == number_id)) or 0


def silence(session: Session, now: datetime, number_id: int, how: str) -> bool:
    """Nothing more to this number, from this instant on; False if it was silent already.

    One act ends every promise to it, for everybody whose texts go there (failures 39), and puts everybody who
    has it on *perlu diputuskan*: perhaps it was not the person who pressed. The last-heard clock keeps running.
    """
    won = rows_changed(
        session,
        update(Number)
        .where(Number.id == number_id, Number.silenced_at.is_(None))
        .values(silenced_at=now, silenced_how=how),
    )
    _hold(session, number_id)
    outbox.cancel_number(session, now, number_id, "opt_out")
    if won:
        _tell_and_end(session, now, number_id, how, now)
    return bool(won)


def live_with_kept_silence(session: Session, now: datetime, since: datetime) -> None:
    """After a restore: whoever said "stop" after the copy was made is silent in it; here follows what that means."""
    kept = select(Number.id, Number.silenced_how, Number.silenced_at).where(Number.silenced_at >= since)
    for number in session.execute(kept).all():
        told = select(Signal.id).where(Signal.about == _about(number.id, number.silenced_at)).limit(1)
        if session.scalar(told) is not None:
            continue
        _hold(session, number.id)
        outbox.cancel_number(session, now, number.id, "opt_out")
        _tell_and_end(session, now, number.id, number.silenced_how, number.silenced_at, actor="engine")


def _about(number_id: int, said_at: datetime) -> str:
    return f"number:{number_id}:{said_at:%Y%m%d%H%M%S}"


def _tell_and_end(session, now, number_id, how, said_at, actor="person") -> None:
    for window, institution, person, rank in _windows_on(session, number_id):
        if rank == 0:
            slots.cancel_open(session, now, window.id, "opt_out")
            outbox.cancel_window(session, now, window.id, "opt_out")
        code = "D1" if how in DOUBTS_OWNER else "X_opt_out"
        alerts.raise_(
            session, now, window=window, institution=institution, family=Family.DATA, level=Level.AMBER,
            signals=[(code, Level.AMBER, {"way": how})], about=_about(number_id, said_at),
            within=Within.DAYS_2, caseworker_id=person.caseworker_id,
        )  # fmt: skip
        audit.note(
            session,
            now,
            f"silenced:{how}",
            actor=actor,
            institution_id=institution.id,
            person_id=person.id,
        )
    if how in DOUBTS_OWNER:
        session.execute(update(Phone).where(Phone.number_id == number_id).values(doubted_at=now))


def _hold(session, number_id) -> None:
    """Check-ins before their texts, as an answer that comes now takes them: two orders could lock each other out."""
    own = (Phone.person_id == Window.person_id) & (Phone.number_id == number_id) & (Phone.rank == 0)
    stands = select(Window.id).join(Phone, own).where(Window.state != WindowState.CLOSED)
    slots.hold(session, *session.scalars(stands).all())


def _windows_on(session, number_id):
    return session.execute(
        select(Window, Institution, Person, Phone.rank)
        .join(Person, Person.id == Window.person_id)
        .join(Institution, Institution.id == Window.institution_id)
        .join(Phone, (Phone.person_id == Person.id) & (Phone.number_id == number_id))
        .where(Window.state != WindowState.CLOSED)
        .order_by(Window.id)
    ).all()


def reopen(session: Session, now: datetime, number_id: int, *, staff_id: int, proof: str) -> bool:
    """Open a silenced number again, on the person's own recorded word; never by an import (failures 31)."""
    if not proof.strip():
        return False
    won = rows_changed(
        session,
        update(Number)
        .where(Number.id == number_id, Number.silenced_at.is_not(None))
        .values(silenced_at=None, silenced_how=None),
    )
    for window, institution, person, rank in _windows_on(session, number_id) if won else []:
        if rank == 0 and window.state is WindowState.ACTIVE:
            renewing.renew(session, now, window)
        audit.note(
            session, now, "reopened", actor="staff", staff_id=staff_id, institution_id=institution.id,
            person_id=person.id,
        )  # fmt: skip
    return bool(won)


def mark_unusable(session: Session, now: datetime, number_id: int, why: str) -> bool:
    """The carrier, or a caller, knows that this number takes nothing: sends to it stop."""
    return bool(
        rows_changed(
            session,
            update(Number)
            .where(Number.id == number_id, Number.unusable_at.is_(None))
            .values(unusable_at=now, unusable_why=why),
        )
    )


def mark_usable(session: Session, number_id: int) -> bool:
    """Staff know better: the number works after all."""
    return bool(
        rows_changed(
            session, update(Number).where(Number.id == number_id).values(unusable_at=None, unusable_why=None)
        )
    )


def keep_quiet(session: Session, number_id: int, until: datetime) -> None:
    """Nothing to this number for a while: somebody could not speak (result code unsafe_now)."""
    session.execute(update(Number).where(Number.id == number_id).values(quiet_until=until))
