"""Status callbacks: only the carrier's own are read, and only what is new is told."""

import pytest
from werkzeug.datastructures import Headers, ImmutableMultiDict

from companion.channels.protocol import Reason, Receipt, Status
from companion.channels.receipts import Forged, read_receipt
from companion.phones.callbacks import signature
from tests.channels.saying import TOKEN

URL = "https://sahabat.example.id/twilio/status/r-1"
SID = "SM" + "0" * 32


def signed(form, url=URL, token=TOKEN):
    return Headers({"X-Twilio-Signature": signature(token, url, form)})


def said(status, **more):
    return {"MessageSid": SID, "MessageStatus": status, "To": "+6281234567890"} | more


def read(form, headers=None, url=URL):
    return read_receipt(TOKEN, url, ImmutableMultiDict(form), signed(form) if headers is None else headers)


@pytest.mark.parametrize(
    ("form", "receipt"),
    [
        (said("sent"), Receipt(Status.SENT, None, None, SID)),
        (said("delivered"), Receipt(Status.DELIVERED, None, None, SID)),
        (said("read"), Receipt(Status.DELIVERED, None, None, SID)),
        (said("undelivered", ErrorCode="30003"), Receipt(Status.UNDELIVERED, Reason.CARRIER, 30003, SID)),
        (said("undelivered", ErrorCode="30005"), Receipt(Status.UNDELIVERED, Reason.NUMBER_DEAD, 30005, SID)),
        (said("failed", ErrorCode="30036"), Receipt(Status.UNDELIVERED, Reason.EXPIRED, 30036, SID)),
        (said("failed", ErrorCode="30002"), Receipt(Status.UNDELIVERED, Reason.CONFIGURATION, 30002, SID)),
        (said("failed", ErrorCode="12"), Receipt(Status.UNDELIVERED, Reason.UNKNOWN, 12, SID)),
        (said("failed", ErrorCode="x"), Receipt(Status.UNDELIVERED, Reason.UNKNOWN, None, SID)),
        (said("failed"), Receipt(Status.UNDELIVERED, Reason.UNKNOWN, None, SID)),
        (said("delivered", ErrorCode="30003"), Receipt(Status.DELIVERED, None, None, SID)),
        ({"SmsSid": SID, "SmsStatus": "sent"}, Receipt(Status.SENT, None, None, SID)),
    ],
)
def test_a_receipt_says_how_far_the_text_got(form, receipt):
    assert read(form) == receipt


@pytest.mark.parametrize("word", ["queued", "accepted", "sending", "scheduled", "receiving", "strange", ""])
def test_a_status_that_says_nothing_new_is_no_receipt(word):
    assert read(said(word)) is None


def test_the_same_receipt_again_is_the_same_receipt():
    assert read(said("delivered")) == read(said("delivered"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "AAAA"},
        {"X-Twilio-Signature": "é" * 28},
        signed(said("delivered"), token="another token"),
        signed(said("delivered"), url=URL + "2"),
        signed(said("undelivered")),
        signed(said("delivered") | {"Extra": "1"}),
        signed(said("delivered")) | {"X-Twilio-Webhooks-Signature-Settings": "algorithm=HMAC_SHA256"},
        signed(said("delivered")) | {"X-Twilio-Webhooks-Signature-Settings": "algorithm=none"},
    ],
)
def test_anything_not_signed_with_our_token_for_this_very_address_and_words_is_forged(headers):
    with pytest.raises(Forged):
        read(said("delivered"), headers)


def test_without_a_token_of_our_own_everything_is_forged():
    form = said("delivered")
    with pytest.raises(Forged):
        read_receipt("", URL, form, signed(form, token=""))


def test_words_that_no_carrier_can_have_signed_are_forged():
    with pytest.raises(Forged):
        read(said("delivered", Extra="\ud800"), {"X-Twilio-Signature": "AAAA"})


def test_a_signature_made_with_the_newer_algorithm_is_honoured():
    import base64
    import hashlib
    import hmac

    form = said("delivered")
    words = URL + "".join(name + form[name] for name in sorted(form))
    mac = base64.b64encode(hmac.new(TOKEN.encode(), words.encode(), hashlib.sha256).digest()).decode()
    headers = {
        "X-Twilio-Signature": mac,
        "X-Twilio-Webhooks-Signature-Settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
    }
    assert read(form, headers).status == "delivered"
    with pytest.raises(Forged):
        read(form, {"X-Twilio-Signature": mac})


@pytest.mark.parametrize(("ours", "theirs"), [(URL, URL.replace(".id/", ".id:443/"))] * 1)
def test_the_carrier_may_sign_the_address_with_or_without_its_port(ours, theirs):
    form = said("sent")
    for told, signed_for in ((ours, theirs), (theirs, ours)):
        assert read_receipt(TOKEN, told, form, signed(form, url=signed_for)).status == "sent"


def test_a_stranger_cannot_write_into_our_log(caplog):
    with pytest.raises(Forged):
        read(
            said("sent"),
            {"X-Twilio-Signature": "x", "X-Twilio-Webhooks-Signature-Settings": "algorithm=LOOK"},
        )
    assert caplog.records == []


def test_the_simulated_phones_send_receipts_that_we_can_read(phones, channel, letter):
    channel.send(letter)
    read_so_far = []
    phones.flush(lambda *callback: read_so_far.append(read_receipt(TOKEN, *callback)))
    assert [receipt.status for receipt in read_so_far] == ["sent", "delivered"]
