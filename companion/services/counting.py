"""Weekly counts: what is left of answers and check-ins when those are deleted (design 2.12).

Kept per institution and calendar week, not per person: two answers a week, counted for one person, would be the
answers themselves.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from companion.db import insert_ignore
from companion.models import Answer, Slot, WeeklyCount
from companion.rules.retention import week_of

COUNTED = ("mood", "urge", "confidence", "situation", "situation_kind", "sleep", "contact", "here", "unsafe")
"""Not question 6: that is gone by then, and was never to be kept (design 2.12)."""


def count_answers(session: Session, institution_id: int, zone: str, answer_ids: list[int]) -> int:
    """Count these answers and delete them; gives how many. Whoever comes second finds nothing and counts nothing."""
    rows = session.execute(
        delete(Answer)
        .where(Answer.id.in_(answer_ids))
        .returning(Answer.at, Answer.proven, Answer.said)
        .execution_options(synchronize_session=False)
    ).all()
    counts: Counter = Counter()
    for row in rows:
        week = week_of(row.at, zone)
        counts[week, "answer", "proven" if row.proven else "unproven"] += 1
        counts.update((week, name, value) for name, value in _said(row.said))
    _add(session, institution_id, counts)
    return len(rows)


def _said(said: dict) -> Iterable[tuple[str, str]]:
    """Each question with what was said to it; ticks count one by one."""
    for name in COUNTED:
        value = said.get(name)
        if value is None or value is False:
            continue
        for one in value if isinstance(value, list) else [value]:
            yield name, "yes" if one is True else str(one)


def count_slots(session: Session, institution_id: int, zone: str, person_ids: list[int]) -> None:
    """Count how these people's check-ins ended, and delete them: the numbers of earlier years stay true."""
    rows = session.execute(
        delete(Slot)
        .where(Slot.person_id.in_(person_ids))
        .returning(Slot.due_at, Slot.state)
        .execution_options(synchronize_session=False)
    ).all()
    _add(
        session, institution_id, Counter((week_of(row.due_at, zone), "slot", row.state.value) for row in rows)
    )


def _add(session, institution_id: int, counts: Counter) -> None:
    """Add to what was counted before. Always in the same order, so that two processes never lock each other out."""
    if not counts:
        return
    keys = [
        {"institution_id": institution_id, "week_on": week, "what": what, "value": value}
        for week, what, value in sorted(counts)
    ]
    table = WeeklyCount.__table__
    insert_ignore(session, table, [key | {"n": 0} for key in keys])
    more = update(table).where(*(table.c[name] == bindparam(f"at_{name}") for name in keys[0]))
    given = [
        {f"at_{name}": value for name, value in key.items()} | {"more": counts[key["week_on"], key["what"], key["value"]]}
        for key in keys
    ]  # fmt: skip
    session.connection().execute(more.values(n=table.c.n + bindparam("more")), given)
