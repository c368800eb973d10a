"""Requests at a program's own door, without a network between: a trial of months makes hundreds of thousands."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote, urlencode, urlsplit

from flask import Flask
from werkzeug.datastructures import Headers

_ALWAYS = {
    "SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
    "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    data: bytes


class Visitor:
    """Somebody who asks for pages and remembers nothing: no cookies, no redirect is followed.

    The same call that a server makes (PEP 3333), so everything behind it is real; werkzeug's test client builds and
    takes apart objects around it that cost as much as a receipt of the carrier.
    """

    def __init__(self, app: Flask):
        self._app = app

    def ask(self, method: str, path: str, form: dict | None = None, headers: dict | None = None) -> int:
        """The status of the answer, read to its end. A value of `form` may be a list."""
        head = {"Content-Type": "application/x-www-form-urlencoded"} | (headers or {})
        return _call(self._app, method, path, urlencode(form or {}, doseq=True), head).status


class OwnLine:
    """The way of the carrier's client to simulated phones in the same process (channels.twilio_http.Line).

    The client and the phones are the real ones. What only a network does, connections that take their time and halves
    of answers, is left to the crash trial and to the tests of the channel.
    """

    def __init__(self, phones: Callable):
        self._phones = phones

    def urlopen(
        self, method: str, url: str, *, body: str | None, headers: dict, redirect: bool = False
    ) -> Answer:
        """The phones' answer. Raises what they raise when they lose it."""
        wanted = urlsplit(url)
        return _call(self._phones, method, f"{wanted.path}?{wanted.query}", body or "", headers)


def _call(app: Callable, method: str, path: str, body: str, headers: dict) -> Answer:
    sent = body.encode()
    place, _, query = path.partition("?")
    environ = _ALWAYS | {
        "REQUEST_METHOD": method, "PATH_INFO": unquote(place, "latin-1"), "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(sent)), "wsgi.input": BytesIO(sent), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    came: list = []
    answer = app(environ, lambda status, head, error=None: came.extend((status, head)))
    try:
        data = b"".join(answer)
    finally:
        if close := getattr(answer, "close", None):
            close()
    status, head = came[-2:]
    return Answer(int(status.split()[0]), Headers(head), data)
