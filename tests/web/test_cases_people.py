"""My people, as a caseworker and a supervisor meet them: all of theirs, and found by name."""

import re

from sqlalchemy import select

from companion.models import Audit
from companion.rules.states import Family, Level
from companion.rules.terms import TaskState
from tests.services.desk import NOW
from tests.web.staff_room import names


def people(page) -> list[str]:
    return [name.strip() for name in re.findall(r'class="who"[^>]*>([^<]+)<', page.text)]


def test_my_people_are_all_of_mine_and_none_of_others(room, desk):
    desk.graduate("Ayu D'Angelo Pratiwi", desk.sari, days_ago=2)
    assert people(room.get("sari", "/kasus/orang")) == ["Ayu P.", "Budi S."]
    assert people(room.get("dewi", "/kasus/orang")) == ["Wati K."]
    assert set(people(room.get("tuti", "/kasus/orang", lingkup="lembaga"))) == {
        "Ayu P.",
        "Wati K.",
        "Budi S.",
    }


def test_a_name_is_found_even_with_an_apostrophe(room, desk):
    desk.graduate("Ayu D'Angelo", desk.sari)
    page = room.get("sari", "/kasus/orang", cari="D'Ang")
    assert people(page) == ["Ayu D."]
    assert 'value="D&#39;Ang"' in page.text
    assert "One person found." in page.text


def test_a_search_of_one_letter_asks_for_more(room):
    assert "Type at least two letters." in room.get("sari", "/kasus/orang", cari="b").text


def test_a_search_that_finds_nobody_says_how_to_go_on(room):
    assert "Nobody by that name." in room.get("sari", "/kasus/orang", cari="zzz").text


def test_an_empty_caseload_says_what_to_do(room):
    assert "Nobody here yet." in room.get("tuti", "/kasus/orang").text


def test_looking_at_lists_is_not_looking_at_a_record(room, desk):
    desk.alert(desk.budi)
    room.get("sari", "/kasus")
    room.get("sari", "/kasus/orang")
    assert room.session.scalars(select(Audit).where(Audit.act == "read")).all() == []


def test_a_closed_follow_up_is_shown_as_such(room, desk):
    window = desk.window(desk.budi)
    window.state, window.closed_at, window.outcome = "closed", NOW, "stable"
    for task in desk.tasks(desk.budi, state=TaskState.PLANNED):
        task.state = TaskState.CANCELLED
    assert "follow-up closed" in room.get("sari", "/kasus/orang").text
    desk.alert(desk.budi, Family.SAFETY, Level.RED, code="R1_button", values={"about": "orang"})
    assert names(room.get("sari", "/kasus")) == ["Budi S."]  # a call for help is never refused
