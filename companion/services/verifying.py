"""Is this number the right person's: made sure of beside the caseworker or by a text, and again after long silence.

Texts 3 (check the number), failures 40; numbers are given to somebody else after months of inactivity (domain 4).
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import case, exists, func, select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import Answer, Institution, Link, Message, Person, Phone, Staff, Window
from companion.rules import gate
from companion.rules.states import Family, Level, MessageState, WindowState, Within
from companion.rules.terms import LinkKind, Purpose
from companion.services import alerts, audit, links, outbox, windows
from companion.services.plain_rows import due_rows

ANSWER_WITHIN = timedelta(days=7)
"""Without an answer by then the number is on the list *tidak terkirim* (texts 3, notes)."""
RECYCLED_AFTER = timedelta(days=90)
"""After so long without a word from it, a number may be somebody else's by now."""


def confirm(session: Session, now: datetime, phone_id: int) -> bool:
    """The number is the right person's: what waited for that may leave. False if it was known already."""
    won = rows_changed(
        session,
        update(Phone)
        .where(Phone.id == phone_id, Phone.confirmed_at.is_(None))
        .values(confirmed_at=now, doubted_at=None, look_at=now + RECYCLED_AFTER),
    )
    if won:
        _wake(session, now, phone_id)
    return bool(won)


