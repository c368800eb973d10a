"""Our requests and the simulated phones' answers, held against Twilio's own description of its API."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import urllib3
from jsonschema import ValidationError

from companion.channels.protocol import Letter
from tests.channels.contract import check_answer, check_request
from tests.channels.saying import ACCOUNT, RATNA, TOKEN

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
AUTHORIZED = {"Authorization": "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()}


@pytest.fixture
def calls(phones, channel, make_channel, letter, monkeypatch):
    """Every kind of request we make, by the real client, as it arrived."""
    monkeypatch.setattr("companion.channels.sms.PAGE", 1)
    sid = channel.send(letter).sid
    make_channel(sender="MG" + "0a" * 16).send(letter)
    make_channel(callback_base="").send(Letter(RATNA, "Halo @ ñ € [kabar] + & = %", "r-2", 36_000))
    phones.flush(lambda *_: None)
    channel.find(RATNA, LONG_AGO, "Halo")
    channel.erase(sid)
    return phones.calls


def test_every_request_fits_the_carriers_own_description(calls):
    assert [call.method for call in calls] == ["POST"] * 3 + ["GET"] * 3 + ["POST"]
    for call in calls:
        check_request(call)


def test_the_library_fetches_and_deletes_as_described_too(phones, channel, letter):
    sid = channel.send(letter).sid
    phones.flush(lambda *_: None)
    assert channel._client.messages(sid).fetch().status == "delivered"
    assert channel._client.messages(sid).delete() is True
    for call in phones.calls:
        check_request(call)


def test_words_arrive_as_they_were_written(phones, calls):
    assert phones.inbox(RATNA)[-1]["body"] == "Halo @ ñ € [kabar] + & = %"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ValidityPeriod": "soon"},
        {"MessagingServiceSid": "MG1"},
        {"StatusCallback": "nowhere"},
        {"To": "0812"},
        {"Bodi": "Halo"},
        {"ContentRetention": "forget"},
    ],
)
def test_the_contract_would_notice_a_wrong_request(calls, wrong):
    with pytest.raises(ValidationError):
        check_request(replace(calls[0], form=calls[0].form | wrong))


def test_the_contract_would_notice_a_missing_number_an_unknown_filter_and_a_wrong_account(calls):
    with pytest.raises(ValidationError):
        check_request(replace(calls[0], form={"Body": "Halo"}))
    with pytest.raises(AssertionError):
        check_request(replace(calls[3], args={"Number": RATNA}))
    with pytest.raises(ValidationError):
        check_request(replace(calls[0], path=PATH.replace("AC", "XX")))


def test_every_answer_of_the_simulated_phones_fits_it_too(phones):
    pool = urllib3.PoolManager(retries=False)

    def ask(method, path, **fields):
        answer = pool.request_encode_body(
            method, phones.url + path, fields=fields, headers=AUTHORIZED, encode_multipart=False
        )
        body = json.loads(answer.data) if answer.data else None
        check_answer(path.partition("?")[0], method, answer.status, body)
        return body

    phones.set_faults(numbers={"+6281200000001": {"undelivered": 30003}})
    ask("POST", PATH, To=RATNA, MessagingServiceSid="MG" + "0a" * 16, Body="Halo", ValidityPeriod="60")
    ask("POST", PATH, To="+6281200000001", From="Sahabat", Body="Halo")
    one = ask("POST", PATH, To=RATNA, From="+15005550006", Body="Halo", StatusCallback="http://127.0.0.1/x")
    own = one["uri"]
    ask("GET", own)
    phones.flush(lambda *_: None)
    ask("GET", own)
    ask("GET", f"{PATH}?To=%2B6281234567890&PageSize=1")
    whole = ask("GET", PATH)
    assert [each["error_code"] for each in whole["messages"]] == [None, 30003, None]
    ask("POST", own, Body="")
    ask("DELETE", own)
    pool.clear()
