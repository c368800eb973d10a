"""Offering a graduate to another institution, with their own recorded yes (failures 13, decision 10).

Nothing changes for the person until somebody there accepts (services/taking_over). An offer that is not taken comes
to nothing: it is withdrawn, declined, or runs out by itself.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import insert_ignore, lock_row, rows_changed
from companion.models import Institution, Person, Staff, Transfer, Window
from companion.models.transfers import is_offered
from companion.rules import transfers as rules
from companion.rules.provinces import by_code
from companion.rules.states import TransferState, WindowState
from companion.services import audit, consents


def stands(now: datetime):
    """Conditions under which an offer can be accepted; its window and its person must be in the query."""
    return (
        is_offered, Transfer.expires_at > now, Window.id == Transfer.window_id, Person.id == Transfer.person_id,
        Window.state != WindowState.CLOSED, Window.ends_at > now, Person.status.in_(rules.FOLLOWED),
    )  # fmt: skip


def places(session: Session, staff: Staff) -> list[tuple[str, str]]:
    """The other institutions on this installation: code, and name with province. Nothing else of them is for showing."""
    rows = session.execute(
        select(Institution.code, Institution.name, Institution.province)
        .where(Institution.id != staff.institution_id)
        .order_by(Institution.name)
    )
    named = ((row.code, row.name, by_code(row.province or "")) for row in rows)
    return [(code, f"{name}, {province.name}" if province else name) for code, name, province in named]


def taken_over(session: Session, person_id: int, *, hold: bool = False) -> bool:
    """Whether another institution goes on with this person, so that nothing more is to be written down here.

    With `hold` the person's row is locked first, as where they are taken over: whoever waited finds it done.
    """
    if hold:
        lock_row(session, Person, person_id)
    last = select(Window.id).where(Window.person_id == person_id)
    last = last.order_by(Window.state == WindowState.CLOSED, Window.id.desc()).limit(1)
    accepted = Transfer.window_id == last.scalar_subquery(), Transfer.state == TransferState.ACCEPTED
    return session.scalar(select(Transfer.id).where(*accepted).limit(1)) is not None


def offer(
    session: Session, now: datetime, staff: Staff, person: Person, window: Window, code: str, proof: str,
    guardian_proof: str, note: str,
) -> str | None:  # fmt: skip
    """Ask another institution to go on with this person. Returns why not.

    What rules/transfers say; `place`: no such institution; `proof`, `guardian`: their yes, or under 18 also the
    guardian's, is not written down; `open`: they are offered to somebody already.
    """
    if fault := rules.why_not(person.status, window.state, window.ends_at, now):
        return fault
    elsewhere = Institution.code == code, Institution.id != staff.institution_id
    to = session.scalar(select(Institution.id).where(*elsewhere))
    if to is None:
        return "place"
    if not proof:
        return "proof"
    if consents.is_teen(person, now) and not guardian_proof:
        return "guardian"
    lapse(session, now, Transfer.person_id == person.id)  # one that ran out makes room for this one
    made = {
        "ref": crypto.token(), "institution_id": person.institution_id, "person_id": person.id,
        "window_id": window.id, "to_institution_id": to, "state": TransferState.OFFERED,
        "offered_by": staff.id, "offered_at": now, "expires_at": rules.expires_at(now, window.ends_at),
        "proof": proof, "guardian_proof": guardian_proof or None, "note": note or None,
    }  # fmt: skip
    one_open = {"index_elements": ["person_id"], "index_where": is_offered}
    if not insert_ignore(session, Transfer.__table__, [made], **one_open):
        return "open"
    note_for(session, now, staff, person, "transfer_offered")
    return None


def lapse(session: Session, now: datetime, *which) -> None:
    """Write down that offers ran out; they stand no longer since their hour, but their notes were still there."""
    _end(session, now, TransferState.LAPSED, Transfer.expires_at <= now, *which)


def withdraw(session: Session, now: datetime, staff: Staff, person: Person) -> bool:
    """Take the open offer back; False if it was decided over there meanwhile."""
    done = _end(session, now, TransferState.WITHDRAWN, Transfer.person_id == person.id, by=staff.id)
    if done:
        note_for(session, now, staff, person, "transfer_withdrawn")
    return done


def end_with(session: Session, now: datetime, window_id: int, staff_id: int) -> None:
    """The follow-up ends, and with it what was offered of it."""
    _end(session, now, TransferState.WITHDRAWN, Transfer.window_id == window_id, by=staff_id)


def decline(session: Session, now: datetime, staff: Staff, transfer: Transfer, reason: str) -> bool:
    """Turn an offer to this member of staff's institution down; False if it is no longer open."""
    mine = Transfer.id == transfer.id, Transfer.to_institution_id == staff.institution_id
    done = _end(
        session, now, TransferState.DECLINED, *mine, Transfer.expires_at > now, by=staff.id, reason=reason
    )
    if done:
        note_for(session, now, staff, session.get_one(Person, transfer.person_id), "transfer_declined")
    return done


def _end(
    session, now, state: TransferState, *which, by: int | None = None, reason: str | None = None
) -> bool:
    """An open offer comes to nothing, and what was written for the people there is of no use to anybody."""
    ended = rows_changed(
        session,
        update(Transfer)
        .where(is_offered, *which)
        .values(state=state, decided_by=by, decided_at=now, reason=reason, note=None),
    )
    return bool(ended)


def note_for(session: Session, now: datetime, staff: Staff, person: Person, act: str) -> None:
    """Write the act into the access log of this record, whichever institution's hand it was."""
    audit.note(
        session, now, act, actor="staff", staff_id=staff.id, institution_id=person.institution_id,
        person_id=person.id,
    )  # fmt: skip
