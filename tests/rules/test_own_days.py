"""What an institution may say about days: it can add, move and open its office, and never take a quiet feast away."""

from datetime import date, timedelta

import pytest

from companion.rules.days import load_calendar
from companion.rules.own_days import Fault, Statement, apply, fault
from companion.rules.terms import DayKind

SHIPPED = load_calendar()
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
NYEPI = "2027-03-08 Nyepi, Tahun Baru Saka 1949"
EID = "2027-03-10 Idulfitri 1448, hari pertama"
EID_2 = "2027-03-11 Idulfitri 1448, hari kedua"
NATAL = "2026-12-25 Natal"
IMLEK = "2027-02-06 Tahun Baru Imlek 2578"


def added(on=date(2026, 12, 9), **more):
    said = {"kind": DayKind.ADDED, "about": f"added {on}", "date": on, "name": "Pilkada", "source": "KPU"}
    return Statement(**said | {"no_texts": True, "closed": True} | more)


def corrected(about, on=None, **more):
    on = on or date.fromisoformat(about[:10])
    said = {"kind": DayKind.CORRECTED, "about": about, "date": on, "source": "Surat bupati", "ref": "abc"}
    return Statement(**said | {"estimated": False} | more)


def ramadan(first=date(2027, 2, 9), last=date(2027, 3, 10), **more):
    said = {"kind": DayKind.RAMADAN, "about": "1448", "date": first, "until": last, "source": "Isbat"}
    return Statement(**said | more)


def refused(said, standing=(), opens=lambda day: True):
    return fault(SHIPPED, list(standing), said, TODAY, opens)


# --- what the calendar is then ---------------------------------------------------------------------------------------


def test_a_day_of_its_own_is_quiet_and_closed_as_it_says():
    day = date(2026, 12, 9)
    for no_texts, closed in ((True, True), (True, False), (False, True)):
        calendar = apply(SHIPPED, [added(no_texts=no_texts, closed=closed)])
        assert (calendar.no_text_on(day, None), calendar.is_holiday(day)) == (no_texts, closed)
        assert not calendar.no_text_on(day - DAY, None) and not calendar.no_text_on(day + DAY, None)
    assert not SHIPPED.no_text_on(day, None)


@pytest.mark.parametrize("province", ["BA", "ba", "Bali"])
def test_a_day_of_one_province_is_known_by_its_code_and_by_its_name(province):
    calendar = apply(SHIPPED, [added(province="BA")])
    assert calendar.no_text_on(date(2026, 12, 9), province)
    assert not calendar.no_text_on(date(2026, 12, 9), "JK")
    assert not calendar.no_text_on(date(2026, 12, 9), None)


def test_an_open_office_changes_deadlines_and_not_texts():
    for about, province in ((NATAL, None), (EID, None), (NYEPI, "BA")):
        day = date.fromisoformat(about[:10])
        calendar = apply(SHIPPED, [corrected(about, closed=False)])
        assert SHIPPED.is_holiday(day) and not calendar.is_holiday(day)
        assert calendar.no_text_on(day, province)
    assert apply(SHIPPED, [corrected(NATAL, closed=False)]).is_holiday(date(2027, 12, 25))


def test_a_moved_nyepi_is_quiet_in_bali_on_its_new_date_only():
    calendar = apply(SHIPPED, [corrected(NYEPI, date(2027, 3, 7))])
    quiet = [day for day in range(5, 11) if calendar.no_text_on(date(2027, 3, day), "BA")]
    assert quiet == [7, 10]  # and Idulfitri
    assert not calendar.no_text_on(date(2027, 3, 7), "JK")
    moved = next(special for special in calendar.days if special.about == NYEPI)
    assert (moved.date, moved.was, moved.own) == (date(2027, 3, 7), date(2027, 3, 8), "abc")


@pytest.mark.parametrize("about", [NATAL, EID])
def test_a_fixed_feast_stays_where_it_is_whatever_is_said(about):
    day = date.fromisoformat(about[:10])
    calendar = apply(SHIPPED, [corrected(about, day + DAY)])
    assert calendar.no_text_on(day, None)
    assert len(calendar.on(day)) == 1, "the feast must not stand there twice"


def test_idulfitri_follows_the_end_of_ramadan_with_both_of_its_days():
    calendar = apply(SHIPPED, [ramadan()])
    assert [day for day in range(8, 14) if calendar.no_text_on(date(2027, 3, day), None)] == [11, 12]
    fasting = [calendar.is_ramadan(date(2027, 2, 8) + DAY * n) for n in (0, 1, 30, 31)]
    assert fasting == [False, True, True, False]
    assert SHIPPED.is_ramadan(date(2027, 2, 8)), "what is shipped stays as it is"


