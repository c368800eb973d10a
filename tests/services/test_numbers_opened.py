"""A silent number: nothing is promised to it by any way, until somebody's recorded word opens it (failures 31-34)."""

import pytest
from sqlalchemy import select

from companion.models import Consent, Institution, Message, Person, Slot, Staff, Task, Window
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import ConsentPurpose, PersonStatus, Purpose
from companion.services import closing, consents, enrol, numbers, pauses, returning
from tests.cast import NOW, Newcomer, later
from tests.engine.scene import BUDI
from tests.services.numbered import number_of, share, states

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
