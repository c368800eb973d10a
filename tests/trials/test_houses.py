"""Many people live in several houses: everybody in exactly one, and the figures are those of all together."""

import pytest

from companion.trials import houses, simulate
from companion.trials.crowd import PER_INSTITUTION
from companion.trials.figures import figures
from companion.trials.houses import MOST, Lived, Order

FULL = MOST * PER_INSTITUTION
TWO_DAYS = Order(days=2, seed=5, faults=False, server=None)


@pytest.mark.parametrize("clients", [1, 150, 300, FULL - 1, FULL])
def test_as_many_as_one_house_holds_live_in_one(clients):
    assert houses.divided(clients) == [range(clients)]


@pytest.mark.parametrize("clients", [FULL + 1, 2 * FULL, 2 * FULL + 1, 2_000, 10_000])
def test_everybody_lives_in_exactly_one_house_and_no_institution_is_torn_apart(clients):
    homes = houses.divided(clients)
    assert [n for home in homes for n in home] == list(range(clients))
    assert all(home.start % PER_INSTITUTION == 0 and 0 < len(home) <= FULL for home in homes)
    assert max(map(len, homes[:-1])) - min(map(len, homes[:-1])) <= PER_INSTITUTION


@pytest.fixture
def small(monkeypatch):
    """Institutions of four: eight people fill two houses."""
    monkeypatch.setattr(houses, "PER_INSTITUTION", 4)
    monkeypatch.setattr(houses, "MOST", 1)


def test_houses_that_live_at_the_same_time_live_as_each_would_alone(small):
    shown = []
    apart = houses.live(8, TWO_DAYS, shown.append)
    alone = [houses._live_in(8, home, TWO_DAYS, lambda at: None) for home in (range(4), range(4, 8))]
    assert [house.counts for house in apart] == [house.counts for house in alone]
    assert [house.broken for house in apart] == [{}, {}]
    assert shown[-1] == simulate.BEGIN + TWO_DAYS.days * simulate.DAY, "the bar ends at the end"


def test_what_is_printed_is_the_sum_and_the_most_lines_are_the_most_of_any():
    one, other = (
        houses._live_in(6, range(6), Order(3, seed, False, None), lambda at: None) for seed in (1, 2)
    )
    both, first, second = (
        figures(counts) for counts in ([one.counts, other.counts], [one.counts], [other.counts])
    )
    for name in ("promised", "answered", "missed"):
        assert both["slots"][name] == first["slots"][name] + second["slots"][name]
    assert both["work"]["most_lines"] == max(first["work"]["most_lines"], second["work"]["most_lines"])
    assert list(both["slots"]) == list(first["slots"]), "in the order of a check-in's life"


def test_a_promise_broken_in_one_house_is_found_and_the_house_is_named():
    kept, broken = Lived({}, None, {}), Lived({}, None, {"text twice": ["here"]})
    assert houses.faults_of([kept, broken]) == {"text twice": ["house 2: here"]}
    assert houses.faults_of([broken]) == {"text twice": ["here"]}
    assert houses.faults_of([kept, kept]) == {}
