"""The words for what has become of a slot, a message, an alert, a window or an offer, and which moves are legal."""

from enum import StrEnum


class SlotState(StrEnum):
    """What became of one planned check-in. Every slot ends in exactly one state (design 4.1)."""

    PLANNED = "planned"  # was promised; its hour had not come
    OPEN = "open"  # fell due; an invitation was promised
    ANSWERED = "answered"  # was answered before it counted as missed
    ANSWERED_LATE = "answered_late"  # was answered after that, before it closed
    EXCUSED = "excused"  # was let off: a pause, or a calendar that allowed nothing
    CANCELLED = "cancelled"  # lost its reason: new generation, status, opt-out
    MISSED = "missed"  # was asked, and stayed without an answer; says nothing about why
    UNREACHED = "unreached"  # was sent by us, and the number did not take it
    VOID = "void"  # never provably left us: our fault, never the person's


class VoidReason(StrEnum):
    """Why nothing of ours provably left (design 4.1)."""

    DOWNTIME = "downtime"  # we stood still, or nothing better was known
    STOP = "stop"  # the stop switch was on
    BUDGET = "budget"  # the day's money was spent
    CONFIGURATION = "configuration"  # the channel was held: the carrier refused our set-up
    WORDING = "wording"  # the text could not be said in one segment
    CAP = "cap"  # the number had had its texts
    HOURS = "hours"  # no allowed instant came in time
    HOLD = "hold"  # the number was left in peace: it had not been safe to talk
    UNSURE = "unsure"  # something was handed over, and nobody learned what became of it


class MessageState(StrEnum):
    """What became of one text (design 4.2)."""

    PLANNED = "planned"  # was written down; not yet taken by a sender
    SENDING = "sending"  # was taken by one sender, under a lease
    SENT = "sent"  # was accepted by the carrier
    DELIVERED = "delivered"  # was reported on the handset
    UNDELIVERED = "undelivered"  # was accepted, then given up by the network
    REFUSED = "refused"  # was turned down for good
    UNSURE = "unsure"  # left, or did not: nobody knew
    EXPIRED = "expired"  # grew stale before it left
    CANCELLED = "cancelled"  # lost its reason before it left


class WordingState(StrEnum):
    """Where an institution's own words for one text stand."""

    DRAFT = "draft"  # was written; nobody has been asked
    PROPOSED = "proposed"  # was put before a second person
    APPROVED = "approved"  # was allowed by a second person, and is what leaves
    REJECTED = "rejected"  # was turned down, with a reason
    RETIRED = "retired"  # was replaced, taken out of use, or given up


class AlertState(StrEnum):
    """Where an alert stands (design 4.3)."""

    OPEN = "open"  # was raised, and nobody had taken it
    CLAIMED = "claimed"  # was taken by a named person
    SNOOZED = "snoozed"  # was put off by a person, with a reason and an end
    CLOSED = "closed"  # was closed by a person, with an outcome


class Family(StrEnum):
    """What an alert is about; one unclosed alert per window and family (design 3)."""

    SILENCE = "silence"  # a check-in was missed, or nothing was heard for too long
    UNDELIVERED = "undelivered"  # our messages did not arrive
    STRUGGLING = "struggling"  # an answer said that it was hard
    SAFETY = "safety"  # somebody was not safe
    WORRY = "worry"  # somebody close was worried
    DATA = "data"  # a number or a record was doubted
    SYSTEM = "system"  # we failed


ENDED_BY_AN_ANSWER = frozenset({Family.SILENCE, Family.UNDELIVERED})
"""What an answer or a conversation stops the clock of (design 4.3)."""


class Level(StrEnum):
    """How soon a person must act."""

    RED = "red"  # was put before everything else, with a clock in hours
    AMBER = "amber"  # was given a clock in working days
    NONE = "none"  # was shown as a line, without a clock


class WindowState(StrEnum):
    """Where a person's window of aftercare stands (design 4.5)."""

    ACTIVE = "active"  # was opened and runs
    PAUSED = "paused"  # was stopped for a while, with a reason and an end
    CLOSED = "closed"  # was ended by a person, with an outcome, for good


class TransferState(StrEnum):
    """What became of an offer to hand a graduate over to another institution."""

    OFFERED = "offered"  # was made; nobody there had decided, or its time had run out
    ACCEPTED = "accepted"  # was taken: the follow-up goes on there
    DECLINED = "declined"  # was turned down there, with a reason
    WITHDRAWN = "withdrawn"  # was taken back by those who had made it
    LAPSED = "lapsed"  # had run out when the next one was made


class Within(StrEnum):
    """By when a person must be spoken to (design 4.3, 4.4); `staff_hours.deadline` turns it into an instant."""

    HOURS_4 = "4h"  # was due in four working hours
    SAME_DAY = "same_day"  # was due before the same working day ended
    HOURS_24 = "24h"  # was due in twenty-four hours by the clock
    HOURS_8 = "8h"  # was due in eight working hours
    DAYS_2 = "2wd"  # was due in two working days, at the same clock time


# A state that is missing as a key has no way out: it is an end.
NEXT_SLOT: dict[SlotState, frozenset[SlotState]] = {
    SlotState.PLANNED: frozenset(
        {SlotState.OPEN, SlotState.EXCUSED, SlotState.CANCELLED, SlotState.VOID},
    ),
    SlotState.OPEN: frozenset(SlotState) - {SlotState.PLANNED, SlotState.OPEN},
    # A late answer is welcome after any of these: the person is never shut out by our book-keeping.
    SlotState.MISSED: frozenset({SlotState.ANSWERED_LATE}),
    SlotState.UNREACHED: frozenset({SlotState.ANSWERED_LATE}),
    SlotState.VOID: frozenset({SlotState.ANSWERED_LATE}),
}

NEXT_MESSAGE: dict[MessageState, frozenset[MessageState]] = {
    MessageState.PLANNED: frozenset({MessageState.SENDING, MessageState.CANCELLED, MessageState.EXPIRED}),
    MessageState.SENDING: frozenset(
        {
            MessageState.SENT,
            MessageState.PLANNED,
            MessageState.REFUSED,
            MessageState.UNSURE,
            MessageState.DELIVERED,
            MessageState.UNDELIVERED,
        },
    ),
    MessageState.UNSURE: frozenset(
        {
            MessageState.SENT,
            MessageState.DELIVERED,
            MessageState.UNDELIVERED,
            MessageState.PLANNED,
            MessageState.REFUSED,
        },
    ),
    MessageState.SENT: frozenset({MessageState.DELIVERED, MessageState.UNDELIVERED}),
    MessageState.UNDELIVERED: frozenset({MessageState.DELIVERED}),
}

NEXT_TRANSFER: dict[TransferState, frozenset[TransferState]] = {
    TransferState.OFFERED: frozenset(TransferState) - {TransferState.OFFERED},
}

NEXT_ALERT: dict[AlertState, frozenset[AlertState]] = {
    AlertState.OPEN: frozenset({AlertState.CLAIMED}),
    AlertState.CLAIMED: frozenset({AlertState.OPEN, AlertState.SNOOZED, AlertState.CLOSED}),
    AlertState.SNOOZED: frozenset({AlertState.OPEN, AlertState.CLAIMED}),
}
