"""Versions of a plan: kept, never overwritten, and made once by a second click (issue 3, plans)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from companion.models import Audit, Institution, PlanVersion, Staff
from companion.rules.plan import PlanSettings
from companion.rules.terms import Role
from companion.services import plan_versions, rollouts
from tests import cast
from tests.cast import NOW, later

LATER_HOUR = PlanSettings(hour="16:00")
OTHERS = PlanSettings(hour="09:00")


@pytest.fixture
def two(database, people):
    """A second supervisor beside Ratna."""
    with database.write() as session:
        return cast.staff(session, session.get_one(Institution, people.melati), "tuti", Role.SUPERVISOR).id


def store(database, staff_id, settings, base=1, why="sesudah rapat"):
    with database.write() as session:
        return plan_versions.store(session, NOW, session.get_one(Staff, staff_id), base, settings, why)


def versions(database, people):
    with database.read() as session:
        return [(one.number, one.settings, one.made_by, one.why) for one in
                plan_versions.latest(session, people.melati)]  # fmt: skip


def test_a_version_says_who_made_it_and_why(database, people):
    assert store(database, people.ratna, LATER_HOUR) is None
    assert versions(database, people) == [
        (2, LATER_HOUR, "Ratna", "sesudah rapat"), (1, PlanSettings(), None, None)
    ]  # fmt: skip
    with database.read() as session:
        noted = session.scalars(select(Audit).where(Audit.act == "plan_changed")).one()
        assert (noted.staff_id, noted.person_id) == (people.ratna, None)


def test_why_is_not_readable_in_the_database(database, people):
    store(database, people.ratna, LATER_HOUR)
    with database.read() as session:
        raw = session.connection().exec_driver_sql("SELECT why FROM plan_version WHERE version = 2").scalar()
    assert b"rapat" not in bytes(raw)


def test_what_differs_in_nothing_is_no_new_version(database, people):
    assert store(database, people.ratna, PlanSettings()) == "same"
    assert len(versions(database, people)) == 1


def test_a_second_click_stores_nothing_and_is_no_fault(database, people):
    assert [store(database, people.ratna, LATER_HOUR) for _ in range(2)] == [None, None]
    assert [one[0] for one in versions(database, people)] == [2, 1]


def test_whoever_looked_at_an_older_version_overwrites_nobody(database, people, two):
    store(database, people.ratna, LATER_HOUR)
    assert store(database, two, OTHERS) == "overtaken"
    assert store(database, two, LATER_HOUR) == "overtaken"  # the same by chance is still somebody else's
    assert [one[1] for one in versions(database, people)] == [LATER_HOUR, PlanSettings()]
    assert store(database, two, OTHERS, base=2) is None


def test_of_two_supervisors_at_once_one_makes_the_version(database, people, two):
    meet = threading.Barrier(2)

    def race(given):
        meet.wait()
        return store(database, *given)

    with ThreadPoolExecutor(2) as pool:
        faults = list(pool.map(race, [(people.ratna, LATER_HOUR), (two, OTHERS)]))
    assert sorted(faults, key=str) == [None, "overtaken"]
    assert [one[0] for one in versions(database, people)] == [2, 1]


def test_another_institution_has_its_own(database, people):
    store(database, people.ratna, LATER_HOUR)
    with database.read() as session:
        assert session.scalars(
            select(PlanVersion.version).where(PlanVersion.institution_id == people.other)
        ).all() == [1]


def test_progress_tells_how_many_are_on_an_earlier_version(database, people):
    with database.read() as session:
        assert rollouts.progress(session, NOW, people.melati) is None
    store(database, people.ratna, LATER_HOUR)
    with database.read() as session:
        assert rollouts.progress(session, NOW, people.melati).left == 2
    with database.write() as session:
        assert rollouts.begin(session, NOW, session.get_one(Staff, people.ratna))
    with database.read() as session:
        told = rollouts.progress(session, later(hours=1), people.melati)
    assert (told.version, told.moved, told.total, told.ended_at, told.left) == (2, 0, 2, None, 2)
