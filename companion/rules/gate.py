"""The one gate before every send (design 2.6). Pure: the caller gathers the facts and asks in its transaction.

The order is fixed. First what makes the message pointless for ever, in the words of the strongest reason; then what
only makes it wait. Nobody sends past a *Never*, and a *Wait* that outlives the message is ended by its expiry.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from companion.rules.days import Calendar, local, midnight
from companion.rules.hours import ALL_DAY, SEARCH, Quiet, next_allowed
from companion.rules.states import WindowState
from companion.rules.terms import Lane, PersonStatus, Purpose

MAY_BE_TEXTED = frozenset({PersonStatus.ENROLLED, PersonStatus.NOT_REACHED})
"""Whoever is listed here; a status nobody thought of is not texted."""
CAP_A_DAY = 1
CAP_DAYS = 7
ASKS_FIRST = frozenset({Purpose.INVITATION, Purpose.REMINDER, Purpose.AFTER_GAP, Purpose.WE_RANG})
"""Texts that wait until the number is known to be the right person's (texts 3, check the number)."""
LOOK_AGAIN = timedelta(minutes=15)
"""For a wait whose end only a person can set."""
CAP_EXEMPT = frozenset({Purpose.NEW_LINK})
"""Never held by the cap: a link that was asked for (design 3, cap per number)."""
CLAIMS = (
    frozenset({Purpose.INVITATION, Purpose.REMINDER, Purpose.AFTER_GAP, Purpose.CHECK_NUMBER, Purpose.FIRST}),
    frozenset({Purpose.WE_RANG}),
    frozenset({Purpose.FAMILY_WEEKLY}),
)
"""Whose claim on a number's one text a day is better: the check-in, with the question about the number that it may wait
for; then what a person of ours has just begun; then the reading, which is as good tomorrow (decisions/0008)."""


def better_claims(purpose: Purpose) -> frozenset[Purpose]:
    """The purposes that go before this one where a number may get only one text."""
    place = next((n for n, claim in enumerate(CLAIMS) if purpose in claim), 0)
    return frozenset().union(*CLAIMS[:place])


class Reason(StrEnum):
    """Why a message will never be sent; kept as the reason it was cancelled for."""

    CONSENT = "consent"  # consent for this purpose was not given, or was withdrawn
    OPT_OUT = "opt_out"  # the number was silenced by whoever holds it
    NUMBER = "number_unusable"  # the number was found to take nothing
    STATUS = "status"  # the person died, withdrew, or went into an institution
    ANSWERED = "answered"  # the check-in was answered before
    SLOT = "slot_ended"  # the check-in ended in another way
    WINDOW = "window_closed"  # the follow-up was closed
    EXPIRED = "expired"  # it grew stale; the message ends as expired, not cancelled


class Because(StrEnum):
    """Why a message waits. A slot that ends waiting takes this as the reason it is void (`ladder.void_reason`)."""

    STOP = "stop"  # the stop switch was on, or a restore waited for somebody to look
    CONFIGURATION = "configuration"  # the channel was held
    PAUSED = "paused"  # the person had asked for quiet
    HOLD = "hold"  # it had not been safe to talk
    UNCONFIRMED = "number_unconfirmed"  # nobody has said yet that the number is the right person's
    HOURS = "hours"  # the hour, the day or the person's own hours forbade it
    CAP = "cap"  # the number had had its texts
    BUDGET = "budget"  # the day's money was spent


@dataclass(frozen=True)
class Go:
    """It may be handed over now."""


@dataclass(frozen=True)
class Wait:
    """Not before `until` (UTC), and then it is asked again."""

    until: datetime
    because: Because


