"""What was seen from outside: what reached the phones, and what simulated people did at which instant.

The promises are checked against this and the database; nothing in here was told by the engine.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from companion.rules.results import Code

_LINK = re.compile(r"https?://\S+/([a-z]+)/([A-Za-z0-9_-]+)$")


@dataclass(frozen=True)
class Arrival:
    """One text on one phone. `door` is the letter of its link's address, `token` what stands behind it."""

    to: str = field(repr=False)
    body: str = field(repr=False)
    sid: str
    at: datetime
    door: str
    token: str


@dataclass(frozen=True)
class Did:
    """One thing somebody did: answered, stopped, asked for help (`token` the link it was done with)."""

    person_id: int
    at: datetime
    token: str
    e164: str = field(default="", repr=False)


@dataclass(frozen=True)
class Spoke:
    """A call or visit that a caseworker noted."""

    person_id: int
    at: datetime
    code: Code


@dataclass(frozen=True)
class Deadline:
    """A clock that was set on staff, as it stood when it was first seen."""

    alert_id: int
    person_id: int
    level: str
    seen_at: datetime
    at: datetime


@dataclass
class Diary:
    """Everything that was seen, oldest first."""

    arrivals: list[Arrival] = field(default_factory=list)
    answers: list[Did] = field(default_factory=list)
    stops: list[Did] = field(default_factory=list)
    helps: list[Did] = field(default_factory=list)
    calls: list[Spoke] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    broken_pages: list[str] = field(default_factory=list)


def arrival(text, at: datetime) -> Arrival:
    """A text of the simulated phones as it lies in the inbox; without a link the last two are empty."""
    link = _LINK.search(text.shown)
    return Arrival(text.to, text.shown, text.sid, at, *(link.groups() if link else ("", "")))
