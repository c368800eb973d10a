"""Tasks around a contact: what it settles, and the next date it leaves behind (texts 4)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from companion.models import Contact, Task
from companion.rules.results import RESULTS, Code, Result
from companion.rules.terms import TaskKind, TaskState
from companion.services.prepared import Prepared


def follow(session: Session, here, entry, contact: Contact) -> None:
    """What was due is done; the next date becomes a task, unless it is a contact of the plan or a supervisor's.

    Any contact replaces the next dates of earlier ones but for appointments still ahead; only a conversation is the
    contact that the plan asked for.
    """
    result = RESULTS[entry.code]
    zone = ZoneInfo(here.facts.hours.zone)
    today = datetime.combine(here.now.astimezone(zone).date(), time.min, zone)
    if done := _done_by(session, here, result, today + timedelta(days=1)):
        session.execute(
            update(Task)
            .where(Task.id.in_(done))
            .values(state=TaskState.DONE, done_at=here.now)
            .execution_options(synchronize_session=False)
        )
    due_at = entry.at if entry.code is Code.AGREED else contact.next_at
    if due_at is None or result.for_supervisor or due_at == here.facts.plan_next:
        return
    session.add(
        Task(
            institution_id=here.person.institution_id, person_id=here.person.id, window_id=here.window.id,
            generation=here.window.generation, kind=TaskKind.FOLLOW_UP, day=contact.id, due_at=due_at,
        )
    )  # fmt: skip


def _done_by(session, here, result: Result, tomorrow: datetime) -> list[int]:
    done = []
    for row in _PLANNED.ask(session, window=here.window.id):
        ahead_together = row.code == Code.AGREED and row.due_at > here.now
        if row.kind is TaskKind.FOLLOW_UP and not ahead_together:
            done.append(row.id)
        if row.kind is TaskKind.PLAN and result.heard and row.due_at < tomorrow:
            done.append(row.id)
    return done


_PLANNED = Prepared(
    lambda _: (
        select(Task.id, Task.kind, Task.due_at, Contact.code)
        .outerjoin(Contact, (Task.kind == TaskKind.FOLLOW_UP) & (Contact.id == Task.day))
        .where(Task.window_id == bindparam("window"), Task.state == TaskState.PLANNED)
    )
)
