"""How long each kind of data is kept, and who may say otherwise (design 2.12, texts 7)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Kept(StrEnum):
    """What is kept for a while and then not any more."""

    LINKS = "links"  # tokens of check-ins, until the window is closed
    DRAFTS = "drafts"  # an uploaded sheet that nobody said yes to
    SIXTH = "sixth"  # question 6 or 6b, inside an answer
    ANSWERS = "answers"  # single answers and what they raised; weekly counts take their place
    WORRIES = "worries"  # what somebody close was worried about
    RECORDS = "records"  # everything else about a person


@dataclass(frozen=True)
class Limits:
    """Days: what holds unless the institution says otherwise, and between which numbers it may say so."""

    default: int
    least: int
    most: int


SETTABLE = {
    Kept.SIXTH: Limits(30, 14, 365),
    Kept.ANSWERS: Limits(90, 0, 3650),
    Kept.WORRIES: Limits(90, 7, 3650),
    Kept.RECORDS: Limits(730, 180, 3650),
}
"""`sixth` counts from the answer, `worries` from the closing of the alert, the others from the end of the window.

Fourteen days at least for question 6: R3 looks whether the answer before said yes too (design 4.4).
"""
SIXTH_CODES = frozenset({"R3", "A6", "A11"})
"""Reasons that say by themselves what was answered to question 6 or 6b."""
SHORTEST_REASON = 20
"""Signs: "perlu" explains nothing to whoever asks in two years."""


def fault(kind: Kept, days: int | None, reason: str, in_force: dict[Kept, int]) -> str | None:
    """Why this many days cannot be taken: `number`, `least`, `most`, `reason`, `order`; None when they can.

    Shorter than the default may anybody decide; longer needs a written reason (texts 7). A record is never kept for a
    shorter time than the answers in it: `in_force` says what would then hold for all kinds.
    """
    limits = SETTABLE[kind]
    if days is None:
        return "number"
    if days < limits.least:
        return "least"
    if days > limits.most:
        return "most"
    if kind is Kept.RECORDS and days < in_force[Kept.ANSWERS]:
        return "order"
    if days > limits.default and len(reason.strip()) < SHORTEST_REASON:
        return "reason"
    return None


def week_of(at: datetime, zone: str) -> date:
    """The Monday of the week in which this instant lies, on the institution's own calendar."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return day - timedelta(days=day.weekday())
