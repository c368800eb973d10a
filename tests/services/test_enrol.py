"""Bringing people in, and what consent begins and ends (design 2.14, failures 31-35)."""

from datetime import date

import pytest
from sqlalchemy import select

from companion.models import Audit, Institution, Message, Person, Slot, Staff
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import ConsentPurpose, PersonStatus, PhoneKind, Purpose, Role
from companion.services import enrol, numbers, outbox
from tests import cast
from tests.cast import NOW, later
from tests.engine.scene import DAY


@pytest.fixture
def session(database, people):
    with database.sessions() as session:
        yield session


@pytest.fixture
def melati(session, people):
    return session.get_one(Institution, people.melati)


def bring(session, melati, now=NOW, **fields):
    given = {"name": "Rizki Ananda", "called": "Rizki", "e164": "+6281200000081"} | fields
    return enrol.enrol(session, now, melati, cast.Newcomer(**given))


def slots_of(session, person):
    return session.scalars(select(Slot).where(Slot.person_id == person.id)).all()


# --- institutions and staff -----------------------------------------------------------------------------------------


def test_a_code_and_a_login_are_taken_once(session, melati):
    with pytest.raises(enrol.Taken):
        cast.institution(session, "melati")
    with pytest.raises(enrol.Taken):
        enrol.create_staff(
            session,
            NOW,
            institution=melati,
            login="sari",
            name="Sari",
            role=Role.CASEWORKER,
            password="x" * 12,
        )


def test_an_unknown_zone_is_refused(session):
    with pytest.raises((ValueError, KeyError)):
        enrol.create_institution(session, NOW, code="x", name="X", zone="Mars/Olympus", province=None)


def test_a_password_is_never_kept(session, melati):
    staff = enrol.create_staff(
        session,
        NOW,
        institution=melati,
        login="baru",
        name="Baru",
        role=Role.CASEWORKER,
        password="rahasia sekali",
    )
    assert "rahasia" not in staff.password_hash


# --- people ---------------------------------------------------------------------------------------------------------


def test_nothing_is_promised_before_consent(session, melati):
    done = bring(session, melati)
    assert done.created
    assert slots_of(session, done.person) == []
    assert done.window.look_at == NOW + 7 * DAY  # but somebody looks after a week


def test_without_a_named_caseworker_it_is_the_supervisor(session, melati, people):
    assert bring(session, melati).person.caseworker_id == people.ratna


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "  rizki   ANANDA "},
        {"e164": "+6281200000089", "zone": "Asia/Jayapura", "left_on": date(2026, 11, 22)},
    ],
    ids=["the same", "other spelling of case and spaces", "other number and place"],
)
def test_somebody_who_is_here_already_is_left_exactly_as_they_are(session, melati, fields):
    first = bring(session, melati)
    numbers.silence(session, NOW, first.person.phones[0].number_id, "page")
    again = bring(session, melati, **fields)
    assert (again.created, again.person.id) == (False, first.person.id)
    assert (first.person.zone, len(first.person.phones)) == ("Asia/Jakarta", 1)
    assert first.person.phones[0].number.silenced_at == NOW  # an import opens nothing again (failures 31)


def test_another_birth_date_is_another_person(session, melati):
    bring(session, melati)
    assert bring(session, melati, born_on=date(1991, 1, 1)).created


def test_without_a_birth_date_name_and_number_make_the_person(session, melati):
    bring(session, melati, born_on=None)
    assert not bring(session, melati, born_on=None).created
    assert bring(session, melati, born_on=None, e164="+6281200000082").created


def test_the_same_person_in_another_institution_is_another_record(session, melati, people):
    bring(session, melati)
    assert bring(session, session.get_one(Institution, people.other)).created


