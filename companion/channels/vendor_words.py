"""The carrier's numbers in our words: the one place where Twilio's error codes mean something.

Sources: tech.md 3 and Twilio's error pages. Twilio adds and splits codes without notice, so a number not listed
here is a plain refusal of this text, never a reason to send it again or to hold the channel.
"""

from enum import StrEnum

from companion.channels.protocol import Reason, Status


class Action(StrEnum):
    """What a code means when it answers our attempt to send."""

    REFUSE = "refuse"
    BACK_OFF = "back_off"
    HOLD = "hold"
    DOUBT = "doubt"


_REFUSALS = {
    Reason.NUMBER_INVALID: (21211, 21214, 21217, 21265, 21268, 21614, 21635),
    Reason.NUMBER_DEAD: (30005, 30006),
    Reason.OPTED_OUT: (21610,),
    Reason.BLOCKED: (30004, 63014),
    Reason.FILTERED: (30007, 63013),
    Reason.WORDING: (21602, 21605, 21617, 21619, 21623),
    Reason.CARRIER: (30001, 30003, 30008, 30500, 63017, 63018),
    Reason.EXPIRED: (30036,),
}
_OURS_TO_MEND = (
    *(20003, 20005, 20006, 20008, 20403, 20404),  # account, credentials, address of the API
    *(21212, 21267, 21408, 21603, 21606, 21608, 21609, 21612),  # sender, region, trial, callback address
    *(21657, 21659, 21660, 21661, 21701, 21703, 21704, 21705),  # sender not ours, or an empty service
    *(30002, 30018, 30024, 30034, 63007, 63016),  # suspended, sender not registered with the operators
    *range(35_110, 35_130),  # a service asked to schedule, which we never ask for
)

CODES: dict[int, tuple[Action, Reason]] = {
    **{code: (Action.REFUSE, reason) for reason, codes in _REFUSALS.items() for code in codes},
    **{code: (Action.HOLD, Reason.CONFIGURATION) for code in _OURS_TO_MEND},
    **{code: (Action.BACK_OFF, Reason.CARRIER) for code in (20429, 21611)},
    **{code: (Action.DOUBT, Reason.CARRIER) for code in (20500, 20503)},
}

STATUSES: dict[str, Status] = {
    "accepted": Status.SENT,
    "scheduled": Status.SENT,
    "queued": Status.SENT,
    "sending": Status.SENT,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "partially_delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.UNDELIVERED,
    "canceled": Status.UNDELIVERED,
}
"""Twilio's status of a text it has, in ours."""

NOTHING_NEW = frozenset({"accepted", "scheduled", "queued", "sending"})
"""Statuses that only repeat what the answer to our own request already said."""


def meaning(code: int) -> tuple[Action, Reason]:
    """What to do when this code answers an attempt to send, and why the text did not go."""
    return CODES.get(code, (Action.REFUSE, Reason.UNKNOWN))


def reason_for(code: int | None) -> Reason:
    """Why a text that was accepted did not arrive."""
    return Reason.UNKNOWN if code is None else meaning(code)[1]


def code_in(value: object) -> int | None:
    """The carrier's number out of a form field or a JSON value; None for nothing, zero or nonsense."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10**6 else None
