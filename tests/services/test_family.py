"""The family's reading: who may be invited, what a PIN opens, and one text a week."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.content import articles
from companion.models import Audit, Message, Person, Phone, Reading
from companion.rules.states import MessageState
from companion.rules.terms import ConsentPurpose, PersonStatus, PhoneKind, Purpose
from companion.services import enrol, family, passwords, reading, windows
from tests import cast
from tests.cast import NOW

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
RINA = "+6281300000001"


@pytest.fixture
def session(database):
    with database.write() as session:
        yield session


@pytest.fixture
def budi(people, session):
    person = session.get_one(Person, people.budi)
    enrol.record_consent(session, NOW, person, ConsentPurpose.FAMILY, "map hijau", staff_id=people.sari)
    return person


@pytest.fixture(autouse=True)
def _four_weeks_are_written(monkeypatch):
    monkeypatch.setattr(articles, "weeks", lambda: (1, 2, 4))


def invite(session, person, staff_id, *, name="Rina", e164=RINA, now=NOW, **values):
    return family.invite(
        session, now, person, name=name, relation="Ibu", e164=e164, language="id", pin_hash="hash",
        staff_id=staff_id, **values,
    )  # fmt: skip


@pytest.fixture
def rina(budi, people, session):
    return invite(session, budi, people.sari)


def texts(session):
    session.flush()
    rows = session.scalars(
        select(Message).where(Message.purpose == Purpose.FAMILY_WEEKLY).order_by(Message.id)
    )
    return [(row.step, row.state) for row in rows]


def test_nobody_is_invited_without_the_graduates_own_yes(people, session):
    assert family.refusal(session, session.get_one(Person, people.wati)) == "no_consent"


def test_a_yes_that_was_taken_back_is_no_yes(budi, session):
    assert family.refusal(session, budi) is None
    enrol.withdraw_consent(session, NOW, budi, ConsentPurpose.FAMILY)
    assert family.refusal(session, budi) == "no_consent"


@pytest.mark.parametrize("status", [PersonStatus.DIED, PersonStatus.WITHDRAWN])
def test_nobody_is_invited_for_somebody_no_longer_in_follow_up(budi, session, status):
    budi.status = status
    assert family.refusal(session, budi) == "ended"


def test_reported_violence_stops_invitations_but_shuts_no_door(budi, rina, session):
    budi.contact_lock = True
    session.flush()
    assert family.refusal(session, budi) == "contact_lock"
    assert family.reads(session, rina)


def test_nobody_new_is_invited_after_the_window(budi, session):
    windows.close(session, NOW, windows.current(session, budi.id), outcome="done", staff_id=None)
    assert family.refusal(session, budi) == "closed"


def test_a_number_is_invited_once(budi, rina, people, session):
    assert invite(session, budi, people.sari, name="Orang lain") is None
    assert [member.name for member in family.members_of(session, budi.id)] == ["Rina"]


def test_a_family_that_reads_on_the_graduates_phone_makes_it_a_shared_one(budi, people, session):
    phone = session.scalars(select(Phone).where(Phone.person_id == budi.id)).one()
    assert phone.kind is PhoneKind.OWN
    invite(session, budi, people.sari, e164="+6281200000001")
    session.expire_all()
    assert phone.kind is PhoneKind.SHARED


def test_somebody_named_in_a_sheet_hears_nothing_before_a_pin_was_handed_over(budi, people, session):
    member = family.prepare(session, NOW, budi, name="Rina", relation=None, e164=RINA)
    assert family.due(session, NOW + WEEK) == []
    assert not passwords.matches(member.pin_hash, "")
    family.give_pin(session, NOW + WEEK, member, "hash", staff_id=people.sari)
    assert member.first_week_at == NOW + WEEK
    assert family.due(session, NOW + WEEK) == [member.id]


def test_a_new_pin_ends_the_sessions_of_the_old_one_and_keeps_the_weeks(rina, people, session):
    key, token = rina.session_key, rina.token
    family.give_pin(session, NOW + WEEK, rina, "other", staff_id=people.sari)
    assert family.member_behind(session, rina.ref, key) is None
    assert family.member_behind(session, rina.ref, rina.session_key) is rina
    assert (rina.first_week_at, rina.token) == (NOW, token)


def test_an_end_shuts_the_door_and_takes_back_the_text(rina, people, session):
    family.due(session, NOW)
    key = rina.session_key
    assert family.end(session, NOW, rina, staff_id=people.sari)
    assert not family.end(session, NOW, rina, staff_id=people.sari)
    session.expire_all()
    assert family.member_behind(session, rina.ref, key) is None
    assert texts(session) == [(1, MessageState.CANCELLED)]
    assert family.due(session, NOW + WEEK) == []


def test_who_comes_back_gets_a_new_link_and_goes_on_where_the_weeks_are(budi, rina, people, session):
    old = rina.token
    family.end(session, NOW, rina, staff_id=people.sari)
    session.expire_all()
    again = invite(session, budi, people.sari, now=NOW + WEEK)
    assert again is rina and again.token != old
    assert reading.week_at(again.first_week_at, NOW + WEEK) == 2
    assert family.reads(session, again)


@pytest.mark.parametrize("reason", ["withdrawn consent", "died", "ended"])
def test_the_door_shuts_at_once(budi, rina, people, session, reason):
    if reason == "died":
        budi.status = PersonStatus.DIED
    elif reason == "ended":
        family.end(session, NOW, rina, staff_id=people.sari)
    else:
        enrol.withdraw_consent(session, NOW, budi, ConsentPurpose.FAMILY)
    session.flush()
    session.expire_all()
    assert not family.reads(session, rina)


def test_the_last_readings_stay_open_after_the_window(budi, rina, session):
    windows.close(session, NOW, windows.current(session, budi.id), outcome="done", staff_id=None)
    assert family.reads(session, rina)


def test_changes_are_in_the_log_without_names(rina, people, session):
    family.give_pin(session, NOW, rina, "other", staff_id=people.sari)
    family.end(session, NOW, rina, staff_id=people.sari)
    session.flush()
    acts = list(session.scalars(select(Audit.act).where(Audit.act.like("family%")).order_by(Audit.id)))
    assert acts == ["family_invited", "family_pin", "family_ended"]


def test_pins_have_six_digits_and_differ():
    pins = {family.new_pin() for _ in range(50)}
    assert all(len(pin) == 6 and pin.isdecimal() for pin in pins) and len(pins) > 45


@pytest.mark.parametrize(("after", "looked"), [(-SECOND, 0), (timedelta(), 1), (SECOND, 1)])
def test_a_week_is_announced_on_its_day(rina, session, after, looked):
    family.due(session, NOW)
    assert len(family.due(session, NOW + WEEK + after)) == looked
    assert len(texts(session)) == 1 + looked


def test_a_text_is_promised_once_however_often_the_tick_looks(rina, session):
    for _ in range(3):
        family.due(session, NOW + SECOND)
    rina.look_at = NOW
    session.flush()
    family.due(session, NOW + SECOND)
    assert texts(session) == [(1, MessageState.PLANNED)]


def test_a_text_expires_after_three_days_and_carries_the_familys_own_link(rina, session):
    family.due(session, NOW)
    message = session.scalars(select(Message).where(Message.purpose == Purpose.FAMILY_WEEKLY)).one()
    assert message.expires_at == NOW + timedelta(days=3)
    assert (message.token, message.family_member_id, message.number_id) == (
        rina.token, rina.id, rina.number_id,
    )  # fmt: skip


def test_a_week_that_is_not_written_is_passed_over_in_silence(rina, session):
    for week in range(4):
        family.due(session, NOW + week * WEEK)
    assert [step for step, _ in texts(session)] == [1, 2, 4]


def test_after_an_outage_only_the_week_that_is_on_is_announced(rina, session):
    family.due(session, NOW + 3 * WEEK + timedelta(days=2))
    assert [step for step, _ in texts(session)] == [4]
    session.expire_all()
    assert rina.look_at == NOW + 4 * WEEK


@pytest.mark.parametrize("reason", ["window", "consent", "status"])
def test_nothing_is_announced_when_the_reason_for_it_is_gone(budi, rina, session, reason):
    if reason == "window":
        windows.close(session, NOW, windows.current(session, budi.id), outcome="done", staff_id=None)
    elif reason == "consent":
        enrol.withdraw_consent(session, NOW, budi, ConsentPurpose.FAMILY)
    else:
        budi.status = PersonStatus.WITHDRAWN
    session.flush()
    assert family.due(session, NOW) == [rina.id]
    assert texts(session) == []


def test_the_last_week_leaves_nothing_to_look_at(rina, session):
    family.due(session, NOW + 15 * WEEK)
    session.expire_all()
    assert rina.look_at is None


def test_a_batch_is_no_longer_than_its_limit(budi, people, session):
    for n in range(5):
        invite(session, budi, people.sari, e164=f"+628130000010{n}")
    assert len(family.due(session, NOW, 3)) == 3
    assert len(family.due(session, NOW, 3)) == 2


def test_two_ticks_at_once_promise_one_text(postgresql):
    """On PostgreSQL only: SQLite has one writer, where the second tick waits by itself."""
    database = postgresql
    with database.write() as session:
        people = cast.gather(session)
        person = session.get_one(Person, people.budi)
        enrol.record_consent(session, NOW, person, ConsentPurpose.FAMILY, "map hijau")
        invite(session, person, people.sari)
    with database.sessions() as one, database.sessions() as two:
        assert len(family.due(one, NOW)) == 1
        assert family.due(two, NOW) == []
        one.commit()
        two.commit()


@pytest.mark.parametrize(
    ("after", "week"),
    [(timedelta(), 1), (WEEK - SECOND, 1), (WEEK, 2), (15 * WEEK, 16), (40 * WEEK, 16), (-WEEK, 1)],
)
def test_weeks_turn_every_seven_days_and_end_with_the_last(after, week):
    assert reading.week_at(NOW, NOW + after) == week


def test_a_list_shows_what_is_open_what_is_on_and_what_is_coming(rina, session):
    listed = reading.weeks(session, rina, NOW + WEEK)
    assert [week.opening for week in listed[:4]] == ["open", "this_week", "coming", "coming"]
    assert [week.planned.week for week in listed if week.readable] == [1, 2]


def test_a_hard_day_does_not_wait_for_its_week(rina, session, monkeypatch):
    monkeypatch.setattr(articles, "weeks", lambda: (1, 2, 9, 10))
    assert [week for week in range(1, 17) if reading.may_open(rina, week, NOW)] == [1, 9, 10]


def test_reading_twice_keeps_the_first_day_and_the_newer_choice(rina, session):
    assert reading.note_opened(session, NOW, rina, 1)
    assert not reading.note_opened(session, NOW + WEEK, rina, 1)
    assert reading.note_read(session, NOW + SECOND, rina, 1, 0)
    assert not reading.note_read(session, NOW + WEEK, rina, 1, 2)
    assert not reading.note_read(session, NOW + WEEK, rina, 1, None)
    session.expire_all()
    row = session.scalars(select(Reading)).one()
    assert (row.opened_at, row.read_at, row.choice) == (NOW, NOW + SECOND, 2)
