"""What is promised to Budi, counted in rows before and after an act (issue 3, plans; failures 27).

Budi left on 20 November and was enrolled on the 23rd: twenty check-ins were promised. On 10 December, his day 20, five
have been answered and fifteen lie ahead.
"""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from companion.models import Message, Person, Slot, Staff, Task, Window
from companion.rules.results import WindowOutcome
from companion.rules.states import SlotState
from companion.rules.terms import PersonStatus, TaskKind, TaskState
from companion.services import changes, closing, enrol, pauses

DAY_20 = datetime(2026, 12, 10, 3, 0, tzinfo=UTC)
"""A Thursday, 10.00 in Jakarta."""
JAYAPURA = "Asia/Jayapura"
NEW = "0813 5555 0001"


def lived_on(scene):
    """The scene on day 20, lived so far by a person who answers everything."""
    spend(scene, DAY_20)
    scene.clock.at = DAY_20
    return scene


def spend(scene, until):
    """Everything that fell due before then was answered."""
    for slot in scene.slots(scene.people.budi):
        if slot.due_at < until and slot.state is SlotState.PLANNED:
            scene.change(
                Slot, slot.id, state=SlotState.ANSWERED, asked_at=slot.due_at, answered_at=slot.due_at, look_at=None
            )  # fmt: skip
    with scene.database.write() as session:
        session.execute(
            Task.__table__.update()
            .where(Task.person_id == scene.people.budi, Task.kind == TaskKind.PLAN, Task.due_at < until)
            .where(Task.state == TaskState.PLANNED)
            .values(state=TaskState.DONE)
        )
        session.execute(Window.__table__.update().values(heard_at=until))


def rows(scene):
    """How many slots, texts and staff contacts of Budi's there are in each state."""
    found = Counter()
    with scene.database.read() as session:
        for name, model in (("slot", Slot), ("text", Message), ("task", Task)):
            states = session.scalars(
                select(model.state).where(model.person_id == scene.people.budi, *made(model))
            )
            found.update(f"{name} {state.value}" for state in states)
    return dict(found)


def made(model):
    """Contacts that enrolment planned before consent was recorded are another story."""
    return (model.generation > 0,) if model is Task else ()


AT_FIRST = {"slot answered": 5, "slot planned": 15, "task done": 3, "task planned": 4}


def act(scene, what, *given, at=DAY_20, **named):
    """One act of Sari's on Budi's window, in one transaction."""
    with scene.database.write() as session:
        staff = session.get_one(Staff, scene.people.sari)
        person = session.get_one(Person, scene.people.budi)
        window = session.scalars(
            select(Window).where(Window.person_id == person.id).order_by(Window.id.desc())
        ).first()
        around = (window,) if what in WITH_WINDOW else ()
        return what(session, at, staff, person, *around, *given, **named)


WITH_WINDOW = (changes.set_hour, changes.set_place, changes.set_days, pauses.begin, pauses.end)


def planned_days(scene):
    with scene.database.read() as session:
        zone = session.get_one(Person, scene.people.budi).zone
    return [
        (slot.due_at.astimezone(ZoneInfo(zone)).date() - date(2026, 11, 20)).days
        for slot in scene.slots(scene.people.budi)
        if slot.state is SlotState.PLANNED
    ]


def contacts(scene):
    with scene.database.read() as session:
        query = select(Task.day).where(Task.person_id == scene.people.budi, Task.state == TaskState.PLANNED)
        return list(session.scalars(query.order_by(Task.due_at)))


def ahead(scene):
    return [slot for slot in scene.slots(scene.people.budi) if slot.state is SlotState.PLANNED]


def close(scene, outcome=WindowOutcome.STABLE, at=DAY_20):
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        window = session.scalars(select(Window).where(Window.person_id == person.id)).one()
        return closing.close_window(
            session, at, person, window, session.get_one(Staff, scene.people.ratna), outcome
        )


def died(session, scene):
    person = session.get_one(Person, scene.people.budi)
    enrol.end_follow_up(session, DAY_20, person, PersonStatus.DIED, staff_id=scene.people.sari)


def withdrawn(session, scene):
    person = session.get_one(Person, scene.people.budi)
    enrol.withdraw_consent(session, DAY_20, person, "follow_up")
