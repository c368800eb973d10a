"""Twilio's numbers in our words: the table of tech.md 3, line by line."""

import pytest

from companion.channels.protocol import Reason, Status
from companion.channels.vendor_words import (
    CODES,
    NOTHING_NEW,
    STATUSES,
    Action,
    code_in,
    meaning,
    reason_for,
)

TABLE = [
    ((21211, 21614, 21635), Action.REFUSE, Reason.NUMBER_INVALID),
    ((30005, 30006), Action.REFUSE, Reason.NUMBER_DEAD),
    ((21610,), Action.REFUSE, Reason.OPTED_OUT),
    ((30004, 63014), Action.REFUSE, Reason.BLOCKED),
    ((30007, 63013), Action.REFUSE, Reason.FILTERED),
    ((21617,), Action.REFUSE, Reason.WORDING),
    ((30001, 30003, 30008, 30500, 63017, 63018), Action.REFUSE, Reason.CARRIER),
    ((30036,), Action.REFUSE, Reason.EXPIRED),
    (
        (20003, 21408, 21606, 21608, 21612, 21657, 30002, 30024, 63016, 35114, 35115, 35117),
        Action.HOLD,
        Reason.CONFIGURATION,
    ),
    ((20429, 21611), Action.BACK_OFF, Reason.CARRIER),
    ((20500, 20503), Action.DOUBT, Reason.CARRIER),
]


@pytest.mark.parametrize(
    ("code", "action", "reason"),
    [(code, action, reason) for codes, action, reason in TABLE for code in codes],
)
def test_a_known_code_means_what_the_table_says(code, action, reason):
    assert meaning(code) == (action, reason)
    assert reason_for(code) == reason


@pytest.mark.parametrize("code", [35109, 35130, 21699, 99999])
def test_a_code_nobody_listed_refuses_this_text_and_holds_nothing(code):
    assert meaning(code) == (Action.REFUSE, Reason.UNKNOWN)


def test_no_code_silences_a_number_and_holds_the_channel_at_once():
    assert not [
        code for code, (action, reason) in CODES.items() if action is Action.HOLD and reason.is_number
    ]


def test_every_status_that_says_nothing_new_is_at_least_sent():
    assert {STATUSES[word] for word in NOTHING_NEW} == {Status.SENT}


@pytest.mark.parametrize(
    ("value", "code"),
    [("30003", 30003), (30003, 30003), ("0", None), ("", None), (None, None), ("3e4", None), ("-1", None)]
    + [("٣٠", None), ("9" * 40, None), ({}, None)],
)
def test_only_a_plain_number_is_a_code(value, code):
    assert code_in(value) == code
