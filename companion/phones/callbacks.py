"""Status callbacks: planned when a text is taken, signed, and sent in real time or on demand."""

import base64
import hashlib
import heapq
import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import urllib3

from companion.phones.exchange import Exchange, Text
from companion.phones.faults import Fate, Faults

NEVER_LEFT_US = frozenset({30001, 30002, 30010, 30036})
"""Codes with which the carrier says failed (never handed to an operator) and not undelivered."""
EXPIRED = 30036
PATIENCE = 10
"""Seconds to wait for whoever gets a callback."""

Post = Callable[[str, dict[str, str], dict[str, str]], object]


def signature(token: str, url: str, form: dict[str, str]) -> str:
    """The carrier's signature: HMAC-SHA1 over the address followed by every field, sorted by name."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    mac = hmac.new(token.encode(), signed.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


@dataclass(order=True)
class Callback:
    """One piece of news about one text, due at a moment of machine time."""

    due: float
    nth: int
    text: Text = field(compare=False)
    status: str = field(compare=False)
    error: int | None = field(compare=False, default=None)
    told: bool = field(compare=False, default=True)
    """False: the text moves on, but nobody is told."""

    def form(self, account_sid: str) -> dict[str, str]:
        """The fields of the callback as the carrier fills them in."""
        text = self.text
        form = {
            "AccountSid": account_sid,
            "ApiVersion": "2010-04-01",
            "From": text.sender or "",
            "MessageSid": text.sid,
            "MessageStatus": self.status,
            "SmsSid": text.sid,
            "SmsStatus": self.status,
            "To": text.to,
        }
        if text.service:
            form["MessagingServiceSid"] = text.service
        return form | ({"ErrorCode": str(self.error)} if self.error else {})


class Courier:
    """Carries callbacks. With `hands` 0 nothing moves until somebody calls flush: a day may pass in a second."""

    def __init__(self, exchange: Exchange, account_sid: str, token: str, hands: int = 4):
        self._exchange, self._account_sid, self._token = exchange, account_sid, token
        self._waiting: list[Callback] = []
        self._changed = threading.Condition()
        self._nth = count()
        self._stopped = hands == 0
        self._pool = urllib3.PoolManager(maxsize=max(hands, 1), retries=False, timeout=PATIENCE)
        self._threads = [threading.Thread(target=self._carry, daemon=True) for _ in range(hands)]
        for thread in self._threads:
            thread.start()

    def plan(self, text: Text, faults: Faults, fate: Fate) -> None:
        """Note what will be told about a text that was just taken."""
        news = [("sent", faults.sent_ms, None), outcome(text, faults, fate)]
        if news[1][0] == "failed":
            del news[0]
        elif fate.reorder:
            (first, early, _), (second, late, error) = news
            news = [(second, early, error), (first, late, None)]
        news += news[-1:] if fate.repeat else []
        now = time.time()  # not the text's own: the carrier's clock may be another, the waiting is ours
        with self._changed:
            for status, after_ms, error in news:
                due = now + after_ms / 1000
                told = bool(text.callback) and not fate.no_callbacks
                heapq.heappush(self._waiting, Callback(due, next(self._nth), text, status, error, told))
            self._changed.notify()

    def pending(self) -> list[Callback]:
        """What has not been told yet, in the order it will be."""
        with self._changed:
            return sorted(self._waiting)

    def flush(self, post: Post | None = None) -> int:
        """Tell everything that is pending, now, whenever it is due; returns how many were told.

        `post(url, form, headers)` may be a test client's; by default it goes over HTTP.
        """
        told = 0
        while (callback := self._next(due=float("inf"))) is not None:
            told += self._tell(callback, post or self._over_http)
        return told

    def forget(self) -> None:
        """Drop everything that is pending."""
        with self._changed:
            self._waiting.clear()

    def stop(self) -> None:
        """End the threads; what is pending stays pending."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._pool.clear()

    def _next(self, due: float) -> Callback | None:
        with self._changed:
            if self._waiting and self._waiting[0].due <= due:
                return heapq.heappop(self._waiting)
            return None

    def _carry(self) -> None:
        while not self._stopped:
            callback = self._next(time.time())
            if callback is not None:
                self._tell(callback, self._over_http)
                continue
            with self._changed:
                if not self._stopped:
                    self._changed.wait(self._until_next())

    def _until_next(self) -> float | None:
        return max(self._waiting[0].due - time.time(), 0) if self._waiting else None

    def _tell(self, callback: Callback, post: Post) -> bool:
        self._exchange.move(callback.text, callback.status, callback.error)
        if not callback.told:
            return False
        url, form = callback.text.callback, callback.form(self._account_sid)
        post(url, form, {"X-Twilio-Signature": signature(self._token, url, form)})
        return True

    def _over_http(self, url: str, form: dict[str, str], headers: dict[str, str]) -> None:
        # The carrier does not insist either: whoever was away when it called has missed the news.
        try:
            self._pool.request_encode_body(
                "POST", url, fields=form, headers=headers, encode_multipart=False, redirect=False
            )
        except urllib3.exceptions.HTTPError:
            return


def outcome(text: Text, faults: Faults, fate: Fate) -> tuple[str, int, int | None]:
    """How a text that was taken ends: its last status, after how many milliseconds, and the code if it failed."""
    if faults.sent_ms > text.validity * 1000:
        return "failed", text.validity * 1000, EXPIRED
    if fate.undelivered is None:
        return "delivered", max(faults.delivered_ms, faults.sent_ms), None
    status = "failed" if fate.undelivered in NEVER_LEFT_US else "undelivered"
    return status, max(faults.delivered_ms, faults.sent_ms), fate.undelivered
