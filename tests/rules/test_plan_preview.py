"""A whole window laid out before a plan is stored (issue 3, plans)."""

from datetime import date

import pytest

from companion.rules.days import load_calendar
from companion.rules.plan import PlanSettings, slot_days
from companion.rules.plan_preview import preview

LEFT = date(2026, 11, 20)


def look(settings=None, left_on=LEFT, province=None):
    return preview(
        settings or PlanSettings(), left_on, "Asia/Jakarta", province, load_calendar(), lambda day: day.weekday() < 5
    )  # fmt: skip


def test_it_shows_the_days_that_will_be_promised():
    found = look()
    days = [one.day for week in found.weeks for one in week.asked]
    assert days == slot_days(PlanSettings())
    assert found.check_ins == 21
    assert found.weeks[0].asked[0].on == date(2026, 11, 22)
    assert [week.number for week in found.weeks] == list(range(1, 19))


def test_staff_contacts_stand_in_the_week_of_their_day_and_on_a_working_day():
    found = look()
    assert [day for week in found.weeks for day, _on in week.contacts] == [3, 7, 14, 30, 60, 90]
    assert found.weeks[4].contacts == ((30, date(2026, 12, 21)),)  # day 30 is a Sunday
    assert (found.contacts, found.last_day, found.closing) == (6, date(2027, 3, 19), date(2027, 3, 22))


@pytest.mark.parametrize(
    ("settings", "early", "late"),
    [
        (PlanSettings(), 4, 2),
        (PlanSettings(reminders=0), 2, 1),
        (PlanSettings(early_days=(1, 3, 5)), 6, 2),
        (PlanSettings(late_days=(0, 2, 4)), 4, 6),
    ],
)
def test_the_most_texts_in_seven_days_are_those_of_somebody_who_never_answers(settings, early, late):
    found = look(settings)
    assert (found.busiest_early, found.busiest_late) == (early, late)


@pytest.mark.parametrize(
    ("left_on", "let_off"),
    [
        (date(2026, 3, 18), [date(2026, 3, 20)]),  # Idulfitri: no text for three days
        (date(2026, 11, 24), []),  # Natal, the day 31: the next morning is early enough
    ],
)
def test_a_check_in_that_the_calendar_forbids_is_shown_as_let_off(left_on, let_off):
    asked = [one for week in look(left_on=left_on).weeks for one in week.asked]
    assert [one.on for one in asked if one.let_off] == let_off
