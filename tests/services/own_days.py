"""An institution's own days, said and taken back as by its staff, and how they then stand."""

from datetime import UTC, date, datetime

from companion.models import Institution, Staff
from companion.rules.own_days import Statement
from companion.rules.terms import DayKind
from companion.services import calendars, institutions
from tests.engine.scene import HOUR
from tests.services.at_the_gate import MONDAY

TODAY = date(2026, 11, 23)


def day_off(on=TODAY, name="Hari berkabung", **more) -> Statement:
    said = {"kind": DayKind.ADDED, "about": calendars.about_own(on, name, None), "date": on, "name": name}
    return Statement(**said | {"no_texts": True, "source": "Surat bupati"} | more)


def say(scene, said, by=None, at=MONDAY):
    """Let a member of staff say something about a day; gives the fault."""
    with scene.database.write() as session:
        staff = session.get_one(Staff, by or scene.people.ratna)
        return calendars.say(session, at, staff, said)


def take_back(scene, ref, by=None, at=MONDAY) -> bool:
    with scene.database.write() as session:
        return calendars.take_back(session, at, session.get_one(Staff, by or scene.people.ratna), ref)


def standing(scene, institution_id=None):
    with scene.database.read() as session:
        return calendars.standing(session, institution_id or scene.people.melati)


def calendar(database, institution_id):
    with database.read() as session:
        return institutions.calendar(session.get_one(Institution, institution_id))


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """On the clock of Jakarta."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - 7 * HOUR


def version(database, institution_id):
    with database.read() as session:
        return session.get_one(Institution, institution_id).calendar_version
