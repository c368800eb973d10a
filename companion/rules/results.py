"""What each result of a call or visit means for the work, as data (texts 4). Its words are content/results.toml.

What a result does to the database is services/contacts; when somebody looks again is rules/next_dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from companion.rules.states import ENDED_BY_AN_ANSWER, Family, Level


class Code(StrEnum):
    """How a call or visit went. The order is that of the tiles, most used first."""

    SPOKE_WELL = "spoke_well"
    SPOKE_CARE = "spoke_care"
    AGREED = "agreed"
    CALL_LATER = "call_later"
    NO_ANSWER = "no_answer"
    OTHER_PERSON = "other_person"
    NOT_CONNECTED = "not_connected"
    NUMBER_DEAD = "number_dead"
    WRONG_PERSON = "wrong_person"
    UNSAFE_NOW = "unsafe_now"
    VIOLENCE = "violence"
    CRISIS_HANDED = "crisis_handed"
    SLIP_TOLD = "slip_told"
    MEDICAL = "medical"
    PAUSE = "pause"
    STOP_TEXTS = "stop_texts"
    REFUSED = "refused"
    MOVED = "moved"
    IN_INSTITUTION = "in_institution"
    BACK_IN_CARE = "back_in_care"
    DIED = "died"
    VISIT_ABSENT = "visit_absent"
    NOT_REACHED = "not_reached"


class Next(StrEnum):
    """Which date a result sets by itself."""

    PLAN = "plan"  # the next staff contact of the plan; after something urgent within 72 hours
    CARE = "care"  # one working day if it was red, else two
    DAY_AFTER = "day_after"  # the working day after the appointment
    ASKED = "asked"  # the time the person gave, else four working hours
    TRY_AGAIN = "try_again"  # once more today, three hours later; then the next working day
    OTHER_HOUR = "other_hour"  # some working days later, in the other half of the day
    OPENING = "opening"  # the next working morning
    SAFE_HOUR = "safe_hour"  # the next safe hour, not today
    TODAY = "today"  # before this working day is over
    CLOCK_HOURS = "clock_hours"  # so many hours by the clock, at the last moment somebody is there
    WORKING_DAYS = "working_days"  # so many working days later, same clock time
    DAYS = "days"  # so many days later, in the morning
    BEFORE_PAUSE_ENDS = "before_pause_ends"  # the working day before the pause is over


class Effect(StrEnum):
    """What a result changes beside the next date."""

    SHARED = "shared"  # the number is used by others too
    DOUBT = "doubt"  # three days without a connection: the number has to be made sure of
    UNUSABLE = "unusable"  # nothing more to this number
    NOT_THEIRS = "not_theirs"  # silenced for good, never called again
    STOP_TEXTS = "stop_texts"  # silenced at the person's wish
    QUIET = "quiet"  # no text to this number for a day
    DANGER = "danger"  # red safety alert, supervisor included, relatives and visits locked
    PAUSE = "pause"
    STAY_RED = "stay_red"  # until two conversations have followed
    AWAY = "away"  # in an institution: nothing is asked meanwhile
    CARE_AGAIN = "care_again"  # readmitted: the window is to be closed
    WITHDRAW = "withdraw"  # consent withdrawn, everything stops; a supervisor confirms
    DEATH = "death"  # everything stops; provisional until a supervisor has a second source
    LOST = "lost"  # not reached by all agreed ways
    MOVED = "moved"


class Ask(StrEnum):
    """A field of the form that only some results have."""

    AT = "at"  # an instant: the appointment, or when to call
    UNTIL = "until"  # the first day after a pause
    HANDLER = "handler"  # who has taken over
    LAPSE = "lapse"  # lapse or kambuh, set by staff only and never required (design 2.2)
    WE_RANG = "we_rang"  # the neutral text "we rang"
    VITAL = "vital"  # data was given to save a life: the legal basis is kept (UU 27/2022 art. 20)
    PAUSE_TEXTS = "pause_texts"  # while confusion or fear of being watched lasts
    ZONE = "zone"  # where the person lives now


@dataclass(frozen=True, kw_only=True)
class Result:
    """One row of the table in texts 4."""

    next: Next
    n: int = 0
    """How many hours or days, for the dates that count some."""
    heard: bool = False
    """A conversation: it starts the last-heard clock again (design 2.1)."""
    tried: bool = False
    """A try that failed."""
    may_close: bool = False
    ends: bool = False
    """The follow-up ends with it; a supervisor may close what is open."""
    sleeps: bool = False
    """The alert is put off until the next date."""
    by_supervisor: bool = False
    """Only a supervisor may set it."""
    for_supervisor: bool = False
    """The next date is the supervisor's: nothing is left for the caseworker to do."""
    asks: tuple[Ask, ...] = ()
    needs: frozenset[Ask] = frozenset()
    effect: Effect | None = None


