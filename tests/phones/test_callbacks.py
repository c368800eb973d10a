"""Status callbacks: when, in what order, signed how."""

import threading
import time

import pytest
from twilio.request_validator import RequestValidator

from companion.phones.callbacks import signature
from companion.phones.server import Server

TOKEN = "token"
HOOK = "https://sahabat.example.id/twilio/status/r-1"


def told(phones):
    callbacks = []
    phones.flush(lambda url, form, headers: callbacks.append((url, form, headers)))
    return callbacks


def statuses(phones):
    return [form["MessageStatus"] for _, form, _ in told(phones)]


@pytest.mark.parametrize(
    "form", [{}, {"MessageStatus": "sent"}, {"To": "+62812", "Body": "Halo, é & = 🙏", "A": "", "a": "x"}]
)
def test_the_signature_is_the_one_the_carriers_own_library_expects(form):
    assert signature(TOKEN, HOOK, form) == RequestValidator(TOKEN).compute_signature(HOOK, form)


def test_a_text_is_sent_and_then_delivered_and_each_is_told_signed(phones, carrier):
    sid = carrier.send(StatusCallback=HOOK).get_json()["sid"]
    callbacks = told(phones)
    assert [form["MessageStatus"] for _, form, _ in callbacks] == ["sent", "delivered"]
    for url, form, headers in callbacks:
        assert url == HOOK
        assert (form["MessageSid"], form["SmsSid"], form["SmsStatus"]) == (sid, sid, form["MessageStatus"])
        assert RequestValidator(TOKEN).validate(url, form, headers["X-Twilio-Signature"])


def test_nothing_is_told_of_a_text_without_an_address_but_it_moves_on(phones, carrier):
    sid = carrier.send().get_json()["sid"]
    assert phones.flush(lambda *_: pytest.fail("nobody asked")) == 0
    assert carrier.ask(f"/{sid}").get_json()["status"] == "delivered"


@pytest.mark.parametrize(
    ("code", "news"),
    [(30003, ["sent", "undelivered"]), (30007, ["sent", "undelivered"]), (30002, ["failed"])],
)
def test_a_text_that_does_not_arrive_says_why_and_is_on_no_phone(phones, carrier, code, news):
    phones.set_faults(undelivered=code)
    carrier.send(StatusCallback=HOOK)
    callbacks = told(phones)
    assert [form["MessageStatus"] for _, form, _ in callbacks] == news
    assert callbacks[-1][1]["ErrorCode"] == str(code)
    assert "ErrorCode" not in callbacks[0][1] or len(callbacks) == 1
    assert phones.inbox("+6281234567890") == []


@pytest.mark.parametrize(
    ("sent_ms", "news"),
    [(60_000, ["sent", "delivered"]), (60_001, ["failed"]), (59_999, ["sent", "delivered"])],
)
def test_a_text_that_waits_longer_than_it_is_valid_expires(phones, carrier, sent_ms, news):
    phones.set_faults(sent_ms=sent_ms)
    carrier.send(StatusCallback=HOOK, ValidityPeriod="60")
    callbacks = told(phones)
    assert [form["MessageStatus"] for _, form, _ in callbacks] == news
    assert (callbacks[-1][1].get("ErrorCode") == "30036") is (news == ["failed"])


@pytest.mark.parametrize(
    ("faults", "news"),
    [
        ({"repeat": True}, ["sent", "delivered", "delivered"]),
        ({"reorder": True}, ["delivered", "sent"]),
        ({"reorder": True, "undelivered": 30003}, ["undelivered", "sent"]),
        ({"reorder": True, "undelivered": 30002}, ["failed"]),
        ({"no_callbacks": True}, []),
    ],
)
def test_news_may_come_twice_in_the_wrong_order_or_not_at_all(phones, carrier, faults, news):
    phones.set_faults(**faults)
    carrier.send(StatusCallback=HOOK)
    assert statuses(phones) == news


def test_a_text_never_goes_back_whatever_order_the_news_come_in(phones, carrier):
    phones.set_faults(reorder=True)
    sid = carrier.send(StatusCallback=HOOK).get_json()["sid"]
    told(phones)
    assert carrier.ask(f"/{sid}").get_json()["status"] == "delivered"


def test_what_is_pending_can_be_seen_and_is_told_once(phones, carrier):
    carrier.send(StatusCallback=HOOK)
    assert [callback.status for callback in phones.pending_callbacks()] == ["sent", "delivered"]
    assert phones.flush(lambda *_: None) == 2
    assert phones.pending_callbacks() == []
    assert phones.flush(lambda *_: None) == 0


def test_whoever_asked_hears_of_a_text_before_the_sender_has_its_answer(make, customer):
    heard = []
    phones = make(on_text=lambda text: heard.append((text.to, text.shown, len(phones.calls))))
    customer(phones.app).send(body="Halo")
    assert heard == [("+6281234567890", "Halo", 0)]


def test_whoever_asked_does_not_hear_of_a_text_that_reaches_no_phone(make, customer):
    heard = []
    phones = make(on_text=heard.append)
    phones.set_faults(undelivered=30003)
    customer(phones.app).send()
    assert heard == []


class Listener:
    """Somebody who gets callbacks over a real connection."""

    def __init__(self):
        self.heard, self.enough = [], threading.Event()

    def __call__(self, environ, start_response):
        self.heard.append(
            (time.time(), environ["wsgi.input"].read().decode(), environ["HTTP_X_TWILIO_SIGNATURE"])
        )
        if len(self.heard) == 2:
            self.enough.set()
        start_response("204 No Content", [])
        return []


def test_in_real_time_callbacks_come_by_themselves_after_their_delay(make, customer):
    listener = Listener()
    server = Server(listener, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    phones = make(callbacks=True)
    phones.set_faults(sent_ms=50, delivered_ms=150)
    start = time.time()
    customer(phones.app).send(StatusCallback=f"http://127.0.0.1:{server.server_address[1]}/r-1")
    assert listener.enough.wait(10)
    server.stop()
    assert [form.split("MessageStatus=")[1].split("&")[0] for _, form, _ in listener.heard] == [
        "sent",
        "delivered",
    ]
    assert listener.heard[0][0] - start >= 0.05
    assert listener.heard[1][0] - start >= 0.15


def test_a_listener_that_is_away_stops_nobody(make, customer):
    phones = make(callbacks=True)
    phones.set_faults(sent_ms=0, delivered_ms=0)
    carrier = customer(phones.app)
    sid = carrier.send(StatusCallback="http://127.0.0.1:9/r-1").get_json()["sid"]
    until = time.time() + 10
    while carrier.ask(f"/{sid}").get_json()["status"] != "delivered" and time.time() < until:
        time.sleep(0.01)
    assert carrier.ask(f"/{sid}").get_json()["status"] == "delivered"
