"""Sending, looking up and erasing through the carrier's API."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from companion.channels.protocol import Letter, Misconfigured, NotAnswered, TooLate
from companion.channels.sms import SmsChannel, make_sms
from tests.channels.saying import ACCOUNT, HERE, RATNA, TOKEN

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_letter_reaches_the_phone_it_is_written_to(phones, channel, letter):
    accepted = channel.send(letter)
    (received,) = phones.inbox(RATNA)
    assert (received["sid"], received["body"], received["from"]) == (accepted.sid, letter.body, "Sahabat")
    assert accepted.status == "sent"


def test_our_reference_goes_into_the_receipts_address_and_the_validity_to_the_carrier(
    phones, channel, letter
):
    channel.send(letter)
    (call,) = phones.calls
    assert call.form["StatusCallback"] == f"{HERE}/twilio/status/r-1"
    assert call.form["ValidityPeriod"] == "3600"
    assert "MessagingServiceSid" not in call.form


@pytest.mark.parametrize("answers", [[False], [True, False]], ids=["before all", "between head and words"])
@pytest.mark.parametrize("connected", [False, True])
def test_a_letter_that_is_not_wanted_any_more_when_it_is_to_leave_reaches_nobody(
    phones, channel, letter, connected, answers
):
    """A process can be held up for an hour while it connects, or after it did (design 4.2)."""
    if connected:
        channel.send(replace(letter, ref="r-0"))
    before, answers = len(phones.calls), iter(answers)
    with pytest.raises(TooLate):
        channel.send(replace(letter, wanted=lambda: next(answers)))
    assert len(phones.calls) == before
    assert channel.send(letter).status == "sent"  # nothing of it stays behind on the connection
    assert channel.find(RATNA, LONG_AGO, letter.body)  # and other requests are not asked


def test_a_reference_cannot_leave_its_place_in_the_address(phones, channel):
    channel.send(Letter(RATNA, "Halo", ref="../a?b#c d", valid_for=60))
    assert phones.calls[0].form["StatusCallback"] == f"{HERE}/twilio/status/..%2Fa%3Fb%23c%20d"


def test_a_messaging_service_is_named_as_such(phones, make_channel, letter):
    make_channel(sender="MG" + "0a" * 16).send(letter)
    form = phones.calls[0].form
    assert form["MessagingServiceSid"] == "MG" + "0a" * 16
    assert "From" not in form


@pytest.mark.parametrize("sender", ["MGRATNA", "MG0a1b2c3d", "+15005550006"])
def test_any_other_sender_is_a_name_or_a_number(phones, make_channel, letter, sender):
    make_channel(sender=sender).send(letter)
    assert phones.calls[0].form["From"] == sender


def test_a_prefix_in_the_address_of_the_carrier_stays_in_front(letter):
    seen = []

    class Prefixed:
        def __call__(self, environ, start_response):
            seen.append(environ["PATH_INFO"])
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b""]

    from companion.phones.server import Server

    server = Server(Prefixed(), "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    for api_url in (f"{base}/mock/twilio", f"{base}/mock/twilio/", base):
        with pytest.raises(Exception, match="400"):
            SmsChannel(ACCOUNT, TOKEN, "Sahabat", api_url, HERE).send(letter)
    server.stop()
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert seen == [f"/mock/twilio{path}", f"/mock/twilio{path}", path]


@pytest.mark.parametrize(
    "api_url",
    [
        "http://api.twilio.com",
        "http://127.0.0.1.example.com",
        "http://192.168.1.4:5001",
        "ftp://127.0.0.1",
        "127.0.0.1:5001",
        "",
        "https://",
        "https://api.twilio.com?x=1",
        "https://someone:secret@api.twilio.com",
    ],
)
def test_credentials_never_go_in_the_clear_to_another_machine(api_url):
    with pytest.raises(ValueError, match="TWILIO_API_URL"):
        SmsChannel(ACCOUNT, TOKEN, "Sahabat", api_url, HERE)


@pytest.mark.parametrize(
    "api_url", ["https://api.twilio.com", "http://localhost:9", "http://[::1]:9/carrier"]
)
def test_https_anywhere_and_http_on_this_machine_are_fine(api_url):
    assert SmsChannel(ACCOUNT, TOKEN, "Sahabat", api_url, HERE).name == "sms"


@pytest.mark.parametrize(
    ("public_url", "asked_for"),
    [
        ("https://sahabat.example.id", True),
        ("http://203.0.113.9", False),  # set aside for documents: no carrier can reach it
        ("http://8.8.8.8:8000", True),
        ("http://127.0.0.1:5000", False),
        ("http://localhost:5000", False),
        ("http://192.168.1.4", False),
        ("http://sahabat.local", False),
        ("https://kabar_kita.example.id", False),
        ("sahabat.example.id", False),
        ("", False),
    ],
)
def test_the_real_carrier_is_asked_for_receipts_only_where_it_can_reach_us(public_url, asked_for):
    channel = SmsChannel(ACCOUNT, TOKEN, "Sahabat", "https://api.twilio.com", public_url)
    assert (channel._callback_base is not None) is asked_for


def test_without_an_address_for_receipts_a_text_still_goes(phones, make_channel, letter):
    make_channel(callback_base="kabar").send(letter)
    assert "StatusCallback" not in phones.calls[0].form
    assert len(phones.inbox(RATNA)) == 1


def test_a_public_address_with_a_slash_at_its_end_gets_no_second_one(phones, make_channel, letter):
    make_channel(callback_base=HERE + "/").send(letter)
    assert phones.calls[0].form["StatusCallback"] == f"{HERE}/twilio/status/r-1"


def test_the_configuration_makes_a_channel(phones, letter):
    config = SimpleNamespace(
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_sender="Sahabat",
        twilio_api_url=phones.url,
        public_url=HERE,
    )
    make_sms(config).send(letter)
    assert len(phones.inbox(RATNA)) == 1


@pytest.mark.parametrize("missing", ["account_sid", "auth_token"])
def test_without_credentials_nothing_is_sent_whatever_the_environment_holds(
    phones, make_channel, letter, missing, monkeypatch
):
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    channel = make_channel(**{missing: ""})
    with pytest.raises(Misconfigured):
        channel.send(letter)
    with pytest.raises(NotAnswered):
        channel.find(RATNA, LONG_AGO, "Halo")
    assert phones.calls == []


def test_sixteen_senders_may_use_one_channel(phones, channel):
    def send(who):
        for nth in range(5):
            channel.send(Letter(f"+6281200000{who:03d}", f"Halo {nth}", f"r-{who}-{nth}", 60))

    threads = [threading.Thread(target=send, args=(who,)) for who in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    received = [[text["body"] for text in phones.inbox(f"+6281200000{who:03d}")] for who in range(16)]
    assert received == [[f"Halo {nth}" for nth in range(5)]] * 16


def test_commands_that_send_nothing_never_load_the_carriers_library():
    program = (
        "import sys\n"
        "from companion.channels import protocol, receipts, sms, vendor_words\n"
        f"sms.SmsChannel({ACCOUNT!r}, 'x', 'Sahabat', 'https://api.twilio.com', 'https://example.id')\n"
        "sys.exit([name for name in ('twilio', 'urllib3', 'requests') if name in sys.modules] or 0)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