RESULTS: dict[Code, Result] = {
    Code.SPOKE_WELL: Result(next=Next.PLAN, heard=True, may_close=True),
    Code.SPOKE_CARE: Result(next=Next.CARE, heard=True),
    Code.AGREED: Result(
        next=Next.DAY_AFTER, heard=True, sleeps=True, asks=(Ask.AT,), needs=frozenset({Ask.AT})
    ),
    Code.CALL_LATER: Result(next=Next.ASKED, n=4, heard=True, asks=(Ask.AT,)),
    Code.NO_ANSWER: Result(next=Next.TRY_AGAIN, n=3, tried=True, asks=(Ask.WE_RANG,)),
    Code.OTHER_PERSON: Result(next=Next.OTHER_HOUR, n=1, tried=True, effect=Effect.SHARED),
    Code.NOT_CONNECTED: Result(next=Next.OPENING, tried=True, effect=Effect.DOUBT),
    Code.NUMBER_DEAD: Result(next=Next.WORKING_DAYS, n=2, effect=Effect.UNUSABLE),
    Code.WRONG_PERSON: Result(next=Next.WORKING_DAYS, n=1, effect=Effect.NOT_THEIRS),
    Code.UNSAFE_NOW: Result(next=Next.SAFE_HOUR, effect=Effect.QUIET),
    Code.VIOLENCE: Result(next=Next.TODAY, heard=True, effect=Effect.DANGER),
    Code.CRISIS_HANDED: Result(
        next=Next.CLOCK_HOURS, n=24, asks=(Ask.HANDLER, Ask.VITAL), needs=frozenset({Ask.HANDLER}),
        effect=Effect.STAY_RED,
    ),
    Code.SLIP_TOLD: Result(next=Next.CLOCK_HOURS, n=48, heard=True, asks=(Ask.LAPSE,)),
    Code.MEDICAL: Result(next=Next.WORKING_DAYS, n=1, heard=True, asks=(Ask.PAUSE_TEXTS,)),
    Code.PAUSE: Result(
        next=Next.BEFORE_PAUSE_ENDS, heard=True, asks=(Ask.UNTIL,), needs=frozenset({Ask.UNTIL}),
        effect=Effect.PAUSE,
    ),
    Code.STOP_TEXTS: Result(next=Next.PLAN, heard=True, effect=Effect.STOP_TEXTS),
    Code.REFUSED: Result(
        next=Next.WORKING_DAYS, n=1, heard=True, ends=True, for_supervisor=True, effect=Effect.WITHDRAW
    ),
    Code.MOVED: Result(next=Next.WORKING_DAYS, n=2, asks=(Ask.ZONE,), effect=Effect.MOVED),
    Code.IN_INSTITUTION: Result(next=Next.DAYS, n=30, effect=Effect.AWAY),
    Code.BACK_IN_CARE: Result(next=Next.WORKING_DAYS, n=5, ends=True, effect=Effect.CARE_AGAIN),
    Code.DIED: Result(next=Next.WORKING_DAYS, n=2, ends=True, for_supervisor=True, effect=Effect.DEATH),
    Code.VISIT_ABSENT: Result(next=Next.OTHER_HOUR, n=2, tried=True),
    Code.NOT_REACHED: Result(next=Next.DAYS, n=14, sleeps=True, by_supervisor=True, effect=Effect.LOST),
}  # fmt: skip

LONGEST_PAUSE = timedelta(days=14)
"""Longer needs a supervisor (texts 4)."""
LONGEST_PAUSE_BY_SUPERVISOR = timedelta(days=60)
CALLS_AFTER_CRISIS = 2
DOUBT_AFTER_DAYS = 3


class AlertOutcome(StrEnum):
    """How an alert ended, in the word of whoever closed it."""

    SPOKE = "spoke"  # spoke with the person
    ANSWERED = "answered"  # the person answered by themselves
    REFERRED = "referred"  # somebody else has taken over
    CORRECTED = "corrected"  # a number, a record or our own fault was put right
    NOTHING = "nothing"  # there was nothing to do
    ENDED = "ended"  # the follow-up has ended


class WindowOutcome(StrEnum):
    """How a window ended. *Not reached* and *unknown* stay whatever an institution adds (texts 7)."""

    STABLE = "stable"  # doing well
    WITH_CARE = "with_care"  # still needs company, which goes on elsewhere
    LAPSE = "lapse"  # went back once; set by staff only (design 2.2)
    RELAPSE = "relapse"  # went back to the old pattern; set by staff only
    BACK_IN_CARE = "back_in_care"  # readmitted
    MOVED = "moved"  # followed up by another institution
    WITHDRAWN = "withdrawn"  # wanted no more follow-up
    NOT_REACHED = "not_reached"  # all agreed ways tried, never taken for relapse
    DIED = "died"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Past:
    """One contact as the rules below need it; lists of them run newest first."""

    code: Code
    at: datetime


def conversations_since(history: Sequence[Past], code: Code) -> int | None:
    """How many conversations followed the last contact with this code; None if there was none."""
    spoken = 0
    for contact in history:
        if contact.code == code:
            return spoken
        spoken += RESULTS[contact.code].heard
    return None


def connection_failed_on(history: Sequence[Past], day_of) -> int:
    """On how many different days in a row there was no connection; `day_of` turns an instant into a day."""
    days = set()
    for contact in history:
        if contact.code is not Code.NOT_CONNECTED:
            break
        days.add(day_of(contact.at))
    return len(days)


def why_not_close(
    *,
    family: Family,
    level: Level,
    answered: bool,
    signalled_at: datetime,
    history: Sequence[Past],
    supervisor: bool,
) -> str | None:
    """Why an alert may not be closed yet: `contact` or `second_call`; None if it may (texts 4, design 4.3).

    Only a result that may close does, and only one that came after the last signal. What was answered by the
    person, or is about a number or about ourselves, needs no conversation unless it is red. `history` is all that
    was tried for this person, newest first.
    """
    since = [contact for contact in history if contact.at >= signalled_at]
    if supervisor and any(RESULTS[contact.code].ends for contact in since):
        return None
    followed = conversations_since(history, Code.CRISIS_HANDED)
    if level is Level.RED and followed is not None and followed < CALLS_AFTER_CRISIS:
        return "second_call"
    if any(RESULTS[contact.code].may_close for contact in since):
        return None
    if level is not Level.RED and (family in (Family.DATA, Family.SYSTEM) or _answers_it(family, answered)):
        return None
    return "contact"


def _answers_it(family: Family, answered: bool) -> bool:
    return answered and family in ENDED_BY_AN_ANSWER
