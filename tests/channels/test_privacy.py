"""What a person's number and words must never leak into, however a send or a look-up ends."""

import logging
import traceback
from datetime import UTC, datetime

import pytest

from companion.channels.protocol import CarrierError
from tests.channels.saying import ACCOUNT, RATNA, TOKEN

FAULTS = [
    {},
    {"refuse": 21211},
    {"refuse": 21606},
    {"refuse": 20429},
    {"lose": True},
    {"lose": True, "lose_mode": "reset"},
    {"error": True},
    {"garbage": True},
    {"blind": True},
]


@pytest.mark.parametrize("faults", FAULTS)
def test_neither_number_nor_words_nor_token_come_out_by_log_error_or_repr(
    phones, channel, letter, faults, caplog
):
    caplog.set_level(logging.DEBUG)
    phones.set_faults(**faults)
    said = [repr(channel), repr(letter)]
    since = datetime(2020, 1, 1, tzinfo=UTC)
    for attempt in (lambda: channel.send(letter), lambda: channel.find(RATNA, since, letter.body)):
        try:
            said.append(repr(attempt()))
        except CarrierError as error:
            assert error.__context__ is None
            said += [repr(error), str(error), *traceback.format_exception(error)]
    said += [record.getMessage() for record in caplog.records]
    said += [str(record.exc_info) for record in caplog.records]
    for secret in ("81234567890", "Halo", TOKEN, ACCOUNT):
        assert not [words for words in said if secret in words]
