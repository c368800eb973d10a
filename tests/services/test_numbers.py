"""Numbers: silence belongs to the number, for everybody on it, until somebody's recorded word (failures 31-34, 39-40)."""

import pytest
from sqlalchemy import select

from companion.models import (
    Alert,
    Audit,
    Consent,
    Institution,
    Message,
    Number,
    Person,
    Phone,
    Signal,
    Slot,
    Staff,
    Task,
    Window,
)
from companion.rules.states import Family, Level, MessageState, SlotState, WindowState
from companion.rules.terms import ConsentPurpose, PersonStatus, PhoneKind, Purpose
from companion.services import closing, consents, enrol, numbers, outbox, pauses, returning
from tests.cast import NOW, Newcomer, later
from tests.engine.scene import BUDI, DAY


@pytest.fixture
def session(database, people):
    with database.sessions() as session:
        yield session


def number_of(session, person_id) -> Number:
    query = select(Number).join(Phone).where(Phone.person_id == person_id, Phone.rank == 0)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def states(session, person_id):
    return set(session.scalars(select(Slot.state).where(Slot.person_id == person_id)))


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


def share(session, people, rank):
    """Wati gets Budi's number, as her own first one or behind it."""
    wati = session.get_one(Person, people.wati)
    if rank == 0:
        session.execute(Phone.__table__.delete().where(Phone.person_id == people.wati))
    numbers.attach(session, wati, BUDI, PhoneKind.SHARED, rank=rank)
    session.flush()


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


# --- nothing is promised to it --------------------------------------------------------------------------------------


def agreed(session, people, *, confirms=True) -> Person:
    """Somebody new on Budi's silent number has said yes to check-ins."""
    numbers.silence(session, NOW, number_of(session, people.budi).id, "page")
    melati = session.get_one(Institution, people.melati)
    newer = enrol.enrol(session, NOW, melati, Newcomer(name="Newer", e164=BUDI)).person
    enrol.record_consent(session, later(hours=1), newer, ConsentPurpose.FOLLOW_UP, "file", confirms=confirms)
    return newer


def test_a_yes_promises_nothing_to_a_silent_number_until_it_is_opened(session, people):
    newer = agreed(session, people)
    assert states(session, newer.id) == set()
    assert consents.only_number_stopped(session, newer, NOW)
    numbers.reopen(session, later(days=1), newer.phones[0].number_id, staff_id=people.sari, proof="call")
    assert states(session, newer.id) == {SlotState.PLANNED}
    assert not consents.only_number_stopped(session, newer, NOW)


@pytest.mark.parametrize("ended", ["status", "window"])
def test_where_it_is_over_nothing_is_said_to_begin_once_the_number_opens(session, people, ended):
    newer = agreed(session, people)
    if ended == "status":
        newer.status = PersonStatus.WITHDRAWN
    else:
        session.scalars(select(Window).where(Window.person_id == newer.id)).one().state = WindowState.CLOSED
    session.flush()
    assert not consents.only_number_stopped(session, newer, NOW)


def test_nor_is_it_asked_whose_it_is_until_then(session, people):
    newer = agreed(session, people, confirms=False)
    asked = select(Message.id).where(Message.person_id == newer.id, Message.purpose == Purpose.CHECK_NUMBER)
    assert session.scalars(asked).all() == []
    numbers.reopen(session, later(days=1), newer.phones[0].number_id, staff_id=people.sari, proof="call")
    assert len(session.scalars(asked).all()) == 1


def test_a_yes_to_a_number_that_takes_texts_is_no_matter_of_a_second_silent_one(session, people):
    numbers.silence(session, NOW, number_of(session, people.budi).id, "page")
    melati = session.get_one(Institution, people.melati)
    newer = enrol.enrol(session, NOW, melati, Newcomer(e164="+6281200000091", second_e164=BUDI, name="X"))
    enrol.record_consent(session, NOW, newer.person, ConsentPurpose.FOLLOW_UP, "file")
    assert states(session, newer.person.id) == {SlotState.PLANNED}


