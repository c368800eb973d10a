"""The whole of it under one handle: start it on a free port, look into the phones, break things."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

from companion.phones.app import App, as_received
from companion.phones.callbacks import Callback, Courier, Post
from companion.phones.carrier import Call, Carrier
from companion.phones.exchange import KEEP, Exchange, Text
from companion.phones.faults import Faults
from companion.phones.server import Server

HANDS = 4
"""Threads that carry callbacks."""


def make_phones(
    account_sid: str,
    auth_token: str,
    seed: int = 0,
    *,
    callbacks: bool = True,
    keep: int = KEEP,
    on_text: Callable[[Text], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> "Phones":
    """Simulated phones behind one account of the carrier; not listening yet.

    `seed` decides where faults by chance strike. With `callbacks` off, receipts wait for flush. `on_text` is called
    with every text that reaches a phone, in the thread of the request and before the sender has its answer. `clock`
    is the carrier's, in seconds since 1970.
    """
    exchange = Exchange(keep, on_text, clock)
    return Phones(account_sid, auth_token, seed, exchange, callbacks=callbacks)


class Phones:
    """See make_phones. Usable as a context manager: `with make_phones(...) as phones: phones.url`."""

    def __init__(self, account_sid: str, auth_token: str, seed: int, exchange: Exchange, *, callbacks: bool):
        self._exchange = exchange
        self._courier = Courier(self._exchange, account_sid, auth_token, HANDS if callbacks else 0)
        self._carrier = Carrier(account_sid, auth_token, self._exchange, self._courier, seed)
        self._server: Server | None = None
        self.app = App(self._carrier, self._exchange, self._courier)
        self.url = ""

    def start(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Listen in a thread of this process, on a free port unless told which; returns the address."""
        self._server = Server(self.app, host, port)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="phones", daemon=True).start()
        return self.url

    def stop(self) -> None:
        """Stop listening, let go of whoever is waiting, end every thread."""
        self._carrier.close()
        self._courier.stop()
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    @property
    def calls(self) -> list[Call]:
        """The latest requests to the API, oldest first."""
        return self._carrier.calls()

    def inbox(self, e164: str) -> list[dict]:
        """What one phone received, oldest first, as /phones/<e164>.json shows it."""
        return [as_received(text) for text in self._exchange.inbox(e164)]

    def texts(self) -> Iterable[Text]:
        """Every text the carrier took and still has, newest first, delivered or not."""
        return self._exchange.newest_first()

    def set_faults(self, **faults: Any) -> None:
        """Replace all faults; the same words as POST /faults. Raises BadFaults."""
        self._carrier.faults = Faults.read(faults)

    def reset(self) -> None:
        """Forget every text, callback, call and fault."""
        self.app.reset()

    def pending_callbacks(self) -> list[Callback]:
        """Receipts that were not told yet, in the order they will be."""
        return self._courier.pending()

    def flush(self, post: Post | None = None) -> int:
        """Tell all pending receipts now, by `post(url, form, headers)` or over HTTP; returns how many."""
        return self._courier.flush(post)
