"""What a call teaches about a number (texts 4)."""

from datetime import timedelta

from sqlalchemy import func, select

from companion.models import Alert, Message, Number, Signal, Slot
from companion.rules.results import Code
from companion.rules.states import AlertState, Family, Level, SlotState, WindowState
from companion.rules.terms import PersonStatus, PhoneKind, Purpose, Step
from tests.services.desk import DAY, HOUR, NOW
from tests.services.noting import fresh, local, note


def number(desk):
    return desk.session.get_one(Number, desk.budi.phones[0].number_id, populate_existing=True)


def test_somebody_else_answering_makes_the_number_a_shared_one(desk):
    note(desk, Code.OTHER_PERSON)
    assert desk.budi.phones[0].kind is PhoneKind.SHARED


def test_a_number_is_doubted_after_three_different_days_without_a_connection(desk):
    for offset in (timedelta(), HOUR, DAY):
        note(desk, Code.NOT_CONNECTED, now=NOW + offset)
        assert desk.budi.phones[0].doubted_at is None
    note(desk, Code.NOT_CONNECTED, now=NOW + 2 * DAY)
    assert desk.budi.phones[0].doubted_at == NOW + 2 * DAY


def test_a_connection_in_between_begins_the_count_again(desk):
    note(desk, Code.NOT_CONNECTED)
    note(desk, Code.NOT_CONNECTED, now=NOW + DAY)
    note(desk, Code.NO_ANSWER, now=NOW + DAY + HOUR)
    note(desk, Code.NOT_CONNECTED, now=NOW + 2 * DAY)
    assert desk.budi.phones[0].doubted_at is None


def test_a_dead_number_gets_no_more_texts_and_stands_under_undelivered(desk):
    note(desk, Code.NUMBER_DEAD)
    assert number(desk).unusable_at == NOW
    alert = desk.session.scalars(select(Alert).where(Alert.family == Family.UNDELIVERED)).one()
    assert (alert.level, local(alert.deadline_at)) == (Level.AMBER, "Wed 04 10:00")
    assert desk.window(desk.budi).heard_at < NOW or desk.window(desk.budi).heard_how != "call"


def test_the_number_that_was_rung_is_the_one_that_is_dead(desk):
    from companion.services import numbers

    second = numbers.attach(desk.session, desk.budi, "+628199999999", PhoneKind.SHARED, rank=1)
    desk.session.expire_all()
    note(desk, Code.NUMBER_DEAD, phone_id=second.id)
    assert number(desk).unusable_at is None
    assert desk.session.get_one(Number, second.number_id, populate_existing=True).unusable_at == NOW


def test_a_strangers_number_is_silenced_for_good_and_not_rung_again(desk):
    note(desk, Code.WRONG_PERSON)
    assert number(desk).silenced_how == "wrong_person"
    phone = desk.budi.phones[0]
    assert (phone.may_call, phone.confirmed_at) == (False, None)
    assert phone.doubted_at == NOW
    codes = desk.session.scalars(select(Signal.code)).all()
    assert codes == ["D1"]


def test_not_safe_to_talk_leaves_the_number_in_peace_for_a_day(desk):
    alert = desk.alert(desk.budi)
    note(desk, Code.UNSAFE_NOW)
    assert number(desk).quiet_until == NOW + 24 * HOUR
    assert fresh(desk, alert).step is Step.CASEWORKER


def test_the_second_time_running_a_supervisor_sees_it(desk):
    alert = desk.alert(desk.budi)
    note(desk, Code.UNSAFE_NOW)
    note(desk, Code.UNSAFE_NOW, now=NOW + DAY)
    assert fresh(desk, alert).step is Step.SUPERVISOR


def test_leaving_the_texts_is_not_leaving_the_care(desk):
    note(desk, Code.STOP_TEXTS)
    assert number(desk).silenced_at == NOW
    assert desk.budi.status is PersonStatus.ENROLLED
    assert desk.window(desk.budi).state is WindowState.ACTIVE
    ahead = select(func.count()).where(Slot.person_id == desk.budi.id, Slot.state == SlotState.PLANNED)
    assert desk.session.scalar(ahead) == 0
    # The person said it in a conversation: nobody has to find out who it was.
    assert desk.session.scalars(select(Alert).where(Alert.state != AlertState.CLOSED)).all() == []


def test_stopping_the_texts_leaves_an_older_doubt_about_the_number_open(desk):
    older = desk.alert(desk.budi, Family.DATA, code="D1", values={"way": "bukan_saya"}, at=NOW - HOUR)
    note(desk, Code.STOP_TEXTS)
    assert fresh(desk, older).state is not AlertState.CLOSED


def test_we_rang_is_a_click_and_only_after_nobody_answered(desk):
    note(desk, Code.NO_ANSWER)
    assert desk.session.scalars(select(Message)).all() == []
    note(desk, Code.OTHER_PERSON, we_rang=True)
    assert desk.session.scalars(select(Message)).all() == []
    note(desk, Code.NO_ANSWER, we_rang=True)
    message = desk.session.scalars(select(Message)).one()
    assert message.purpose is Purpose.WE_RANG
    assert (message.person_id, message.number_id) == (desk.budi.id, number(desk).id)
    assert message.token
