"""Who can be handed over, and until when an offer stands (decision 10)."""

from datetime import UTC, datetime, timedelta

import pytest

from companion.rules.states import WindowState
from companion.rules.terms import PersonStatus
from companion.rules.transfers import OFFER_LIVES, expires_at, why_not

NOW = datetime(2026, 12, 10, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("status", PersonStatus)
def test_only_whoever_may_be_asked_can_be_handed_over(status):
    fault = why_not(status, WindowState.ACTIVE, NOW + SECOND, NOW)
    assert fault == (None if status in (PersonStatus.ENROLLED, PersonStatus.NOT_REACHED) else "status")


@pytest.mark.parametrize(
    ("state", "ends_at", "fault"),
    [
        (WindowState.ACTIVE, NOW + SECOND, None),
        (WindowState.PAUSED, NOW + SECOND, None),
        (WindowState.ACTIVE, NOW, "over"),
        (WindowState.CLOSED, NOW + SECOND, "closed"),
    ],
)
def test_only_a_follow_up_with_days_left_goes_on(state, ends_at, fault):
    assert why_not(PersonStatus.ENROLLED, state, ends_at, NOW) == fault


@pytest.mark.parametrize("left", [OFFER_LIVES - SECOND, OFFER_LIVES, OFFER_LIVES + SECOND])
def test_an_offer_stands_for_fourteen_days_or_to_the_end_of_the_follow_up(left):
    assert expires_at(NOW, NOW + left) == NOW + min(left, timedelta(days=14))