def test_the_office_can_be_open_on_an_idulfitri_that_was_moved():
    for said in ([ramadan(), corrected(EID, closed=False)], [corrected(EID, closed=False), ramadan()]):
        calendar = apply(SHIPPED, said)
        assert not calendar.is_holiday(date(2027, 3, 11)) and calendar.is_holiday(date(2027, 3, 12))
        assert calendar.no_text_on(date(2027, 3, 11), None)


def test_what_is_said_about_a_day_that_is_not_shipped_any_more_is_nothing():
    gone = corrected("2027-02-07 Tahun Baru Imlek 2578", date(2027, 2, 8))
    assert apply(SHIPPED, [gone, ramadan(about="1400")]).between(
        TODAY, date(2027, 12, 31)
    ) == SHIPPED.between(TODAY, date(2027, 12, 31))


def test_the_end_of_what_is_shipped_does_not_move_with_a_day_of_ones_own():
    assert apply(SHIPPED, [added(date(2041, 1, 1))]).known_until == SHIPPED.known_until


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (added(TODAY), None),
        (added(TODAY - DAY), Fault.PAST),
        (added(TODAY + 731 * DAY), None),
        (added(TODAY + 732 * DAY), Fault.FAR),
        (added(no_texts=False, closed=False), Fault.NOTHING),
        (corrected(IMLEK, date(2027, 2, 9)), None),
        (corrected(IMLEK, date(2027, 2, 10)), Fault.MOVED_FAR),
        (corrected(IMLEK, date(2027, 2, 3)), None),
        (corrected(IMLEK, estimated=True), Fault.NOTHING),
        (corrected(IMLEK, closed=False), None),
        (corrected(IMLEK), None),  # it is surely that day
        (corrected("2027-02-06 Hari Raya Kodok"), Fault.UNKNOWN),
        (corrected("kapan-kapan"[:10], date(2027, 2, 6)), Fault.UNKNOWN),
        (corrected("2026-08-25 Maulid Nabi", closed=False), Fault.PAST),
        (corrected(NATAL, closed=False), None),
        (corrected(NATAL), Fault.NOTHING),
        (corrected(NATAL, date(2026, 12, 26)), Fault.FIXED),
        (corrected(EID, date(2027, 3, 11)), Fault.WITH_RAMADAN),
        (corrected(NYEPI, date(2027, 3, 7)), None),
        (ramadan(), None),
        (ramadan(date(2027, 2, 8), date(2027, 3, 9)), None),  # confirmed
        (ramadan(date(2027, 2, 8), date(2027, 3, 9), estimated=True), Fault.NOTHING),
        (ramadan(date(2027, 2, 11), date(2027, 3, 12)), None),
        (ramadan(date(2027, 2, 12), date(2027, 3, 12)), Fault.MOVED_FAR),
        (ramadan(date(2027, 2, 10), date(2027, 3, 9)), None),  # 28 days
        (ramadan(date(2027, 2, 11), date(2027, 3, 9)), Fault.LENGTH),
        (ramadan(date(2027, 2, 7), date(2027, 3, 9)), None),  # 31 days
        (ramadan(date(2027, 2, 7), date(2027, 3, 10)), Fault.LENGTH),
        (ramadan(about="1400"), Fault.UNKNOWN),
    ],
)
def test_what_can_be_said(said, expected):
    assert refused(said) == expected


def test_a_ramadan_that_has_begun_can_be_corrected_until_its_feast_is_over():
    for today, expected in ((date(2027, 3, 11), None), (date(2027, 3, 12), Fault.PAST)):
        assert fault(SHIPPED, [], ramadan(), today) == expected


def test_no_texts_for_a_week_in_a_row_and_no_longer():
    days = [added(date(2026, 12, 1) + DAY * n) for n in range(6)]
    assert refused(added(date(2026, 12, 7)), days) is None
    assert refused(added(date(2026, 12, 8)), [*days, added(date(2026, 12, 7))]) is Fault.QUIET_LONG
    assert refused(added(date(2026, 11, 30)), [*days, added(date(2026, 12, 7))]) is Fault.QUIET_LONG
    # With Natal in between, which is quiet by itself.
    beside = [added(date(2026, 12, 19) + DAY * n) for n in range(6)]
    assert refused(added(date(2026, 12, 26)), beside) is Fault.QUIET_LONG


def in_the_week(day):
    return day.weekday() < 5


def test_staff_can_be_off_for_three_weeks_with_their_weekends_and_no_longer():
    off = [added(date(2027, 7, 5) + DAY * n, no_texts=False) for n in range(30)]
    said = [refused(one, off[:n], in_the_week) for n, one in enumerate(off)]
    # Saturday the 3rd to Thursday the 22nd are 20 days; the Friday would bring its weekend along.
    assert (off[said.index(Fault.CLOSED_LONG)].date, said[17]) == (date(2027, 7, 23), None)
    assert refused(added(date(2027, 7, 23), closed=False), off[:18], in_the_week) is None
