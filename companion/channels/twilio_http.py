"""How we talk HTTP to the carrier: one address, one time-out, no second tries, no redirects, no log.

The library's own client logs numbers, has no time-out and shares one session among threads (tech.md 3).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import certifi
import urllib3
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.connection import HTTPConnection, HTTPSConnection

from companion.channels.protocol import TooLate

TIMEOUT = 15
"""Seconds for connecting and for each wait on an answer; the sender's lease is 60 (design 4.2)."""
LONGEST_WAIT = 3_600
"""Seconds; a longer Retry-After would outlive most texts and is cut to this."""
MOST_SENDERS = 64
"""Connections kept open for the next text, one for each thread that sends at the same time."""

# A look-up carries a phone number in its address, and urllib3 writes addresses into its log.
for _name in ("twilio.http_client", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class TooMany(Exception):
    """HTTP 429: nothing was taken. `retry_after` is in seconds, or None if the carrier named no time."""

    def __init__(self, retry_after: int | None):
        self.retry_after = retry_after
        super().__init__("429")


_wanted: ContextVar[Callable[[], bool]] = ContextVar("wanted", default=lambda: True)


@contextmanager
def only_while(wanted: Callable[[], bool]) -> Iterator[None]:
    """Requests of this thread leave only while `wanted` says so; else they raise TooLate."""
    before = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(before)


class _AskedLast:
    """A connection that asks once more when it stands and the next bytes are about to leave.

    Connecting can take its time, and so can everything before it; what was half sent is no request to the carrier.
    """

    def send(self, data):
        if self.sock is None:
            self.connect()
        if not _wanted.get()():
            raise TooLate(why="held up")
        super().send(data)


class _Plain(urllib3.HTTPConnectionPool):
    ConnectionCls = type("Plain", (_AskedLast, HTTPConnection), {})


class _Closed(urllib3.HTTPSConnectionPool):
    ConnectionCls = type("Closed", (_AskedLast, HTTPSConnection), {})


class Line(Protocol):
    """What carries a request and brings its answer, as urllib3's pool does it."""

    def urlopen(self, method: str, url: str, *, body: str | None, headers: dict, redirect: bool):
        """The answer with its `status`, `headers` and `data`; raises where there is none."""


class CarrierHttp(HttpClient):
    """Sends every request to `base` instead of the vendor's host; its path, if any, goes in front.

    `line`: what carries it there; without one, connections of our own.
    """

    def __init__(self, base: str, line: Line | None = None):
        super().__init__(logging.getLogger("twilio.http_client"), is_async=False, timeout=TIMEOUT)
        self._base = base.rstrip("/")
        self._line = line or _connections()

    def request(
        self,
        method,
        url,
        params=None,
        data=None,
        headers=None,
        auth=None,
        timeout=None,
        allow_redirects=False,
    ) -> Response:
        """Make one request. A redirect is handed back as it is: following would take our credentials elsewhere.

        Raises TooMany on 429, and urllib3's own exceptions where there is no answer.
        """
        if not _wanted.get()():
            raise TooLate(why="held up")
        headers = {**(headers or {}), **urllib3.make_headers(basic_auth=":".join(auth))}
        answer = self._line.urlopen(
            method,
            self._here(url, params),
            body=urlencode(data, doseq=True) if data else None,
            headers=headers,
            redirect=False,
        )
        if answer.status == 429:
            raise TooMany(_seconds(answer.headers))
        return Response(answer.status, answer.data.decode("utf-8", "replace"), answer.headers)

    def _here(self, url: str, params: dict | None) -> str:
        wanted = urlsplit(url)
        query = "&".join(part for part in (wanted.query, urlencode(params or {}, doseq=True)) if part)
        return f"{self._base}{wanted.path}" + (f"?{query}" if query else "")


def _connections() -> Line:
    pool = urllib3.PoolManager(
        maxsize=MOST_SENDERS,
        retries=False,
        timeout=urllib3.Timeout(connect=TIMEOUT, read=TIMEOUT),
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )
    pool.pool_classes_by_scheme = {"http": _Plain, "https": _Closed}
    return pool


def _seconds(headers) -> int | None:
    """Retry-After in seconds, be it a count or a date; the carrier's own Date is the clock for the latter."""
    wish = (headers.get("Retry-After") or "").strip()
    if wish.isascii() and wish.isdigit():
        return min(int(wish), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(wish) - parsedate_to_datetime(headers.get("Date") or "")
    except (TypeError, ValueError):
        return None
    return min(max(int(wait.total_seconds()), 0), LONGEST_WAIT)
