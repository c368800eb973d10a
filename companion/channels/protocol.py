"""What the engine knows of carriers: a letter, what became of it, and the few ways it can go wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """How far a text got, in the words of design 4.2."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


class Reason(StrEnum):
    """Why a text did not arrive, in our words; the carrier's number is kept beside it."""

    NUMBER_INVALID = "number_invalid"
    NUMBER_DEAD = "number_dead"
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    FILTERED = "filtered"
    WORDING = "wording"
    CARRIER = "carrier"
    EXPIRED = "expired"
    CONFIGURATION = "configuration"
    UNKNOWN = "unknown"

    @property
    def is_number(self) -> bool:
        """Whether this number is unusable or silenced, so that no later text to it would fare better."""
        return self in _ABOUT_THE_NUMBER


_ABOUT_THE_NUMBER = frozenset(
    {Reason.NUMBER_INVALID, Reason.NUMBER_DEAD, Reason.OPTED_OUT, Reason.BLOCKED},
)

LONGEST_VALIDITY = 36_000
"""Seconds a carrier may keep a text in its queue: Twilio's upper bound (tech.md 3)."""


@dataclass(frozen=True)
class Letter:
    """One text to be handed over. `to` is E.164; `ref` is our own name for it, known before the carrier's.

    `valid_for` is in seconds and ends before the night begins (design 3, hours). `wanted` is asked at the last moment,
    before the words go on the wire: a process can be held up for an hour between two of its lines.
    """

    to: str = field(repr=False)
    body: str = field(repr=False)
    ref: str
    valid_for: int
    wanted: Callable[[], bool] = field(default=lambda: True, repr=False, compare=False)

    def __post_init__(self):
        if not 1 <= self.valid_for <= LONGEST_VALIDITY:
            raise ValueError(f"valid_for must be 1 to {LONGEST_VALIDITY} seconds, not {self.valid_for}")


@dataclass(frozen=True)
class Accepted:
    """The carrier has the text and gave it a name of its own."""

    sid: str
    status: Status = Status.SENT


@dataclass(frozen=True)
class Found:
    """A text the carrier says it has, seen in a look-up. `reason`: why it did not arrive, as in a receipt."""

    sid: str
    status: Status
    code: int | None
    body: str = field(repr=False)
    reason: Reason | None = None


@dataclass(frozen=True)
class Receipt:
    """What the carrier reports, by itself, about a text it accepted earlier."""

    status: Status
    reason: Reason | None
    code: int | None
    sid: str


class CarrierError(Exception):
    """Something went wrong at the carrier's door. The message never holds a number, a text or a secret."""

    def __init__(self, code: int | None = None, why: str = ""):
        self.code = code
        super().__init__(" ".join(str(part) for part in (why, code) if part))


class Refused(CarrierError):
    """Permanent: this text to this number will not be taken."""

    def __init__(self, reason: Reason, code: int | None = None):
        self.reason = reason
        super().__init__(code, reason.value)


class NeverLeft(CarrierError):
    """Surely nothing left: the connection was refused, or the carrier asked us to slow down."""

    def __init__(self, code: int | None = None, retry_after: int | None = None, why: str = ""):
        self.retry_after = retry_after
        super().__init__(code, why)


class TooLate(CarrierError):
    """The letter was not wanted any more when its words were about to leave: nothing left."""


class Misconfigured(CarrierError):
    """Our account, sender or address is at fault and so is every other text: hold the channel."""


class Unsure(CarrierError):
    """It may have gone out or not; only a receipt, a look-up or a person can say."""


class NotAnswered(CarrierError):
    """A look-up or an erasure that the carrier did not properly answer: nothing may be concluded from it."""


class Channel(Protocol):
    """One way to reach a phone. Implementations are used by several threads at once."""

    name: str

    def send(self, letter: Letter) -> Accepted:
        """Hand one text over. Raises Refused, NeverLeft, TooLate, Misconfigured or Unsure, and nothing else."""

    def find(self, to: str, since: datetime, containing: str) -> list[Found]:
        """Texts to this number that the carrier has, created at or after `since` (aware machine time) and
        containing these words, or of which the words were erased. An empty list means absent. Raises NotAnswered
        otherwise.
        """

    def erase(self, sid: str) -> None:
        """Delete the carrier's copy of the words (design 4.2). Raises NotAnswered if it did not confirm."""
