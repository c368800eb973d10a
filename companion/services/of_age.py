"""Turning 18: the guardian's yes comes to its end, and the person's own has to be asked for in time (design 2.14).

From that day on the gate sends nothing without it. Somebody has to know before, and on the day itself what was promised
is taken back with its reason; what was asked by then takes its answer.
"""

from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.db import locked
from companion.models import Consent, Institution, Person, Window
from companion.rules.states import Family, Level, WindowState, Within
from companion.rules.terms import ConsentPurpose
from companion.services import alerts, consents, slots
from companion.services.renewing import ENDS

AHEAD = timedelta(days=14)
"""Time for one of the plan's calls or a visit, and for a paper to be signed."""
REASON = "own_consent"
"""Why what was promised is taken back."""


def first_look(purpose: ConsentPurpose, now: datetime) -> datetime | None:
    """When a yes that is written down now has to be looked at: a guardian's by the next tick, which works out the day."""
    return now if purpose is ConsentPurpose.GUARDIAN else None


def watch(session: Session, now: datetime, person_id: int) -> None:
    """They are followed, or are again, and it hangs on a guardian's yes: the next tick works out until when."""
    session.execute(
        update(Consent)
        .where(_guardians(), Consent.person_id == person_id)
        .values(look_at=now)
        .execution_options(synchronize_session=False)
    )


def look_at_consents(session: Session, now: datetime, limit: int) -> Counter:
    """Guardians' consents whose look_at has come."""
    statement = locked(session, consents_to_look_at(now, limit), of=Consent)
    due = session.scalars(statement.execution_options(populate_existing=True)).all()
    raised = 0
    for consent in due:
        person = session.get_one(Person, consent.person_id)
        consent.look_at, told = _look(session, now, consent, person)
        raised += told
    return Counter(looked=len(due), alerts=raised)


def consents_to_look_at(now: datetime, limit: int):
    return select(Consent).where(Consent.look_at <= now).order_by(Consent.look_at, Consent.id).limit(limit)


def _guardians():
    return (Consent.purpose == ConsentPurpose.GUARDIAN) & Consent.withdrawn_at.is_(None)


def _look(session, now, consent: Consent, person: Person) -> tuple[datetime | None, int]:
    """When to look again, and how many new lines there are: one ahead of the day, one on it."""
    day, window = consents.of_age_on(person), _followed(session, person)
    if consent.withdrawn_at is not None or day is None or window is None:
        return None, 0
    turns = consents.start_of(day, person.zone)
    if now < turns - AHEAD:
        return turns - AHEAD, 0
    if now < turns:
        return turns, _raise(session, now, person, window, "X_turns_18", Level.NONE, None)
    if not consents.may_start(session, person, now):
        slots.cancel_unasked(session, window.id, REASON)  # before the line, as an opt-out and an answer do
    return None, _raise(session, now, person, window, "X_is_18", Level.AMBER, Within.DAYS_2)


def _followed(session, person: Person) -> Window | None:
    """The window they are followed in; when that begins, or a death was none, all this is looked at again."""
    unclosed = select(Window).where(Window.person_id == person.id, Window.state != WindowState.CLOSED)
    return None if person.status in ENDS else session.scalars(unclosed).first()


def _raise(session, now, person: Person, window: Window, code: str, level: Level, within) -> int:
    """Only where check-ins hang on it: own assent stands, own consent does not. A no of theirs needs no asking.

    Nor does a follow-up whose last day comes before theirs; one that is made longer is looked at again.
    """
    given = consents.standing(session, person.id)
    if ConsentPurpose.FOLLOW_UP in given or ConsentPurpose.ASSENT not in given:
        return 0
    if window.ends_at <= max(now, consents.start_of(consents.of_age_on(person), person.zone)):
        return 0
    noon = datetime.combine(consents.of_age_on(person), time(12), ZoneInfo(person.zone))
    raised = alerts.raise_(
        session, now, window=window, institution=session.get_one(Institution, person.institution_id),
        family=Family.DATA, level=level, signals=[(code, level, {"date": noon.isoformat()})],
        about=f"of_age:{noon:%Y%m%d}", within=within, caseworker_id=person.caseworker_id,
    )  # fmt: skip
    return int(raised.new)
