"""The small HTTP server under the simulated phones, and the phones as a program of their own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
import urllib3

from tests.phones.customer import API


@pytest.fixture
def url(phones):
    return phones.start()


def raw(url, request: bytes) -> bytes:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        said = b""
        while chunk := connection.recv(65_536):
            said += chunk
        return said


def test_a_connection_is_kept_for_many_requests(url):
    with urllib3.HTTPConnectionPool(url.removeprefix("http://"), maxsize=1) as pool:
        for _ in range(5):
            assert pool.request("GET", "/health").json()["status"] == "ok"
        assert pool.num_connections == 1


def test_the_head_of_a_page_is_as_the_page_without_its_body(url):
    with urllib3.PoolManager() as pool:
        whole, head = pool.request("GET", f"{url}/phones"), pool.request("HEAD", f"{url}/phones")
        assert (head.status, head.data) == (200, b"")
        assert head.headers["Content-Length"] == str(len(whole.data))


@pytest.mark.parametrize(
    "request_", [b"GET /health HTTP/1.0\r\n\r\n", b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"]
)
def test_a_client_that_wants_to_close_is_let_go(url, request_):
    assert raw(url, request_).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"hello\r\n\r\n",
        b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /faults HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /faults HTTP/1.1\r\nContent-Length: 1000001\r\n\r\n",
        b"POST /faults HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + b"X: 1\r\n" * 100 + b"\r\n",
    ],
)
def test_what_is_not_http_as_we_speak_it_is_turned_away(url, request_):
    assert raw(url, request_).startswith(b"HTTP/1.1 400 ")
    assert raw(url, b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("mode", "said"), [("drop", b""), ("cut", b"HTTP/1.1 201 "), ("hang", b"")])
def test_an_answer_is_dropped_broken_off_or_kept_back(url, phones, customer, mode, said):
    phones.set_faults(lose=True, lose_mode=mode, hang_ms=50)
    answer = raw(url, sending(customer(phones.app)))
    assert answer.startswith(said)
    assert (b"messages" in answer, b"subresource_uris" in answer) == (False, False)
    assert len(phones.inbox("+6281234567890")) == 1


def test_a_connection_can_be_torn_down(url, phones, customer):
    phones.set_faults(lose=True, lose_mode="reset")
    with pytest.raises(ConnectionResetError):
        raw(url, sending(customer(phones.app)))


def sending(customer) -> bytes:
    form = b"To=%2B6281234567890&From=Sahabat&Body=Halo"
    head = [
        f"POST {API}.json HTTP/1.1",
        f"Authorization: {customer.authorization}",
        f"Content-Length: {len(form)}",
    ]
    return "\r\n".join([*head, "Content-Type: application/x-www-form-urlencoded", "", ""]).encode() + form


def test_stopping_hangs_up_at_once_even_on_somebody_who_waits(make, customer):
    phones = make()
    url = phones.start()
    phones.set_faults(slow_ms=60_000, hang_ms=60_000)
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(sending(customer(phones.app)))
        time.sleep(0.1)
        start = time.monotonic()
        phones.stop()
        while connection.recv(65_536):
            pass
    assert time.monotonic() - start < 5
    with pytest.raises(OSError):
        socket.create_connection((host, int(port)), timeout=5)


def test_the_phones_run_as_a_program_of_their_own_and_stop_when_told():
    env = os.environ | {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "token"}
    command = [sys.executable, "-m", "companion.phones", "--port", "0"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as program:
        url = re.search(r"http://127\.0\.0\.1:\d+", program.stdout.readline())[0]
        with urllib3.PoolManager() as pool:
            assert pool.request("GET", f"{url}/health").json()["texts"] == 0
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0


def test_the_program_says_what_it_needs():
    env = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    done = subprocess.run(
        [sys.executable, "-m", "companion.phones"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "TWILIO_AUTH_TOKEN" in done.stderr
