"""Numbers: silence belongs to the number, for everybody on it, and damage stays (failures 31-34, 39-40)."""

import pytest
from sqlalchemy import select

from companion.models import Alert, Audit, Institution, Number, Person, Phone, Signal, Slot, Window
from companion.rules.states import Family, Level, MessageState, SlotState
from companion.rules.terms import PhoneKind, Purpose
from companion.services import enrol, numbers, outbox
from tests.cast import NOW, Newcomer, later
from tests.engine.scene import BUDI, DAY
from tests.services.numbered import number_of, share, states


def alerts_of(session, person_id):
    return session.scalars(select(Alert).where(Alert.person_id == person_id)).all()


def test_a_number_is_one_row_whoever_enters_it(session):
    first = numbers.find_or_add(session, "+6281200000091")
    assert numbers.find_or_add(session, "+6281200000091").id == first.id
    assert first.e164 == "+6281200000091"


def test_a_number_is_found_without_being_readable(session):
    number = numbers.find_or_add(session, "+6281200000091")
    stored = session.execute(Number.__table__.select().where(Number.id == number.id)).one()
    assert b"81200000091" not in bytes(stored.lookup)


def test_a_number_is_entered_once_per_person(session, people):
    budi = session.get_one(Person, people.budi)
    again = numbers.attach(session, budi, BUDI, PhoneKind.SHARED, rank=1)
    assert (again.rank, again.kind) == (0, PhoneKind.OWN)


# --- silence --------------------------------------------------------------------------------------------------------


def test_silence_ends_every_promise_at_once(session, people):
    number = number_of(session, people.budi)
    outbox.promise(
        session, NOW, institution_id=people.melati, purpose=Purpose.NEW_LINK, subject="x", expires_at=later(days=1),
        person_id=people.budi, number_id=number.id,
    )  # fmt: skip
    assert numbers.silence(session, NOW, number.id, "page")
    assert states(session, people.budi) == {SlotState.CANCELLED}
    assert session.scalars(select(Slot.reason).where(Slot.person_id == people.budi)).first() == "opt_out"
    assert session.scalars(select(outbox.Message.state)).all() == [MessageState.CANCELLED]


def test_the_second_time_it_is_no_news(session, people):
    number = number_of(session, people.budi)
    numbers.silence(session, NOW, number.id, "page")
    assert not numbers.silence(session, later(hours=1), number.id, "page")
    session.flush()
    assert number_of(session, people.budi).silenced_at == NOW
    assert len(session.scalars(select(Audit).where(Audit.act == "silenced:page")).all()) == 1


def test_the_last_heard_clock_keeps_running(session, people):
    numbers.silence(session, NOW, number_of(session, people.budi).id, "page")
    window = session.scalars(select(Window).where(Window.person_id == people.budi)).one()
    assert window.look_at == NOW + 7 * DAY


@pytest.mark.parametrize(
    ("how", "code", "doubted"),
    [
        ("page", "X_opt_out", False),
        ("carrier", "X_opt_out", False),
        ("staff", "X_opt_out", False),
        ("bukan_saya", "D1", True),
        ("wrong_person", "D1", True),
    ],
)
def test_staff_decide_what_it_means(session, people, how, code, doubted):
    numbers.silence(session, NOW, number_of(session, people.budi).id, how)
    session.flush()
    [alert] = alerts_of(session, people.budi)
    assert (alert.family, alert.level) == (Family.DATA, Level.AMBER)
    assert session.scalars(select(Signal.code)).all() == [code]
    phone = session.scalars(select(Phone).where(Phone.person_id == people.budi)).one()
    assert (phone.doubted_at is not None) == doubted


def test_a_number_of_two_people_falls_silent_for_both_and_both_are_flagged(session, people):
    share(session, people, 0)
    numbers.silence(session, NOW, number_of(session, people.budi).id, "page")
    for person_id in (people.budi, people.wati):
        assert states(session, person_id) == {SlotState.CANCELLED}
        assert len(alerts_of(session, person_id)) == 1


def test_whose_texts_go_elsewhere_is_flagged_and_goes_on(session, people):
    """Budi's number is only the second one of Wati."""
    share(session, people, 1)
    numbers.silence(session, NOW, number_of(session, people.budi).id, "page")
    assert states(session, people.wati) == {SlotState.PLANNED}
    assert len(alerts_of(session, people.wati)) == 1


def test_it_is_silent_across_institutions_and_stays_so_for_whoever_comes_later(session, people):
    numbers.silence(session, NOW, number_of(session, people.budi).id, "page")
    other = session.get_one(Institution, people.other)
    done = enrol.enrol(session, NOW, other, Newcomer(name="Newer", e164=BUDI))
    assert done.person.phones[0].number.silenced_at == NOW


def test_a_check_in_that_falls_due_on_a_silent_number_is_cancelled_not_missed(scene):
    scene.change(Number, scene.number_id(scene.people.budi), silenced_at=NOW, silenced_how="page")
    slot = scene.asked(scene.people.budi)
    assert (slot.state, slot.reason) == (SlotState.CANCELLED, "opt_out")
    assert scene.messages(slot_id=slot.id) == []


# --- damage and quiet -----------------------------------------------------------------------------------------------


def test_damage_stays_on_the_number_until_staff_know_better(session, people):
    number = number_of(session, people.budi)
    assert numbers.mark_unusable(session, NOW, number.id, "number_dead")
    assert not numbers.mark_unusable(session, later(days=1), number.id, "number_invalid")
    assert number_of(session, people.budi).unusable_why == "number_dead"
    assert numbers.mark_usable(session, number.id)
    assert number_of(session, people.budi).unusable_at is None


def test_quiet_has_an_end(session, people):
    number = number_of(session, people.budi)
    numbers.keep_quiet(session, number.id, later(hours=24))
    assert number_of(session, people.budi).quiet_until == later(hours=24)


def test_holders_are_people(session, people):
    number = number_of(session, people.budi)
    assert numbers.holders(session, number.id) == 1
    share(session, people, 1)
    assert numbers.holders(session, number.id) == 2
