"""The work list: who is on which list, in which order, one line per person, at a constant cost (design 4.1, 4.3)."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from companion import i18n
from companion.models import Contact, FamilyMember, Gap, GapCall, Message, Number
from companion.rules.states import Family, Level, MessageState, Within
from companion.rules.terms import ConsentPurpose, PhoneKind, Purpose, TaskKind, TaskState
from companion.services import alerts, caseload, closing, enrol, numbers, people_list, person_card, why
from companion.services.caseload_house import house
from companion.services.caseload_lists import Listing, scope
from companion.services.person import find, shown_name
from tests.services.desk import DAY, HOUR, NOW, Desk

SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(database):
    with database.sessions() as session:
        yield Desk(session)


@pytest.fixture(autouse=True)
def english():
    with i18n.speaking("en"):
        yield


def view(desk, staff=None, *, whole=False, now=NOW):
    desk.session.flush()
    desk.session.expire_all()
    return scope(staff or desk.sari, now, whole_institution=whole)


def work(desk, listing=Listing.ALL, staff=None, number=1, **how):
    return caseload.work_list(desk.session, view(desk, staff, **how), listing, number)


def names(desk, listing=Listing.ALL, **how):
    return [line.name for line in work(desk, listing, **how).lines]


def free_of_tasks(desk):
    """Tasks of the plan moved out of sight, so that a test sees only its own rows."""
    for person in (desk.budi, desk.wati, desk.joko):
        for task in desk.tasks(person, state=TaskState.PLANNED):
            task.due_at = NOW + 50 * DAY


# --- which list -----------------------------------------------------------------------------------------------------

LISTS = [
    (Family.SILENCE, Listing.SILENCE),
    (Family.UNDELIVERED, Listing.UNDELIVERED),
    (Family.SYSTEM, Listing.SYSTEM),
    (Family.STRUGGLING, Listing.STRUGGLING),
    (Family.SAFETY, Listing.STRUGGLING),
    (Family.WORRY, Listing.STRUGGLING),
    (Family.DATA, Listing.DECIDE),
]


@pytest.mark.parametrize(("family", "listing"), LISTS)
def test_every_family_of_alerts_has_its_list(desk, family, listing):
    desk.alert(desk.budi, family)
    counts = work(desk).counts
    assert {one for one in Listing if counts[one] and one is not Listing.TODAY} == {Listing.ALL, listing}
    assert names(desk, listing) == ["Budi S."]


def test_a_task_of_today_stands_under_to_contact_today_and_tomorrows_does_not(desk):
    free_of_tasks(desk)
    task = desk.tasks(desk.budi, state=TaskState.PLANNED)[0]
    midnight = NOW.replace(hour=17, minute=0)  # the end of today in Jakarta
    task.due_at = midnight
    assert work(desk).counts[Listing.TODAY] == 0
    task.due_at = midnight - SECOND
    assert names(desk, Listing.TODAY) == ["Budi S."]
    assert work(desk).lines[0].first.sentence == f"Contact of the plan, day {task.day}."


def test_a_task_that_was_due_before_today_says_so(desk):
    free_of_tasks(desk)
    desk.tasks(desk.budi, state=TaskState.PLANNED)[0].due_at = NOW - 2 * DAY
    line = work(desk).lines[0]
    assert "It was due Saturday 31 October." in line.first.sentence


def test_the_closing_contact_says_that_it_closes(desk):
    free_of_tasks(desk)
    desk.tasks(desk.budi, kind=TaskKind.CLOSING, state=TaskState.PLANNED)[0].due_at = NOW
    assert "closes it" in work(desk).lines[0].first.sentence


def test_a_call_owed_after_our_gap_stands_under_our_own_faults_with_a_banner(desk):
    gap = Gap(began_at=NOW - 5 * HOUR, ended_at=NOW - HOUR)
    desk.session.add(gap)
    desk.session.flush()
    call = GapCall(institution_id=desk.damai.id, gap_id=gap.id, person_id=desk.budi.id, why="silent")
    desk.session.add(call)
    assert names(desk, Listing.SYSTEM) == ["Budi S."]
    seen = house(desk.session, view(desk))
    assert (seen.gap_from, seen.gap_to, seen.calls) == (gap.began_at, gap.ended_at, 1)
    call.done_at = NOW
    assert names(desk, Listing.SYSTEM) == []
    assert house(desk.session, view(desk)).gap_to == gap.ended_at
    late = house(desk.session, view(desk, now=gap.ended_at + DAY))
    assert late.gap_to is None


def test_the_banner_names_what_nobody_took_in_this_institution_only(desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    desk.alert(desk.joko, level=Level.RED).step = "banner"
    assert house(desk.session, view(desk)).not_taken == 0
    alert.step = "banner"
    assert house(desk.session, view(desk)).not_taken == 1
    alerts.claim(desk.session, NOW, alert.id, desk.sari)
    assert house(desk.session, view(desk)).not_taken == 0


def message(desk, person, state=MessageState.UNSURE):
    desk.numbers += 1
    row = Message(
        institution_id=person.institution_id, purpose=Purpose.INVITATION, subject=f"slot:{desk.numbers}",
        person_id=person.id, number_id=person.phones[0].number_id, state=state, planned_for=NOW - 2 * HOUR,
        expires_at=NOW + DAY, state_at=NOW - 2 * HOUR, first_attempt_at=NOW - 2 * HOUR,
        last_attempt_at=NOW - 2 * HOUR, attempts=1,
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    desk.alert(person, Family.DATA, code="D2", values={}, about=f"message:{row.id}")
    return row


def test_a_text_of_which_nobody_knows_is_decided_by_a_person_and_its_alert_is_closed(desk):
    row = message(desk, desk.budi)
    line = work(desk, Listing.DECIDE).lines[0]
    assert [ref for ref, _at in line.decide] == [row.ref]
    assert closing.decide_text(desk.session, NOW, desk.sari, row, sent=True)
    assert desk.session.get_one(Message, row.id, populate_existing=True).state is MessageState.SENT
    assert work(desk, Listing.DECIDE).lines == []
    assert not closing.decide_text(desk.session, NOW, desk.sari, row, sent=False)


def test_deciding_one_text_leaves_other_doubts_open(desk):
    row, other = message(desk, desk.budi), message(desk, desk.budi)
    desk.alert(desk.budi, Family.DATA, code="D1", values={"way": "bukan_saya"}, about="number:1")
    closing.decide_text(desk.session, NOW, desk.sari, row, sent=False)
    assert [ref for ref, _at in work(desk, Listing.DECIDE).lines[0].decide] == [other.ref]
    closing.decide_text(desk.session, NOW, desk.sari, other, sent=False)
    assert len(work(desk, Listing.DECIDE).lines) == 1


# --- order ----------------------------------------------------------------------------------------------------------


def test_red_by_deadline_then_overdue_then_amber_then_the_rest_then_who_has_answered(desk):
    free_of_tasks(desk)
    people = {
        name: desk.graduate(name, desk.sari)
        for name in ("Ani", "Beni", "Cici", "Dodi", "Eka", "Fani", "Gita")
    }
    for person in people.values():
        for task in desk.tasks(person, state=TaskState.PLANNED):
            task.due_at = NOW + 50 * DAY
    desk.alert(people["Gita"], Family.SILENCE, within=Within.DAYS_2)
    alerts.answered(desk.session, NOW, desk.window(people["Gita"]).id)
    desk.alert(people["Fani"], Family.SYSTEM, Level.NONE, within=None)
    desk.alert(people["Eka"], level=Level.AMBER)
    desk.alert(people["Dodi"], level=Level.AMBER).deadline_at = NOW
    desk.alert(people["Cici"], level=Level.AMBER).deadline_at = NOW - HOUR
    desk.alert(people["Beni"], level=Level.RED).deadline_at = NOW + HOUR
    desk.alert(people["Ani"], level=Level.RED).deadline_at = NOW - SECOND
    assert names(desk) == ["Ani", "Beni", "Cici", "Dodi", "Eka", "Fani", "Gita"]
    assert [line.overdue for line in work(desk).lines] == [True, False, True, True, False, False, False]


def test_an_amber_deadline_counts_as_overdue_from_its_very_instant(desk):
    free_of_tasks(desk)
    desk.alert(desk.budi).deadline_at = NOW
    assert work(desk).lines[0].overdue
    assert not work(desk, now=NOW - SECOND).lines[0].overdue


def test_four_hundred_people_are_on_eight_pages_each_of_them_once(desk):
    for number in range(400):
        person = desk.graduate(f"Orang{number}", desk.sari, consent=False)
        desk.alert(person, level=Level.AMBER, within=None)
    found = work(desk)
    assert (found.pages, len(found.lines)) == (8, 50)
    seen = [line.ref for page in range(1, 9) for line in work(desk, number=page).lines]
    assert len(seen) == len(set(seen)) == 400
    assert work(desk, number=9).lines == []


# --- one line -------------------------------------------------------------------------------------------------------


def test_several_reasons_are_one_line_the_most_urgent_first(desk):
    free_of_tasks(desk)
    desk.alert(desk.budi, code="A1", values={})
    desk.alert(desk.budi, level=Level.RED, code="R4", about="answer:2",
               values={"value": 8, "usual": 3, "confidence": 2, "usual_confidence": 7})  # fmt: skip
    desk.alert(desk.budi, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()}, about="slot:1")
    found = work(desk)
    assert len(found.lines) == 1
    line = found.lines[0]
    assert line.first.sentence.startswith("Urge 8 (usual 3) and confidence 2 (usual 7) in one answer")
    assert (line.more, line.level) == (2, Level.RED)


def test_a_filtered_list_shows_the_reason_that_belongs_to_it(desk):
    desk.alert(desk.budi, level=Level.RED, code="A1", values={})
    desk.alert(desk.budi, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()}, about="slot:1")
    assert work(desk, Listing.SILENCE).lines[0].first.sentence == "Check-in of today unanswered."


def test_what_is_put_off_is_not_on_the_list_until_it_comes_back(desk):
    free_of_tasks(desk)
    alert = desk.alert(desk.budi)
    alerts.claim(desk.session, NOW, alert.id, desk.sari)
    alerts.snooze(desk.session, NOW, alert.id, desk.sari, NOW + DAY, "agreed")
    assert names(desk) == []
    assert names(desk, now=NOW + DAY - SECOND) == []
    assert names(desk, now=NOW + DAY) == ["Budi S."]


def test_a_closed_alert_leaves_the_list(desk):
    free_of_tasks(desk)
    alert = desk.alert(desk.budi, Family.SYSTEM, Level.NONE)
    assert closing.close_alert(desk.session, NOW, alert, desk.sari, "nothing", None) is None
    assert names(desk) == []


def test_what_was_tried_is_counted_since_there_is_something_to_act_on(desk):
    desk.alert(desk.budi)
    window = desk.window(desk.budi)

    def contact(code, at):
        desk.session.add(
            Contact(
                institution_id=window.institution_id, person_id=desk.budi.id, window_id=window.id,
                staff_id=desk.sari.id, code=code, at=at, once=f"{code}{at}",
            )
        )  # fmt: skip

    assert work(desk).lines[0].tried is None
    contact("spoke_well", NOW - SECOND)
    assert work(desk).lines[0].tried.times == 0
    contact("no_answer", NOW)
    contact("not_connected", NOW + HOUR)
    tried = work(desk).lines[0].tried
    assert (tried.code, tried.times) == ("not_connected", 2)


def ring(desk, **how):
    return work(desk, **how).lines[0].ring


def test_may_this_phone_ring(desk):
    desk.alert(desk.budi)
    phone = desk.budi.phones[0]
    number = desk.session.get_one(Number, phone.number_id)
    assert ring(desk).words == ("Own phone: you may call.",)
    phone.kind = PhoneKind.SHARED
    assert ring(desk).words == ("Shared phone: do not say a name.",)
    phone.safe_from, phone.safe_to = "09:00", "10:00"
    assert not ring(desk).now  # it is 10.00 in Jakarta
    assert ring(desk, now=NOW - SECOND).now
    phone.safe_way = "message"
    assert ring(desk, now=NOW - SECOND).words[0] == "Send a message first."
    number.quiet_until = NOW + HOUR
    assert not ring(desk).usable
    number.quiet_until = NOW
    number.unusable_at = NOW
    assert ring(desk).words[0] == "The number is no longer in use."
    phone.may_call = False
    assert ring(desk).words[0] == "Not this phone."


def test_a_number_of_two_people_is_shared_whatever_the_phone_says(desk):
    desk.alert(desk.budi)
    numbers.attach(desk.session, desk.wati, desk.budi.phones[0].number.e164, PhoneKind.OWN, rank=1)
    assert ring(desk).shared


def test_a_number_on_which_family_reads_is_shared(desk):
    desk.alert(desk.budi)
    member = FamilyMember(
        institution_id=desk.damai.id, person_id=desk.budi.id, name="Rina", pin_hash="x", first_week_at=NOW,
        invited_at=NOW, number_id=desk.budi.phones[0].number_id,
    )  # fmt: skip
    desk.session.add(member)
    assert ring(desk).shared
    member.ended_at = NOW
    assert not ring(desk).shared


def test_the_time_where_the_person_lives_is_shown_only_if_it_is_another(desk):
    desk.alert(desk.budi)
    assert work(desk).lines[0].clock_there is None
    desk.budi.zone = "Asia/Pontianak"
    assert work(desk).lines[0].clock_there is None
    desk.budi.zone = "Asia/Jayapura"
    assert work(desk).lines[0].clock_there == "12.00 WIT there now"


NAMES = [
    ("Budi Santoso", None, "Budi S."),
    ("Budi Santoso", "Mas Budi", "Mas Budi"),
    ("Budi Santoso", "  ", "Budi S."),
    ("Ayu D'Angelo", None, "Ayu D."),
    ("Sukarno", None, "Sukarno"),
    ("  siti  nur aini ", None, "siti A."),
]


@pytest.mark.parametrize(("name", "called", "shown"), NAMES)
def test_a_list_shows_how_somebody_is_called_or_a_first_name_and_an_initial(name, called, shown):
    assert shown_name(name, called) == shown


# --- whose people ---------------------------------------------------------------------------------------------------


def test_a_caseworker_sees_their_own_people_and_a_supervisor_may_see_all_of_the_institution(desk):
    for person in (desk.budi, desk.wati, desk.joko):
        desk.alert(person)
    assert names(desk) == ["Budi S."]
    assert names(desk, staff=desk.dewi) == ["Wati K."]
    assert names(desk, staff=desk.tuti) == []
    assert names(desk, staff=desk.tuti, whole=True) == ["Budi S.", "Wati K."]
    assert names(desk, staff=desk.rudi, whole=True) == ["Joko S."]


def test_a_colleague_who_was_given_an_alert_sees_the_person_until_it_is_closed(desk):
    free_of_tasks(desk)
    alert = desk.alert(desk.budi, Family.SYSTEM, Level.NONE)
    assert find(desk.session, desk.dewi, desk.budi.ref) is None
    assert closing.hand_over(desk.session, NOW, alert, desk.sari, desk.dewi)
    assert find(desk.session, desk.dewi, desk.budi.ref) is not None
    assert names(desk, staff=desk.dewi) == ["Budi S."]
    closing.close_alert(desk.session, NOW, alert, desk.dewi, "nothing", None)
    assert find(desk.session, desk.dewi, desk.budi.ref) is None


def test_only_the_holder_or_a_supervisor_passes_an_alert_on(desk):
    alert = desk.alert(desk.budi)
    alerts.claim(desk.session, NOW, alert.id, desk.tuti)
    desk.session.expire_all()
    assert not closing.hand_over(desk.session, NOW, alert, desk.sari, desk.dewi)
    assert closing.hand_over(desk.session, NOW, alert, desk.tuti, desk.dewi)


def test_of_two_who_take_it_at_once_one_wins(desk):
    alert = desk.alert(desk.budi)
    assert alerts.claim(desk.session, NOW, alert.id, desk.sari)
    assert not alerts.claim(desk.session, NOW, alert.id, desk.tuti)


def test_a_red_alert_is_put_off_only_after_a_conversation_and_for_three_days(desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    soon = NOW + 2 * DAY

    def snooze(until, reason="away"):
        return closing.snooze_alert(desk.session, NOW, alert, desk.sari, until, reason)

    assert snooze(soon) == "contact"
    desk.session.add(
        Contact(
            institution_id=desk.damai.id, person_id=desk.budi.id, window_id=alert.window_id, staff_id=desk.sari.id,
            code="spoke_well", at=NOW, once="x",
        )
    )  # fmt: skip
    desk.session.flush()
    assert snooze(NOW + 3 * DAY + SECOND) == "far"
    assert snooze(NOW) == "past"
    assert snooze(soon, "because") == "reason"
    assert snooze(NOW + 3 * DAY) is None


# --- my people ------------------------------------------------------------------------------------------------------


def test_a_search_finds_parts_of_a_name_and_of_what_somebody_is_called(desk):
    desk.graduate("Ayu D'Angelo Pratiwi", desk.sari, called="Kak Ayu")
    seen = view(desk)

    def found(words):
        return [row.name for row in people_list.search(desk.session, seen, words).rows]

    assert found("d'ang") == found("pratiwi ayu") == found("KAK") == ["Kak Ayu"]
    assert found("wati") == []  # Dewi's
    assert found("tidak ada") == []


def test_people_are_listed_with_their_next_check_in_and_without_what_was_never_heard(desk):
    desk.graduate("Eko", desk.sari, consent=False, days_ago=1)
    eko, budi = people_list.listing(desk.session, view(desk), 1).rows
    assert (eko.name, eko.consented, eko.next_at, eko.heard_at) == ("Eko", False, None, None)
    assert (budi.name, budi.consented, budi.day, budi.days) == ("Budi S.", True, 20, 120)
    assert budi.next_at > NOW


@pytest.mark.parametrize(("heard", "first"), [(3 * DAY, "15"), (9 * DAY, "8")])
def test_what_was_settled_by_a_conversation_is_no_longer_the_first_reason(desk, heard, first):
    """Silence before the person was last heard; the newer fact stands on the list and on top of the card."""
    window = desk.window(desk.budi)
    for day, level, at in ((8, Level.AMBER, NOW - 5 * DAY), (15, Level.NONE, NOW - HOUR)):
        desk.alert(
            desk.budi, Family.SILENCE, level, code="M1", values={"due_at": f"2026-10-{day:02}T03:00:00+00:00"},
            about=f"slot:{day}", at=at, within=Within.DAYS_2 if day == 8 else None,
        )  # fmt: skip
    window.heard_at = NOW - heard
    desk.session.flush()
    with i18n.speaking("en"):
        [line] = caseload.work_list(desk.session, view(desk), Listing.ALL, 1).lines
        [alert] = person_card.card(desk.session, view(desk), desk.budi).alerts
    assert f" {first} " in line.first.sentence
    assert alert.reasons[0].sentence == line.first.sentence


def test_a_yes_to_the_familys_reading_is_no_consent_to_check_ins(desk):
    eko = desk.graduate("Eko", desk.sari, consent=False, days_ago=1)
    enrol.record_consent(desk.session, NOW, eko, ConsentPurpose.FAMILY, "map 3")
    shown, _budi = people_list.listing(desk.session, view(desk), 1).rows
    assert (shown.name, shown.consented) == ("Eko", False)


def test_an_empty_caseload_is_an_empty_list(desk):
    assert people_list.listing(desk.session, view(desk, desk.tuti), 1).rows == []
    assert work(desk, staff=desk.tuti).lines == []


# --- cost -----------------------------------------------------------------------------------------------------------


def statements(desk, act) -> int:
    seen = []
    engine = desk.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    act()
    return len(seen)


def test_the_list_costs_the_same_whatever_the_caseload(desk):
    desk.alert(desk.budi)
    seen = view(desk)
    few = statements(desk, lambda: caseload.work_list(desk.session, seen, Listing.ALL, 1))
    for number in range(60):
        person = desk.graduate(f"Orang{number}", desk.sari, consent=False)
        desk.alert(person, code="A1", values={})
        desk.alert(person, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()}, about="slot:1")
    seen = view(desk)
    assert statements(desk, lambda: caseload.work_list(desk.session, seen, Listing.ALL, 1)) == few <= 6


# --- why, in words --------------------------------------------------------------------------------------------------

KEPT = {
    "A7": {"due_at": NOW.isoformat(), "asked_at": (NOW - 26 * HOUR).isoformat(), "x": 4, "y": 5},
    "U1": {"cause": "number_dead"},
    "S1": {"reason": "downtime", "due_at": NOW.isoformat()},
    "X_opt_out": {"way": "bukan_saya"},
    "R5_last_heard": {"days": 8, "limit": 7, "heard_at": NOW.isoformat(), "how": "enrolled"},
    "R5_undelivered": {"days": 8, "limit": 7, "heard_at": NOW.isoformat(), "how": "answer"},
    "R5_silence": {"d1": NOW.isoformat(), "d2": NOW.isoformat(), "called_at": NOW.isoformat()},
    "X_pause_ends": {},
    "X_turns_18": {"date": NOW.isoformat()},
    "X_is_18": {"date": NOW.isoformat()},
    "X_handed_over": {"open": ["silence", "struggling"]},
    "D1": {"way": "bukan_saya"},
    "D2": {},
    "R6": {"danger": "violence"},
}


@pytest.mark.parametrize("code", KEPT)
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_the_engine_keeps_can_be_said_in_both_languages(code, language):
    fact = why.Fact(code, Level.AMBER, NOW, KEPT[code])
    with i18n.speaking(language):
        said = why.reason(fact, why.Reader(NOW, "Asia/Jakarta"))
    assert said.sentence[0].isupper() or said.sentence[0].isdigit()
    assert not any(sign in said.sentence for sign in "{}")
    assert "look at the record" not in said.sentence


def test_a_signal_without_words_still_shows_the_person():
    said = why.reason(why.Fact("unheard_of", Level.RED, NOW, {}), why.Reader(NOW, "Asia/Jakarta"))
    assert said.sentence == "Something was noted today 10.00. Please look at the record."


def test_the_hours_since_the_reminder_are_those_of_the_reader():
    fact = why.Fact("A7", Level.AMBER, NOW, KEPT["A7"])
    said = why.reason(fact, why.Reader(NOW + 3 * HOUR, "Asia/Jakarta")).sentence
    assert "5 hours after the reminder" in said
