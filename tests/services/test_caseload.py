"""The work list: who is on which list, in which order, one line per person, at a constant cost (design 4.1, 4.3)."""

import pytest
from sqlalchemy import event

from companion import i18n
from companion.models import Gap, GapCall, Message
from companion.rules.states import Family, Level, MessageState, Within
from companion.rules.terms import Purpose, TaskKind, TaskState
from companion.services import alerts, caseload, closing, why
from companion.services.caseload_house import house
from companion.services.caseload_lists import Listing
from tests.services.desk import DAY, HOUR, NOW
from tests.services.work_lists import SECOND, free_of_tasks, names, view, work

pytestmark = pytest.mark.usefixtures("english")


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
