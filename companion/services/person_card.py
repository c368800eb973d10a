"""The card before a call: how to address somebody, may the phone ring, why, what they said, what was tried (texts 8)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from companion.models import Alert, Answer, Contact, Person, Phone, Signal, Staff, Window
from companion.rules.hours import half
from companion.rules.numbers import national, tel_href
from companion.rules.plan import day_of
from companion.rules.results import RESULTS, Code, Past, why_not_close
from companion.rules.states import AlertState
from companion.rules.terms import Role
from companion.services import consents, transfer_views, why
from companion.services.caseload_facts import facts_of
from companion.services.caseload_lists import Scope
from companion.services.contact_alerts import urgency
from companion.services.contact_views import ContactView, contact_view
from companion.services.contacts import REMEMBERED
from companion.services.first_words import opening
from companion.services.history import Event, timeline
from companion.services.person import address
from companion.services.ringing import Ring, advice, clock_there
from companion.services.said import Chart, Told, chart, told

SHOWN_ANSWERS = 3
SHOWN_EVENTS = 8
CHARTED = 40


@dataclass(frozen=True)
class PhoneView:
    """One phone of a person. `dial` is the address that makes it ring; None where it must not."""

    phone: Phone
    number: str = field(repr=False)
    dial: str | None = field(repr=False)
    ring: Ring


@dataclass(frozen=True)
class AlertView:
    """One unclosed alert with every reason in words, and why it may not be closed yet (None: it may)."""

    alert: Alert
    holder: str | None = field(repr=False)
    reasons: tuple[why.Reason, ...]
    not_yet: str | None

    @property
    def sleeping(self) -> bool:
        """Whether it was put off."""
        return self.alert.state is AlertState.SNOOZED


@dataclass(frozen=True)
class Card:
    """Everything on the card, read at once."""

    person: Person
    window: Window | None
    story: transfer_views.Story | None
    arrival: transfer_views.Story | None
    day: int | None
    teen: bool
    name_to_say: str = field(repr=False)
    first_words: tuple[str, ...] = field(repr=False)
    phones: tuple[PhoneView, ...]
    clock_there: str | None
    alerts: tuple[AlertView, ...]
    duties: tuple
    """What is due that is no alert: tasks of the day, a call after a gap; as `caseload_words.Reason`."""
    unsure: tuple
    """Texts to decide about: (reference, instant)."""
    answers: tuple[Told, ...]
    chart: Chart | None
    contacts: tuple[ContactView, ...]
    events: tuple[Event, ...]
    """What happened last, of any kind."""
    other_way: bool
    """Two calls at different parts of the day were not picked up: another agreed way comes next (texts 4)."""


def card(session: Session, view: Scope, person: Person) -> Card:
    """Read the card of one person: six statements."""
    now, zone = view.now, view.staff.institution.zone
    around = transfer_views.around(session, now, person.id)
    window = around.window
    contacts = _contacts(session, person.id)
    alerts, unsure_ids = _alerts(session, view, person.id, contacts, around)
    facts = facts_of(session, view, [person.id], unsure_ids)
    answers = _answers(session, person.id)
    phones = tuple(_phone(phone, person.zone, now, phone.id in facts.held) for phone in person.phones)
    families = {one.alert.family for one in alerts if not one.alert.answered_at}
    seen = {one.id: contact_view(one) for one in contacts}
    events, _more = timeline(session, person.id, 1, size=SHOWN_EVENTS, known=seen)
    shared = not phones or phones[0].ring.shared
    name = address(person)
    return Card(
        person=person, window=window, story=around.story, arrival=around.arrival, day=window and day_of(window.left_on, now, person.zone),
        teen=consents.is_teen(person, now), name_to_say=name,
        first_words=tuple(opening(name, view.staff.name.split()[0], families, shared=shared)), phones=phones,
        clock_there=clock_there(person.zone, zone, now), alerts=alerts, duties=tuple(sorted(facts.reasons[person.id], key=lambda one: one.order)),
        unsure=tuple(facts.decide[person.id]),
        answers=tuple(told(one) for one in answers if one.proven)[:SHOWN_ANSWERS],
        chart=chart(answers, zone, now), contacts=tuple(seen.values()), events=tuple(events),
        other_way=_wants_other_way(contacts, person.zone),
    )  # fmt: skip


def _phone(phone: Phone, zone: str, now: datetime, held: bool) -> PhoneView:
    ring = advice(phone, phone.number, zone, now, held=held)
    dial = tel_href(phone.number.e164) if ring.usable else None
    return PhoneView(phone, national(phone.number.e164), dial, ring)


def _contacts(session, person_id: int) -> list[Contact]:
    return list(
        session.scalars(
            select(Contact)
            .options(joinedload(Contact.staff))
            .where(Contact.person_id == person_id)
            .order_by(Contact.at.desc(), Contact.id.desc())
            .limit(REMEMBERED)
        )
    )


def _alerts(
    session, view: Scope, person_id: int, contacts, around: transfer_views.Around
) -> tuple[tuple[AlertView, ...], list[int]]:
    """The unclosed alerts, most urgent first, also those that sleep; and the texts they are unsure of."""
    rows = session.execute(
        select(Alert, Staff.name, Signal)
        .outerjoin(Staff, Staff.id == Alert.claimed_by)
        .outerjoin(Signal, Signal.alert_id == Alert.id)
        .where(Alert.person_id == person_id, Alert.state != AlertState.CLOSED)
        .order_by(Alert.id, Signal.id)
    ).all()
    grouped: dict[Alert, list] = {}
    holders = {}
    for alert, holder, signal in rows:
        holders[alert] = holder
        grouped.setdefault(alert, []).extend([signal] if signal else [])
    found = [
        _alert(alert, holders[alert], signals, view, contacts, around) for alert, signals in grouped.items()
    ]
    found.sort(key=lambda one: urgency(one.alert))
    return tuple(found), [id_ for *_, signal in rows if signal for id_ in why.message_of(signal)]


def _alert(alert: Alert, holder, signals: Sequence[Signal], view: Scope, contacts, around) -> AlertView:
    reader = why.Reader(view.now, view.staff.institution.zone, alert.deadline_at)
    facts = [why.Fact(one.code, one.level, one.at, one.values) for one in signals]
    history = [Past(Code(one.code), one.at) for one in contacts if one.window_id == alert.window_id]
    not_yet = why_not_close(
        family=alert.family, level=alert.level, answered=alert.answered_at is not None,
        signalled_at=max((one.at for one in signals), default=alert.opened_at), history=history,
        supervisor=view.staff.role is Role.SUPERVISOR,
    )  # fmt: skip
    heard_at = around.window and around.window.heard_at
    reasons = tuple(why.reason(fact, reader) for fact in why.ordered(facts, alert.family, heard_at))
    gone = around.story is not None and around.story.gone
    return AlertView(alert, holder, reasons, None if gone else not_yet)


def _answers(session, person_id: int) -> list[Answer]:
    return list(
        session.scalars(
            select(Answer).where(Answer.person_id == person_id).order_by(Answer.at.desc()).limit(CHARTED)
        )
    )


def _wants_other_way(contacts: Sequence[Contact], zone: str) -> bool:
    """Whether the failed tries since the last conversation lie in both halves of a day (texts 4, `no_answer`)."""
    halves = set()
    for contact in contacts:
        result = RESULTS[Code(contact.code)]
        if result.heard:
            break
        if result.tried:
            halves.add(half(contact.at, zone))
    return len(halves) == 2