def test_a_phone_nobody_described_is_what_the_institution_takes_phones_to_be(session, melati):
    assert bring(session, melati, phone_kind=None).person.phones[0].kind is PhoneKind.SHARED
    melati.phones = PhoneKind.OWN
    again = bring(session, melati, phone_kind=None, name="Another")
    assert again.person.phones[0].kind is PhoneKind.OWN


def test_a_second_number_is_kept_behind_the_first(session, melati):
    person = bring(session, melati, second_e164="+6281200000083").person
    assert [(phone.rank, phone.number.e164) for phone in person.phones] == [
        (0, "+6281200000081"), (1, "+6281200000083"),
    ]  # fmt: skip
    twice = bring(session, melati, name="Twice", second_e164="+6281200000081").person
    assert len(twice.phones) == 1


# --- consent --------------------------------------------------------------------------------------------------------


def test_consent_promises_the_check_ins_and_confirms_the_number(session, melati, people):
    person = bring(session, melati).person
    assert enrol.record_consent(
        session, NOW, person, ConsentPurpose.FOLLOW_UP, "berkas 9", staff_id=people.sari
    )
    assert len(slots_of(session, person)) == 20
    assert person.phones[0].confirmed_at == NOW


def test_the_same_consent_twice_promises_nothing_twice(session, melati):
    person = bring(session, melati).person
    enrol.record_consent(session, NOW, person, ConsentPurpose.FOLLOW_UP, "berkas 9")
    assert not enrol.record_consent(session, NOW, person, ConsentPurpose.FOLLOW_UP, "berkas 9")
    assert len(slots_of(session, person)) == 20


@pytest.mark.parametrize(
    ("purposes", "promised"),
    [
        ((ConsentPurpose.FOLLOW_UP,), False),
        ((ConsentPurpose.GUARDIAN,), False),
        ((ConsentPurpose.ASSENT,), False),
        ((ConsentPurpose.ASSENT, ConsentPurpose.GUARDIAN), True),
    ],
)
def test_under_eighteen_both_are_needed(session, melati, purposes, promised):
    person = bring(session, melati, born_on=date(2009, 12, 1)).person
    for purpose in purposes:
        enrol.record_consent(session, NOW, person, purpose, "berkas 9")
    assert bool(slots_of(session, person)) == promised


@pytest.mark.parametrize(("born_on", "teen"), [(date(2008, 11, 24), True), (date(2008, 11, 23), False)])
def test_one_is_an_adult_from_the_eighteenth_birthday_on(session, melati, born_on, teen):
    """Today is 23 November 2026."""
    assert enrol.is_teen(bring(session, melati, born_on=born_on).person, NOW) == teen


def test_the_birthday_comes_on_the_persons_own_calendar(session, melati):
    """18.00 UTC on the 23rd is already the 24th in Jayapura."""
    person = bring(session, melati, born_on=date(2008, 11, 24), zone="Asia/Jayapura").person
    assert not enrol.is_teen(person, NOW.replace(hour=18))


def test_nobody_is_taken_for_a_child_because_a_date_is_missing(session, melati):
    assert not enrol.is_teen(bring(session, melati, born_on=None).person, NOW)


def promise(session, person, purpose=Purpose.WE_RANG, **about):
    outbox.promise(
        session, NOW, institution_id=person.institution_id, purpose=purpose, subject=f"x:{purpose}",
        expires_at=later(days=1), person_id=person.id, number_id=person.phones[0].number_id, **about,
    )  # fmt: skip


def state_of(session, purpose):
    return session.scalar(select(Message.state).where(Message.subject == f"x:{purpose}"))


def test_taking_it_back_ends_everything_promised_on_it_in_the_same_act(session, people):
    budi = session.get_one(Person, people.budi)
    promise(session, budi)
    assert enrol.withdraw_consent(session, NOW, budi, ConsentPurpose.FOLLOW_UP)
    assert {slot.state for slot in slots_of(session, budi)} == {SlotState.CANCELLED}
    assert state_of(session, Purpose.WE_RANG) is MessageState.CANCELLED
    assert not enrol.withdraw_consent(session, NOW, budi, ConsentPurpose.FOLLOW_UP)


