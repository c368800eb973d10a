"""What is due for people beside alerts, and which of their phones somebody else has too: one statement."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, exists, literal, null, or_, select, type_coerce, union_all
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
    for row in session.execute(_facts(view, ids, unsure)):
        if row.kind == "message":
            found.decide[row.person_id].append((row.ref, row.at))
        elif row.kind == "held":
            found.held.add(row.day)
        else:
            found.reasons[row.person_id].append(_fact_reason(row, view))
    return found


def _facts(view: Scope, ids: list[int], unsure: list[int]):
    """Tasks with the call that set them, calls after a gap, texts to decide about, phones that others have too."""
    nothing = null()
    tasks = (
        select(
            Task.person_id, literal("task").label("kind"), Task.ref.label("ref"), Task.due_at.label("at"),
            type_coerce(nothing, UtcDateTime).label("until"), Task.kind.label("what"), Task.day.label("day"),
            Contact.code.label("code"),
        )
        .outerjoin(Contact, and_(Task.kind == TaskKind.FOLLOW_UP, Contact.id == Task.day))
        .where(*due_tasks(view), Task.person_id.in_(ids))
    )  # fmt: skip
    columns = (literal("gap"), literal(""), Gap.began_at, Gap.ended_at, nothing, nothing, GapCall.why)
    calls = (
        select(GapCall.person_id, *columns)
        .join(Gap, Gap.id == GapCall.gap_id)
        .where(GapCall.done_at.is_(None), GapCall.person_id.in_(ids))
    )
    columns = (literal("message"), Message.ref, Message.last_attempt_at, nothing, nothing, nothing, nothing)
    texts = select(Message.person_id, *columns).where(
        Message.id.in_(unsure), Message.state == MessageState.UNSURE
    )
    others = aliased(Phone)
    held = or_(
        exists().where(others.number_id == Phone.number_id, others.person_id != Phone.person_id),
        exists().where(FamilyMember.number_id == Phone.number_id, FamilyMember.ended_at.is_(None)),
    )
    columns = (literal("held"), literal(""), nothing, nothing, nothing, Phone.id, nothing)
    phones = select(Phone.person_id, *columns).where(Phone.person_id.in_(ids), held)
    return union_all(tasks, calls, texts, phones)


def _fact_reason(fact, view: Scope) -> Reason:
    zone = view.staff.institution.zone
    if fact.kind == "task":
        return task_reason(fact, view.now, view.today, zone)
    return gap_reason(fact, view.now, zone)
