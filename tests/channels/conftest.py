"""A channel that talks to simulated phones."""

import pytest

from companion.channels.protocol import Letter
from companion.channels.sms import SmsChannel
from companion.phones import make_phones
from tests.channels.saying import ACCOUNT, HERE, RATNA, TOKEN


@pytest.fixture(scope="session")
def always_on():
    with make_phones(ACCOUNT, TOKEN, callbacks=False) as phones:
        yield phones


@pytest.fixture
def phones(always_on):
    yield always_on
    always_on.reset()


@pytest.fixture
def make_channel(phones):
    def make(**other):
        words = {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": "Sahabat", "api_url": phones.url}
        return SmsChannel(**words | {"callback_base": HERE} | other)

    return make


@pytest.fixture
def channel(make_channel):
    return make_channel()


@pytest.fixture
def letter():
    return Letter(RATNA, "Halo, apa kabar hari ini? https://s.id/k7Qx2", ref="r-1", valid_for=3600)
