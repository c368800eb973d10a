"""Answers for the tests of triage: one that is good in every way, and what may be known before it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from companion.rules.terms import Opioid
from companion.rules.triage import Answer, Context, judge

AT = datetime(2026, 12, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = Answer(
    at=AT,
    proven=True,
    mood=4,
    urge=1,
    confidence=8,
    situation="no",
    sleep=3,
    use="no",
    contact="no",
)
BEFORE = replace(GOOD, at=AT - 3 * DAY)
NEW = Context(use_asked=True, opioid=Opioid.NO, day=40)


def history(*pairs):
    """Earlier proven answers, newest first, from (urge, confidence) pairs."""
    answers = tuple(
        replace(GOOD, at=AT - (n + 1) * 3 * DAY, urge=urge, confidence=confidence)
        for n, (urge, confidence) in enumerate(pairs)
    )
    return replace(NEW, earlier=answers)


def raised(answer=GOOD, context=NEW, **said):
    return judge(replace(answer, **said), context)


def codes(verdict):
    return [signal.code.value for signal in verdict.signals]


def signal(verdict, code):
    return next(signal for signal in verdict.signals if signal.code == code)
