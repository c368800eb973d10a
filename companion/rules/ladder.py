"""The ladder of one slot: when it is reminded, when it counts as missed, and how it ends (design 4.1, 4.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from companion.rules.days import Calendar
from companion.rules.hours import ALL_DAY, Quiet, next_allowed, other_half
from companion.rules.plan import EARLY_DAYS, PlanSettings
from companion.rules.staff_hours import StaffHours
from companion.rules.states import MessageState, SlotState, VoidReason
from companion.rules.terms import Purpose

MISS_AFTER = timedelta(hours=48)
REMIND_AFTER = timedelta(hours=24)
NO_REMINDER_BEFORE_MISS = timedelta(hours=6)
FAMILY_WEEKLY_LIFE = timedelta(days=3)
OTHER_LIFE = timedelta(hours=24)
URGENT_STAFF_HOURS = 4
FIRST_DAYS = 14

NUMBER_REASONS = frozenset(
    {
        "number_unusable",
        "number_unconfirmed",
        "number_invalid",
        "number_dead",
        "opted_out",
        "opt_out",
        "blocked",
    },
)
"""Reasons of a message that never left which lie with the number: the gate's words and the carrier's."""
NEVER_LEFT = frozenset({MessageState.REFUSED, MessageState.CANCELLED, MessageState.EXPIRED})


@dataclass(frozen=True)
class Tally:
    """How the messages of one slot stand. Those that never left for another reason are not counted."""

    delivered: int = 0
    sent: int = 0
    unsure: int = 0
    sending: int = 0
    undelivered: int = 0
    number: int = 0
    """Never left, because of the number."""

    @classmethod
    def of(cls, messages: Iterable[tuple[MessageState, str | None]]) -> "Tally":
        """Count (state, reason) pairs."""
        counts = dict.fromkeys(("delivered", "sent", "unsure", "sending", "undelivered", "number"), 0)
        for state, reason in messages:
            if state in NEVER_LEFT:
                counts["number"] += reason in NUMBER_REASONS
            elif state in counts:
                counts[state] += 1
        return cls(**counts)

    @property
    def arrived(self) -> bool:
        """Somebody's phone has been asked: a missing receipt never counts against us or the person."""
        return bool(self.sent or self.delivered)

    @property
    def number_failed(self) -> bool:
        return bool(self.undelivered or self.number)


@dataclass(frozen=True, kw_only=True)
class SlotFacts:
    """What `outcome` has to know about one open slot.

    `asked_at` and `miss_at` are None while nothing was asked; `number_unusable` also when only the gate knows it so; `other_channel` is whether another consented channel is
    left; `held_because` is the gate's last word about the message that waited, or the reason it was refused for.
    """

    now: datetime
    give_up_at: datetime
    asked_at: datetime | None
    miss_at: datetime | None
    messages: Tally
    number_unusable: bool = False
    other_channel: bool = False
    held_because: str | None = None


@dataclass(frozen=True)
class SlotEnd:
    """How a slot ended: missed, unreached, or void with its reason."""

    state: SlotState
    reason: VoidReason | None = None


def miss_at(asked_at: datetime, gaps: timedelta, closes_at: datetime) -> datetime:
    """When an asked slot counts as missed; `gaps` is how long we stood still in between (design 4.1)."""
    return min(asked_at + MISS_AFTER + gaps, closes_at)


def remind_at(
    asked_at: datetime,
    miss_at: datetime,
    zone: str,
    calendar: Calendar,
    province: str | None = None,
    quiet: Quiet = ALL_DAY,
) -> datetime | None:
    """When the one reminder goes out: a day later, in the other half of the day (design 4.1).

    None if that would be less than six hours before the slot counts as missed: a reminder must leave time to answer.
    """
    at = next_allowed(asked_at + REMIND_AFTER, zone, calendar, province, other_half(asked_at, zone, quiet))
    return at if at is not None and at <= miss_at - NO_REMINDER_BEFORE_MISS else None


def ask_at(
    at: datetime,
    until: datetime,
    zone: str,
    calendar: Calendar,
    province: str | None = None,
    quiet: Quiet = ALL_DAY,
) -> datetime | None:
    """The first instant from `at` on at which a check-in may be asked for (UTC).

    None if hours and calendar leave none before `until`: a slot for which that is so from the beginning is excused
    (design 4.1).
    """
    found = next_allowed(at, zone, calendar, province, quiet)
    return found if found is not None and found < until else None


