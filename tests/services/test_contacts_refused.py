"""What a result needs, and what is refused (texts 4)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from companion.models import Audit
from companion.rules.results import Code, Effect
from companion.services import contact_check, contacts, person
from companion.services.contacts import Entry
from tests.services.desk import DAY, HOUR, NOW
from tests.services.noting import WIB


def faults(desk, code, by=None, **fields):
    entry = Entry(code=code, once="x", **fields)
    here = contacts.setting(desk.session, NOW, by or desk.sari, desk.budi, desk.window(desk.budi), entry)
    return contact_check.faults(here, entry)


def test_what_a_result_needs_is_asked_for(desk):
    assert faults(desk, Code.AGREED) == {"at": "needed"}
    assert faults(desk, Code.PAUSE) == {"until": "needed"}
    assert faults(desk, Code.CRISIS_HANDED, handler="  ") == {"handler": "needed"}


def test_only_a_supervisor_gives_somebody_up_as_not_reached(desk):
    assert faults(desk, Code.NOT_REACHED) == {"code": "supervisor"}
    assert faults(desk, Code.NOT_REACHED, by=desk.tuti) == {}


def test_a_date_is_moved_earlier_freely_and_later_with_a_reason(desk):
    by_itself = NOW + 3 * HOUR
    earlier, later = by_itself - timedelta(minutes=1), by_itself + timedelta(minutes=1)
    assert faults(desk, Code.NO_ANSWER, next_at=earlier) == {}
    assert faults(desk, Code.NO_ANSWER, next_at=by_itself) == {}
    assert faults(desk, Code.NO_ANSWER, next_at=later) == {"later_reason": "needed"}
    assert faults(desk, Code.NO_ANSWER, next_at=later, later_reason="holiday") == {}


def test_no_date_lies_in_the_past(desk):
    assert faults(desk, Code.NO_ANSWER, next_at=NOW) == {"next_on": "past"}
    assert faults(desk, Code.AGREED, at=NOW) == {"at": "past"}
    assert faults(desk, Code.AGREED, at=NOW + timedelta(seconds=1)) == {}


def test_a_pause_is_fourteen_days_long_and_longer_by_a_supervisor(desk):
    fourteen = NOW + 14 * DAY
    assert faults(desk, Code.PAUSE, until=fourteen) == {}
    assert faults(desk, Code.PAUSE, until=fourteen + timedelta(seconds=1)) == {"until": "far"}
    assert faults(desk, Code.PAUSE, by=desk.tuti, until=fourteen + DAY) == {}


def test_a_time_outside_the_safe_hours_is_not_promised(desk):
    phone = desk.budi.phones[0]
    phone.safe_from, phone.safe_to = "09:00", "17:00"
    five = datetime(2026, 11, 3, 17, 0, tzinfo=WIB)
    assert faults(desk, Code.CALL_LATER, at=five) == {"at": "unsafe_hour"}
    assert faults(desk, Code.CALL_LATER, at=five - timedelta(minutes=1)) == {}


def test_a_zone_that_does_not_exist_is_refused(desk):
    assert faults(desk, Code.MOVED, zone="Asia/Nowhere") == {"zone": "unknown"}


def test_every_effect_has_somebody_who_does_it():
    from companion.services import contact_effects

    assert set(contact_effects.ON_PHONE) | set(contact_effects.ON_PERSON) | {Effect.STAY_RED} == set(Effect)


def test_a_read_is_noted_once_in_ten_minutes_for_each_reader_and_person(desk):
    def reads():
        return desk.session.scalar(select(func.count()).where(Audit.act == person.READ))

    person.note_read(desk.session, NOW, desk.sari, desk.budi.id)
    person.note_read(desk.session, NOW + timedelta(minutes=9, seconds=59), desk.sari, desk.budi.id)
    assert reads() == 1
    person.note_read(desk.session, NOW + timedelta(minutes=10), desk.sari, desk.budi.id)
    assert reads() == 2
    person.note_read(desk.session, NOW, desk.tuti, desk.budi.id)
    person.note_read(desk.session, NOW, desk.sari, desk.wati.id)
    assert reads() == 4
