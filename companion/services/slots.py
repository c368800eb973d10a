"""Promised check-ins: make a generation of them, take them back, pause and resume (design 3, 4.1, 4.5)."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import locked, rows_changed
from companion.models import Institution, Person, Slot, Task, Transfer, Window
from companion.rules import plan as plans
from companion.rules.plan import closes_at
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import TaskKind, TaskState
from companion.services import consents, institutions, verifying, windows

PROMISED = (SlotState.PLANNED, SlotState.OPEN)
ASKED = (SlotState.OPEN, SlotState.ANSWERED, SlotState.ANSWERED_LATE, SlotState.MISSED)


def new_generation(session: Session, now: datetime, window: Window) -> int:
    """Replace what is still promised to a person by a plan made afresh; says how many slots lie ahead.

    An open slot stays: it was asked, and its answer is welcome until the next one falls due; nobody is asked
    twice on one day. One that has fallen due is the tick's to open. Safe in one transaction: old promises go and
    new ones come together (failures 27). Whether the person may be asked at all is the caller's to know
    (`consents.may_be_asked`).
    """
    hold(session, window.id)
    was = window.generation
    won = rows_changed(
        session,
        update(Window).where(Window.id == window.id, Window.generation == was).values(generation=was + 1),
    )
    if not won:
        return 0
    session.refresh(window)
    person = session.get_one(Person, window.person_id)
    _cancel(session, window.id, (SlotState.PLANNED,), "new_generation", Slot.due_at > now)
    made = _insert_slots(session, now, window, person)
    if made:
        verifying.make_sure(session, now, person.id)
    renew_tasks(session, now, window)
    windows.heard_clock(session, now, window, person.zone)
    return made


def hold(session: Session, *window_ids: int) -> None:
    """Lock what is still promised in windows, before the windows themselves are changed.

    An answer takes its slot first and the window after it; two orders could lock each other out.
    """
    promised = select(Slot.id).where(Slot.window_id.in_(window_ids), Slot.state.in_(PROMISED))
    session.execute(promised.order_by(Slot.window_id, Slot.id).with_for_update())


def _insert_slots(session, now, window, person) -> int:
    hour = time.fromisoformat(person.preferred_hour) if person.preferred_hour else None
    planned = plans.slots(windows.settings_of(window), window.left_on, person.zone, hour, person.ref)
    asked_on = _days_asked(session, now, window, person.zone)
    resting = window.paused_until if window.state is WindowState.PAUSED else now
    rows = []
    for this, after in zip(planned, [*planned[1:], None], strict=True):
        if this.due_at <= now or this.due_at < resting or this.due_at >= window.ends_at:
            continue
        if this.due_at.astimezone(ZoneInfo(person.zone)).date() in asked_on:
            continue
        rows.append(
            {
                "ref": crypto.token(), "institution_id": window.institution_id, "person_id": person.id,
                "window_id": window.id, "generation": window.generation, "seq": this.seq,
                "due_at": this.due_at, "give_up_at": plans.give_up_at(this.due_at),
                "closes_at": closes_at(this.due_at, after.due_at if after else None),
                "state": SlotState.PLANNED, "look_at": this.due_at,
            }
        )  # fmt: skip
    if rows:
        session.execute(Slot.__table__.insert(), rows)
        _close_before(session, window.id, rows[0]["due_at"])
    return len(rows)


def _days_asked(session, now, window, zone) -> set:
    """The local days on which this person has been asked already, or is to be asked by the next tick.

    Also by an institution from which they were just taken over: it was the same phone that rang.
    """
    asked = Slot.state.in_(ASKED) | ((Slot.state == SlotState.PLANNED) & (Slot.due_at <= now))
    before = session.scalars(
        select(Transfer.window_id).where(Transfer.to_person_id == window.person_id)
    ).all()
    dues = session.scalars(select(Slot.due_at).where(Slot.window_id.in_([window.id, *before]), asked))
    return {due_at.astimezone(ZoneInfo(zone)).date() for due_at in dues}


def _close_before(session, window_id, next_due_at) -> None:
    """What was asked by the last generation ends where the first one of this falls due (design 4.1, closes_at)."""

    def earlier(column):
        return case((column > next_due_at, next_due_at), else_=column)

    session.execute(
        update(Slot)
        .where(Slot.window_id == window_id, Slot.state.in_(PROMISED), Slot.closes_at > next_due_at)
        .where(Slot.due_at < next_due_at)
        .values(closes_at=next_due_at, miss_at=earlier(Slot.miss_at), look_at=earlier(Slot.look_at))
        .execution_options(synchronize_session=False)
    )


def plan_tasks(session: Session, now: datetime, window: Window) -> None:
    """The staff contacts of the plan that still lie ahead, at the opening of their working day.

    They are made at enrolment, consent to texts or not: a call is care, not a text.
    """
    settings = windows.settings_of(window)
    institution = session.get_one(Institution, window.institution_id)
    hours, zone = institutions.staff_hours(institution), ZoneInfo(institution.zone)
    today, done = now.astimezone(zone).date(), _contacts_made(session, window.id)
    rows = []
    for day, date in plans.contact_dates(settings, window.left_on, hours.is_working_day):
        closing = day >= settings.window_days
        due_at = hours.next_opening(datetime.combine(date, time(), zone))
        if not closing and (date < today or day in done):
            continue
        rows.append(
            {
                "ref": crypto.token(), "institution_id": window.institution_id,
                "person_id": window.person_id, "window_id": window.id, "generation": window.generation,
                "kind": TaskKind.CLOSING if closing else TaskKind.PLAN, "day": day, "due_at": due_at,
                "state": TaskState.PLANNED,
            }
        )  # fmt: skip
    if rows:
        session.execute(Task.__table__.insert(), rows)


def _contacts_made(session, window_id) -> set[int]:
    """The days of the plan on which staff have spoken with the person already."""
    done = Task.kind == TaskKind.PLAN, Task.state == TaskState.DONE
    return set(session.scalars(select(Task.day).where(Task.window_id == window_id, *done)))


def renew_tasks(session: Session, now: datetime, window: Window) -> None:
    """Take back the staff contacts of the plan that are still to come, and plan them afresh.

    A contact that is overdue stays where it is: no change of a plan makes it less so. For a window whose generation
    has just changed, since a contact is promised once in each.
    """
    zone = ZoneInfo(session.get_one(Institution, window.institution_id).zone)
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    to_come = (Task.kind == TaskKind.PLAN) & (Task.due_at >= today)
    session.execute(
        update(Task)
        .where(
            Task.window_id == window.id,
            Task.state == TaskState.PLANNED,
            to_come | (Task.kind == TaskKind.CLOSING),
        )
        .values(state=TaskState.CANCELLED, done_at=now)
        .execution_options(synchronize_session=False)
    )
    plan_tasks(session, now, window)


def cancel_unasked(session: Session, window_id: int, reason: str) -> int:
    """Take back what is still to be asked; an answer to what was asked stays welcome."""
    return _cancel(session, window_id, PROMISED, reason, Slot.asked_at.is_(None))


def cancel_open(session: Session, now: datetime, window_id: int, reason: str) -> int:
    """Take back everything still promised or open: status, opt-out, end of the window."""
    return _cancel(session, window_id, PROMISED, reason)


def _cancel(session, window_id, states, reason, *which) -> int:
    return rows_changed(
        session,
        update(Slot)
        .where(Slot.window_id == window_id, Slot.state.in_(states), *which)
        .values(state=SlotState.CANCELLED, reason=reason, look_at=None),
    )


def cancel_tasks(session: Session, now: datetime, window_id: int) -> int:
    """Nothing more is to be done by staff for this window."""
    return rows_changed(
        session,
        update(Task)
        .where(Task.window_id == window_id, Task.state == TaskState.PLANNED)
        .values(state=TaskState.CANCELLED, done_at=now),
    )


def hold_due(session: Session, now: datetime) -> None:
    """Lock what fell due in all windows and has not ended, before it is read and much of it is moved."""
    due = select(Slot.id).where(Slot.state.in_(PROMISED), Slot.due_at <= now, Slot.look_at.is_not(None))
    session.execute(locked(session, due.order_by(Slot.window_id, Slot.id), skip_locked=False, key_share=True))


def pause(session: Session, now: datetime, window: Window, until: datetime, reason: str) -> bool:
    """Stop asking for a while. What lies inside the pause is excused; help stays open, the clock stands.

    The texts about it are services/pauses.
    """
    hold(session, window.id)
    won = rows_changed(
        session,
        update(Window)
        .where(Window.id == window.id, Window.state != WindowState.CLOSED)
        .values(state=WindowState.PAUSED, paused_until=until, pause_reason=reason, look_at=until),
    )
    if not won:
        return False
    session.execute(
        update(Slot)
        .where(Slot.window_id == window.id, Slot.state.in_(PROMISED), Slot.due_at < until)
        .values(state=SlotState.EXCUSED, reason="pause", look_at=None)
        .execution_options(synchronize_session=False)
    )
    session.refresh(window)
    return True


def resume(session: Session, now: datetime, window: Window) -> bool:
    """End a pause, early or on its day: whoever may be asked is promised a new generation, and the clock starts afresh."""
    hold(session, window.id)
    won = rows_changed(
        session,
        update(Window)
        .where(Window.id == window.id, Window.state == WindowState.PAUSED)
        .values(state=WindowState.ACTIVE, paused_until=now, pause_reason=None),
    )
    if not won:
        return False
    session.refresh(window)
    person = session.get_one(Person, window.person_id)
    windows.heard_clock(session, now, window, person.zone)
    if consents.may_be_asked(session, person, now):
        new_generation(session, now, window)
    return True