def _wake(session, now, phone_id) -> None:
    """Let the gate be asked again about the texts that waited for this very thing."""
    phone = select(Phone.number_id, Phone.person_id).where(Phone.id == phone_id).subquery()
    session.execute(
        update(Message)
        .where(
            Message.number_id == select(phone.c.number_id).scalar_subquery(),
            Message.person_id == select(phone.c.person_id).scalar_subquery(),
            Message.state == MessageState.PLANNED, Message.held_because == gate.Because.UNCONFIRMED,
        )
        .values(look_at=now)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def beside(session: Session, now: datetime, staff: Staff, person: Person, phone: Phone) -> bool:
    """The caseworker tried the number while the person sat there. False if it was known already."""
    done = confirm(session, now, phone.id)
    if done:
        session.expire(phone)
        _note(session, now, person, "number_confirmed", staff)
    return done


def by_link(session: Session, now: datetime, door) -> bool:
    """Whoever holds the phone says that it is the right one (`door` is that of a link of the kind `check`)."""
    done = door.phone_id is not None and confirm(session, now, door.phone_id)
    if done:
        audit.note(
            session, now, "number_confirmed", actor="person", institution_id=door.institution_id,
            person_id=door.person_id,
        )  # fmt: skip
    return done


def ask(session: Session, now: datetime, person: Person, phone: Phone, staff: Staff | None = None) -> bool:
    """Promise the text that asks whether this is the right phone. False while an earlier one can still be answered."""
    step, last = _asked_before(session, phone.id)
    if last is not None and now - last < ANSWER_WITHIN:
        return False
    about = {"institution_id": person.institution_id, "person_id": person.id, "number_id": phone.number_id}
    token = links.make(session, now, LinkKind.CHECK, **about, expires_at=now + ANSWER_WITHIN)
    made = outbox.promise(
        session, now, purpose=Purpose.CHECK_NUMBER, subject=_subject(phone.id), step=0 if step is None else step + 1,
        token=token, expires_at=now + ANSWER_WITHIN, **about,
    )  # fmt: skip
    session.execute(
        update(Phone)
        .where(Phone.id == phone.id, Phone.confirmed_at.is_(None))
        .values(look_at=now + ANSWER_WITHIN)
        .execution_options(synchronize_session=False)
    )
    session.expire(phone)
    if staff is not None:
        _note(session, now, person, "number_asked", staff)
    return made


def make_sure(session: Session, now: datetime, person_id: int) -> None:
    """Check-ins are promised: a first number that nobody has made sure of, or was ever asked about, is asked about now.

    Whoever left the question without an answer is on a list; a change of plan does not text them again.
    """
    unsure = select(Phone).where(Phone.person_id == person_id, Phone.rank == 0, Phone.confirmed_at.is_(None))
    phone = session.scalars(unsure).first()
    if phone is not None and _asked_before(session, phone.id)[1] is None:
        ask(session, now, session.get_one(Person, person_id), phone)


def _subject(phone_id: int) -> str:
    return f"check:{phone_id}"


def _asked_before(session, phone_id: int) -> tuple[int | None, datetime | None]:
    """The highest step of the questions about this phone, and when the last was planned that was not taken back unsent."""
    stands = case((Message.state != MessageState.CANCELLED, Message.planned_for))
    asked = select(func.max(Message.step), func.max(stands)).where(Message.subject == _subject(phone_id))
    return session.execute(asked).one()


def watch(session: Session, now: datetime, person: Person, phone: Phone) -> None:
    """Texts go to this number from now on: ask whether it is the right one, or look at it again after long silence."""
    if phone.confirmed_at is None:
        ask(session, now, person, phone)
    else:
        _look(session, phone.id, max(now, phone.confirmed_at + RECYCLED_AFTER))


def renew(session: Session, now: datetime, person_id: int) -> None:
    """A window begins: a number that was made sure of long ago may have been silent since."""
    session.execute(
        update(Phone)
        .where(Phone.person_id == person_id, Phone.rank == 0, Phone.confirmed_at.is_not(None))
        .values(look_at=now)
        .execution_options(synchronize_session=False)
    )


def pending(session: Session, person: Person, now: datetime) -> frozenset[int]:
    """The numbers of this person whose question can still be answered, and was not taken back unsent."""
    taken_back = exists().where(
        Message.number_id == Link.number_id,
        Message.token == Link.token,
        Message.state == MessageState.CANCELLED,
    )
    return frozenset(
        session.scalars(
            select(Link.number_id).where(
                Link.person_id == person.id, Link.kind == LinkKind.CHECK, Link.expires_at > now, ~taken_back
            )
        )
    )


def look_at_phones(session: Session, now: datetime, limit: int) -> Counter:
    """Numbers whose question stayed without an answer, and numbers that have been silent for very long."""
    due = due_rows(session, phones_to_look_at, Phone, now, limit)
    raised = 0
    for row in due:
        if row.window_id is None:
            _look(session, row.id, None)
        elif row.confirmed_at is None:
            raised += _unanswered(session, now, row)
        else:
            _perhaps_recycled(session, now, row)
    return Counter(looked=len(due), alerts=raised)


def phones_to_look_at(now: datetime, limit: int):
    """Phones whose look_at has come; without a window where nobody is texted there any more."""
    return (
        select(
            Phone.id, Phone.person_id, Phone.number_id, Phone.confirmed_at, Window.id.label("window_id")
        )
        .outerjoin(
            Window,
            (Window.person_id == Phone.person_id) & (Window.state != WindowState.CLOSED) & (Phone.rank == 0),
        )
        .where(Phone.look_at <= now)
        .order_by(Phone.look_at, Phone.id)
        .limit(limit)
    )  # fmt: skip


def _look(session, phone_id, at) -> None:
    session.execute(
        update(Phone)
        .where(Phone.id == phone_id)
        .values(look_at=at)
        .execution_options(synchronize_session=False)
    )


def _unanswered(session, now, row) -> int:
    """Nobody said whose number it is: somebody has to find out in another way."""
    _look(session, row.id, None)
    person = session.get_one(Person, row.person_id)
    raised = alerts.raise_(
        session, now, window=session.get_one(Window, row.window_id),
        institution=session.get_one(Institution, person.institution_id), family=Family.UNDELIVERED,
        level=Level.AMBER, signals=[("U2", Level.AMBER, {"date": (now - ANSWER_WITHIN).isoformat()})],
        about=f"check:{row.id}:{now:%Y%m%d}", within=Within.DAYS_2, caseworker_id=person.caseworker_id,
    )  # fmt: skip
    return int(raised.new)


def _perhaps_recycled(session, now, row) -> None:
    """Heard from it since: look again 90 days after that. Otherwise it is asked, and everything else waits for it."""
    heard = heard_from(session, row.person_id, row.number_id)
    if heard is not None and heard + RECYCLED_AFTER > now:
        _look(session, row.id, heard + RECYCLED_AFTER)
        return
    session.execute(
        update(Phone)
        .where(Phone.id == row.id, Phone.confirmed_at == row.confirmed_at)
        .values(confirmed_at=None, doubted_at=now)
        .execution_options(synchronize_session=False)
    )
    person, phone = session.get_one(Person, row.person_id), session.get_one(Phone, row.id)
    session.refresh(phone)
    ask(session, now, person, phone)
    audit.note(
        session,
        now,
        "number_silent",
        actor="engine",
        institution_id=person.institution_id,
        person_id=person.id,
    )


def heard_from(session: Session, person_id: int, number_id: int) -> datetime | None:
    """When somebody last answered on this number, or was spoken to; a delivery is no word."""
    answered = session.scalar(
        select(func.max(Answer.at))
        .join(Link, Link.token == Answer.token)
        .where(Answer.person_id == person_id, Link.number_id == number_id)
    )
    window = windows.current(session, person_id)
    spoken = window.heard_at if window and window.heard_how == "call" else None
    return max((at for at in (answered, spoken) if at is not None), default=None)


def _note(session, now, person, act, staff) -> None:
    audit.note(
        session, now, act, actor="staff", staff_id=staff.id, institution_id=person.institution_id,
        person_id=person.id,
    )  # fmt: skip
