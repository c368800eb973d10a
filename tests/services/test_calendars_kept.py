"""An institution's own days are known in every process at once, and cost no statement where nothing changed (failures 17)."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from companion.db import Database
from companion.models import Institution, Staff
from companion.services import calendars, institutions
from tests import cast
from tests.engine.scene import DAY, MINUTE
from tests.services.at_the_gate import MONDAY
from tests.services.own_days import TODAY, calendar, day_off, say, standing, take_back


@pytest.fixture
def elsewhere(scene):
    """Another process: the same database through a house of its own."""
    made = Database(scene.database.url.render_as_string(hide_password=False))
    yield made
    made.dispose()


def test_another_process_knows_of_a_change_as_soon_as_it_is_there(scene, elsewhere):
    melati = scene.people.melati
    for said, quiet in ((day_off(), True), (None, False)):
        assert calendar(elsewhere, melati).no_text_on(TODAY, None) != quiet
        if said:
            say(scene, said)
        else:
            take_back(scene, standing(scene)[0].ref)
        assert calendar(elsewhere, melati).no_text_on(TODAY, None) == quiet
        assert not calendar(elsewhere, scene.people.other).no_text_on(TODAY, None)


def test_a_change_that_was_rolled_back_is_remembered_nowhere(scene):
    melati = scene.people.melati
    with scene.database.sessions() as session:
        calendars.say(session, MONDAY, session.get_one(Staff, scene.people.ratna), day_off())
        session.flush()
        assert institutions.calendar(session.get_one(Institution, melati, populate_existing=True)).no_text_on(
            TODAY, None
        )
        session.rollback()
    assert not calendar(scene.database, melati).no_text_on(TODAY, None)
    say(scene, day_off(TODAY + DAY))
    found = calendar(scene.database, melati)
    assert (found.no_text_on(TODAY, None), found.no_text_on(TODAY + DAY, None)) == (False, True)


def test_a_calendar_that_nobody_changed_costs_no_statement_and_a_changed_one_is_read_once(scene):
    counted = []

    def count(connection, cursor, statement, *rest):
        counted.append(statement)

    say(scene, day_off())
    event.listen(scene.database.reader, "before_cursor_execute", count)
    with scene.database.read() as session:
        changed, other = (
            session.get_one(Institution, one) for one in (scene.people.melati, scene.people.other)
        )
        counted.clear()
        institutions.staff_hours(other)
        assert counted == []
        for _ in range(3):
            institutions.staff_hours(changed)
        assert len(counted) == 1
        counted.clear()
        assert calendars.of_all(session, {changed.id, other.id}).keys() == {changed.id, other.id}
        assert len(counted) == 1
    event.remove(scene.database.reader, "before_cursor_execute", count)


def test_an_institution_without_a_session_has_no_calendar(scene):
    with scene.database.read() as session:
        melati = session.get_one(Institution, scene.people.melati)
    with pytest.raises(ValueError, match="session"):
        institutions.staff_hours(melati)


def test_no_more_calendars_are_kept_than_a_process_can_carry(scene, monkeypatch):
    monkeypatch.setattr(calendars, "KEPT", 1)
    for by, institution in (
        (scene.people.ratna, scene.people.melati),
        (scene.people.tono, scene.people.other),
    ):
        say(scene, day_off(), by=by)
        assert calendar(scene.database, institution).no_text_on(TODAY, None)
    with scene.database.read() as session:
        assert len(session.info["calendars"]) == 1


def test_today_is_where_the_institution_works(scene):
    with scene.database.read() as session:
        melati = session.get_one(Institution, scene.people.melati)
        evening = cast.NOW + timedelta(hours=14, minutes=30)  # 23.30 in Jakarta
        assert calendars.today(melati, evening) == TODAY
        assert calendars.today(melati, evening + 30 * MINUTE) == TODAY + DAY
