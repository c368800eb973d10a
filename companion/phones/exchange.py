"""The exchange: every text it took, the phones that got them, and a bound on how many are remembered."""

import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

RANK = {"queued": 0, "accepted": 0, "sent": 1, "failed": 2, "undelivered": 2, "delivered": 3}
"""A text's status never goes back, whatever order the news come in."""
KEEP = 100_000


@dataclass(slots=True, eq=False)
class Text:
    """One text: what the API says of it, and what the phone shows, which no erasing at the API takes away."""

    to: str = field(repr=False)
    body: str = field(repr=False)
    sender: str | None
    service: str | None = None
    callback: str | None = field(default=None, repr=False)
    validity: int = 36_000
    sid: str = field(default_factory=lambda: f"SM{uuid.uuid4().hex}")
    created: float = field(default_factory=time.time)
    status: str = "queued"
    error: int | None = None
    sent: float | None = None
    updated: float = 0.0
    shown: str | None = field(default=None, repr=False)
    deleted: bool = False

    def __post_init__(self):
        self.updated = self.created
        self.status = "accepted" if self.service and not self.sender else "queued"


class Exchange:
    """All texts, newest last, safe for many threads. The oldest is forgotten when there are more than `keep`.

    `clock` gives the seconds since 1970 that the carrier puts on its texts.
    """

    def __init__(
        self,
        keep: int = KEEP,
        on_text: Callable[[Text], None] | None = None,
        clock: Callable[[], float] = time.time,
    ):
        self.clock = clock
        self._keep = keep
        self._on_text = on_text
        self._lock = threading.Lock()
        self._texts: dict[str, Text] = {}
        self._of_number: defaultdict[str, deque[Text]] = defaultdict(deque)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: Text, *, arrives: bool) -> None:
        """Take a text; the phone has it at once if it is to arrive at all, and whoever asked is told."""
        text.shown = text.body if arrives else None
        with self._lock:
            self._texts[text.sid] = text
            self._of_number[text.to].append(text)
            if len(self._texts) > self._keep:
                self._forget(next(iter(self._texts.values())))
        if arrives and self._on_text is not None:
            self._on_text(text)

    def _forget(self, text: Text) -> None:
        del self._texts[text.sid]
        of_number = self._of_number[text.to]
        of_number.remove(text)  # the oldest of all is the first of its own number: found at once
        if not of_number:
            del self._of_number[text.to]

    def get(self, sid: str) -> Text | None:
        """The text as the API knows it: not if it was deleted there."""
        text = self._texts.get(sid)
        return None if text is None or text.deleted else text

    def newest_first(self, to: str | None = None) -> list[Text]:
        """What the API lists, to one number or to all."""
        with self._lock:
            texts = list(self._texts.values() if to is None else self._of_number.get(to, ()))
        return [text for text in reversed(texts) if not text.deleted]

    def move(self, text: Text, status: str, error: int | None) -> None:
        """Note how far a text got, unless it is further already."""
        with self._lock:
            if RANK[status] <= RANK[text.status]:
                return
            text.status, text.error, text.updated = status, error, self.clock()
            if status != "failed":
                text.sent = text.sent or text.updated

    def erase(self, text: Text, *, whole: bool = False) -> None:
        """Empty the API's copy of the words, or delete it; the phone keeps what it received."""
        with self._lock:
            text.body, text.updated, text.deleted = "", self.clock(), whole

    def inbox(self, e164: str) -> list[Text]:
        """What one phone received, oldest first."""
        with self._lock:
            return [text for text in self._of_number.get(e164, ()) if text.shown is not None]

    def phones(self) -> Iterator[tuple[str, list[Text]]]:
        """Every phone that received something, the one with the latest text first."""
        with self._lock:
            numbers = list(self._of_number)
        inboxes = ((number, self.inbox(number)) for number in numbers)
        heard = [(number, inbox) for number, inbox in inboxes if inbox]
        return iter(sorted(heard, key=lambda pair: pair[1][-1].created, reverse=True))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._texts.clear()
            self._of_number.clear()
