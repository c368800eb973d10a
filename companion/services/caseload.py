"""The work list: one line per person, with why, until when, what was tried, and whether the phone may ring."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Integer, and_, bindparam, select
from sqlalchemy.orm import Session

from companion.models import (
    Alert,
    Contact,
    Number,
    Person,
    Phone,
    Signal,
    Staff,
    Window,
)
from companion.rules.plan import day_of
from companion.rules.states import ENDED_BY_AN_ANSWER, AlertState, Family, Level, WindowState
from companion.rules.terms import PersonStatus
from companion.services import why
from companion.services.caseload_facts import Facts, facts_of
from companion.services.caseload_lists import (
    ANSWERED,
    OF_FAMILY,
    PAGE,
    Listing,
    Scope,
    awake,
    ranked,
)
from companion.services.caseload_words import (
    Reason,
    Tried,
    signal_reason,
)
from companion.services.person import shown_name
from companion.services.ringing import Ring, advice, clock_there


@dataclass(frozen=True)
class Open:
    """One unclosed alert, as the list and its buttons need it."""

    ref: str
    family: Family
    level: Level
    state: AlertState
    opened_at: datetime
    deadline_at: datetime | None
    answered: bool
    claimed_by: int | None
    holder: str | None = field(repr=False)


@dataclass(frozen=True)
class Line:
    """One person on the work list."""

    ref: str
    name: str = field(repr=False)
    caseworker: str | None = field(repr=False)
    caseworker_id: int | None
    day: int | None
    days: int | None
    status: PersonStatus
    paused: bool
    rank: int
    first: Reason | None
    more: int
    top: Open | None
    since: datetime | None
    deadline_at: datetime | None
    overdue: bool
    tried: Tried | None
    ring: Ring
    clock_there: str | None
    decide: tuple[tuple[str, datetime], ...]
    """Texts of which nobody knows whether they left: reference and when it was tried."""

    @property
    def answered(self) -> bool:
        return self.rank == ANSWERED

    @property
    def level(self) -> Level:
        """The colour of the edge; everything it says stands in words too."""
        return self.top.level if self.top and not self.answered else Level.NONE


@dataclass(frozen=True)
class WorkList:
    """One page of one list, how many people are on each list, and how many pages this one has."""

    counts: dict[Listing, int]
    lines: list[Line]
    pages: int


def work_list(session: Session, view: Scope, listing: Listing, number: int) -> WorkList:
    """One page of a list, most urgent first: five statements, whatever the caseload.

    Only what is shown is read in full and decrypted. *Semua* ends with those who have answered.
    """
    ranking = ranked(session, view, listing, number)
    ids = [person_id for person_id, _rank in ranking.page]
    people = {row.id: row for row in session.execute(PEOPLE, {"ids": ids})}
    alerts, reasons, unsure = _alerts(session, view, people)
    facts = facts_of(session, view, ids, unsure)
    for person_id, found in facts.reasons.items():
        reasons[person_id] += found
    tried = _tried(session, ids, alerts)
    lines = [
        _line(people[one], rank, listing, view, alerts[one], reasons[one], tried.get(one), facts)
        for one, rank in ranking.page
    ]
    total = ranking.everybody if listing is Listing.ALL else ranking.counts[listing]
    return WorkList(ranking.counts, lines, max(1, -(-total // PAGE)))


def _line(row, rank, listing, view, alerts, reasons, tried, facts: Facts) -> Line:
    ordered = sorted(
        reasons, key=lambda reason: (listing not in (Listing.ALL, reason.listing), *reason.order)
    )
    first = ordered[0] if ordered else None
    top = next(
        (alert for alert in alerts if first and alert.ref == first.alert), alerts[0] if alerts else None
    )
    deadline = min((alert.deadline_at for alert in alerts if alert.deadline_at), default=None)
    return Line(
        ref=row.ref, name=shown_name(row.name, row.called), caseworker=row.caseworker,
        caseworker_id=row.caseworker_id, day=row.left_on and day_of(row.left_on, view.now, row.zone),
        days=row.days, status=row.status, paused=row.window_state is WindowState.PAUSED, rank=rank, first=first,
        more=max(len(ordered) - 1, 0), top=top, since=first and first.at, deadline_at=deadline,
        overdue=deadline is not None and deadline <= view.now, tried=tried,
        ring=advice(row, row, row.zone, view.now, held=row.phone_id in facts.held),
        clock_there=clock_there(row.zone, view.staff.institution.zone, view.now), decide=tuple(facts.decide[row.id]),
    )  # fmt: skip


IDS = bindparam("ids", expanding=True, type_=Integer())
PEOPLE = (
    select(
        Person.id, Person.ref, Person.name, Person.called, Person.zone, Person.status, Person.caseworker_id,
        Staff.name.label("caseworker"), Window.left_on, Window.days, Window.state.label("window_state"), Window.heard_at,
        Phone.id.label("phone_id"), Phone.kind, Phone.may_call, Phone.safe_way, Phone.safe_from, Phone.safe_to,
        Phone.doubted_at, Number.silenced_at, Number.unusable_at, Number.quiet_until,
    )
    .outerjoin(Staff, Staff.id == Person.caseworker_id)
    .outerjoin(Window, and_(Window.person_id == Person.id, Window.state != WindowState.CLOSED))
    .outerjoin(Phone, and_(Phone.person_id == Person.id, Phone.rank == 0))
    .outerjoin(Number, Number.id == Phone.number_id)
    .where(Person.id.in_(IDS))
)  # fmt: skip
OPEN_ALERTS = (
    select(
        Alert.id, Alert.ref, Alert.person_id, Alert.family, Alert.level, Alert.state, Alert.opened_at,
        Alert.deadline_at, Alert.answered_at, Alert.claimed_by, Staff.name.label("holder"), Signal.code,
        Signal.level.label("signal_level"), Signal.at, Signal.about, Signal.values.label("values_"),
    )
    .outerjoin(Staff, Staff.id == Alert.claimed_by)
    .outerjoin(Signal, Signal.alert_id == Alert.id)
    .where(Alert.person_id.in_(IDS), awake())
    .order_by(Alert.id, Signal.id)
)  # fmt: skip
"""One row per signal; columns, not entities, since fifty people can have hundreds of signals."""
CONTACTS = (
    select(Contact.person_id, Contact.code, Contact.at)
    .where(Contact.person_id.in_(IDS))
    .order_by(Contact.at.desc(), Contact.id.desc())
)


def _alerts(session, view, people) -> tuple[dict[int, list[Open]], dict[int, list[Reason]], list[int]]:
    """The unclosed alerts of some people, most urgent first, their signals, and the texts these are unsure of."""
    alerts: dict[int, dict[int, Open]] = defaultdict(dict)
    reasons: dict[int, list[Reason]] = defaultdict(list)
    unsure: list[int] = []
    for row in session.execute(OPEN_ALERTS, view.values | {"ids": list(people)}):
        own = alerts[row.person_id]
        if row.id not in own:
            own[row.id] = _open(row)
        if row.code:
            reader = why.Reader(view.now, view.staff.institution.zone, row.deadline_at)
            fact = why.Fact(row.code, row.signal_level, row.at, row.values_)
            settled = why.is_settled(row.family, row.at, people[row.person_id].heard_at)
            reasons[row.person_id].append(signal_reason(fact, reader, row.ref, _listing(row), settled))
            unsure += why.message_of(row)
    most_urgent = {
        person_id: sorted(found.values(), key=lambda one: (one.answered, why.RANK[one.level], one.opened_at))
        for person_id, found in alerts.items()
    }
    return defaultdict(list, most_urgent), reasons, unsure


def _open(row) -> Open:
    return Open(
        ref=row.ref, family=row.family, level=row.level, state=row.state, opened_at=row.opened_at,
        deadline_at=row.deadline_at, answered=_listing(row) is Listing.ANSWERED, claimed_by=row.claimed_by,
        holder=row.holder,
    )  # fmt: skip


def _listing(alert) -> Listing:
    waits = alert.answered_at and alert.family in ENDED_BY_AN_ANSWER
    return Listing.ANSWERED if waits else OF_FAMILY[alert.family]


def _tried(session, ids, alerts) -> dict[int, Tried]:
    """What was last tried for each person, and how often since their oldest unclosed alert."""
    rows = session.execute(CONTACTS, {"ids": ids})
    found: dict[int, Tried] = {}
    for row in rows:
        since = min((one.opened_at for one in alerts[row.person_id]), default=None)
        counts = since is not None and row.at >= since
        if row.person_id not in found:
            found[row.person_id] = Tried(row.code, row.at, int(counts))
        elif counts:
            found[row.person_id] = found[row.person_id].once_more()
    return found
