"""The line between 'try again', 'never again' and 'nobody knows', for every way a send can end."""

import datetime
import socket
import ssl
import threading

import pytest

from companion.channels import twilio_http
from companion.channels.protocol import Letter, Misconfigured, NeverLeft, Reason, Refused, Unsure
from companion.channels.vendor_words import CODES, Action
from tests.channels.saying import ACCOUNT, RATNA, http, saying

BLAMES = [(code, reason) for code, (action, reason) in CODES.items() if action is Action.REFUSE]
HOLDS = [code for code, (action, _) in CODES.items() if action is Action.HOLD]


@pytest.mark.parametrize(("code", "reason"), BLAMES)
def test_a_refusal_is_permanent_and_says_why_in_our_words(phones, channel, letter, code, reason):
    phones.set_faults(refuse=code)
    with pytest.raises(Refused) as refused:
        channel.send(letter)
    assert (refused.value.reason, refused.value.code) == (reason, code)
    assert phones.inbox(RATNA) == []


@pytest.mark.parametrize("code", HOLDS)
def test_a_fault_of_ours_holds_the_channel(phones, channel, letter, code):
    phones.set_faults(refuse=code)
    with pytest.raises(Misconfigured) as held:
        channel.send(letter)
    assert held.value.code == code


def test_a_code_that_nobody_knows_refuses_this_text_only(phones, channel, letter):
    phones.set_faults(refuse=21699)
    with pytest.raises(Refused) as refused:
        channel.send(letter)
    assert (refused.value.reason, refused.value.code) == (Reason.UNKNOWN, 21699)


@pytest.mark.parametrize(
    ("to", "error", "code"),
    [
        ("+15005550001", Refused, 21211),
        ("+15005550003", Misconfigured, 21408),
        ("+15005550004", Refused, 21610),
        ("+15005550009", Refused, 21614),
    ],
)
def test_the_carriers_own_test_numbers_mean_the_same_to_us(channel, to, error, code):
    with pytest.raises(error) as raised:
        channel.send(Letter(to, "Halo", "r", 60))
    assert raised.value.code == code


def test_a_wrong_token_holds_the_channel(phones, make_channel, letter):
    with pytest.raises(Misconfigured) as held:
        make_channel(auth_token="wrong").send(letter)
    assert held.value.code == 20003
    assert phones.calls[-1].status == 401


def test_being_asked_to_slow_down_means_nothing_left_and_says_for_how_long(phones, channel, letter):
    phones.set_faults(refuse=20429)
    with pytest.raises(NeverLeft) as waiting:
        channel.send(letter)
    assert (waiting.value.code, waiting.value.retry_after) == (20429, 2)
    assert phones.inbox(RATNA) == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((), None),
        (("Retry-After: 0",), 0),
        (("Retry-After: 90",), 90),
        (("Retry-After: 86400",), 3600),
        (("Retry-After: soon",), None),
        (("Retry-After: -5",), None),
        (("Retry-After: Sun, 22 Nov 2026 08:00:30 GMT", "Date: Sun, 22 Nov 2026 08:00:00 GMT"), 30),
        (("Retry-After: Sun, 22 Nov 2026 07:59:00 GMT", "Date: Sun, 22 Nov 2026 08:00:00 GMT"), 0),
        (("Retry-After: Sun, 22 Nov 2026 08:00:30 GMT",), None),
    ],
)
def test_retry_after_is_kept_in_every_form_a_carrier_may_give_it(make_channel, letter, headers, seconds):
    with (
        saying(http("429 Too Many Requests", b"slow down", *headers)) as url,
        pytest.raises(NeverLeft) as waiting,
    ):
        make_channel(api_url=url).send(letter)
    assert waiting.value.retry_after == seconds


def test_a_full_queue_means_nothing_left(phones, channel, letter):
    phones.set_faults(refuse=21611)
    with pytest.raises(NeverLeft) as waiting:
        channel.send(letter)
    assert (waiting.value.code, waiting.value.retry_after) == (21611, None)


def test_a_refused_connection_means_nothing_left(make_channel, letter):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NeverLeft) as waiting:
        make_channel(api_url=f"http://127.0.0.1:{port}").send(letter)
    assert (waiting.value.code, waiting.value.retry_after) == (None, None)


