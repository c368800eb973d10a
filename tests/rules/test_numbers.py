"""Mobile numbers: the same number however it is written, and never somebody else's (failures 44)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.rules import numbers
from companion.rules.numbers import Fault


@pytest.mark.parametrize(
    "text",
    [
        "082151819093",
        "82151819093",
        "6282151819093",
        "+6282151819093",
        "'082151819093",
        "0821 5181 9093",
        "0821-5181-9093",
        "0821.5181.9093",
        "(+62) 82151819093",
        "+62 821-5181-9093",
        "(0821) 5181 9093",
        "+62 (0)821 5181 9093",
        "62 0821 5181 9093",
        "0062 821 5181 9093",
        "82151819093.0",
        "82151819093,00",
        "82.151.819.093",
        "82,151,819,093",
        "\u202a+62 821\u20115181\u20119093\u202c",
        "HP: 0821-5181-9093",
        "0821 5181 9093 (WA)",
    ],
)
def test_one_number_in_many_spellings_is_one_number(text):
    assert numbers.read(text).e164 == "+6282151819093"


@pytest.mark.parametrize("text", ["0822846563212", "+62822846563212", "62822846563212", "822846563212"])
def test_twelve_digits_after_the_country_are_a_number(text):
    assert numbers.read(text).e164 == "+62822846563212"


@pytest.mark.parametrize(
    ("national", "fault"),
    [
        ("8" + "12345678"[:7], Fault.TOO_SHORT),
        ("8" + "12345678", None),
        ("8" + "12345678912", None),
        ("8" + "123456789123", Fault.TOO_LONG),
    ],
)
def test_numbers_have_nine_to_twelve_digits_after_the_country(national, fault):
    assert numbers.read(f"0{national}").fault is fault
    assert numbers.read(f"+62{national}").fault is fault


def test_sixty_two_without_a_plus_is_the_country_and_not_part_of_a_landline():
    assert numbers.read("62811234567").e164 == "+62811234567"


@pytest.mark.parametrize(
    "text",
    ["6.28E+12", "6,28E+12", "6.28e12", "8.12E+10", "8,12 E+10", "6.28E+012", "6280000000000", "81200000000"],
)
def test_what_a_spreadsheet_rounded_is_a_fault_and_not_a_number(text):
    reading = numbers.read(text)
    assert (reading.e164, reading.fault) == (None, Fault.DAMAGED)


def test_zeros_at_the_end_are_believed_where_a_leading_zero_shows_that_it_was_text():
    assert numbers.read("081200000000").e164 == "+6281200000000"


@pytest.mark.parametrize(
    "text",
    ["021-3423667", "(021) 342 3667", "0841234567", "+60 12 345 6789", "+81 90 1234 5678", "0065 8123 4567",
     "6262811234567", "1234567890"],
)  # fmt: skip
def test_landlines_084_and_other_countries_are_no_mobile_numbers(text):
    assert numbers.read(text).fault is Fault.NOT_MOBILE


@pytest.mark.parametrize("text", ["", "   ", "-", "--", "tidak ada", "0", "belum punya", "'"])
def test_a_cell_without_digits_is_a_missing_number(text):
    assert numbers.read(text).fault is Fault.MISSING


@pytest.mark.parametrize("text", ["0812l345678", "081234567890 (2)", "0812x3456y789", "0812345678" * 30])
def test_signs_between_digits_are_not_guessed_away(text):
    assert numbers.read(text).fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    "text",
    [
        "088120008062 / 85201098326",
        "088120008062, 085201098326",
        "088120008062; +62 852-0109-8326",
        "088120008062 atau 085201098326",
        "088120008062 dan 085201098326",
        "088120008062\n085201098326",
        "088120008062 085201098326",
        "088120008062 - 085201098326",
    ],
)
def test_of_two_numbers_the_first_is_used_and_the_second_kept(text):
    reading = numbers.read(text)
    assert (reading.e164, reading.others, reading.several) == ("+6288120008062", ("+6285201098326",), True)


def test_the_first_usable_number_counts_and_the_reader_says_that_there_was_another():
    reading = numbers.read("021-3423667 / 085201098326")
    assert (reading.e164, reading.others, reading.several) == ("+6285201098326", (), True)


def test_the_same_number_twice_is_one_number():
    reading = numbers.read("085201098326 / +62 852 0109 8326")
    assert (reading.e164, reading.others, reading.several) == ("+6285201098326", (), False)


def test_two_unusable_numbers_give_the_fault_of_the_first():
    assert numbers.read("021-3423667 / 0897604").fault is Fault.NOT_MOBILE


def test_a_form_takes_exactly_one_number():
    assert numbers.read_typed("0821 5181 9093").e164 == "+6282151819093"
    assert numbers.read_typed("082151819093 / 085201098326").fault is Fault.SEVERAL
    assert numbers.read_typed("0897604").fault is Fault.TOO_SHORT


def test_staff_lists_show_the_last_four_digits_only():
    assert numbers.mask("+6282151819093") == "+62•••••9093"
    assert numbers.tel_href("+6282151819093") == "tel:+6282151819093"


def test_a_reading_does_not_print_the_number():
    assert "9093" not in repr(numbers.read("082151819093 / 085201098326"))
    assert "8326" not in repr(numbers.read("082151819093 / 085201098326"))


@given(st.text(alphabet="0123456789+-() ./,;'Ee\n") | st.text())
def test_whatever_stands_there_the_reader_gives_a_whole_number_or_a_fault(text):
    reading = numbers.read(text)
    assert (reading.e164 is None) == (reading.fault is not None)
    for e164 in [reading.e164, *reading.others]:
        assert e164 is None or (numbers.MOBILE.fullmatch(e164) and numbers.is_mobile(e164))


@given(st.from_regex(r"8[1-35-9][0-9]{7,10}", fullmatch=True))
def test_no_digit_is_lost_or_added_on_the_way(national):
    assert numbers.read(f"0{national}").e164 == f"+62{national}"
    assert numbers.read(f"+62 {national[:3]}-{national[3:7]}-{national[7:]}").e164 == f"+62{national}"
