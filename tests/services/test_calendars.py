"""Each institution's own days: what they hold and let go, here and in every other process (issue 3, failures 17)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from companion.db import Database
from companion.models import Audit, CalendarDay, Institution, Staff
from companion.rules.own_days import Fault, Statement
from companion.rules.staff_hours import DeadlineKind, deadline
from companion.rules.terms import DayKind
from companion.services import calendars, institutions
from tests import cast
from tests.engine.scene import DAY, HOUR, MINUTE
from tests.services.at_the_gate import MONDAY, ask, promise

TODAY = date(2026, 11, 23)
EID = "2027-03-10 Idulfitri 1448, hari pertama"
LABOUR_DAY = "2027-05-01 Hari Buruh Internasional"
LEAVE = "2026-12-24 Cuti bersama Natal"


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


# --- texts -----------------------------------------------------------------------------------------------------------


def test_a_day_added_after_the_message_was_planned_holds_it(scene):
    message = promise(scene)
    say(scene, day_off())
    assert ask(scene, message) == ("planned", "hours", local(TODAY + DAY, 8))


def test_another_institutions_day_holds_nothing(scene):
    message = promise(scene)
    assert say(scene, day_off(), by=scene.people.tono) is None
    assert ask(scene, message)[0] == "sending"


def test_a_day_of_another_province_holds_nothing(scene):
    message = promise(scene)
    say(scene, day_off(province="PA"))
    assert ask(scene, message)[0] == "sending"


def test_a_day_on_which_only_the_office_is_closed_holds_nothing(scene):
    message = promise(scene)
    say(scene, day_off(no_texts=False))
    assert ask(scene, message)[0] == "sending"


def test_a_day_that_was_taken_back_lets_go_what_it_held_at_once(scene):
    message = promise(scene)
    say(scene, day_off())
    ask(scene, message)
    assert take_back(scene, standing(scene)[0].ref, at=MONDAY + MINUTE)
    assert scene.messages(id=message.id)[0].look_at == MONDAY + MINUTE
    assert ask(scene, message, MONDAY + MINUTE)[0] == "sending"


def test_an_idulfitri_that_was_moved_is_quiet_on_its_new_days(scene):
    moved = {"date": date(2027, 2, 9), "until": date(2027, 3, 10), "source": "Sidang isbat"}
    assert say(scene, Statement(kind=DayKind.RAMADAN, about="1448", **moved)) is None
    held = {
        day: ask(scene, promise(scene, at=at, subject=f"eid:{day}", lives=3 * DAY), at)[:2]
        for day in (10, 11, 12, 13)
        for at in [local(date(2027, 3, day), 10)]
    }
    assert held[10] == ("sending", None)
    assert held[11] == held[12] == ("planned", "hours")
    assert held[13] != ("planned", "hours")


def test_a_check_in_that_the_new_days_leave_no_room_for_is_excused(scene):
    slot, yusuf = scene.next_slot(scene.people.budi), scene.next_slot(scene.people.yusuf)
    at = scene.due_together()
    for ahead in (0, 1):
        say(scene, day_off(at.date() + ahead * DAY))
    scene.at(at)
    assert (scene.slot(slot.id).state, scene.slot(slot.id).reason) == ("excused", "calendar")
    assert scene.slot(yusuf.id).asked_at is not None, "another institution's check-in of that day was asked"


def test_a_check_in_on_a_quiet_day_is_asked_on_the_next(scene):
    slot = scene.next_slot(scene.people.budi)
    at = scene.due_together()
    say(scene, day_off(at.date()))
    scene.at(at)
    assert scene.message(slot).planned_for == local(at.date() + DAY, 8)


def test_a_reminder_is_not_sent_on_a_day_of_the_institutions_own(scene):
    at = scene.due_together()  # Wednesday at noon
    for on in (
        TODAY + 3 * DAY,
        TODAY + 4 * DAY,
    ):  # a day later the six hours before it counts as missed are over
        say(scene, day_off(on))
    scene.at(at)
    budi, yusuf = (
        next(slot for slot in scene.slots(one) if slot.asked_at)
        for one in (scene.people.budi, scene.people.yusuf)
    )
    assert (budi.remind_at, yusuf.remind_at) == (None, local(TODAY + 3 * DAY, 14))


# --- staff -----------------------------------------------------------------------------------------------------------


def institutions_deadline(scene, kind, at=MONDAY):
    with scene.database.read() as session:
        hours = institutions.staff_hours(session.get_one(Institution, scene.people.melati))
        return deadline(kind, at, hours)


def test_deadlines_are_counted_past_a_new_day_off_from_then_on(scene):
    before = institutions_deadline(scene, DeadlineKind.AMBER)
    assert before == local(TODAY + 2 * DAY, 11)
    say(scene, day_off(TODAY + DAY, no_texts=False))
    assert institutions_deadline(scene, DeadlineKind.AMBER) == local(TODAY + 3 * DAY, 11)


def test_a_shipped_day_that_was_switched_off_is_a_working_day(scene):
    eve = local(date(2026, 12, 23), 11)
    assert institutions_deadline(scene, DeadlineKind.AMBER, eve) == local(date(2026, 12, 29), 11)
    say(
        scene,
        Statement(kind=DayKind.CORRECTED, about=LEAVE, date=date(2026, 12, 24), closed=False, source="Piket"),
    )
    assert institutions_deadline(scene, DeadlineKind.AMBER, eve) == local(date(2026, 12, 28), 11)


def test_the_office_may_be_open_on_natal_but_no_text_leaves(scene):
    natal = date(2026, 12, 25)
    open_on = Statement(
        kind=DayKind.CORRECTED, about=f"{natal} Natal", date=natal, closed=False, source="Rumah singgah buka"
    )
    assert say(scene, open_on) is None
    assert not calendar(scene.database, scene.people.melati).is_holiday(natal)
    message = promise(scene, at=local(natal, 14))
    assert ask(scene, message, local(natal, 14))[:2] == ("planned", "hours")


# --- saying it -------------------------------------------------------------------------------------------------------


def test_what_is_said_twice_stands_once(scene):
    assert [say(scene, day_off()), say(scene, day_off())] == [None, None]
    assert len(standing(scene)) == 1
    with scene.database.read() as session:
        acts = session.scalars(select(Audit.act).where(Audit.act.like("calendar%"))).all()
    assert acts == ["calendar_added"]


def test_what_is_said_anew_takes_the_place_of_what_was_said(scene):
    for closed, source in ((False, "Kantor buka"), (True, "SKB")):
        said = Statement(
            kind=DayKind.CORRECTED, about=LABOUR_DAY, date=date(2027, 5, 1), closed=closed, source=source
        )
        fault = say(scene, said)
    assert fault is Fault.NOTHING  # 1 May is closed as shipped: that would be taking it back
    assert [one.closed for one in standing(scene)] == [False]
    say(
        scene,
        Statement(kind=DayKind.CORRECTED, about=EID, date=date(2027, 3, 10), estimated=False, source="SKB"),
    )
    say(
        scene,
        Statement(kind=DayKind.CORRECTED, about=EID, date=date(2027, 3, 10), closed=False, source="Piket"),
    )
    assert [one.source for one in standing(scene)] == ["Kantor buka", "Piket"]
    with scene.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CalendarDay)) == 3, "nothing is deleted"


def test_who_said_it_is_known_to_their_own_institution(scene):
    say(scene, day_off())
    with scene.database.read() as session:
        assert calendars.written_by(session, scene.people.melati) == {standing(scene)[0].ref: "Ratna"}
        assert calendars.written_by(session, scene.people.other) == {}


def test_a_refused_statement_changes_nothing(scene):
    before = version(scene.database, scene.people.melati)
    assert say(scene, day_off(TODAY - DAY)) is Fault.PAST
    assert standing(scene) == [] and version(scene.database, scene.people.melati) == before


def test_only_the_institution_itself_takes_its_day_back_and_only_once(scene):
    say(scene, day_off())
    ref = standing(scene)[0].ref
    assert not take_back(scene, ref, by=scene.people.tono)
    assert [take_back(scene, ref), take_back(scene, ref)] == [True, False]
    assert standing(scene) == []
    say(scene, day_off())
    assert len(standing(scene)) == 1, "what was taken back can be said again"


# --- kept in every process -------------------------------------------------------------------------------------------


def version(database, institution_id):
    with database.read() as session:
        return session.get_one(Institution, institution_id).calendar_version


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
