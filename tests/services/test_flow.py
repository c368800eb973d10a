"""A sender's turns: no faster than its carrier takes, whoever asks (decisions/0008)."""

from datetime import timedelta

import pytest

from companion.models import SenderTurn
from companion.services import flow
from companion.services.flow import NotYet, Pace
from tests.cast import NOW


def at(seconds):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def claim(database):
    """Ask for a turn at so many seconds; whether it was had."""

    def ask(seconds, pace=Pace("Sahabat", 1)):  # noqa: B008 - frozen
        try:
            with database.write() as session:
                flow.claim(session, pace, at(seconds))
        except NotYet:
            return False
        return True

    return ask


@pytest.fixture
def reserve(database):
    def ask(seconds, within=10.0, pace=Pace("Sahabat", 1)):  # noqa: B008 - frozen
        with database.write() as session:
            return flow.reserve(session, pace, at(seconds), within)

    return ask


def test_a_sender_of_one_a_second_has_one_a_second(claim):
    assert claim(0)
    assert not claim(0.5)
    assert claim(1)


def test_what_was_refused_costs_no_turn(claim):
    claim(0)
    assert [claim(0.1) for _ in range(5)] == [False] * 5
    assert claim(1)


def test_a_fast_sender_may_have_a_quarter_of_a_second_at_once_and_then_its_pace(claim):
    pace = Pace("Sahabat", 40)
    assert sum(claim(0, pace) for _ in range(20)) in (10, 11)
    assert sum(claim(ms / 1000, pace) for ms in range(5, 2_001, 5)) in (79, 80, 81)


def test_a_slow_sender_has_one_in_two_seconds(claim):
    pace = Pace("Sahabat", 0.5)
    assert [claim(second, pace) for second in range(5)] == [True, False, True, False, True]


def test_each_sender_has_turns_of_its_own(claim):
    assert claim(0) and claim(0, Pace("Other", 1))


def test_who_waits_gets_the_turns_one_after_the_other(claim, reserve):
    claim(0)
    assert [reserve(0) for _ in range(3)] == pytest.approx([1, 2, 3], abs=1e-3)
    assert not claim(1)  # it is promised to somebody
    assert claim(4)


def test_a_turn_that_lies_too_far_ahead_is_left_to_others(claim, reserve):
    claim(0)
    assert reserve(0, within=0.9) is None
    assert reserve(0, within=1.1) == pytest.approx(1, abs=1e-3)


def test_a_turn_in_the_past_is_now(reserve):
    assert reserve(0) == 0
    assert reserve(9) == 0


def test_after_a_clock_that_went_back_nobody_waits_for_the_old_time(claim):
    assert claim(3600)
    assert claim(0)
    assert not claim(0.5)


def test_a_turn_taken_in_a_transaction_that_is_undone_is_free_again(database, claim):
    with pytest.raises(ZeroDivisionError), database.write() as session:
        flow.claim(session, Pace("Sahabat", 1), at(0))
        raise ZeroDivisionError
    assert claim(0)
    with database.read() as session:
        assert session.get(SenderTurn, "Sahabat").next_at == pytest.approx(at(1).timestamp())
