"""Every result code: what it is, what it asks for, and when somebody looks again (texts 4)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from companion.content import results as words
from companion.rules.next_dates import Circumstances, last_staffed, next_date, reachable
from companion.rules.results import (
    RESULTS,
    Ask,
    Code,
    Past,
    connection_failed_on,
    conversations_since,
    why_not_close,
)
from companion.rules.staff_hours import StaffHours
from companion.rules.states import Family, Level

WIB = ZoneInfo("Asia/Jakarta")
HOURS = StaffHours()
MONDAY = date(2026, 11, 2)  # a week without holidays
FRIDAY = date(2026, 11, 6)


def at(day: date, clock: str, zone=WIB) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def facts(day=MONDAY, clock="10:00", **more) -> Circumstances:
    return Circumstances(now=at(day, clock), hours=HOURS, **({"zone": "Asia/Jakarta"} | more))


def on(day: date, offset: int) -> date:
    return day + timedelta(days=offset)


def test_every_code_of_the_words_has_a_row_and_the_other_way_round():
    assert [one.code for one in words.results()] == [code.value for code in Code]
    assert set(RESULTS) == set(Code)
    assert len(RESULTS) == 23


def test_only_a_good_conversation_may_close_an_alert():
    assert {code for code, result in RESULTS.items() if result.may_close} == {Code.SPOKE_WELL}


def test_a_failed_try_is_never_hearing():
    assert not [code for code, result in RESULTS.items() if result.tried and result.heard]


def test_what_is_needed_is_also_asked():
    assert all(result.needs <= set(result.asks) for result in RESULTS.values())


def test_only_a_supervisor_sets_not_reached():
    assert {code for code, result in RESULTS.items() if result.by_supervisor} == {Code.NOT_REACHED}


MONDAY_MORNING = [
    (Code.CALL_LATER, at(MONDAY, "14:00")),
    (Code.NO_ANSWER, at(MONDAY, "13:00")),
    (Code.OTHER_PERSON, at(on(MONDAY, 1), "14:00")),
    (Code.NOT_CONNECTED, at(on(MONDAY, 1), "08:00")),
    (Code.NUMBER_DEAD, at(on(MONDAY, 2), "10:00")),
    (Code.WRONG_PERSON, at(on(MONDAY, 1), "10:00")),
    (Code.UNSAFE_NOW, at(on(MONDAY, 1), "08:00")),
    (Code.VIOLENCE, at(MONDAY, "16:00")),
    (Code.CRISIS_HANDED, at(on(MONDAY, 1), "10:00")),
    (Code.SLIP_TOLD, at(on(MONDAY, 2), "10:00")),
    (Code.MEDICAL, at(on(MONDAY, 1), "10:00")),
    (Code.REFUSED, at(on(MONDAY, 1), "10:00")),
    (Code.MOVED, at(on(MONDAY, 2), "10:00")),
    (Code.IN_INSTITUTION, at(on(MONDAY, 30), "08:00")),
    (Code.BACK_IN_CARE, at(on(MONDAY, 7), "10:00")),
    (Code.DIED, at(on(MONDAY, 2), "10:00")),
    (Code.VISIT_ABSENT, at(on(MONDAY, 2), "14:00")),
    (Code.NOT_REACHED, at(on(MONDAY, 14), "08:00")),
]


@pytest.mark.parametrize(("code", "expected"), MONDAY_MORNING, ids=lambda value: str(value)[:16])
def test_the_next_date_from_a_monday_morning(code, expected):
    assert next_date(code, facts()) == expected


FRIDAY_AFTERNOON = [
    (Code.SPOKE_CARE, at(on(FRIDAY, 4), "15:00")),
    (Code.CALL_LATER, at(on(FRIDAY, 3), "11:00")),
    (Code.NO_ANSWER, at(on(FRIDAY, 3), "08:00")),
    (Code.OTHER_PERSON, at(on(FRIDAY, 3), "08:00")),
    (Code.NOT_CONNECTED, at(on(FRIDAY, 3), "08:00")),
    (Code.WRONG_PERSON, at(on(FRIDAY, 3), "15:00")),
    (Code.UNSAFE_NOW, at(on(FRIDAY, 3), "08:00")),
    (Code.VIOLENCE, at(FRIDAY, "16:00")),
    (Code.CRISIS_HANDED, at(FRIDAY, "16:00")),
    (Code.SLIP_TOLD, at(FRIDAY, "16:00")),
    (Code.VISIT_ABSENT, at(on(FRIDAY, 4), "08:00")),
]


@pytest.mark.parametrize(("code", "expected"), FRIDAY_AFTERNOON, ids=lambda value: str(value)[:16])
def test_on_a_friday_afternoon_monday_is_the_next_working_day(code, expected):
    assert next_date(code, facts(FRIDAY, "15:00")) == expected


def test_a_good_conversation_waits_for_the_next_contact_of_the_plan():
    planned = at(on(MONDAY, 9), "08:00")
    assert next_date(Code.SPOKE_WELL, facts(plan_next=planned)) == planned
    assert next_date(Code.SPOKE_WELL, facts()) is None


def test_after_something_urgent_a_good_conversation_is_followed_within_72_hours():
    later, sooner = at(on(MONDAY, 9), "08:00"), at(on(MONDAY, 1), "08:00")
    assert next_date(Code.SPOKE_WELL, facts(level=Level.RED, plan_next=later)) == at(on(MONDAY, 3), "10:00")
    assert next_date(Code.SPOKE_WELL, facts(level=Level.RED, plan_next=sooner)) == sooner
    # 72 hours after Thursday 14.00 is Sunday: somebody is last there on Friday at 16.00.
    thursday = facts(on(MONDAY, 3), "14:00", level=Level.RED)
    assert next_date(Code.SPOKE_WELL, thursday) == at(FRIDAY, "16:00")


def test_company_comes_after_one_working_day_if_it_was_red_and_two_if_not():
    assert next_date(Code.SPOKE_CARE, facts(level=Level.RED)) == at(on(MONDAY, 1), "10:00")
    assert next_date(Code.SPOKE_CARE, facts(level=Level.AMBER)) == at(on(MONDAY, 2), "10:00")


def test_an_appointment_is_asked_after_on_the_following_working_day():
    assert next_date(Code.AGREED, facts(asked=at(on(MONDAY, 2), "13:00"))) == at(on(MONDAY, 3), "08:00")
    assert next_date(Code.AGREED, facts(asked=at(FRIDAY, "13:00"))) == at(on(FRIDAY, 3), "08:00")


def test_the_time_the_person_gave_is_kept():
    asked = at(on(MONDAY, 1), "18:30")
    assert next_date(Code.CALL_LATER, facts(asked=asked)) == asked


def test_a_call_put_off_without_a_time_stays_inside_the_safe_hours():
    safe = {"safe_from": time(15), "safe_to": time(17)}
    assert next_date(Code.CALL_LATER, facts(**safe)) == at(MONDAY, "15:00")
    assert next_date(Code.CALL_LATER, facts(clock="14:00", **safe)) == at(on(MONDAY, 1), "15:00")


def test_safe_hours_outside_all_working_hours_win():
    evening = facts(safe_from=time(18), safe_to=time(20))
    assert next_date(Code.UNSAFE_NOW, evening) == at(on(MONDAY, 1), "18:00")


def test_safe_hours_are_those_of_the_persons_own_zone():
    there = facts(zone="Asia/Jayapura", safe_from=time(12), safe_to=time(15))
    assert reachable(at(MONDAY, "08:00"), there) == at(MONDAY, "10:00")


def test_the_second_try_of_a_day_is_three_hours_later_while_somebody_is_there():
    assert next_date(Code.NO_ANSWER, facts(clock="12:59")) == at(MONDAY, "15:59")
    assert next_date(Code.NO_ANSWER, facts(clock="13:00")) == at(on(MONDAY, 1), "08:00")


def test_after_two_tries_the_next_is_on_the_next_working_day():
    assert next_date(Code.NO_ANSWER, facts(clock="09:00", tries_today=1)) == at(on(MONDAY, 1), "08:00")


def test_another_hour_is_in_the_other_half_of_the_day():
    assert next_date(Code.OTHER_PERSON, facts(clock="13:59")) == at(on(MONDAY, 1), "14:00")
    assert next_date(Code.OTHER_PERSON, facts(clock="14:00")) == at(on(MONDAY, 1), "08:00")


def test_a_pause_is_looked_at_on_the_working_day_before_it_ends():
    friday = at(on(MONDAY, 11), "00:00")
    assert next_date(Code.PAUSE, facts(until=friday)) == at(on(MONDAY, 10), "08:00")
    monday = at(on(MONDAY, 7), "00:00")
    assert next_date(Code.PAUSE, facts(until=monday)) == at(FRIDAY, "08:00")
    tomorrow = at(on(MONDAY, 1), "00:00")
    assert next_date(Code.PAUSE, facts(until=tomorrow)) == at(MONDAY, "10:00")


def test_a_holiday_is_not_a_working_day():
    before = date(2026, 12, 24)  # Thursday; Natal is on the 25th
    assert next_date(Code.NOT_CONNECTED, facts(before)) == at(date(2026, 12, 28), "08:00")


def test_after_an_emergency_the_second_call_comes_within_72_hours():
    crisis = Past(Code.CRISIS_HANDED, at(MONDAY, "09:00"))
    tuesday = facts(on(MONDAY, 1), "09:00", plan_next=at(on(MONDAY, 20), "08:00"))
    assert next_date(Code.SPOKE_WELL, tuesday, [crisis]) == at(on(MONDAY, 3), "09:00")
    spoken = [Past(Code.SPOKE_WELL, at(on(MONDAY, 1), "09:00")), crisis]
    wednesday = facts(on(MONDAY, 2), "09:00", plan_next=at(on(MONDAY, 20), "08:00"))
    assert next_date(Code.SPOKE_WELL, wednesday, spoken) == at(on(MONDAY, 20), "08:00")


def test_a_missed_second_call_does_not_make_every_later_try_due_at_once():
    crisis = Past(Code.CRISIS_HANDED, at(MONDAY, "09:00"))
    friday = facts(FRIDAY, "09:00")
    assert next_date(Code.NO_ANSWER, friday, [crisis]) == at(FRIDAY, "12:00")


def test_after_a_slip_the_first_call_is_followed_by_three_weekly_ones():
    history = [Past(Code.SLIP_TOLD, at(MONDAY, "10:00"))]
    far = at(on(MONDAY, 80), "08:00")
    days = [on(MONDAY, 2), on(MONDAY, 9), on(MONDAY, 16)]
    for day in days:
        assert next_date(Code.SPOKE_WELL, facts(day, plan_next=far), history) == at(on(day, 7), "10:00")
        history = [Past(Code.SPOKE_WELL, at(day, "10:00")), *history]
    assert next_date(Code.SPOKE_WELL, facts(on(MONDAY, 23), plan_next=far), history) == far


def test_the_last_staffed_moment_is_the_limit_itself_or_the_closing_before_it():
    assert last_staffed(at(on(MONDAY, 1), "10:30"), facts()) == at(on(MONDAY, 1), "10:30")
    assert last_staffed(at(on(MONDAY, 1), "20:00"), facts()) == at(on(MONDAY, 1), "16:00")
    sunday_night = facts(on(MONDAY, -1), "01:00")
    assert last_staffed(at(on(MONDAY, -1), "05:00"), sunday_night) == at(MONDAY, "08:00")


SEEN = at(MONDAY, "09:00")
SPOKEN = Past(Code.SPOKE_WELL, at(MONDAY, "10:00"))


def closing(history, *, family=Family.STRUGGLING, level=Level.AMBER, answered=False, supervisor=False):
    return why_not_close(
        family=family, level=level, answered=answered, signalled_at=SEEN, history=history,
        supervisor=supervisor,
    )  # fmt: skip


def test_an_alert_is_closed_after_a_good_conversation_that_came_after_it():
    assert closing([SPOKEN]) is None
    assert closing([SPOKEN], level=Level.RED) is None
    assert closing([]) == "contact"
    before = Past(Code.SPOKE_WELL, SEEN - timedelta(seconds=1))
    assert closing([before]) == "contact"
    assert closing([Past(Code.SPOKE_WELL, SEEN)]) is None


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.SPOKE_WELL])
def test_no_other_result_closes_what_somebody_said_of_themselves(code):
    assert closing([Past(code, at(MONDAY, "10:00"))]) is not None


def test_an_answer_lets_silence_be_closed_but_never_a_red_one():
    assert closing([], family=Family.SILENCE, answered=True) is None
    assert closing([], family=Family.SILENCE, answered=False) == "contact"
    assert closing([], family=Family.SILENCE, answered=True, level=Level.RED) == "contact"
    assert closing([], family=Family.STRUGGLING, answered=True) == "contact"


def test_what_is_about_a_number_or_ourselves_needs_no_conversation():
    assert closing([], family=Family.DATA) is None
    assert closing([], family=Family.SYSTEM, level=Level.NONE) is None


def test_an_emergency_stays_red_until_the_second_conversation():
    crisis = Past(Code.CRISIS_HANDED, at(MONDAY, "09:30"))
    once, twice = [SPOKEN, crisis], [SPOKEN, SPOKEN, crisis]
    assert closing(once, family=Family.SAFETY, level=Level.RED) == "second_call"
    assert closing(twice, family=Family.SAFETY, level=Level.RED) is None


@pytest.mark.parametrize("code", [Code.DIED, Code.REFUSED, Code.BACK_IN_CARE])
def test_where_the_follow_up_ends_a_supervisor_may_close(code):
    ended = [Past(code, at(MONDAY, "10:00"))]
    assert closing(ended, level=Level.RED, supervisor=True) is None
    assert closing(ended, level=Level.RED) == "contact"


def test_conversations_are_counted_since_the_last_time_of_a_code():
    assert conversations_since([], Code.SLIP_TOLD) is None
    slip, missed = Past(Code.SLIP_TOLD, SEEN), Past(Code.NO_ANSWER, SEEN)
    assert conversations_since([missed, SPOKEN, slip, SPOKEN], Code.SLIP_TOLD) == 1


def test_failed_connections_are_counted_by_different_days_in_a_row():
    tries = [Past(Code.NOT_CONNECTED, at(on(MONDAY, day), "09:00")) for day in (2, 1, 1, 0)]
    assert connection_failed_on(tries, lambda at: at.date()) == 3
    assert connection_failed_on([SPOKEN, *tries], lambda at: at.date()) == 0


def test_the_asking_fields_are_those_of_the_table():
    asking = {code: result.asks for code, result in RESULTS.items() if result.asks}
    assert asking == {
        Code.AGREED: (Ask.AT,),
        Code.CALL_LATER: (Ask.AT,),
        Code.NO_ANSWER: (Ask.WE_RANG,),
        Code.CRISIS_HANDED: (Ask.HANDLER, Ask.VITAL),
        Code.SLIP_TOLD: (Ask.LAPSE,),
        Code.MEDICAL: (Ask.PAUSE_TEXTS,),
        Code.PAUSE: (Ask.UNTIL,),
        Code.MOVED: (Ask.ZONE,),
    }