def outcome(facts: SlotFacts) -> SlotEnd | None:
    """How an open, unanswered slot ends now; None while it stays open (design 4.1).

    1. A number that takes nothing, with no other way left, ends it at once: nobody is to wait for that.
    2. Before its limit (missed if asked, given up if not) it stays open.
    3. What a phone has, or may have, been asked decides: missed if any text was accepted, else void if any is unsure.
    4. Otherwise nothing arrived: unreached if the number was the cause, void if we were.
    A message still in a sender's hands keeps it open; the lease ends that within a minute.
    """
    texts = facts.messages
    if texts.sending and not texts.arrived:
        return None
    no_way_left = facts.number_unusable and not facts.other_channel
    if no_way_left and not texts.arrived and not texts.unsure:
        return SlotEnd(SlotState.UNREACHED)
    never_asked = facts.asked_at is None or facts.miss_at is None
    if facts.now < (facts.give_up_at if never_asked else facts.miss_at):
        return None
    if texts.arrived:
        return SlotEnd(SlotState.MISSED)
    if texts.unsure:
        return SlotEnd(SlotState.VOID, VoidReason.UNSURE)
    if texts.number_failed:
        return SlotEnd(SlotState.UNREACHED)
    return SlotEnd(SlotState.VOID, void_reason(facts.held_because))


def void_reason(held_because: str | None) -> VoidReason:
    """The reason of a void slot out of what held its message; without one we simply did not do our work."""
    known = held_because in frozenset(VoidReason)
    return VoidReason(held_because) if known else VoidReason.DOWNTIME


def answer_state(now: datetime, miss_at: datetime | None, closes_at: datetime) -> SlotState | None:
    """What an answer that commits now makes of its slot; None once it has closed (design 4.1).

    Compared by the clock, not by whether the tick has run. A slot that was never asked has no time to miss.
    """
    if now >= closes_at:
        return None
    late = miss_at is not None and now >= miss_at
    return SlotState.ANSWERED_LATE if late else SlotState.ANSWERED


def expires_at(
    purpose: Purpose,
    planned_for: datetime,
    *,
    give_up_at: datetime | None = None,
    miss_at: datetime | None = None,
    staff_hours: StaffHours | None = None,
) -> datetime:
    """When a message of this purpose has grown stale (design 4.2; purposes it does not name: 24 hours).

    Raises ValueError if the fact that this purpose depends on is missing.
    """
    if purpose is Purpose.FAMILY_WEEKLY:
        return planned_for + FAMILY_WEEKLY_LIFE
    if purpose in (Purpose.INVITATION, Purpose.AFTER_GAP):
        return _given(give_up_at, purpose)
    if purpose is Purpose.REMINDER:
        return _given(miss_at, purpose) - NO_REMINDER_BEFORE_MISS
    if purpose in (Purpose.STAFF_URGENT, Purpose.STAFF_LATE):
        return _given(staff_hours, purpose).add_hours(planned_for, URGENT_STAFF_HOURS)
    return planned_for + OTHER_LIFE


def _given(fact, purpose: Purpose):
    if fact is None:
        raise ValueError(f"{purpose} lacks what its end hangs on")
    return fact


def silence_has_clock(
    second_in_a_row: bool, day: int, last_proven_not_calm: bool, last_heard_passed: bool
) -> bool:
    """Whether a missed check-in sets a clock on staff, or is only a line on the list (design 4.1).

    `day` is the day of the window; the first 14 days are 0 to 13. Without these limits one missed text in five
    would be a task for somebody (evidence 3).
    """
    return second_in_a_row or day < FIRST_DAYS or last_proven_not_calm or last_heard_passed


def last_heard_limit(day: int, settings: PlanSettings | None = None) -> timedelta:
    """How long nothing may be heard on this day of the window: 7 days in weeks 1-4, 10 later (design 2.1)."""
    plan = settings or PlanSettings()
    return timedelta(days=plan.last_heard_early_days if day < EARLY_DAYS else plan.last_heard_late_days)
