"""The ladder of one slot: reminder, missed, unreached, void, and how long everything lives (design 4.1, 4.2)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from companion.channels.protocol import Reason as CarrierReason
from companion.rules import gate
from companion.rules.days import load_calendar
from companion.rules.hours import Quiet
from companion.rules.ladder import (
    NUMBER_REASONS,
    SlotEnd,
    SlotFacts,
    Tally,
    answer_state,
    ask_at,
    expires_at,
    last_heard_limit,
    miss_at,
    outcome,
    remind_at,
    silence_has_clock,
    void_reason,
)
from companion.rules.plan import PlanSettings
from companion.rules.staff_hours import StaffHours
from companion.rules.states import MessageState, SlotState, VoidReason
from companion.rules.terms import Purpose

CALENDAR = load_calendar()
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ASKED = datetime(2026, 11, 25, 3, tzinfo=UTC)  # a Wednesday, 10.00 WIB
MISS = ASKED + 48 * HOUR
GIVE_UP = ASKED + 24 * HOUR


def local(day, moment, zone="Asia/Jakarta"):
    return datetime.fromisoformat(f"{day}T{moment}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def end_of(now, asked=True, **facts):
    messages = facts.pop("messages", Tally())
    times = {"asked_at": ASKED, "miss_at": MISS} if asked else {"asked_at": None, "miss_at": None}
    found = SlotFacts(now=now, give_up_at=GIVE_UP, messages=messages, **times, **facts)
    return outcome(found)


# miss_at


def test_a_slot_counts_as_missed_48_hours_after_it_was_asked():
    assert miss_at(ASKED, timedelta(), ASKED + 100 * HOUR) == MISS


def test_our_own_gaps_are_added_and_the_close_ends_it_all_the_same():
    assert miss_at(ASKED, 5 * HOUR, ASKED + 100 * HOUR) == MISS + 5 * HOUR
    assert miss_at(ASKED, 5 * HOUR, MISS + HOUR) == MISS + HOUR
    assert miss_at(ASKED, timedelta(), MISS) == MISS
    assert miss_at(ASKED, timedelta(), MISS - SECOND) == MISS - SECOND


# remind_at


def reminder(asked, miss=None, zone="Asia/Jakarta", province=None, quiet=None):
    at = remind_at(asked, miss or asked + 48 * HOUR, zone, CALENDAR, province, quiet or Quiet())
    return at and at.astimezone(ZoneInfo(zone)).strftime("%d %H:%M:%S")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("day", "asked", "expected"),
    [
        ("2026-12-01", "10:00:00", "02 14:00:00"),  # morning: the next afternoon
        ("2026-12-01", "08:00:00", "02 14:00:00"),
        ("2026-12-01", "13:59:59", "02 14:00:00"),
        ("2026-12-01", "14:00:00", "03 08:00:00"),  # afternoon: the morning after next, exactly 6 h before
        ("2026-12-01", "19:39:00", "03 08:00:00"),
        ("2026-12-23", "10:00:00", "24 14:00:00"),
        ("2026-12-24", "10:00:00", None),  # a day later is Natal; the next afternoon would be too late
        ("2026-12-24", "16:00:00", "26 08:00:00"),
        ("2026-11-25", "16:00:00", "27 08:00:00"),  # Friday morning, before the prayer
        ("2026-11-26", "10:00:00", "27 14:00:00"),  # Friday afternoon, after it
        ("2026-02-24", "10:00:00", "25 14:00:00"),  # Ramadan: the afternoon still opens
    ],
)
def test_the_one_reminder_leaves_a_day_later_in_the_other_half_of_the_day(zone, day, asked, expected):
    assert reminder(local(day, asked, zone), zone=zone) == expected


def test_a_reminder_less_than_six_hours_before_the_end_is_not_sent():
    asked = local("2026-12-01", "10:00")
    due = local("2026-12-02", "14:00")
    assert reminder(asked, due + 6 * HOUR) == "02 14:00:00"
    assert reminder(asked, due + 6 * HOUR - SECOND) is None
    assert reminder(asked, due + 6 * HOUR + SECOND) == "02 14:00:00"


def test_nyepi_keeps_the_reminder_from_leaving_in_bali_only():
    asked = local("2027-03-07", "10:00", "Asia/Makassar")
    assert reminder(asked, zone="Asia/Makassar", province="SN") == "08 14:00:00"
    assert reminder(asked, zone="Asia/Makassar", province="bali") is None


def test_a_reminder_keeps_to_the_persons_safe_hours():
    asked = local("2026-12-01", "10:00")
    assert reminder(asked, quiet=Quiet(safe_from=time(9), safe_to=time(16))) == "02 14:00:00"
    assert reminder(asked, quiet=Quiet(safe_from=time(9), safe_to=time(14))) is None
    assert reminder(asked, quiet=Quiet(safe_from=time(15), safe_to=time(19))) == "02 15:00:00"


# outcome


@pytest.mark.parametrize("texts", [Tally(sent=1), Tally(delivered=1), Tally(sent=1, undelivered=1, unsure=1)])
def test_missed_at_the_very_instant_when_something_was_accepted(texts):
    assert end_of(MISS - SECOND, messages=texts) is None
    assert end_of(MISS, messages=texts) == SlotEnd(SlotState.MISSED)
    assert end_of(MISS + SECOND, messages=texts) == SlotEnd(SlotState.MISSED)


@pytest.mark.parametrize("texts", [Tally(undelivered=1), Tally(number=1), Tally(undelivered=2, number=1)])
def test_unreached_when_the_number_took_nothing(texts):
    assert end_of(MISS - SECOND, messages=texts) is None
    assert end_of(MISS, messages=texts) == SlotEnd(SlotState.UNREACHED)


def test_a_number_that_refused_before_anything_was_asked_is_unreached_when_we_give_up():
    assert end_of(GIVE_UP - SECOND, asked=False, messages=Tally(number=1)) is None
    assert end_of(GIVE_UP, asked=False, messages=Tally(number=1)) == SlotEnd(SlotState.UNREACHED)


@pytest.mark.parametrize("texts", [Tally(number=1), Tally(undelivered=1), Tally()])
def test_an_unusable_number_with_no_other_way_ends_it_at_once(texts):
    early = ASKED + SECOND
    assert end_of(early, messages=texts, number_unusable=True) == SlotEnd(SlotState.UNREACHED)
    assert end_of(early, messages=texts, number_unusable=True, other_channel=True) is None
    assert end_of(early, messages=texts) is None


@pytest.mark.parametrize("texts", [Tally(sent=1), Tally(delivered=1), Tally(unsure=1), Tally(sending=1)])
def test_a_number_found_dead_after_something_left_does_not_end_it_early(texts):
    assert end_of(ASKED + SECOND, messages=texts, number_unusable=True) is None


def test_void_when_only_unsure_texts_are_known_at_the_time_of_missing():
    unsure = Tally(unsure=2)
    assert end_of(MISS - SECOND, messages=unsure) is None
    assert end_of(MISS, messages=unsure) == SlotEnd(SlotState.VOID, VoidReason.UNSURE)


def test_one_unsure_text_is_never_written_down_as_unreached():
    assert end_of(MISS, messages=Tally(unsure=1, undelivered=1)) == SlotEnd(SlotState.VOID, VoidReason.UNSURE)


@pytest.mark.parametrize("held", ["stop", "budget", "configuration", "wording", "cap", "hours", "hold"])
def test_void_with_its_reason_when_nothing_of_ours_left_in_a_day(held):
    assert end_of(GIVE_UP - SECOND, asked=False, held_because=held) is None
    assert end_of(GIVE_UP, asked=False, held_because=held) == SlotEnd(SlotState.VOID, VoidReason(held))


@pytest.mark.parametrize("held", [None, "paused", "carrier", ""])
def test_void_without_a_known_reason_is_our_downtime(held):
    assert end_of(GIVE_UP, asked=False, held_because=held) == SlotEnd(SlotState.VOID, VoidReason.DOWNTIME)
    assert void_reason(held) is VoidReason.DOWNTIME


def test_an_asked_slot_is_not_given_up_after_a_day():
    assert end_of(GIVE_UP + HOUR, messages=Tally(sent=1)) is None


def test_a_text_in_a_senders_hands_keeps_the_slot_open_until_it_is_settled():
    assert end_of(GIVE_UP + SECOND, asked=False, messages=Tally(sending=1)) is None
    assert end_of(MISS + SECOND, messages=Tally(sending=1, undelivered=1)) is None
    assert end_of(MISS + SECOND, messages=Tally(sending=1, sent=1)) == SlotEnd(SlotState.MISSED)


def test_every_mix_of_messages_ends_in_exactly_one_way_once_its_time_has_come():
    for bits in range(32):
        texts = Tally(*(bits >> place & 1 for place in range(3)), 0, *(bits >> place & 1 for place in (3, 4)))
        for asked in (True, False):
            end = end_of(MISS + SECOND, asked, messages=texts)
            assert end.state in (SlotState.MISSED, SlotState.UNREACHED, SlotState.VOID)
            assert (end.state is SlotState.VOID) == (end.reason is not None)


def test_messages_are_counted_by_state_and_by_the_numbers_fault():
    m = MessageState
    tally = Tally.of(
        [
            (m.SENT, None),
            (m.DELIVERED, None),
            (m.UNSURE, None),
            (m.SENDING, None),
            (m.UNDELIVERED, "carrier"),
            (m.REFUSED, "number_dead"),
            (m.REFUSED, "wording"),
            (m.CANCELLED, "number_unusable"),
            (m.CANCELLED, "answered"),
            (m.EXPIRED, None),
            (m.PLANNED, None),
        ]
    )
    assert tally == Tally(delivered=1, sent=1, unsure=1, sending=1, undelivered=1, number=2)


def test_the_words_for_a_bad_number_are_those_of_the_gate_and_of_the_carrier():
    carriers = {reason.value for reason in CarrierReason if reason.is_number}
    gates = {gate.Reason.NUMBER.value, gate.Reason.OPT_OUT.value, gate.Because.UNCONFIRMED.value}
    assert carriers | gates == NUMBER_REASONS


# answers and excuses


def test_an_answer_is_in_time_until_the_instant_of_missing_and_late_until_the_close():
    close = MISS + 30 * HOUR
    states = [answer_state(at, MISS, close) for at in (MISS - SECOND, MISS, close - SECOND, close)]
    assert states == [SlotState.ANSWERED, SlotState.ANSWERED_LATE, SlotState.ANSWERED_LATE, None]
    assert answer_state(MISS, None, close) is SlotState.ANSWERED


def test_a_check_in_is_asked_at_the_first_allowed_instant_or_not_at_all():
    eve = local("2027-03-09", "19:41")  # the evening before the two days of Idulfitri
    opens = local("2027-03-12", "08:00")
    assert ask_at(eve, eve + 24 * HOUR, "Asia/Jakarta", CALENDAR) is None
    assert ask_at(eve, opens, "Asia/Jakarta", CALENDAR) is None
    assert ask_at(eve, opens + SECOND, "Asia/Jakarta", CALENDAR) == opens
    assert ask_at(eve, opens + SECOND, "Asia/Jakarta", CALENDAR, None, Quiet(safe_from=time(21))) is None


# expires_at


def test_each_purpose_has_its_own_life():
    give_up = {"give_up_at": GIVE_UP}
    assert expires_at(Purpose.INVITATION, ASKED, **give_up) == GIVE_UP
    assert expires_at(Purpose.AFTER_GAP, ASKED, **give_up) == GIVE_UP
    assert expires_at(Purpose.REMINDER, ASKED, miss_at=MISS) == MISS - 6 * HOUR
    assert expires_at(Purpose.FAMILY_WEEKLY, ASKED) == ASKED + 72 * HOUR
    assert expires_at(Purpose.NEW_LINK, ASKED) == ASKED + 24 * HOUR


def test_an_urgent_text_to_staff_lives_four_of_their_hours():
    friday = local("2026-11-27", "15:00")
    assert expires_at(Purpose.STAFF_URGENT, friday, staff_hours=StaffHours()) == local("2026-11-30", "11:00")


@pytest.mark.parametrize("purpose", [Purpose.INVITATION, Purpose.REMINDER, Purpose.STAFF_LATE])
def test_a_life_that_hangs_on_a_missing_fact_is_refused(purpose):
    with pytest.raises(ValueError, match=purpose):
        expires_at(purpose, ASKED)


# silence


@pytest.mark.parametrize("reason", range(4))
def test_a_missed_check_in_sets_a_clock_for_any_of_four_reasons(reason):
    quiet = [False, 14, False, False]
    assert not silence_has_clock(*quiet)
    quiet[reason] = [True, 13, True, True][reason]
    assert silence_has_clock(*quiet)


@pytest.mark.parametrize(("day", "days"), [(0, 7), (27, 7), (28, 10), (119, 10)])
def test_last_heard_may_lie_seven_days_back_in_the_first_four_weeks_and_ten_later(day, days):
    assert last_heard_limit(day) == timedelta(days=days)


def test_an_institution_sets_its_own_limits_of_last_heard():
    plan = PlanSettings(last_heard_early_days=3, last_heard_late_days=21)
    assert [last_heard_limit(day, plan).days for day in (27, 28)] == [3, 21]
