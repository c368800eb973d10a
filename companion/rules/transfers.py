"""Handing a graduate over to another institution: who may be, and how long an offer stands."""

from datetime import datetime, timedelta

from companion.rules.gate import MAY_BE_TEXTED
from companion.rules.states import WindowState

OFFER_LIVES = timedelta(days=14)
"""Long enough for somebody's leave over there; short enough that a consent is not used after everybody forgot it."""
FOLLOWED = MAY_BE_TEXTED
"""Who can be handed over: nobody who died, withdrew, or is in an institution. For these there is nothing to go on with."""


def why_not(status: str, state: WindowState, ends_at: datetime, now: datetime) -> str | None:
    """Why this follow-up cannot go on elsewhere: `status`, `closed`, or `over` (only a person closes it then)."""
    if status not in FOLLOWED:
        return "status"
    if state is WindowState.CLOSED:
        return "closed"
    return "over" if ends_at <= now else None


def expires_at(now: datetime, ends_at: datetime) -> datetime:
    """Until when an offer made now can be accepted; never past the last day of the follow-up."""
    return min(now + OFFER_LIVES, ends_at)
