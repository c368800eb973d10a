"""A record goes two years after its last window, with everything of it, and what was counted stays true (design 2.12)."""

from sqlalchemy import func, select

from companion.db import Base
from companion.models import Audit, Number, Person, WeeklyCount, Window
from companion.rules.retention import Kept
from companion.rules.states import SlotState
from companion.services import books, numbers
from tests import cast
from tests.cast import NOW
from tests.engine.keeping import BOUNDARY, deleted, rows, said, sweep
from tests.engine.scene import BUDI, DAY


def of_person(table, person_id):
    return table.c.person_id == person_id


@BOUNDARY
def test_a_record_goes_two_years_after_its_last_window(scene, told, past, gone):
    tables = [table for table in Base.metadata.sorted_tables if "person_id" in table.c]
    assert len(tables) > 10
    sweep(scene, told[1] + 730 * DAY + past)
    with scene.database.read() as session:
        left = {
            table.name: session.scalar(select(func.count()).where(of_person(table, scene.people.budi)))
            for table in tables
        }
        others = {
            table.name: session.scalar(select(func.count()).where(of_person(table, scene.people.wati)))
            for table in tables
        }
        assert (session.get(Person, scene.people.budi) is None) == gone
    assert (not any(left.values())) == gone, left
    assert others["slot"] and others["message"] and others["window"]
    assert deleted(scene, Kept.RECORDS) == gone


def test_its_check_ins_are_counted_so_that_earlier_years_stay_true(scene, told):
    before = [slot.state for slot in scene.slots(scene.people.budi)]
    sweep(scene, told[1] + 730 * DAY)
    counted = {}
    for one in rows(scene, WeeklyCount, WeeklyCount.what == "slot"):
        counted[one.value] = counted.get(one.value, 0) + one.n
    assert counted == {state.value: before.count(state) for state in set(before)}
    assert counted[SlotState.ANSWERED] == 2
    with scene.database.read() as session:
        assert books.slots_by_state(session)["answered"] == 2, "Wati's"


def test_a_number_goes_and_what_it_said_stays(scene, told):
    number_id = scene.number_id(scene.people.budi)
    scene.write(numbers.silence, told[1], number_id, "page")
    close_again = rows(scene, Window, Window.person_id == scene.people.budi)[0].closed_at
    sweep(scene, close_again + 730 * DAY)
    [number] = rows(scene, Number, Number.id == number_id)
    assert number.e164 == "" and number.silenced_at
    again = scene.write(numbers.find_or_add, BUDI)
    assert (again.id, again.e164, bool(again.silenced_at)) == (number_id, BUDI, True)


def test_a_number_that_somebody_else_has_stays_readable(scene, told):
    number_id = scene.number_id(scene.people.budi)
    with scene.database.write() as session:
        wati = session.get(Person, scene.people.wati)
        numbers.attach(session, wati, BUDI, cast.PhoneKind.SHARED, rank=1)
    sweep(scene, told[1] + 730 * DAY)
    assert [one.e164 for one in rows(scene, Number, Number.id == number_id)] == [BUDI]


def test_whoever_came_again_keeps_their_record(scene, told):
    with scene.database.write() as session:
        window = session.scalars(select(Window).where(Window.person_id == scene.people.budi)).one()
        session.add(
            Window(
                institution_id=window.institution_id, person_id=window.person_id, left_on=window.left_on, days=120,
                plan_version_id=window.plan_version_id, ends_at=told[1] + 120 * DAY, heard_at=told[1],
            )
        )  # fmt: skip
    sweep(scene, told[1] + 800 * DAY)
    assert rows(scene, Person, Person.id == scene.people.budi)
    assert said(scene, scene.people.budi) == [], "the answers of the ended window are gone"


def test_every_way_to_a_record_is_indexed_so_that_deleting_one_walks_no_table():
    records = {"person", "window", "slot", "alert", "message", "family_member"}
    for table in Base.metadata.sorted_tables:
        led = {next(iter(one.columns)).name for one in [*table.indexes, *table.constraints] if one.columns}
        for key in table.foreign_keys:
            if key.column.table.name in records:
                assert key.parent.name in led, f"{table.name}.{key.parent.name} needs an index"


def test_what_is_written_about_nobody_goes_after_two_years_too(scene):
    with scene.database.write() as session:
        for days in (729, 730, 731):
            session.add(
                Audit(
                    institution_id=scene.people.melati,
                    actor="staff",
                    act="x",
                    at=NOW + 731 * DAY - days * DAY,
                )
            )
    sweep(scene, NOW + 731 * DAY)
    assert len(rows(scene, Audit, Audit.act == "x")) == 1
