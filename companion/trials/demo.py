"""Demo data: an institution, four staff, forty graduates with two weeks lived through the real engine, two families.

Every name is made up. The history is not written, it is lived: texts leave through the carrier of this
installation (the simulated phones), people answer by their habits, caseworkers note their calls.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from companion.engine import settle
from companion.engine.house import House
from companion.engine.walk import walk
from companion.models import Alert, Institution, Link, Message, Person, Slot, Staff, Task, Window
from companion.rules.provinces import find
from companion.rules.results import Code
from companion.rules.states import AlertState, Level, SlotState
from companion.rules.terms import ConsentPurpose, Opioid, PhoneKind, Role, TaskState
from companion.services import answers, contacts, family, importing, passwords, windows
from companion.services.copies import TO_ERASE
from companion.trials import demo_places
from companion.trials.demo_people import DEAD_NUMBER, HOUSEHOLDS, PEOPLE, REPLY_CHANCE
from companion.trials.demo_places import PASSWORD

__all__ = ["DEAD_NUMBER", "PASSWORD", "PIN", "fill"]

PIN = "246810"
DAYS = 14
STEP = timedelta(minutes=30)
CALLS_AT = time(15)


@dataclass
class Life:
    """What the simulated people still mean to do: answers by the instant at which they come."""

    house: House
    dice: random.Random
    habits: dict[int, str]
    first_days: dict[int, date]
    coming: list[tuple[datetime, int]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)


def fill(house: House, now: datetime, seed: int = 1) -> None:
    """Live the two weeks before `now` and leave the house as it stands then."""
    begin = now - timedelta(days=DAYS)
    life = Life(house, random.Random(seed), {}, {})  # noqa: S311 - habits, not secrets
    with house.database.write() as session:
        demo_places.found(session, begin)
    waiting = [line.split("|") for line in PEOPLE.strip().splitlines()]
    day = begin
    while day < now:
        waiting = _enrol_those_out(life, waiting, day, now)
        calls = _next_calls(day)
        walk(
            house, min(calls, now), step=STEP, after=lambda at, _r: _live(life, at),
            also=lambda: min((moment for moment, _slot in life.coming), default=None),
        )  # fmt: skip
        if calls + timedelta(days=1) < now:
            _caseworkers_call(life, calls)
        day = calls
    _erase_copies(house, now)
    with house.database.write() as session:
        demo_places.found_neighbours(session, now)


def _erase_copies(house: House, now: datetime) -> None:
    """The days went by faster than the simulated carrier delivers, and what is under way there cannot be deleted yet."""
    with house.database.write() as session:
        waiting = Message.state.in_(TO_ERASE), Message.erased_at.is_(None), Message.look_at.is_not(None)
        session.execute(update(Message).where(*waiting).values(look_at=now))
    while settle.settle_due(house, now)["tried"]:
        pass  # a round ends after some seconds


def _next_calls(after: datetime) -> datetime:
    """The next afternoon on which calls are written down; not the hour at which somebody starts the demonstration."""
    local = after.astimezone(ZoneInfo("Asia/Jakarta"))
    calls = datetime.combine(local.date(), CALLS_AT, local.tzinfo)
    return (calls if calls > local else calls + timedelta(days=1)).astimezone(UTC)


def _enrol_those_out(life: Life, waiting, day: datetime, now: datetime):
    """Whoever has left by this day is enrolled; the others wait for theirs."""
    later = []
    with life.house.database.write() as session:
        institution = session.scalars(select(Institution)).first()
        workers = session.scalars(
            select(Staff.id).where(Staff.role == Role.CASEWORKER).order_by(Staff.id)
        ).all()
        for line in waiting:
            left_on = (now - timedelta(days=int(line[2]))).date()
            if left_on > day.date():
                later.append(line)
                continue
            position = len(life.habits)
            person = _enrol(session, institution, line, left_on, position, workers[position % 2], day)
            life.habits[person.id] = line[4]
            life.first_days[person.id] = left_on
    return later


def _enrol(session, institution, line, left_on, position, caseworker_id, at) -> Person:
    name, place, _days, kind, _habit = line
    province = find(place)
    number = [one.split("|")[0] for one in PEOPLE.strip().splitlines()].index(name)
    newcomer = SimpleNamespace(
        name=name, called=name.split()[0], sex=None, born_on=date(1985 + position % 18, 1 + position % 12, 5),
        e164=f"+62812345600{number:02d}", second_e164=None, zone=province.zone, province=province.code,
        left_on=left_on, guardian_name=None, relation=None, family_e164=None, family_consent=False,
        preferred_hour=("09:00", "10:00", "13:00", "16:00")[position % 4],
        opioid=Opioid.YES if position % 9 == 0 else Opioid.NO, phone_kind=PhoneKind(kind),
    )  # fmt: skip
    proofs = {ConsentPurpose.FOLLOW_UP: f"Berkas pulang {100 + position}"}
    households = {graduate: (member, relation) for graduate, member, relation in HOUSEHOLDS}
    if name in households:
        proofs[ConsentPurpose.FAMILY] = f"Berkas pulang {100 + position}"
    person = importing.bring_in(
        session, at, institution, newcomer, caseworker_id=caseworker_id, staff_id=None, proofs=proofs
    ).person
    if name in households:
        member, relation = households[name]
        family.invite(
            session, at, person, name=member, relation=relation, e164=f"+62812345699{position:02d}",
            language="id", pin_hash=passwords.hash(PIN), staff_id=caseworker_id,
        )  # fmt: skip
    return person


def _live(life: Life, at: datetime) -> None:
    """People who were asked make up their minds; those whose moment has come answer."""
    with life.house.database.read() as session:
        rows = session.execute(
            select(Slot.id, Slot.person_id, Slot.asked_at).where(
                Slot.state == SlotState.OPEN, Slot.asked_at.is_not(None)
            )
        ).all()
    for row in rows:
        habit = life.habits.get(row.person_id)
        if row.id in life.asked or habit is None:
            continue
        life.asked.add(row.id)
        if life.dice.random() < REPLY_CHANCE[habit]:
            wait = timedelta(hours=55) if habit == "late" else timedelta(minutes=life.dice.randint(4, 900))
            life.coming.append((row.asked_at + wait, row.id))
    due = sorted(one for one in life.coming if one[0] <= at)
    life.coming = [one for one in life.coming if one[0] > at]
    for moment, slot_id in due:
        _answer(life, slot_id, max(moment, at))


def _answer(life: Life, slot_id: int, at: datetime) -> None:
    with life.house.database.write() as session:
        token, person_id = session.execute(
            select(Link.token, Link.person_id).where(Link.slot_id == slot_id)
        ).one()
        door = answers.look(session, token, at)
        said = _says(life, life.habits[person_id], (at.date() - life.first_days[person_id]).days)
        answers.receive(session, door, said, at)


def _says(life: Life, habit: str, day: int) -> dict:
    """One answer as this habit gives it; the last days of the history are where things get hard."""
    dice = life.dice
    calm = {
        "mood": dice.choice([4, 4, 5, 3]), "urge": dice.choice([0, 1, 1, 2, 3]),
        "confidence": dice.choice([7, 8, 8, 9]), "situation": dice.choice(["no", "no", "past"]),
        "sleep": dice.choice([4, 3, 3]), "use": "no", "contact": "no",
    }  # fmt: skip
    if habit == "brief":
        return {"mood": dice.choice([3, 4]), "sleep": dice.choice([3, 3, 2]), "contact": "no"}
    if habit == "talker":
        return calm | {"contact": dice.choice(["week", "no"]), "mood": 3}
    if habit == "worsening" and day > 20:
        return calm | {
            "mood": 2,
            "urge": 8,
            "confidence": 2,
            "situation": "coming",
            "situation_kind": ["uang"],
        }
    if habit == "worsening":
        return calm | {"mood": 3, "urge": dice.choice([3, 4, 6]), "confidence": dice.choice([7, 5])}
    if habit == "honest" and day > 1:
        return calm | {"mood": 2, "urge": 5, "confidence": 6, "use": "yes", "contact": "week"}
    if habit == "fading" and dice.random() < 0.5:
        return {"here": True}
    return calm


def _caseworkers_call(life: Life, at: datetime) -> None:
    """At the end of a working day each caseworker has written down a few calls."""
    local = at.astimezone(ZoneInfo("Asia/Jakarta"))
    if local.weekday() >= 5:
        return
    with life.house.database.write() as session:
        staff = session.scalars(select(Staff).where(Staff.role == Role.CASEWORKER)).all()
        for worker in staff:
            called = set()
            for person in session.scalars(_contacts_due(worker, at)).all():
                if life.dice.random() < 0.85:
                    _note(session, worker, person, Code.SPOKE_WELL, at)
                    called.add(person.id)
            for person in session.scalars(_worst_first(worker)).all():
                code = life.dice.choice([Code.SPOKE_WELL, Code.SPOKE_WELL, Code.SPOKE_CARE, Code.NO_ANSWER])
                if person.id not in called:
                    _note(session, worker, person, code, at)


def _contacts_due(worker: Staff, at: datetime):
    """Staff contacts of the plan that are due; the last day's are left for whoever looks at the demo."""
    return (
        select(Person)
        .join(Task, Task.person_id == Person.id)
        .where(Person.caseworker_id == worker.id, Task.state == TaskState.PLANNED, Task.due_at <= at)
        .distinct()
    )


def _worst_first(worker: Staff):
    return (
        select(Person)
        .join(Alert, Alert.person_id == Person.id)
        .join(Window, Window.id == Alert.window_id)
        .where(Person.caseworker_id == worker.id, Alert.state == AlertState.OPEN, Alert.level != Level.NONE)
        .order_by(Alert.deadline_at)
        .limit(2)
    )


def _note(session, worker, person, code, at) -> None:
    window = windows.current(session, person.id)
    entry = contacts.Entry(code=code, once=f"demo-{person.id}-{at:%Y%m%d}")
    here = contacts.setting(session, at, worker, person, window, entry)
    contacts.note(session, here, entry)
