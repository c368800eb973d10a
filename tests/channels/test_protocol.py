"""What the engine knows of carriers."""

import pytest

from companion.channels.protocol import (
    Found,
    Letter,
    Misconfigured,
    NeverLeft,
    NotAnswered,
    Reason,
    Refused,
    Status,
    Unsure,
)


@pytest.mark.parametrize("seconds", [1, 36_000])
def test_a_letter_may_wait_at_the_carrier_from_a_second_to_ten_hours(seconds):
    assert Letter("+6281234567890", "Halo", "r", seconds).valid_for == seconds


@pytest.mark.parametrize("seconds", [0, -1, 36_001])
def test_a_letter_may_not_wait_longer_or_shorter(seconds):
    with pytest.raises(ValueError, match="valid_for"):
        Letter("+6281234567890", "Halo", "r", seconds)


def test_neither_number_nor_words_show_in_a_repr():
    shown = repr(Letter("+6281234567890", "Halo Ratna", "r", 60))
    shown += repr(Found("SM1", Status.SENT, None, "Halo Ratna"))
    assert "812" not in shown
    assert "Ratna" not in shown


def test_only_reasons_about_the_number_say_that_no_text_will_ever_fare_better():
    about = {reason for reason in Reason if reason.is_number}
    assert about == {"number_invalid", "number_dead", "opted_out", "blocked"}


def test_errors_carry_the_carriers_number_and_our_word():
    assert (Refused(Reason.OPTED_OUT, 21610).reason, Refused(Reason.OPTED_OUT, 21610).code) == (
        "opted_out",
        21610,
    )
    assert str(Refused(Reason.OPTED_OUT, 21610)) == "opted_out 21610"
    assert (NeverLeft(20429, 7).retry_after, NeverLeft().retry_after) == (7, None)
    assert [str(each()) for each in (Misconfigured, Unsure, NotAnswered)] == ["", "", ""]
