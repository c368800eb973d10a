"""What is due for people beside alerts, and which of their phones somebody else has too: one statement."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy import Integer, String, and_, bindparam, cast, exists, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from companion.db import UtcDateTime
from companion.models import Contact, FamilyMember, Gap, GapCall, Message, Phone, Task
from companion.rules.states import MessageState
from companion.rules.terms import TaskKind
from companion.services.caseload_lists import Scope, due_tasks
from companion.services.caseload_words import Reason, gap_reason, task_reason


@dataclass
class Facts:
    """What is known of some people beside alerts, by person: reasons, texts to decide about, phones others have."""

    reasons: dict[int, list[Reason]] = field(default_factory=lambda: defaultdict(list))
    decide: dict[int, list[tuple[str, datetime]]] = field(default_factory=lambda: defaultdict(list))
    held: set[int] = field(default_factory=set)


def facts_of(session: Session, view: Scope, ids: list[int], unsure: list[int]) -> Facts:
    """Read what is due beside alerts; one statement. `unsure` are texts whose fate an alert is about."""
    found = Facts()
    for row in session.execute(_facts(), view.values | {"ids": ids, "unsure": unsure}):
        if row.kind == "message":
            found.decide[row.person_id].append((row.ref, row.at))
        elif row.kind == "held":
            found.held.add(row.day)
        else:
            found.reasons[row.person_id].append(_fact_reason(row, view))
    return found


NO_TIME, NO_TEXT, NO_NUMBER = cast(null(), UtcDateTime), cast(null(), String), cast(null(), Integer)
"""Columns of a union must be of one type on PostgreSQL, also where they are empty."""


@cache
def _facts():
    """Tasks with the call that set them, calls after a gap, texts to decide about, phones that others have too."""
    ids = bindparam("ids", expanding=True, type_=Integer())
    others = aliased(Phone)
    held = or_(
        exists().where(others.number_id == Phone.number_id, others.person_id != Phone.person_id),
        exists().where(FamilyMember.number_id == Phone.number_id, FamilyMember.ended_at.is_(None)),
    )
    return union_all(
        _row(Task.person_id, "task", Task.ref, Task.due_at, what=Task.kind, day=Task.day, code=Contact.code)
        .outerjoin(Contact, and_(Task.kind == TaskKind.FOLLOW_UP, Contact.id == Task.day))
        .where(due_tasks(), Task.person_id.in_(ids)),
        _row(GapCall.person_id, "gap", at=Gap.began_at, until=Gap.ended_at, code=GapCall.why)
        .join(Gap, Gap.id == GapCall.gap_id)
        .where(GapCall.done_at.is_(None), GapCall.person_id.in_(ids)),
        _row(Message.person_id, "message", Message.ref, Message.last_attempt_at).where(
            Message.id.in_(bindparam("unsure", expanding=True, type_=Integer())),
            Message.state == MessageState.UNSURE,
        ),
        _row(Phone.person_id, "held", day=Phone.id).where(Phone.person_id.in_(ids), held),
    )


def _row(
    person_id, kind: str, ref=NO_TEXT, at=NO_TIME, *, until=NO_TIME, what=NO_TEXT, day=NO_NUMBER, code=NO_TEXT
):
    return select(
        person_id.label("person_id"), literal(kind).label("kind"), ref.label("ref"), at.label("at"),
        until.label("until"), cast(what, String).label("what"), day.label("day"), code.label("code"),
    )  # fmt: skip


def _fact_reason(fact, view: Scope) -> Reason:
    zone = view.staff.institution.zone
    if fact.kind == "task":
        return task_reason(fact, view.now, view.today, zone)
    return gap_reason(fact, view.now, zone)