def family_text(session, budi):
    from companion.models import FamilyMember

    member = FamilyMember(
        institution_id=budi.institution_id,
        person_id=budi.id,
        name="Ibu",
        pin_hash="x",
        first_week_at=NOW,
        invited_at=NOW,
    )
    session.add(member)
    session.flush()
    promise(session, budi, Purpose.FAMILY_WEEKLY, family_member_id=member.id)


@pytest.mark.parametrize(
    ("purpose", "own", "familys"),
    [
        (ConsentPurpose.FOLLOW_UP, MessageState.CANCELLED, MessageState.PLANNED),
        (ConsentPurpose.FAMILY, MessageState.PLANNED, MessageState.CANCELLED),
    ],
)
def test_the_familys_world_and_the_graduates_end_apart(session, people, purpose, own, familys):
    budi = session.get_one(Person, people.budi)
    enrol.record_consent(session, NOW, budi, ConsentPurpose.FAMILY, "berkas 10")
    promise(session, budi)
    family_text(session, budi)
    enrol.withdraw_consent(session, NOW, budi, purpose)
    assert (state_of(session, Purpose.WE_RANG), state_of(session, Purpose.FAMILY_WEEKLY)) == (own, familys)


def test_consent_given_anew_promises_what_lies_ahead_then(session, people):
    budi = session.get_one(Person, people.budi)
    enrol.withdraw_consent(session, NOW, budi, ConsentPurpose.FOLLOW_UP)
    enrol.record_consent(session, later(days=20), budi, ConsentPurpose.FOLLOW_UP, "berkas 11")
    ahead = [slot for slot in slots_of(session, budi) if slot.state is SlotState.PLANNED]
    assert ahead
    assert min(slot.due_at for slot in ahead) > later(days=20)


# --- the end --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [PersonStatus.DIED, PersonStatus.WITHDRAWN, PersonStatus.IN_INSTITUTION])
def test_everything_ends_in_one_act_also_what_goes_to_the_family(session, people, status):
    """Failures 35: nobody writes to the dead, or to their family about reading."""
    budi = session.get_one(Person, people.budi)
    promise(session, budi)
    family_text(session, budi)
    enrol.end_follow_up(session, NOW, budi, status, staff_id=people.sari)
    assert {slot.state for slot in slots_of(session, budi)} == {SlotState.CANCELLED}
    assert state_of(session, Purpose.WE_RANG) is MessageState.CANCELLED
    assert state_of(session, Purpose.FAMILY_WEEKLY) is MessageState.CANCELLED


@pytest.mark.parametrize("status", [PersonStatus.DIED, PersonStatus.WITHDRAWN, PersonStatus.IN_INSTITUTION])
def test_a_yes_to_the_familys_reading_brings_no_check_ins_back(session, people, status):
    budi = session.get_one(Person, people.budi)
    enrol.end_follow_up(session, NOW, budi, status, staff_id=people.sari)
    assert enrol.record_consent(session, NOW, budi, ConsentPurpose.FAMILY, "berkas 7")
    assert {slot.state for slot in slots_of(session, budi)} == {SlotState.CANCELLED}


def test_every_act_is_written_down_without_a_word_about_anybody(session, melati, people):
    person = bring(session, melati).person
    enrol.record_consent(session, NOW, person, ConsentPurpose.FOLLOW_UP, "map biru", staff_id=people.sari)
    enrol.withdraw_consent(session, NOW, person, ConsentPurpose.FOLLOW_UP)
    session.flush()
    acts = session.scalars(select(Audit.act).where(Audit.person_id == person.id).order_by(Audit.id)).all()
    assert acts == ["enrolled", "consent:follow_up", "consent_withdrawn:follow_up"]
    assert "Rizki" not in repr(person)
    assert session.get(Staff, people.sari) is not None
