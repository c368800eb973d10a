"""Each institution's own days: how they are said and taken back, and what they do to staff's hours (issue 3)."""

from datetime import date

from sqlalchemy import func, select

from companion.models import Audit, CalendarDay, Institution
from companion.rules.own_days import Fault, Statement
from companion.rules.staff_hours import DeadlineKind, deadline
from companion.rules.terms import DayKind
from companion.services import calendars, institutions
from tests.engine.scene import DAY
from tests.services.at_the_gate import MONDAY, ask, promise
from tests.services.own_days import TODAY, calendar, day_off, local, say, standing, take_back, version

EID = "2027-03-10 Idulfitri 1448, hari pertama"
LABOUR_DAY = "2027-05-01 Hari Buruh Internasional"
LEAVE = "2026-12-24 Cuti bersama Natal"


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
