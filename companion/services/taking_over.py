"""Taking over a graduate whom another institution has offered: one act, or nothing (decision 10).

The follow-up there closes, and the same days go on here, in a record of this institution's own. What is in the
person's hands, phones and links, goes along, so that a call for help reaches those who follow them now.
"""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import (
    Alert,
    Contact,
    GapCall,
    Institution,
    Number,
    Person,
    Phone,
    Slot,
    Staff,
    Transfer,
    Window,
)
from companion.models.alerts import is_unclosed
from companion.models.transfers import is_offered
from companion.rules import transfers as rules
from companion.rules.results import AlertOutcome, WindowOutcome
from companion.rules.states import Family, Level, SlotState, TransferState, WindowState, Within
from companion.rules.terms import Opioid, PersonStatus
from companion.services import (
    alerts,
    closing,
    contacts,
    enrol,
    going_along,
    outbox,
    renewing,
    transfers,
    windows,
)

REASON = "transferred"
"""Why what was promised over there was taken back."""
SAME = (
    "name", "called", "born_on", "guardian", "language", "zone", "province", "preferred_hour", "status"
)  # fmt: skip
"""What is the same about a person wherever they are followed. Court referral and lapse stay where they were written."""
COUNTED = {
    "answered": (SlotState.ANSWERED, SlotState.ANSWERED_LATE), "missed": (SlotState.MISSED,),
    "unreached": (SlotState.UNREACHED, SlotState.VOID),
}  # fmt: skip


def accept(
    session: Session, now: datetime, staff: Staff, transfer: Transfer, caseworker: Staff
) -> Person | str:
    """Go on with this person here. A string says why not; the caller then stores nothing.

    `gone`: decided, withdrawn or run out meanwhile; what rules/transfers say; `red`: something urgent is open there,
    and no window closes over that; `followed`: they are followed here already; `died`: a death was made sure here.
    """
    person, window = _hold(session, transfer)
    if fault := rules.why_not(person.status, window.state, window.ends_at, now):
        return "gone" if fault == "closed" else fault
    known = _known(session, transfer, person)
    if isinstance(known, str):
        return known
    if not _win(session, now, staff, transfer):
        return "gone"
    summary = _summary(session, window)
    try:
        here = _record(session, now, person, known, transfer.to_institution_id, caseworker)
    except IntegrityError as error:
        if "identity" not in str(error.orig):
            raise
        return "followed"  # entered here, by an import say, since we looked
    transfer.to_person_id, transfer.summary = here.id, summary
    _go_on(session, now, transfer, person, here, window)
    outbox.take_along(session, now, person.id, here)
    contacts.gap_call_done(
        session, now, person.id
    )  # whoever takes over rings anyway, within two working days
    ended = closing.end_window(
        session, now, window, WindowOutcome.MOVED, transfer.offered_by, reason=REASON,
        of_alerts=AlertOutcome.REFERRED,
    )  # fmt: skip
    if ended:
        return ended
    going_along.links(session, now, person, here, REASON)
    transfers.note_for(session, now, staff, person, "transfer_accepted")
    transfers.note_for(session, now, staff, here, "taken_over")
    session.flush()
    return here


def _hold(session, transfer: Transfer) -> tuple[Person, Window]:
    """Lock in the order of everything about one person's numbers (services/new_number): person, numbers, check-ins, window.

    An opt-out asks whom its number concerns: it must find them either wholly there or wholly here.
    """
    session.execute(select(Person.id).where(Person.id == transfer.person_id).with_for_update(key_share=True))
    theirs = select(Phone.number_id).where(Phone.person_id == transfer.person_id)
    held = select(Number.id).where(Number.id.in_(theirs)).order_by(Number.id)
    session.execute(held.with_for_update(key_share=True))
    window = session.get_one(Window, transfer.window_id)
    renewing.hold(session, window)
    return session.get_one(Person, transfer.person_id), window


