"""What a check-in says, what else is known when it is judged, and what the judging found (design 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from statistics import median

from companion.rules.states import Level, Within
from companion.rules.terms import Opioid

USUAL_OF = 4
USUAL_NEEDS = 3


class Code(StrEnum):
    """The rules that speak, by the names of texts 5. What stands before `_` is the rule, behind it the variant."""

    R1 = "R1"  # pressed "I am not safe"
    R2 = "R2"  # asked for contact as soon as possible
    R3 = "R3"  # went back to the old habit
    R4 = "R4"  # strong urge and little confidence in one answer
    A1 = "A1"  # would like to talk this week
    A2_VALUE = "A2_value"  # strong urge
    A2_RISE = "A2_rise"  # urge well over the own usual
    A3_VALUE = "A3_value"  # little confidence
    A3_FALL = "A3_fall"  # confidence well under the own usual
    A4 = "A4"  # a situation is coming for which the plan has no step
    A5_MOOD = "A5_mood"  # a hard mood twice running
    A6 = "A6"  # would rather not say, twice running
    A8 = "A8"  # trouble at home, or loss of work or home
    A10 = "A10"  # too little sleep twice running
    A11 = "A11"  # looking after oneself is harder than usual
    TWO_AMBERS = "two_ambers"  # two different ambers in one answer
    AMBER_TWICE = "amber_twice"  # the same amber as in the answer before
    X_HELLO = "X_hello"  # said only hello, three times running

    @property
    def rule(self) -> str:
        """The rule without its variant: a high urge and a risen urge are the same thing twice."""
        return self.value.split("_")[0]


@dataclass(frozen=True, repr=False)
class Answer:
    """One check-in as it was given; None is unanswered, which means unknown (design 4.4, texts 2.2).

    `mood` 1-5, `urge` and `confidence` 0-10, `sleep` 1-4, `situation` no|past|coming|both, `kinds` the ticks under
    it, `use` no|yes|rather_not, `harder` no|yes|tell|rather_not, `contact` no|week|soon, `safe_way`
    usual|call|message|not_here, `about` hidup|orang|badan|dorongan|lain, `may_call` now|message|no. `proven` is
    whether it surely came from the person (design 2.4).
    """

    at: datetime
    proven: bool = False
    mood: int | None = None
    urge: int | None = None
    confidence: int | None = None
    situation: str | None = None
    kinds: frozenset[str] = frozenset()
    sleep: int | None = None
    use: str | None = None
    harder: str | None = None
    contact: str | None = None
    unsafe: bool = False
    here: bool = False
    safe_way: str | None = None
    about: str | None = None
    may_call: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "kinds", frozenset(self.kinds or ()))

    @property
    def only_hello(self) -> bool:
        """Whether it says "I'm here" and nothing else; "no need to get in touch" is part of a hello."""
        said = (self.mood, self.urge, self.confidence, self.situation, self.sleep, self.use, self.harder)
        asked = self.unsafe or self.contact in ("week", "soon")
        return self.here and not asked and not self.kinds and all(part is None for part in said)


@dataclass(frozen=True, repr=False)
class Context:
    """What was known before this answer.

    `earlier` holds the earlier proven answers, newest first: only they make a usual value. `recent` holds all
    earlier ones, proven or not, newest first; left empty, the proven ones stand in. `day` is the day of the window,
    `previous_codes` what the answer before this one raised, `plan_kinds` the situations that the person's plan has
    a step for, `use_asked` whether question 6 was on the form.
    """

    earlier: tuple[Answer, ...] = ()
    recent: tuple[Answer, ...] = ()
    opioid: Opioid = Opioid.UNKNOWN
    day: int = 0
    teen: bool = False
    has_plan: bool = False
    plan_kinds: frozenset[str] = frozenset()
    use_asked: bool = False
    last_a8_at: datetime | None = None
    previous_codes: frozenset[str] = frozenset()

    @property
    def last(self) -> Answer | None:
        """The answer before this one."""
        return next(iter(self.recent or self.earlier), None)


@dataclass(frozen=True)
class Signal:
    """One reason, with the values its sentence needs (texts 5).

    `params` holds only what JSON can hold; instants in it are ISO 8601 strings with their offset.
    """

    code: Code
    level: Level
    within: Within | None
    params: dict = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Verdict:
    """What one answer means for the people who follow it up.

    `contact_within` is the most urgent limit among the signals; `calm` see `triage.judge`.
    """

    level: Level
    signals: tuple[Signal, ...]
    calm: bool
    contact_within: Within | None

    @property
    def codes(self) -> frozenset[str]:
        """What was raised, to be kept as the next answer's `previous_codes`."""
        return frozenset(signal.code.value for signal in self.signals)


def usual(values: Sequence[int | None]) -> int | float | None:
    """The own usual value: the median of the last four given, newest first; None before there are three.

    Values of proven answers only (design 2.4). A whole number comes back as one, since people read it.
    """
    given = [value for value in values if value is not None][:USUAL_OF]
    if len(given) < USUAL_NEEDS:
        return None
    middle = median(given)
    return int(middle) if middle == int(middle) else middle
