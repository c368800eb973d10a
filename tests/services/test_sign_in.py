"""Knocking: counted before it is judged, by name and by address, in one database for all processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from companion.models import Audit, LoginAttempt, Staff
from companion.services import passwords, sign_in
from tests.cast import NOW

SECOND = timedelta(seconds=1)
OFFICE, HOME = "10.0.0.7", "10.0.0.8"


@pytest.fixture
def session(database):
    with database.write() as session:
        yield session


@pytest.fixture
def sari(people, session):
    return session.get_one(Staff, people.sari)


def knock(session, at=NOW, name="staff:sari", address=OFFICE):
    return sign_in.knock(session, at, name, address)


def test_the_fifth_try_is_judged_and_the_sixth_is_turned_away(session):
    judged = [knock(session, NOW + n * SECOND).again_at for n in range(5)]
    assert judged == [None] * 5
    assert knock(session, NOW + 5 * SECOND).again_at == NOW + sign_in.SPAN


@pytest.mark.parametrize(("after", "judged"), [(-SECOND, False), (timedelta(), True), (SECOND, True)])
def test_the_door_opens_again_a_quarter_of_an_hour_after_the_oldest_try(session, after, judged):
    for _ in range(5):
        knock(session)
    assert (knock(session, NOW + sign_in.SPAN + after).again_at is None) == judged


def test_being_turned_away_does_not_make_the_wait_longer(session):
    for _ in range(5):
        knock(session)
    waits = {knock(session, NOW + n * SECOND).again_at for n in range(20)}
    assert waits == {NOW + sign_in.SPAN}


def test_another_name_from_the_same_address_is_still_judged(session):
    for _ in range(6):
        knock(session)
    assert knock(session, name="staff:dewi").again_at is None


def test_thirty_tries_from_one_address_close_it_for_every_name_and_nobody_else(session):
    judged = [knock(session, name=f"staff:{n}").again_at for n in range(30)]
    assert judged == [None] * 30
    assert knock(session, name="staff:31").again_at == NOW + sign_in.SPAN
    assert knock(session, name="staff:31", address=HOME).again_at is None


def test_success_forgets_the_failures_of_that_name_only(session):
    for _ in range(4):
        knock(session)
        knock(session, name="staff:dewi", address=HOME)
    sign_in.let_in(session, knock(session))
    assert [knock(session).again_at for _ in range(5)] == [None] * 5
    assert knock(session, name="staff:dewi", address=HOME).again_at is None
    assert knock(session, name="staff:dewi", address=HOME).again_at is not None


def test_a_working_day_of_right_passwords_does_not_close_the_office(session):
    for n in range(100):
        sign_in.let_in(session, knock(session, name=f"staff:{n}"))
    assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 0


def test_twenty_tries_at_the_same_instant_are_counted_as_twenty(database):
    def one(_):
        with database.write() as session:
            return knock(session).again_at is None

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(one, range(20))) == sign_in.PER_NAME


def test_tries_from_a_time_that_has_not_come_do_not_bar_the_door(session):
    for _ in range(5):
        knock(session, NOW + timedelta(days=30))
    assert knock(session).again_at is None


def test_old_tries_are_not_kept(session):
    knock(session)
    knock(session, NOW + sign_in.SPAN, name="staff:dewi", address=HOME)
    assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 2


def test_neither_name_nor_address_can_be_read_in_the_table(session):
    knock(session)
    stored = b"".join(session.scalars(select(LoginAttempt.who)))
    assert b"sari" not in stored and OFFICE.encode() not in stored


@pytest.mark.parametrize("typed", ["sari", " Sari ", "SARI"])
def test_a_login_is_found_however_the_keyboard_began_it(session, sari, typed):
    assert sign_in.staff_named(session, typed).id == sari.id


def test_somebody_who_left_is_not_found(session, sari):
    sari.active = False
    session.flush()
    assert sign_in.staff_named(session, "sari") is None
    assert sign_in.staff_behind(session, sari.ref, sari.session_key) is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("abcdefghi", "short"),
        ("abcdefghij", None),
        ("x-Sari-2026", "login"),
        ("aaabbbaaabbb", "plain"),
        ("ab1" * 4, "plain"),
        ("kue lapis" + "y" * 247, None),
        ("kue lapis" + "y" * 248, "long"),
    ],
)
def test_length_counts_and_the_login_may_not_be_in_it(password, fault):
    assert sign_in.password_fault("sari", password) == fault


def test_a_new_password_ends_every_session_and_leaves_a_line_in_the_log(session, sari):
    before = sari.session_key
    key = sign_in.change_password(session, NOW, sari, passwords.hash("angin di sore hari"))
    assert key != before
    assert sign_in.staff_behind(session, sari.ref, before) is None
    assert sign_in.staff_behind(session, sari.ref, key).id == sari.id
    assert list(session.scalars(select(Audit.act).where(Audit.staff_id == sari.id)))[-1] == "password_changed"


def test_a_password_that_was_changed_meanwhile_is_not_overwritten(session, sari):
    session.expunge(sari)
    newer = passwords.hash("angin di sore hari")
    session.get_one(Staff, sari.id).password_hash = newer
    session.flush()
    assert sign_in.change_password(session, NOW, sari, passwords.hash("lain lagi sekali")) is None
    session.expire_all()
    assert session.get_one(Staff, sari.id).password_hash == newer
