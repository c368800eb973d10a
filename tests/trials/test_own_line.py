"""The carrier's client reaches the phones in its own process as it would over the network (decision 0011)."""

from datetime import UTC, datetime

import pytest

from companion.channels.protocol import CarrierError, Letter
from companion.channels.sms import SmsChannel
from companion.phones import make_phones
from companion.trials.visiting import OwnLine
from tests.channels.contract import check_request
from tests.channels.saying import ACCOUNT, HERE, RATNA, TOKEN

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LETTER = Letter(RATNA, "Halo @ ñ € [kabar] + & = %", ref="r-1", valid_for=3600)


@pytest.fixture
def both():
    """The same channel twice, each with phones of its own: over the network, and to phones that do not even listen."""
    words = {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": "Sahabat", "callback_base": HERE}
    near = make_phones(ACCOUNT, TOKEN, callbacks=False)
    with make_phones(ACCOUNT, TOKEN, callbacks=False) as far:
        yield [
            (far, SmsChannel(**words, api_url=far.url)),
            (near, SmsChannel(**words, api_url="http://127.0.0.1:9", line=OwnLine(near.app))),
        ]
    near.stop()


def test_the_phones_hear_the_same_requests(both, monkeypatch):
    monkeypatch.setattr("companion.channels.sms.PAGE", 1)
    heard = []
    for phones, channel in both:
        sid = channel.send(LETTER).sid
        channel.send(LETTER)
        phones.flush(lambda *_: None)
        assert len(channel.find(RATNA, LONG_AGO, "Halo")) == 2
        channel.erase(sid)
        for call in phones.calls:
            check_request(call)
        heard.append([(call.method, call.path.replace(sid, "SM"), call.form) for call in phones.calls])
        assert [one["body"] for one in phones.inbox(RATNA)] == [LETTER.body] * 2
    assert heard[0] == heard[1]


@pytest.mark.parametrize(
    "faults",
    [
        {"lose": 1.0}, {"lose_before": 1.0}, {"error": 1.0}, {"garbage": 1.0}, {"refuse": {"21211": 1.0}},
        {"refuse": {"20429": 1.0}}, {"refuse": {"20003": 1.0}}, {"refuse": {"21610": 1.0}},
    ],
    ids=str,
)  # fmt: skip
def test_what_goes_wrong_means_the_same_to_us(both, faults):
    meant = []
    for phones, channel in both:
        phones.set_faults(**faults)
        with pytest.raises(CarrierError) as failure:
            channel.send(LETTER)
        meant.append((type(failure.value), failure.value.code, len(phones.inbox(RATNA))))
    assert meant[0] == meant[1]