def silent(session, people) -> tuple[Staff, Person, Window]:
    numbers.silence(session, NOW, number_of(session, people.budi).id, "page")
    window = session.scalars(select(Window).where(Window.person_id == people.budi)).one()
    return session.get_one(Staff, people.ratna), session.get_one(Person, people.budi), window


def test_the_end_of_a_pause_promises_nothing_to_it(session, people):
    ratna, budi, window = silent(session, people)
    pauses.begin(session, NOW, ratna, budi, window, later(days=3), "asked")
    assert pauses.end(session, later(days=1), ratna, budi, window)
    assert SlotState.PLANNED not in states(session, budi.id)


def test_coming_back_from_an_institution_promises_nothing_to_it(session, people):
    ratna, budi, window = silent(session, people)
    budi.status = PersonStatus.IN_INSTITUTION
    assert pauses.end(session, later(days=1), ratna, budi, window)
    assert SlotState.PLANNED not in states(session, budi.id)


def test_a_death_that_was_none_promises_nothing_to_it(session, people):
    ratna, budi, window = silent(session, people)
    enrol.end_follow_up(session, NOW, budi, PersonStatus.DIED, staff_id=ratna.id)
    assert closing.deny_end(session, later(days=1), budi, window, ratna) is None
    assert SlotState.PLANNED not in states(session, budi.id)
    assert session.scalars(select(Task).where(Task.person_id == budi.id, Task.state == "planned")).all()


def test_coming_out_again_promises_nothing_to_it(session, people):
    ratna, budi, window = silent(session, people)
    window.state = WindowState.CLOSED
    done = returning.come_out_again(session, later(days=1), ratna, budi, later(days=1).date())
    assert isinstance(done, Window)
    assert SlotState.PLANNED not in states(session, budi.id)


# --- open again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["", "   "])
def test_it_opens_only_on_a_recorded_word(session, people, proof):
    number = number_of(session, people.budi)
    numbers.silence(session, NOW, number.id, "page")
    assert not numbers.reopen(session, NOW, number.id, staff_id=people.sari, proof=proof)
    assert number_of(session, people.budi).silenced_at == NOW


def test_then_what_lies_ahead_is_promised_again(session, people):
    number = number_of(session, people.budi)
    numbers.silence(session, NOW, number.id, "page")
    assert numbers.reopen(
        session, later(days=3), number.id, staff_id=people.sari, proof="call of 26 November"
    )
    assert SlotState.PLANNED in states(session, people.budi)
    assert number_of(session, people.budi).silenced_at is None
    assert not numbers.reopen(session, later(days=3), number.id, staff_id=people.sari, proof="again")


def test_opening_promises_nothing_to_whoever_did_not_consent(session, people):
    number = number_of(session, people.budi)
    numbers.silence(session, NOW, number.id, "page")
    session.execute(Consent.__table__.update().values(withdrawn_at=NOW))
    numbers.reopen(session, later(days=3), number.id, staff_id=people.sari, proof="call")
    assert states(session, people.budi) == {SlotState.CANCELLED}


@pytest.mark.parametrize(
    ("status", "promised"),
    [(PersonStatus.NOT_REACHED, True), (PersonStatus.IN_INSTITUTION, False), (PersonStatus.WITHDRAWN, False)],
)
def test_opening_begins_no_check_ins_that_a_status_ended(session, people, status, promised):
    budi = silent(session, people)[1]
    budi.status = status
    numbers.reopen(session, later(days=3), budi.phones[0].number_id, staff_id=people.sari, proof="call")
    assert (SlotState.PLANNED in states(session, budi.id)) == promised


def test_opening_does_not_promise_twice_to_whose_texts_go_elsewhere(session, people):
    share(session, people, 1)
    number = number_of(session, people.budi)
    numbers.silence(session, NOW, number.id, "page")
    numbers.reopen(session, later(days=1), number.id, staff_id=people.sari, proof="call")
    generations = session.scalars(
        select(Slot.generation).where(Slot.person_id == people.wati).distinct()
    ).all()
    assert generations == [1]


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
