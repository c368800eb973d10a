"""What a supervisor sees and sets: unassigned people, late alerts, loads, hours, numbers, and the engine's pulse."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from companion.models import Audit, EngineState, Message, Person, Stop
from companion.rules.states import Family, Level, MessageState, SlotState
from companion.rules.terms import Purpose
from companion.services import alerts, assigning, people_list, supervision
from companion.services.caseload_lists import scope
from tests.services.desk import DAY, HOUR, NOW, SECOND

OFFICE = (((time(8), time(16)),),) * 5 + ((), ())


def late(desk, now=NOW, staff=None):
    desk.session.flush()
    return [one.name for one in supervision.late(desk.session, now, staff or desk.tuti)]


def unassigned(desk):
    seen = scope(desk.tuti, NOW, whole_institution=True)
    found = people_list.listing(desk.session, seen, 1, condition=supervision.unassigned())
    return [row.name for row in found.rows]


# --- who has whom ---------------------------------------------------------------------------------------------------


def test_people_whom_nobody_calls_are_unassigned(desk):
    nobody = desk.graduate("Nina Nobodi", None)
    desk.session.get_one(Person, nobody.id).caseworker_id = None
    desk.graduate("Sita Supervisi", desk.tuti)
    gone = desk.graduate("Gani Pergi", desk.dewi)
    desk.session.flush()
    assert set(unassigned(desk)) == {"Nina N.", "Sita S."}
    desk.dewi.active = False
    desk.session.flush()
    assert set(unassigned(desk)) == {"Nina N.", "Sita S.", "Gani P.", "Wati K."}
    assert assigning.assign(desk.session, NOW, desk.tuti, gone, desk.sari)
    assert "Gani P." not in unassigned(desk)


def test_unassigned_people_stand_first_in_the_list_of_all(desk):
    desk.graduate("Sita Supervisi", desk.tuti, days_ago=90)
    seen = scope(desk.tuti, NOW, whole_institution=True)
    desk.session.flush()
    rows = people_list.listing(desk.session, seen, 1, first=supervision.unassigned()).rows
    assert [row.name for row in rows] == ["Sita S.", "Wati K.", "Budi S."]


def test_giving_somebody_to_the_same_caseworker_again_writes_nothing(desk):
    assert assigning.assign(desk.session, NOW, desk.tuti, desk.budi, desk.dewi)
    assert not assigning.assign(desk.session, NOW, desk.tuti, desk.budi, desk.dewi)
    assert desk.session.scalars(select(Audit.act).where(Audit.act == "assigned")).all() == ["assigned"]


def test_all_people_of_one_caseworker_move_with_a_line_for_each(desk):
    desk.graduate("Ani", desk.sari)
    assert assigning.move_all(desk.session, NOW, desk.tuti, desk.sari, desk.dewi) == 2
    theirs = select(Person.id).where(Person.caseworker_id == desk.dewi.id)
    assert len(desk.session.scalars(theirs).all()) == 3
    moved = desk.session.scalars(select(Audit.person_id).where(Audit.act == "assigned")).all()
    assert len(set(moved)) == 2


def load(desk, login):
    return next(
        one for one in supervision.loads(desk.session, desk.tuti) if one.ref == getattr(desk, login).ref
    )


def test_a_caseload_is_over_the_norm_from_the_eleventh_person(desk):
    for number in range(9):
        desk.graduate(f"Orang{number}", desk.sari)
    assert (load(desk, "sari").people, load(desk, "sari").over_norm) == (10, False)
    desk.graduate("Kesebelas", desk.sari)
    assert (load(desk, "sari").people, load(desk, "sari").over_norm) == (11, True)


def test_a_load_counts_people_and_what_is_open_not_alerts(desk):
    desk.alert(desk.budi, level=Level.RED)
    desk.alert(desk.budi, Family.SILENCE, code="M1")
    desk.alert(desk.wati)
    assert (load(desk, "sari").open, load(desk, "sari").red) == (1, 1)
    assert (load(desk, "dewi").open, load(desk, "dewi").red) == (1, 0)
    assert [one.ref for one in supervision.loads(desk.session, desk.rudi)] == [desk.rudi.ref]


def test_a_colleague_is_somebody_of_the_same_institution_who_still_works_there(desk):
    assert supervision.colleague(desk.session, desk.tuti, desk.sari.ref) is desk.sari
    assert supervision.colleague(desk.session, desk.tuti, desk.rudi.ref) is None
    desk.sari.active = False
    desk.session.flush()
    assert supervision.colleague(desk.session, desk.tuti, desk.sari.ref) is None


# --- late -----------------------------------------------------------------------------------------------------------


def test_an_alert_is_late_from_the_instant_of_its_deadline(desk):
    alert = desk.alert(desk.budi)
    alert.deadline_at = NOW + HOUR
    assert late(desk, NOW + HOUR - SECOND) == []
    assert late(desk, NOW + HOUR) == ["Budi S."]
    assert late(desk, NOW + HOUR, staff=desk.rudi) == []


def test_a_red_alert_that_nobody_took_in_time_is_late_until_somebody_takes_it(desk):
    alert = desk.alert(desk.budi, level=Level.RED, within=None)
    assert alert.ack_at == NOW + HOUR
    assert late(desk, NOW + HOUR - SECOND) == []
    assert late(desk, NOW + HOUR) == ["Budi S."]
    alerts.claim(desk.session, NOW + HOUR, alert.id, desk.sari)
    desk.session.expire_all()
    assert late(desk, NOW + HOUR) == []


def test_what_has_climbed_is_shown_before_its_deadline(desk):
    desk.alert(desk.budi).step = "supervisor"
    assert late(desk) == ["Budi S."]


def test_red_stands_before_amber_however_late(desk):
    desk.alert(desk.wati).deadline_at = NOW - 5 * HOUR
    desk.alert(desk.budi, level=Level.RED).deadline_at = NOW - HOUR
    assert late(desk) == ["Budi S.", "Wati K."]


# --- hours, numbers, engine -----------------------------------------------------------------------------------------


def test_who_is_there_now(desk):
    loads = supervision.loads(desk.session, desk.tuti)
    six_in_the_morning = NOW - 4 * HOUR
    assert len(supervision.on_duty(NOW, desk.damai, loads)) == 3
    assert supervision.on_duty(six_in_the_morning, desk.damai, loads) == []
    assigning.set_away(desk.session, desk.sari, NOW + DAY)
    desk.session.flush()
    loads = supervision.loads(desk.session, desk.tuti)
    assert [one.name for one in supervision.on_duty(NOW, desk.damai, loads)] == [
        "Dewi Lestari",
        "Tuti Handayani",
    ]


def test_hours_are_stored_and_count_at_once(desk):
    night = (((time(20), time(23)),),) * 5 + ((), ())
    assigning.set_hours(desk.session, desk.damai.id, night)
    desk.session.flush()
    assert supervision.on_duty(NOW, desk.damai, supervision.loads(desk.session, desk.tuti)) == []
    with pytest.raises(ValueError, match="at least one"):
        assigning.set_hours(desk.session, desk.damai.id, ((),) * 7)
    assigning.set_hours(desk.session, desk.damai.id, OFFICE)
    assert supervision.on_duty(NOW, desk.damai, supervision.loads(desk.session, desk.tuti))


def test_nobody_is_on_call_without_a_number(desk):
    assigning.set_numbers(desk.session, desk.damai.id, duty=None, contact=None, on_call=True)
    assert not desk.damai.on_call
    assigning.set_numbers(desk.session, desk.damai.id, duty="+628111", contact=None, on_call=True)
    assert desk.damai.on_call


def test_the_pulse_tells_what_our_own_service_did(desk):
    quiet = supervision.pulse(desk.session, NOW, desk.tuti)
    assert (quiet.last_tick_at, quiet.late, quiet.void_today, quiet.unsure, quiet.held) == (
        None,
        False,
        0,
        0,
        False,
    )
    state = desk.session.scalars(select(EngineState)).first() or EngineState(id=1)
    state.last_tick_at = NOW - timedelta(minutes=30)
    desk.session.add(state)
    desk.slot(desk.budi, SlotState.VOID, ago=HOUR)
    desk.slot(desk.budi, SlotState.VOID, ago=DAY)
    desk.slot(desk.joko, SlotState.VOID, ago=HOUR)
    desk.session.add(
        Message(
            institution_id=desk.damai.id, purpose=Purpose.INVITATION, subject="x", state=MessageState.UNSURE,
            planned_for=NOW, expires_at=NOW, state_at=NOW,
        )
    )  # fmt: skip
    desk.session.add(Stop(institution_id=None, reason="gangguan", began_at=NOW, until=NOW + HOUR))
    desk.session.flush()
    seen = supervision.pulse(desk.session, NOW, desk.tuti)
    assert (seen.late, seen.void_today, seen.unsure, seen.stopped_until) == (False, 1, 1, NOW + HOUR)
    assert supervision.pulse(desk.session, NOW + SECOND, desk.tuti).late
