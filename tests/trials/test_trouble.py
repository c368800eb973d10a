"""The plan of what goes wrong is the seed's alone, and every kind comes where the days have room for it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from companion.trials.trouble import STILL, Kind, plan_trouble

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("days", [7, 28, 120])
def test_no_two_troubles_meet_and_none_outlives_the_trial(days):
    for seed in range(20):
        events = plan_trouble(BEGIN, days, seed).events
        assert all(BEGIN < event.began <= event.ended <= BEGIN + timedelta(days=days) for event in events)
        assert all(earlier.ended <= later.began for earlier, later in pairwise(events))


def test_four_months_see_every_kind():
    assert {event.kind for event in plan_trouble(BEGIN, 120, 7).events} == set(Kind)


def test_the_same_seed_plans_the_same_trouble_and_another_seed_another():
    assert plan_trouble(BEGIN, 60, 1) == plan_trouble(BEGIN, 60, 1) != plan_trouble(BEGIN, 60, 2)


def test_only_what_holds_everything_counts_as_standing_still():
    trouble = plan_trouble(BEGIN, 120, 7)
    assert len(trouble.still) == sum(event.kind in STILL for event in trouble.events)
    assert Kind.BUDGET not in STILL and Kind.CLOCK_BACK not in STILL