@dataclass(frozen=True)
class Never:
    """It has lost its reason for good."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """All that the gate looks at, as it stands in the transaction that takes the message.

    Everything that could forbid has no default: what was not looked up must not pass by accident. Counts are of
    texts sent, delivered or unsure to this number, all purposes together: today, and in the seven local days that
    end today; `oldest_in_window_at` is the oldest of the latter. `outranked` says that a text with a better claim is
    to go to this number today. `budget_left` is in texts, None without a budget.
    `stopped` is a stop without an end. With `to_staff` the recipient's consent, status, hours and cap are no
    matter, only `duty_from`: when somebody is there to be told, None for now.
    """

    purpose: Purpose
    lane: Lane
    consented: bool
    number_silenced: bool
    number_unusable: bool
    number_confirmed: bool
    person_status: PersonStatus | None
    window_state: WindowState | None
    expires_at: datetime | None
    zone: str
    calendar: Calendar = field(repr=False)
    province: str | None
    stop_until: datetime | None
    channel_held_until: datetime | None
    budget_left: int | None
    sent_today_to_number: int
    sent_in_7_days: int
    cap_week: int
    outranked: bool
    oldest_in_window_at: datetime | None = None
    quiet: Quiet = ALL_DAY
    paused_until: datetime | None = None
    number_hold_until: datetime | None = None
    answered: bool = False
    slot_open: bool = True
    cap_exempt: bool = False
    to_staff: bool = False
    duty_from: datetime | None = None
    stopped: bool = False


def ask(facts: GateFacts, now: datetime) -> Go | Wait | Never:
    """Decide about one message at `now` (aware).

    Never: consent, opt-out, unusable number, status, answered, slot ended, window closed, expired. Wait: stop,
    channel held, pause, hold after "not safe to talk", number not confirmed, hours and calendar, cap, budget. The first that holds is
    given; what comes behind it is seen when the message is asked for again. Raises ValueError if `now` is naive.
    """
    if reason := _never(facts, now):
        return Never(reason)
    return _wait(facts, now) or Go()


def _never(facts: GateFacts, now: datetime) -> Reason | None:
    person = not facts.to_staff
    lost = (
        (person and not facts.consented, Reason.CONSENT),
        (facts.number_silenced, Reason.OPT_OUT),
        (facts.number_unusable, Reason.NUMBER),
        (person and facts.person_status not in MAY_BE_TEXTED, Reason.STATUS),
        (person and facts.answered, Reason.ANSWERED),
        (person and not facts.slot_open, Reason.SLOT),
        (person and facts.window_state == WindowState.CLOSED, Reason.WINDOW),
        (facts.expires_at is not None and now >= facts.expires_at, Reason.EXPIRED),
    )
    return next((reason for is_so, reason in lost if is_so), None)


def _wait(facts: GateFacts, now: datetime) -> Wait | None:
    if facts.stopped or _ahead(facts.stop_until, now):
        return _until(facts.stop_until, now, Because.STOP)
    if _ahead(facts.channel_held_until, now):
        return _until(facts.channel_held_until, now, Because.CONFIGURATION)
    if facts.to_staff and _ahead(facts.duty_from, now):
        return Wait(facts.duty_from.astimezone(UTC), Because.HOURS)
    if not facts.to_staff and (wait := _recipient_waits(facts, now)):
        return wait
    if facts.lane != Lane.URGENT and facts.budget_left is not None and facts.budget_left <= 0:
        return Wait(_opening_from(facts, midnight(now, facts.zone, 1)), Because.BUDGET)
    return None


def _recipient_waits(facts: GateFacts, now: datetime) -> Wait | None:
    """What concerns the person who would read it; a text to staff is asked none of this."""
    if facts.window_state == WindowState.PAUSED:
        return _until(facts.paused_until, now, Because.PAUSED)
    if _ahead(facts.number_hold_until, now):
        return _until(facts.number_hold_until, now, Because.HOLD)
    if not facts.number_confirmed and facts.purpose in ASKS_FIRST:
        return _until(facts.expires_at, now, Because.UNCONFIRMED)
    opening = next_allowed(now, facts.zone, facts.calendar, facts.province, facts.quiet)
    if opening is None or opening > now:
        return Wait(opening or (now + SEARCH).astimezone(UTC), Because.HOURS)
    if facts.cap_exempt:
        return None
    days = 0
    if facts.sent_today_to_number >= CAP_A_DAY or facts.outranked:
        days = 1
    if facts.sent_in_7_days >= facts.cap_week:
        days = max(days, _days_until_one_falls_out(facts, now))
    return Wait(_opening_from(facts, midnight(now, facts.zone, days)), Because.CAP) if days else None


def _days_until_one_falls_out(facts: GateFacts, now: datetime) -> int:
    """In how many local days the oldest text leaves the seven that count; at least one."""
    if facts.oldest_in_window_at is None:
        return 1
    age = local(now, facts.zone).date() - local(facts.oldest_in_window_at, facts.zone).date()
    return max(1, CAP_DAYS - age.days)


def _opening_from(facts: GateFacts, at: datetime) -> datetime:
    """The first instant from then on at which this recipient may be texted; staff at once."""
    if facts.to_staff:
        return at
    return next_allowed(at, facts.zone, facts.calendar, facts.province, facts.quiet) or at


def _ahead(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until


def _until(until: datetime | None, now: datetime, because: Because) -> Wait:
    """A wait to its known end; without one, or with one that is over, for a while."""
    return Wait((until if _ahead(until, now) else now + LOOK_AGAIN).astimezone(UTC), because)
