"""What an institution keeps how long, what is due, and what was deleted when (design 2.12, texts 7)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion.db import insert_ignore
from companion.models import Alert, Answer, Deletion, ImportDraft, Institution, RetentionRule, Staff, Window
from companion.rules.retention import SETTABLE, Kept, fault
from companion.rules.states import WindowState
from companion.services import audit, forgetting

AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """One kind of data as it stands: for how long, why longer, how much is due soon, what was deleted last."""

    kind: Kept
    days: int | None
    """None: not counted in days, or not the institution's to decide."""
    reason: str | None = field(default=None, repr=False)
    due: int = 0
    last_day: date | None = None
    last_n: int = 0


def in_force(session: Session, institution_id: int) -> dict[Kept, RetentionRule]:
    """The newest rule of each kind that this institution has ever set."""
    newest = (
        select(func.max(RetentionRule.id))
        .where(RetentionRule.institution_id == institution_id)
        .group_by(RetentionRule.kind)
    )
    rules = session.scalars(select(RetentionRule).where(RetentionRule.id.in_(newest)))
    return {rule.kind: rule for rule in rules}


def days(session: Session, institution_id: int) -> dict[Kept, int]:
    """How many days each kind is kept here: what was set, else the default."""
    rules = in_force(session, institution_id)
    return {kind: rules[kind].days if kind in rules else limits.default for kind, limits in SETTABLE.items()}


def change(
    session: Session, now: datetime, staff: Staff, wanted: dict[Kept, int | None], reason: str
) -> dict[Kept, str]:
    """Store what differs from what holds. Gives why not, by kind, as `rules.retention.fault` does; then nothing is stored."""
    held = days(session, staff.institution_id)
    then = held | {kind: n for kind, n in wanted.items() if n is not None}
    new = {kind: n for kind, n in wanted.items() if n != held[kind]}
    if faults := {kind: why for kind, n in new.items() if (why := fault(kind, n, reason, then))}:
        return faults
    for kind, n in new.items():
        longer = n > SETTABLE[kind].default
        session.add(
            RetentionRule(
                institution_id=staff.institution_id, kind=kind, days=n, set_by=staff.id, set_at=now,
                reason=reason.strip() if longer else None,
            )
        )  # fmt: skip
        audit.note(
            session, now, f"retention_set:{kind}", actor="staff", staff_id=staff.id,
            institution_id=staff.institution_id,
        )  # fmt: skip
    session.flush()
    return {}


def written_down(session: Session, institution_id: int, kind: Kept, day: date, n: int) -> None:
    """Add to the book of what was deleted, in the transaction that deletes it."""
    if not n:
        return
    table = Deletion.__table__
    row = {"institution_id": institution_id, "kind": kind, "day": day, "n": 0}
    insert_ignore(session, table, [row], index_elements=["institution_id", "kind", "day"])
    session.execute(
        update(table)
        .where(table.c.institution_id == institution_id, table.c.kind == kind, table.c.day == day)
        .values(n=table.c.n + n)
    )


def lines(session: Session, now: datetime, institution: Institution) -> list[Line]:
    """Every kind in the order in which it goes; four statements, whatever the caseload."""
    rules, held = in_force(session, institution.id), days(session, institution.id)
    due, last = _due(session, now, institution.id, held), _last(session, institution.id)
    return [
        Line(
            kind, held.get(kind), rules[kind].reason if kind in rules else None, due[kind],
            *last.get(kind, (None, 0)),
        )
        for kind in Kept
    ]  # fmt: skip


def _due(session, now: datetime, institution_id: int, held: dict[Kept, int]) -> Counter:
    """How much goes in the next thirty days: answers for `sixth`, sheets, alerts, and otherwise people."""
    by = {kind: now + AHEAD - timedelta(days=n) for kind, n in held.items()}

    def ended(gone_at, until):
        return select(func.count(func.distinct(Window.person_id))).where(
            Window.institution_id == institution_id, forgetting.CLOSED, gone_at.is_(None), Window.closed_at <= until
        )  # fmt: skip

    counts = {
        Kept.LINKS: ended(Window.links_gone_at, now + AHEAD),
        Kept.DRAFTS: select(func.count()).where(ImportDraft.institution_id == institution_id),
        Kept.SIXTH: select(func.count()).where(
            Answer.institution_id == institution_id, forgetting.SIXTH_STANDS, Answer.at <= by[Kept.SIXTH]
        ),
        Kept.ANSWERS: ended(Window.answers_gone_at, by[Kept.ANSWERS]),
        Kept.WORRIES: select(func.count()).where(
            Alert.institution_id == institution_id, *forgetting.WORRY, Alert.closed_at <= by[Kept.WORRIES],
            Alert.signals.any(),
        ),
        Kept.RECORDS: select(func.count()).select_from(
            forgetting.closed_for(session, institution_id, by[Kept.RECORDS]).order_by(None).subquery()
        ),
    }  # fmt: skip
    row = session.execute(select(*(query.scalar_subquery() for query in counts.values()))).one()
    return Counter(dict(zip(counts, row, strict=True)))


def _last(session, institution_id: int) -> dict[Kept, tuple[date, int]]:
    newest = (
        select(Deletion.kind, func.max(Deletion.day).label("day"))
        .where(Deletion.institution_id == institution_id)
        .group_by(Deletion.kind)
        .subquery()
    )
    rows = session.execute(
        select(Deletion.kind, Deletion.day, Deletion.n)
        .join(newest, (newest.c.kind == Deletion.kind) & (newest.c.day == Deletion.day))
        .where(Deletion.institution_id == institution_id)
    )
    return {row.kind: (row.day, row.n) for row in rows}


def past_their_end(session: Session, now: datetime, institution_id: int) -> int:
    """Windows whose last day is over and that nobody has closed: nothing of theirs is deleted until somebody does."""
    return session.scalar(
        select(func.count()).where(
            Window.institution_id == institution_id, Window.state != WindowState.CLOSED, Window.ends_at <= now
        )
    )