def test_a_name_that_cannot_be_resolved_means_nothing_left(make_channel, letter):
    with pytest.raises(NeverLeft):
        make_channel(api_url="https://carrier.invalid").send(letter)


@pytest.mark.parametrize("mode", ["drop", "reset", "cut"])
def test_an_answer_that_is_lost_leaves_us_unsure_and_the_text_on_the_phone(phones, channel, letter, mode):
    phones.set_faults(lose=True, lose_mode=mode)
    with pytest.raises(Unsure):
        channel.send(letter)
    assert len(phones.inbox(RATNA)) == 1


@pytest.mark.parametrize("mode", ["drop", "reset", "cut"])
def test_a_request_that_is_lost_leaves_us_just_as_unsure(phones, channel, letter, mode):
    phones.set_faults(lose_before=True, lose_mode=mode)
    with pytest.raises(Unsure):
        channel.send(letter)
    assert phones.inbox(RATNA) == []


def test_a_carrier_that_keeps_silent_leaves_us_unsure_when_the_time_is_up(
    phones, channel, letter, monkeypatch
):
    monkeypatch.setattr(twilio_http, "TIMEOUT", 0.3)
    phones.set_faults(lose=True, lose_mode="hang", hang_ms=5_000)
    with pytest.raises(Unsure, match="ReadTimeoutError"):
        channel.send(letter)
    assert len(phones.inbox(RATNA)) == 1


def test_the_time_out_is_a_quarter_of_the_senders_lease():
    assert twilio_http.TIMEOUT == 15


@pytest.mark.parametrize("faults", [{"error": True}, {"error_before": True}, {"garbage": True}])
def test_a_5xx_and_an_answer_nobody_can_read_leave_us_unsure(phones, channel, letter, faults):
    phones.set_faults(**faults)
    with pytest.raises(Unsure):
        channel.send(letter)


@pytest.mark.parametrize(
    "answer",
    [
        http("201 Created", b""),
        http("201 Created", b"not json"),
        http("201 Created", b"[]"),
        http("201 Created", b'{"status": "queued"}'),
        http("201 Created", b'{"sid": null}'),
        http("201 Created", b'{"sid": "SM123"}'),
        http("201 Created", b'{"sid": 5}'),
        http("400 Bad Request", b"<html>proxy</html>"),
        http("400 Bad Request", b'{"message": "?"}'),
        http("400 Bad Request", b'{"code": "x", "message": "?", "status": 400}'),
        http("408 Request Timeout", b""),
        http("500 Internal Server Error", b'{"code": 20500, "message": "?", "status": 500}'),
        http("502 Bad Gateway", b"<html>"),
        http("503 Service Unavailable", b'{"code": 21211, "message": "?", "status": 503}'),
        http("504 Gateway Timeout", b""),
        http("599 Strange", b""),
        b"",
        b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{",
        b"not http at all",
    ],
)
def test_whatever_else_a_carrier_answers_leaves_us_unsure(make_channel, letter, answer):
    with saying(answer) as url, pytest.raises(Unsure):
        make_channel(api_url=url).send(letter)


@pytest.mark.parametrize(
    "status", ["301 Moved", "307 Temporary Redirect", "401 No", "403 No", "404 No", "405 No"]
)
def test_a_wrong_door_holds_the_channel_and_redirects_are_not_followed(phones, make_channel, letter, status):
    elsewhere = f"Location: {phones.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    with saying(http(status, b"<html>", elsewhere)) as url, pytest.raises(Misconfigured):
        make_channel(api_url=url).send(letter)
    assert phones.calls == []


def test_a_reset_before_any_answer_leaves_us_unsure(make_channel, letter):
    with saying(b"", reset=True) as url, pytest.raises(Unsure):
        make_channel(api_url=url).send(letter)


def test_an_untrusted_certificate_holds_the_channel_before_anything_has_left(make_channel, letter, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_own_certificate(tmp_path))
    read = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                try:
                    read.append(context.wrap_socket(connection, server_side=True).recv(1))
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(Misconfigured):
            make_channel(api_url=f"https://localhost:{listener.getsockname()[1]}").send(letter)
        thread.join()
    assert read == []


def _own_certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(day).not_valid_after(day + datetime.timedelta(days=36_500))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    own = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "own.pem"
    path.write_bytes(secret + own)
    return path
