"""The tables of legal moves are those of design 4.1 to 4.3."""

import pytest

from companion.rules.gate import Because
from companion.rules.ladder import void_reason
from companion.rules.states import (
    NEXT_ALERT,
    NEXT_MESSAGE,
    NEXT_SLOT,
    NEXT_TRANSFER,
    AlertState,
    MessageState,
    SlotState,
    TransferState,
    VoidReason,
)

TABLES = [
    (NEXT_SLOT, SlotState),
    (NEXT_MESSAGE, MessageState),
    (NEXT_ALERT, AlertState),
    (NEXT_TRANSFER, TransferState),
]


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_every_state_can_be_reached_from_the_first_one(table, states):
    first = next(iter(states))
    seen, new = set(), {first}
    while new:
        seen |= new
        new = {target for state in new for target in table.get(state, ())} - seen
    assert seen == set(states)


@pytest.mark.parametrize(
    ("table", "ends"),
    [
        (NEXT_SLOT, {SlotState.ANSWERED, SlotState.ANSWERED_LATE, SlotState.EXCUSED, SlotState.CANCELLED}),
        (
            NEXT_MESSAGE,
            {MessageState.DELIVERED, MessageState.REFUSED, MessageState.EXPIRED, MessageState.CANCELLED},
        ),
        (NEXT_ALERT, {AlertState.CLOSED}),
        (NEXT_TRANSFER, set(TransferState) - {TransferState.OFFERED}),
    ],
)
def test_a_state_without_a_way_out_is_an_end(table, ends):
    states = {state for tables, kind in TABLES if tables is table for state in kind}
    assert states - table.keys() == ends


def test_whatever_we_wrote_down_a_late_answer_is_still_taken_but_nothing_else():
    for state in (SlotState.MISSED, SlotState.UNREACHED, SlotState.VOID):
        assert NEXT_SLOT[state] == {SlotState.ANSWERED_LATE}


def test_a_text_never_goes_backwards_once_the_carrier_has_it():
    assert NEXT_MESSAGE[MessageState.SENT] == {MessageState.DELIVERED, MessageState.UNDELIVERED}
    assert NEXT_MESSAGE[MessageState.UNDELIVERED] == {MessageState.DELIVERED}


def test_an_alert_is_closed_only_by_whoever_has_taken_it():
    assert [state for state in AlertState if AlertState.CLOSED in NEXT_ALERT.get(state, ())] == [
        AlertState.CLAIMED
    ]


def test_what_held_a_message_can_be_the_reason_of_a_void_slot():
    words = {because: void_reason(because) for because in Because}
    assert words.pop(Because.PAUSED) is VoidReason.DOWNTIME  # a paused window excuses its slots before that
    assert words.pop(Because.UNCONFIRMED) is VoidReason.DOWNTIME  # such a slot was unreached (test_ladder)
    assert all(reason.value == because.value for because, reason in words.items())
