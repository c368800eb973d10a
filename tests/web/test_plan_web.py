"""The supervisor's page of the plan: seen as a whole window, saved over nobody, followed by those who run."""

import re

import pytest
from sqlalchemy import func, select

from companion.models import PlanVersion, Rollout, Slot
from companion.rules.plan import PlanSettings
from companion.rules.states import SlotState
from tests.services.desk import NOW

PATH = "/institusi/rencana"


def form(act="simpan", **changed):
    """The form as it stands for the default plan, with what somebody changes."""
    fields = PlanSettings().to_json() | {
        "contact_days": "3, 7, 14, 30, 60, 90", "leaving": "2026-11-02", "base": 1, "act": act, "running": "tetap",
        "why": "sesudah rapat",
    }  # fmt: skip
    return fields | changed


def stored(room):
    room.session.expire_all()
    query = select(PlanVersion).where(PlanVersion.institution_id == room.desk.damai.id)
    return room.session.scalars(query.order_by(PlanVersion.version)).all()


def test_the_plan_is_told_in_plain_words(room):
    page = room.get("tuti", PATH).text
    for words in (
        "As it is: version 1", "120 days from the day of leaving", "days 2 and 5 of every week", "day 3 of every week",
        "around 10.00, up to 20 minutes earlier or later", "on days 3, 7, 14, 30, 60 and 90;",
        "after 7 days in weeks 1–4, after 10 days later", "at most 4 in seven days in weeks 1–4, then 3",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize("path", ["", "/ikut"])
def test_only_a_supervisor_changes_the_plan(room, path):
    assert room.post("sari", PATH + path).status_code == 403
    assert room.get("sari", PATH).status_code == 403


def test_a_look_at_a_whole_window_stores_nothing(room):
    answer = room.post("tuti", PATH, **form("lihat", hour="16:00", window_days=60, contact_days="2, 30"))
    assert answer.status_code == 200
    assert len(stored(room)) == 1
    page = answer.text
    assert "Nothing is stored yet." in page
    assert "13 check-ins and 2 contacts by staff" in page
    assert page.count('<span class="n">') == 9  # weeks of 60 days
    assert 'value="16:00"' in page and 'value="60"' in page


def test_a_look_shows_dates_contacts_and_the_most_texts_a_week(room):
    page = room.post("tuti", PATH, **form("lihat")).text
    assert "21 check-ins and 6 contacts by staff" in page
    assert "gets at most 4 texts in seven days in weeks 1–4 (limit 4)" in page
    assert "After that at most 2 in seven days (limit 3)" in page
    assert "more than a phone may get" not in page
    assert re.search(r"Wed,? (4 Nov|Nov 4)", page)  # day 2 after leaving on Monday 2 November
    busy = room.post("tuti", PATH, **form("lihat", early_days=["1", "3", "5"])).text
    assert "gets at most 6 texts in seven days in weeks 1–4 (limit 4)" in busy
    assert "more than a phone may get" in busy


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"window_days": "59"}, "Choose between 60 and 240 days."),
        ({"window_days": "banyak"}, "Choose between 60 and 240 days."),
        ({"early_days": []}, "Choose one, two or three days."),
        ({"early_days": ["1", "2", "3", "4"]}, "Choose one, two or three days."),
        ({"late_days": ["7"]}, "Choose one, two or three days."),
        ({"late_every_weeks": "3"}, "At least half a check-in a week has to remain."),
        ({"hour": "19:40"}, "outside it no text leaves"),
        ({"hour": "pagi"}, "outside it no text leaves"),
        ({"jitter_minutes": "61"}, "Choose between 0 and 60 minutes."),
        ({"reminders": "2"}, "Choose no reminder or one."),
        ({"contact_days": "6, 14"}, "it can be moved, not left out"),
        ({"contact_days": ""}, "it can be moved, not left out"),
        ({"contact_days": "3, 120"}, "All of them come before the last day."),
        ({"last_heard_early_days": "2"}, "Choose between 3 and 21 days."),
        ({"cap_late": "8"}, "Choose between 1 and 7 texts."),
        ({"leaving": "kapan-kapan"}, "This is no date."),
        ({"why": " "}, "Write down why"),
        ({"running": ""}, "Choose what happens to the people who are followed already."),
    ],
)
def test_a_fault_stands_beside_its_field_and_stores_nothing(room, changed, fault):
    answer = room.post("tuti", PATH, **form(**({"cap_early": "5"} | changed)))
    assert answer.status_code == 400
    assert fault in answer.text
    assert len(stored(room)) == 1
    assert 'id="cap_early" name="cap_early" type="number" value="5"' in answer.text  # what was typed is kept


@pytest.mark.parametrize("days", ["1, 7", "5 14 30", "4"])
def test_the_first_contact_can_be_moved_within_its_days(room, days):
    assert room.post("tuti", PATH, **form(contact_days=days)).status_code == 303


def test_a_new_version_keeps_those_who_run_or_takes_them_over(room, desk):
    assert room.post("tuti", PATH, **form(hour="16:00")).status_code == 303
    assert room.session.scalars(select(Rollout)).all() == []
    page = room.get("tuti", PATH).text
    assert "2 people are still followed by an earlier version." in page
    assert room.post("tuti", PATH, **form(hour="16:30", base=2, running="ikut")).status_code == 303
    page = room.get("tuti", PATH).text
    assert "0 of 2 people follow version 3 already" in page
    assert "Tuti Handayani" in page and "sesudah rapat" in page
    cancelled = select(func.count()).where(Slot.person_id == desk.budi.id, Slot.state == SlotState.CANCELLED)
    assert room.session.scalar(cancelled) == 0  # the request does not walk through people


def test_those_who_kept_theirs_can_still_go_over(room):
    room.post("tuti", PATH, **form(hour="16:00"))
    first = room.post("tuti", f"{PATH}/ikut", follow=True)
    assert "They go over one by one." in first.text
    assert "They are on their way already." in room.post("tuti", f"{PATH}/ikut", follow=True).text
    rollout = room.session.scalars(select(Rollout)).one()
    assert (rollout.total, rollout.look_at) == (2, NOW)


def test_a_second_click_makes_one_version(room):
    for _ in range(2):
        assert room.post("tuti", PATH, **form(hour="16:00")).status_code == 303
    assert [one.version for one in stored(room)] == [1, 2]


def test_whoever_was_slower_keeps_what_they_typed_and_overwrites_nothing(room, desk):
    desk.maya = desk._staff(desk.damai, "maya", "Maya Sukma", "supervisor")
    room.keep()
    room.post("maya", PATH, **form(hour="09:00"))
    answer = room.post("tuti", PATH, **form(hour="16:00"))
    assert answer.status_code == 400
    assert "While you were typing, Maya Sukma stored version 2." in answer.text
    assert 'value="16:00"' in answer.text and 'name="base" value="2"' in answer.text
    assert [one.settings["hour"] for one in stored(room)] == ["10:00", "09:00"]
    assert room.post("tuti", PATH, **form(hour="16:00", base=2)).status_code == 303


def test_nothing_new_is_no_version(room):
    answer = room.post("tuti", PATH, **form())
    assert answer.status_code == 400
    assert "Nothing in this form differs from the plan as it is." in answer.text


def test_another_institution_has_its_own_plan(room, desk):
    room.post("tuti", PATH, **form(hour="16:00"))
    assert "around 10.00" in room.get("rudi", PATH).text