def _win(session, now, staff: Staff, transfer: Transfer) -> bool:
    """The row count says who of two supervisors took them over."""
    won = rows_changed(
        session,
        update(Transfer)
        .where(
            Transfer.id == transfer.id, is_offered, Transfer.expires_at > now,
            Transfer.to_institution_id == staff.institution_id,
        )
        .values(state=TransferState.ACCEPTED, decided_by=staff.id, decided_at=now),
    )  # fmt: skip
    session.refresh(transfer)
    return bool(won)


def _known(session, transfer: Transfer, person: Person) -> Person | str | None:
    """The record of an earlier follow-up here, by the same blind index; or why it cannot be gone on with."""
    found = session.scalars(
        select(Person)
        .where(Person.institution_id == transfer.to_institution_id, Person.identity == person.identity)
        .with_for_update(key_share=True)
    ).first()
    if found is None:
        return None
    last = windows.current(session, found.id)
    if last is not None and last.state is not WindowState.CLOSED:
        return "followed"
    return "died" if found.status is PersonStatus.DIED else found


def _record(session, now, person: Person, known: Person | None, here: int, caseworker: Staff) -> Person:
    """A record of this institution: the one of an earlier follow-up, or a new one."""
    record = known or Person(institution_id=here, identity=person.identity, enrolled_at=now)
    for name in SAME:
        setattr(record, name, getattr(person, name))
    # A yes of either side stands: the first four weeks can kill (design 2.10).
    if known is None or (person.opioid is not Opioid.UNKNOWN and record.opioid is not Opioid.YES):
        record.opioid = person.opioid
    # A lock because of violence holds wherever the person is; only a supervisor lifts it.
    record.contact_lock = bool(person.contact_lock or record.contact_lock)
    record.caseworker_id = caseworker.id
    session.add(record)
    session.flush()
    return record


def _summary(session, window: Window) -> dict:
    """What is told here of the time there: figures and what was still open, never an answer."""
    states = dict(
        session.execute(
            select(Slot.state, func.count()).where(Slot.window_id == window.id).group_by(Slot.state)
        ).all()
    )
    talks = select(func.count()).where(Contact.window_id == window.id)
    families = select(Alert.family).where(Alert.window_id == window.id, is_unclosed).order_by(Alert.id)
    calls = (
        select(GapCall.id).where(GapCall.person_id == window.person_id, GapCall.done_at.is_(None)).limit(1)
    )
    still = list(dict.fromkeys(session.scalars(families)))
    if session.scalar(calls) is not None and Family.SYSTEM not in still:
        still.append(Family.SYSTEM)
    counted = {name: sum(states.get(one, 0) for one in which) for name, which in COUNTED.items()}
    return counted | {
        "contacts": session.scalar(talks), "open": [one.value for one in still],
        "heard_at": window.heard_at.isoformat(), "heard_how": window.heard_how,
    }  # fmt: skip


def _go_on(session, now, transfer: Transfer, person: Person, here: Person, was: Window) -> None:
    """The same days by this institution's plan, the same silence, the same pause; and somebody is to say hello."""
    window = enrol.open_window(session, now, here, was.left_on, was.days)
    # After that: a window that begins has its phones looked at, and these were made sure of over there.
    going_along.phones(session, person, here)
    for name in ("state", "paused_until", "pause_reason", "heard_at", "heard_how"):
        setattr(window, name, getattr(was, name))
    going_along.consents(session, now, transfer, person, here)
    going_along.question(session, now, here)
    renewing.renew(session, now, window)
    windows.heard_clock(session, now, window, here.zone)
    if window.state is WindowState.PAUSED:
        window.look_at = window.paused_until
    still_open = transfer.summary["open"]
    alerts.raise_(
        session, now, window=window, institution=session.get_one(Institution, here.institution_id),
        family=Family.DATA, level=Level.AMBER, about=f"transfer:{transfer.id}", within=Within.DAYS_2,
        signals=[("X_handed_over", Level.AMBER, {"open": still_open or None})], caseworker_id=here.caseworker_id,
    )  # fmt: skip
