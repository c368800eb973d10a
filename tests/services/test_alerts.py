"""Alerts: one per window and family, raised and never lowered, taken, handed on, put off and closed (design 4.3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from companion.models import Alert, Message, Signal
from companion.rules.states import AlertState, Family, Level, Within
from companion.rules.terms import Step
from companion.services import alerts, climbing
from tests.cast import NOW
from tests.services.ringing_bell import DAY, HOUR, MINUTE, Bell

NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Monday 22.00


@pytest.fixture
def bell(database, people):
    with database.sessions() as session:
        yield Bell(session, people)


def test_facts_of_one_family_gather_on_one_alert(bell):
    first, second = bell.ring(), bell.ring()
    assert (first.new, second.new, first.alert_id) == (True, False, second.alert_id)
    assert bell.signals() == ["test:1", "test:2"]
    assert bell.ring(family=Family.STRUGGLING).new


def test_two_ticks_that_race_raise_one_alert(scene):
    """The unique index decides, not a look before the leap."""

    def raise_once(n):
        with scene.database.write() as session:
            Bell(session, scene.people).ring(about=f"racer:{n}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_once, range(4)))
    with scene.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Alert)) == 1
        assert session.scalar(select(func.count()).select_from(Signal)) == 4
        assert session.scalar(select(func.count()).select_from(Message)) == 1  # and one text


def test_the_database_itself_refuses_a_second_unclosed_one(bell):
    bell.ring()
    alert = bell.alert()
    twin = {
        column.name: getattr(alert, column.key) for column in Alert.__table__.columns if column.name not in ("id", "ref")
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        bell.session.execute(Alert.__table__.insert().values(**twin, ref="twin"))
    bell.session.rollback()


def test_after_a_close_a_new_fact_opens_a_new_one(bell):
    alerts.claim(bell.session, NOW, bell.ring().alert_id, bell.staff("sari"))
    alerts.close(bell.session, NOW, bell.alert().id, bell.staff("sari"), "reached", True)
    assert bell.ring().new


@pytest.mark.parametrize(
    ("first", "then", "level"),
    [
        (Level.NONE, Level.AMBER, Level.AMBER),
        (Level.AMBER, Level.RED, Level.RED),
        (Level.RED, Level.AMBER, Level.RED),
        (Level.RED, Level.NONE, Level.RED),
        (Level.AMBER, Level.NONE, Level.AMBER),
    ],
)
def test_a_new_fact_may_raise_and_never_lowers(bell, first, then, level):
    bell.ring(first)
    assert bell.ring(then).level is level


def test_an_earlier_deadline_wins_and_a_later_one_changes_nothing(bell):
    bell.ring(Level.AMBER, within=Within.DAYS_2)
    assert bell.alert().deadline_at == NOW + 2 * DAY
    bell.ring(Level.AMBER, within=Within.HOURS_4)
    assert bell.alert().deadline_at == NOW + 4 * HOUR
    bell.ring(Level.AMBER, within=Within.DAYS_2)
    assert bell.alert().deadline_at == NOW + 4 * HOUR


def test_the_same_fact_is_said_once_and_moves_nothing(bell):
    bell.ring(Level.AMBER, within=Within.DAYS_2, about="answer:9")
    alerts.answered(bell.session, NOW, bell.window().id)
    before = bell.alert().deadline_at
    again = bell.ring(Level.AMBER, at=NOW + HOUR, within=Within.HOURS_4, about="answer:9")
    assert (again.new, bell.signals(), bell.alert().deadline_at) == (False, ["answer:9"], before)


@pytest.mark.parametrize(
    ("at", "within", "deadline"),
    [
        (datetime(2026, 11, 23, 2, 0, tzinfo=UTC), Within.HOURS_4, datetime(2026, 11, 23, 6, 0, tzinfo=UTC)),
        # 15.00: one hour is left today, three tomorrow.
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), Within.HOURS_4, datetime(2026, 11, 24, 4, 0, tzinfo=UTC)),
        # Friday night: Monday's opening and four hours.
        (datetime(2026, 11, 27, 15, 0, tzinfo=UTC), Within.HOURS_4, datetime(2026, 11, 30, 5, 0, tzinfo=UTC)),
        (datetime(2026, 11, 27, 2, 0, tzinfo=UTC), Within.DAYS_2, datetime(2026, 12, 1, 2, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 2, 0, tzinfo=UTC), Within.HOURS_8, datetime(2026, 11, 24, 2, 0, tzinfo=UTC)),
        # Cuti bersama and Natal: from Wednesday to Monday.
        (datetime(2026, 12, 23, 8, 0, tzinfo=UTC), Within.HOURS_4, datetime(2026, 12, 28, 4, 0, tzinfo=UTC)),
    ],
)
def test_deadlines_run_in_the_institutions_working_hours(bell, at, within, deadline):
    bell.ring(Level.AMBER, at=at, within=within)
    assert (bell.alert().deadline_at, bell.alert().look_at) == (deadline, deadline)


# --- taking and giving ----------------------------------------------------------------------------------------------


def test_one_of_two_colleagues_gets_it(bell):
    alert_id = bell.ring().alert_id
    assert alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    assert not alerts.claim(bell.session, NOW, alert_id, bell.staff("dewi"))
    alert = bell.alert()
    assert (alert.state, alert.claimed_by, alert.ack_at) == (AlertState.CLAIMED, bell.people.sari, None)


def test_nobody_takes_an_alert_of_another_institution(bell):
    assert not alerts.claim(bell.session, NOW, bell.ring().alert_id, bell.staff("tono"))


def test_taking_it_ends_the_text_that_was_still_to_be_sent(bell):
    night = NOW.replace(hour=15)  # 22.00; the text would leave at eight
    alerts.claim(bell.session, night, bell.ring(at=night).alert_id, bell.staff("sari"))
    assert [text[3] for text in bell.texts()] == ["cancelled"]


@pytest.mark.parametrize(("family", "state"), [(Family.SILENCE, "cancelled"), (Family.SAFETY, "planned")])
def test_an_answer_ends_the_text_about_a_silence_and_no_other(bell, family, state):
    """Answered at half past six: nobody is told at eight that nothing was heard."""
    bell.ring(family=family, at=NIGHT)
    alerts.answered(bell.session, NIGHT + HOUR, bell.window().id)
    bell.session.expire_all()
    assert [text[-1] for text in bell.texts()] == [state]


def test_an_alert_taken_after_its_deadline_is_given_time(bell):
    """Otherwise the next tick would take it away again from whoever has just taken it."""
    alert_id = bell.ring(Level.AMBER, within=Within.HOURS_4).alert_id
    late = NOW + 5 * HOUR  # 14.00
    alerts.claim(bell.session, late, alert_id, bell.staff("sari"))
    assert bell.alert().look_at == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # four working hours
    bell.session.flush()
    climbing.climb_due(bell.session, late + MINUTE, 500)
    assert bell.alert().state is AlertState.CLAIMED


def test_a_line_without_a_clock_has_none_when_taken_either(bell):
    alert_id = bell.ring(Level.NONE, Family.SILENCE, within=None).alert_id
    alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    assert bell.alert(Family.SILENCE).look_at is None


def test_handing_over_opens_it_for_the_colleague_who_is_told(bell):
    alert_id = bell.ring().alert_id
    alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    assert alerts.hand_over(bell.session, NOW + HOUR, alert_id, bell.staff("sari"), bell.people.dewi)
    alert = bell.alert()
    assert (alert.state, alert.claimed_by, alert.step) == (AlertState.OPEN, None, Step.CASEWORKER)
    assert alert.ack_at == alert.look_at == NOW + 2 * HOUR
    assert [(to, state) for to, _, _, state in bell.texts()] == [
        (bell.people.sari, "cancelled"), (bell.people.dewi, "planned"),
    ]  # fmt: skip


def test_an_amber_alert_handed_over_late_is_not_forgotten(bell):
    alert_id = bell.ring(Level.AMBER, within=Within.HOURS_4).alert_id
    alerts.hand_over(bell.session, NOW + 5 * HOUR, alert_id, bell.staff("sari"), bell.people.dewi)
    assert bell.alert().look_at == NOW + 5 * HOUR + DAY


def test_a_closed_alert_is_not_handed_over(bell):
    alert_id = bell.ring().alert_id
    alerts.claim(bell.session, NOW, alert_id, bell.staff("sari"))
    alerts.close(bell.session, NOW, alert_id, bell.staff("sari"), "reached", True)
    assert not alerts.hand_over(bell.session, NOW, alert_id, bell.staff("sari"), bell.people.dewi)
