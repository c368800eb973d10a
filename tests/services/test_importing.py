"""People brought in by a sheet or a form, and the sheet between its preview and somebody's yes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from companion.models import Consent, FamilyMember, ImportDraft, Institution, Message, Person, Phone, Slot
from companion.rules.plan import PlanSettings
from companion.rules.terms import ConsentPurpose
from companion.services import consents, family, importing, passwords
from companion.sheets import Code, Entry, RowVerdict, Verdict
from tests.cast import NOW

SECOND = timedelta(seconds=1)
AYU = Entry(
    name="Nur'aini O'Brien", e164="+6281355500001", left_on=date(2026, 11, 20), born_on=date(1991, 2, 3),
    guardian_name="Rina", relation="Ibu", family_e164="+6281355500002",
)  # fmt: skip
JOKO = Entry(name="Joko", e164="+6281355500003", left_on=date(2026, 11, 1), preferred_hour="16:00")
TEEN = replace(AYU, name="Dito", e164="+6281355500004", born_on=date(2010, 1, 1), family_e164=None)


@pytest.fixture
def session(database):
    with database.write() as session:
        yield session


@pytest.fixture
def melati(people, session):
    return session.get_one(Institution, people.melati)


def rows(*entries):
    return [RowVerdict(4 + n, Verdict.OK, Code.OK, entry=entry) for n, entry in enumerate(entries)]


def store(session, melati, entries, people, *, consent_ref="map hijau", now=NOW):
    return importing.store(
        session, now, melati, rows(*entries), caseworker_id=people.sari, consent_ref=consent_ref,
        staff_id=people.sari,
    )  # fmt: skip


def count(session, kind):
    session.flush()
    return session.scalar(select(func.count()).select_from(kind))


def person(session, ref):
    return session.scalars(select(Person).where(Person.ref == ref)).one()


def test_each_row_gives_the_ref_of_a_new_person(session, melati, people):
    refs = store(session, melati, [AYU, JOKO], people)
    assert sorted(refs) == [4, 5]
    ayu = person(session, refs[4])
    assert (ayu.name, ayu.caseworker_id) == ("Nur'aini O'Brien", people.sari)


def test_a_row_without_an_entry_stores_nobody(session, melati, people):
    before = count(session, Person)
    faulty = [RowVerdict(9, Verdict.ERROR, Code.NO_NAME), RowVerdict(10, Verdict.SKIP, Code.EMPTY_ROW)]
    assert importing.store(session, NOW, melati, faulty, caseworker_id=None, consent_ref="x") == {}
    assert count(session, Person) == before


def test_the_same_sheet_twice_changes_nothing(session, melati, people):
    store(session, melati, [AYU, JOKO], people)
    before = [count(session, kind) for kind in (Person, Phone, Consent, Slot, FamilyMember)]
    assert store(session, melati, [AYU, JOKO], people, now=NOW + timedelta(days=1)) == {}
    assert [count(session, kind) for kind in (Person, Phone, Consent, Slot, FamilyMember)] == before


def test_with_the_forms_check_ins_are_promised_and_without_them_nothing_is(session, melati, people):
    with_forms = person(session, store(session, melati, [AYU], people)[4])
    without = person(session, store(session, melati, [JOKO], people, consent_ref=None)[4])
    slots = dict(session.execute(select(Slot.person_id, func.count()).group_by(Slot.person_id)).all())
    assert slots[with_forms.id] > 10 and without.id not in slots
    assert consents.standing(session, with_forms.id) == {ConsentPurpose.FOLLOW_UP}
    assert consents.standing(session, without.id) == set()


def test_the_familys_consent_counts_only_where_the_row_says_so(session, melati, people):
    refs = store(session, melati, [replace(AYU, family_consent=True), JOKO], people)
    assert ConsentPurpose.FAMILY in consents.standing(session, person(session, refs[4]).id)
    assert ConsentPurpose.FAMILY not in consents.standing(session, person(session, refs[5]).id)


def test_a_sheet_never_speaks_for_a_guardian_or_a_teenager(session, melati, people):
    teen = person(session, store(session, melati, [replace(TEEN, family_consent=True)], people)[4])
    assert consents.standing(session, teen.id) == set()
    assert not consents.may_start(session, teen, NOW)
    assert session.scalars(select(Slot).where(Slot.person_id == teen.id)).all() == []


@pytest.mark.parametrize(("born_on", "speaks"), [(date(2008, 11, 23), True), (date(2008, 11, 24), False)])
def test_a_sheet_speaks_for_somebody_from_their_18th_birthday_on(session, melati, people, born_on, speaks):
    refs = store(session, melati, [replace(TEEN, born_on=born_on)], people)
    assert (ConsentPurpose.FOLLOW_UP in consents.standing(session, person(session, refs[4]).id)) is speaks


def test_a_family_member_of_the_sheet_is_kept_for_later_and_hears_nothing(session, melati, people):
    ref = store(session, melati, [replace(AYU, family_consent=True)], people)[4]
    member = family.members_of(session, person(session, ref).id)[0]
    assert (member.name, member.relation, member.number.e164) == ("Rina", "Ibu", "+6281355500002")
    assert not any(passwords.matches(member.pin_hash, pin) for pin in ("", "000000", "123456"))
    assert family.due(session, NOW) == []
    assert session.scalars(select(Message).where(Message.family_member_id == member.id)).all() == []


def test_a_form_brings_language_and_safe_hours(session, melati, people):
    done = importing.bring_in(
        session, NOW, melati, JOKO, caseworker_id=people.dewi, staff_id=people.dewi, proofs={},
        language="en", safe=("09:00", "17:00"),
    )  # fmt: skip
    session.flush()
    session.expire_all()
    phone = done.person.phones[0]
    assert (done.person.language, phone.safe_from, phone.safe_to) == ("en", "09:00", "17:00")
    assert done.person.preferred_hour == "16:00"


def test_who_is_known_is_known_in_this_institution_only(session, melati, people):
    store(session, melati, [AYU], people)
    session.flush()
    elsewhere = session.get_one(Institution, people.other)
    assert importing.known(session, melati)(AYU)
    assert not importing.known(session, melati)(JOKO)
    assert not importing.known(session, elsewhere)(AYU)


def test_looking_back_leaves_out_who_came_since(session, melati, people):
    store(session, melati, [AYU], people, now=NOW + SECOND)
    session.flush()
    assert not importing.known(session, melati, before=NOW + SECOND)(AYU)
    assert importing.known(session, melati, before=NOW + 2 * SECOND)(AYU)


def test_the_report_finds_everybody_who_is_here_now(session, melati, people):
    refs = store(session, melati, [AYU], people)
    assert importing.refs_of(session, melati, rows(AYU, JOKO)) == refs


def test_the_length_of_the_follow_up_comes_from_the_newest_plan(session, melati):
    assert importing.window_days(session, melati.id) == PlanSettings().window_days
    assert importing.window_days(session, 10**6) == PlanSettings().window_days


@pytest.fixture
def draft(session, melati, people):
    return importing.keep_draft(
        session, NOW, institution_id=melati.id, staff_id=people.sari, filename="daftar.csv", content=b"nama;hp",
        total=7,
    )  # fmt: skip


def say_yes(session, draft, **values):
    return importing.confirm(
        session, NOW, NOW, draft, total=5, caseworker_id=draft.staff_id, consent_ref="map biru", **values
    )


def test_a_draft_is_its_owners_alone(session, draft, people):
    assert importing.draft_of(session, people.sari, draft.ref) is draft
    assert importing.draft_of(session, people.ratna, draft.ref) is None
    assert importing.draft_of(session, people.dewi, draft.ref) is None


def test_neither_the_sheet_nor_the_proof_can_be_read_in_the_table(session, draft):
    say_yes(session, draft)
    table = ImportDraft.__table__
    stored = session.connection().exec_driver_sql(f"SELECT content, consent_ref FROM {table.name}").one()
    assert b"nama" not in bytes(stored[0]) and b"map" not in bytes(stored[1])


def test_a_second_yes_starts_nothing(session, draft):
    assert say_yes(session, draft)
    assert not say_yes(session, draft)


@pytest.mark.parametrize(("after", "won"), [(-SECOND, False), (timedelta(), True), (SECOND, True)])
def test_a_storing_is_taken_over_after_thirty_silent_seconds(session, draft, after, won):
    say_yes(session, draft)
    session.expire_all()
    at = NOW + importing.STALE + after
    assert importing.has_died(draft, at) == won
    assert importing.take_over(session, at, draft.id) == won
    assert not importing.take_over(session, at, draft.id)


def test_a_storing_that_broke_off_can_go_on_at_once(session, draft):
    say_yes(session, draft)
    importing.falter(session, draft.id)
    session.expire_all()
    assert importing.has_died(draft, NOW) and importing.take_over(session, NOW, draft.id)


def test_a_chunk_is_counted_once(session, draft):
    say_yes(session, draft)
    chunk = importing.Chunk(draft.id, 0)
    assert importing.count(session, NOW, chunk, 3, 2)
    assert not importing.count(session, NOW, chunk, 3, 2)
    importing.count(session, NOW, importing.Chunk(draft.id, 3), 2, 2)
    importing.finish(session, draft.id)
    session.expire_all()
    assert (draft.done, draft.stored, draft.state) == (5, 4, "done")


def test_a_draft_is_dropped_unless_it_is_being_stored(session, draft):
    say_yes(session, draft)
    assert not importing.drop(session, NOW + importing.STALE - SECOND, draft.id)
    assert importing.drop(session, NOW + importing.STALE, draft.id)
    assert count(session, ImportDraft) == 0


@pytest.mark.parametrize(("after", "gone"), [(-SECOND, 0), (timedelta(), 1), (SECOND, 1)])
def test_drafts_are_forgotten_after_a_day(session, draft, after, gone):
    at = NOW + importing.DRAFT_LIVES + after
    assert importing.forget_old(session, at, at, draft.institution_id)["deleted"] == gone


def test_a_draft_that_was_stored_late_stays_a_day_from_then(session, draft):
    late = NOW + timedelta(hours=20)
    importing.confirm(session, late, late, draft, total=5, caseworker_id=None, consent_ref=None)
    for hours, gone in ((25, 0), (44, 1)):
        at = NOW + timedelta(hours=hours)
        assert importing.forget_old(session, at, at, draft.institution_id)["deleted"] == gone
