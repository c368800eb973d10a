"""Simulated phones, most of the time without a network: their program is called directly."""

import pytest

from companion.phones import make_phones
from tests.phones.customer import ACCOUNT, TOKEN, Customer


@pytest.fixture
def make():
    """Phones that are stopped when the test is over."""
    made = []

    def make(**wanted):
        made.append(make_phones(ACCOUNT, TOKEN, **{"callbacks": False} | wanted))
        return made[-1]

    yield make
    for phones in made:
        phones.stop()


@pytest.fixture
def phones(make):
    return make()


@pytest.fixture
def carrier(phones):
    return Customer(phones.app)


@pytest.fixture
def customer():
    return Customer
