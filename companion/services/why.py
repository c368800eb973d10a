"""Why an alert stands, as sentences: what was stored beside a signal, turned into the words of texts 5.

Signals keep keys, numbers and instants; here they become what a caseworker reads, in the language of the moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from companion import i18n
from companion.content import Unsayable, reasons
from companion.i18n import gettext as _
from companion.rules.states import ENDED_BY_AN_ANSWER, Family, Level

REMINDER_AFTER = timedelta(hours=24)
"""The default ladder's reminder (design 3), for missed check-ins that do not say when theirs went out."""
RANK = {Level.RED: 0, Level.AMBER: 1, Level.NONE: 2}

RENAMED = {"days": "n", "x": "answered", "y": "asked", "reason": "fault", "due_at": "date"}
"""Names under which the engine keeps what the sentences call otherwise."""
DAYS = ("d1", "d2", "d3", "date")
MAY_BE_ABSENT = frozenset({"usual", "usual_confidence", "channel", "answered", "open"})
"""Values whose absence has words of its own, so they are handed over even when None."""
STOPPED_BY = {"bukan_saya": "not_me", "wrong_person": "not_me"}
HEARD_BY = {"answer": "page", "call": "call", "visit": "visit", "staff": "staff"}


@dataclass(frozen=True)
class Fact:
    """One signal as it is stored."""

    code: str
    level: Level
    at: datetime
    values: Mapping = field(repr=False)


@dataclass(frozen=True)
class Reader:
    """For whom the sentence is said: when, on whose clock, and by when we promised to be in touch."""

    now: datetime
    zone: str
    deadline_at: datetime | None = None


@dataclass(frozen=True)
class Reason:
    """A signal in words. `first_step` opens with the person and is not shown in the list (texts 5)."""

    code: str
    level: Level
    at: datetime
    sentence: str = field(repr=False)
    first_step: str


def ordered(facts: Sequence[Fact], family: Family, heard_at: datetime | None) -> list[Fact]:
    """The most urgent and newest first; what stands there is what the list shows. What is settled comes last."""
    newest = sorted(facts, key=lambda fact: fact.at, reverse=True)
    return sorted(newest, key=lambda fact: (is_settled(family, fact.at, heard_at), RANK[fact.level]))


def is_settled(family: Family, at: datetime, heard_at: datetime | None) -> bool:
    """Whether the person was heard since: "two unanswered in a row" of last week is no reason to call today.

    Only of silence and of texts that did not arrive; what somebody said stays true when they say more.
    """
    return family in ENDED_BY_AN_ANSWER and heard_at is not None and at <= heard_at


def message_of(signal) -> list[int]:
    """The row of the text whose fate a signal is about (D2); nothing for all others."""
    about = signal.about.removeprefix("message:")
    return [int(about)] if signal.code == "D2" and about.isdigit() else []


def reason(fact: Fact, reader: Reader) -> Reason:
    """One signal in words."""
    language = i18n.language()
    try:
        words = reasons.reason(
            fact.code, language, teen=bool(fact.values.get("teen")), also=fact.values.get("also") or (),
            **_values(fact, reader),
        )  # fmt: skip
        step = reasons.first_step(fact.code, language)
    except Unsayable:
        # A caseworker must never lose sight of a person because a sentence lacks a word.
        words = _("Something was noted %(when)s. Please look at the record.", when=_moment(fact.at, reader))
        step = _("Read what is there, then get in touch.")
    return Reason(fact.code, fact.level, fact.at, words, step)


def _values(fact: Fact, reader: Reader) -> dict:
    """The values under the names that the sentence uses, instants as words."""
    said = {RENAMED.get(name, name): value for name, value in fact.values.items()}
    said["when"] = _moment(_instant(fact.values.get("called_at")) or fact.at, reader)
    said.setdefault("date", fact.at.isoformat())
    for name in DAYS:
        at = _instant(said.get(name))
        said[name] = at and i18n.day_words(at, reader.zone, reader.now)
    if fact.code in SPECIAL:
        said |= SPECIAL[fact.code](fact.values, fact, reader)
    wanted = reasons.needs(fact.code) | MAY_BE_ABSENT
    return {name: value for name, value in said.items() if name in wanted}


def _promised(values: Mapping, fact: Fact, reader: Reader) -> dict:
    """By when we said that we would be in touch, and by which way it was asked for."""
    until = _instant(values.get("deadline")) or reader.deadline_at or fact.at
    return {
        "channel": values.get("channel") or "page",
        "deadline": i18n.before_words(until, reader.zone, reader.now),
    }


def _stopped(values: Mapping, fact: Fact, reader: Reader) -> dict:
    return {"way": STOPPED_BY.get(values.get("way"), values.get("way"))}


def _unheard(values: Mapping, fact: Fact, reader: Reader) -> dict:
    """The last time something was heard and how; no way at all where the follow-up only began then."""
    how = values.get("how")
    heard_at = _instant(values.get("heard_at")) or fact.at
    return {
        "channel": None if how == "enrolled" else HEARD_BY.get(how, "staff"),
        "when": _moment(heard_at, reader),
        "cause": values.get("cause") or "carrier",
    }


def _unanswered(values: Mapping, fact: Fact, reader: Reader) -> dict:
    """How many hours have passed since the reminder, at the time of reading."""
    reminded = _instant(values.get("reminded_at"))
    since = reminded or (_instant(values.get("asked_at")) or fact.at) + REMINDER_AFTER
    return {"hours": max(0, int((reader.now - since).total_seconds() // 3600))}


SPECIAL = {
    "R2": _promised,
    "X_opt_out": _stopped,
    "R5_last_heard": _unheard,
    "R5_undelivered": _unheard,
    "A7": _unanswered,
}


def _moment(at: datetime, reader: Reader) -> str:
    return i18n.moment_words(at, reader.zone, reader.now)


def _instant(stored) -> datetime | None:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else None
