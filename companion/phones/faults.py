"""What goes wrong on the way to a phone, on request and always the same way for the same seed."""

from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any

LOSE_MODES = ("drop", "reset", "cut", "hang")
_CODES = ("refuse", "undelivered")
_RATES = (
    "lose",
    "lose_before",
    "error",
    "error_before",
    "garbage",
    "repeat",
    "reorder",
    "no_callbacks",
    "blind",
)
_TIMES = ("slow_ms", "hang_ms", "sent_ms", "delivered_ms")


class BadFaults(ValueError):
    """A set of faults that cannot be meant; the message names the key."""


@dataclass(frozen=True)
class Faults:
    """Chances from 0 to 1 (true means always) and times in milliseconds.

    refuse, undelivered        carrier's code -> chance: at once (20429 with HTTP 429), or by callback
    lose, error, garbage       accepted, but: no answer; HTTP 500; an answer that is not JSON
    lose_before, error_before  the same answers although nothing was accepted
    lose_mode                  drop: closed without a word; reset: torn down; cut: half an answer; hang: silence
    repeat, reorder            a callback comes twice; "delivered" comes before "sent"
    no_callbacks, blind        none come at all; look-ups are answered with HTTP 503
    slow_ms, hang_ms           before every answer; how long a lost one keeps its client waiting
    sent_ms, delivered_ms      from acceptance to the callback; later than the text's validity it expires
    numbers                    E.164 -> any of these for one phone; a bare code for refuse and undelivered
    """

    refuse: dict[int, float] = field(default_factory=dict)
    undelivered: dict[int, float] = field(default_factory=dict)
    lose: float = 0.0
    lose_before: float = 0.0
    lose_mode: str = "drop"
    error: float = 0.0
    error_before: float = 0.0
    garbage: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    no_callbacks: float = 0.0
    blind: float = 0.0
    slow_ms: int = 0
    hang_ms: int = 30_000
    sent_ms: int = 200
    delivered_ms: int = 1_000
    numbers: dict[str, "Faults"] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, wanted: dict[str, Any], base: "Faults | None" = None) -> "Faults":
        """Faults as they come in JSON; what is not named stays as in `base`. Raises BadFaults."""
        base = base or cls()
        if not isinstance(wanted, dict):
            raise BadFaults("a JSON object is expected")
        known = {each.name for each in fields(cls)}
        for key in wanted:
            if key not in known:
                raise BadFaults(f"{key} is not a fault")
        numbers = wanted.get("numbers", {})
        if not isinstance(numbers, dict):
            raise BadFaults("numbers must be an object")
        read = {key: _value(key, value) for key, value in wanted.items() if key != "numbers"}
        plain = replace(base, **read)
        return replace(plain, numbers={to: cls.read(own, plain) for to, own in numbers.items()})

    def towards(self, to: str) -> "Faults":
        """The faults one phone meets."""
        return self.numbers.get(to, self)

    @property
    def by_chance(self) -> bool:
        """Whether dice are needed at all."""
        return bool(self.refuse or self.undelivered) or any(getattr(self, rate) for rate in _RATES)

    def as_json(self) -> dict[str, Any]:
        """The same again, as `read` takes it."""
        plain = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "numbers"}
        return plain | {"numbers": {to: own.as_json() for to, own in self.numbers.items()}}


def _value(key: str, value: Any) -> Any:
    if key in _RATES:
        return _chance(key, value)
    if key in _TIMES:
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadFaults(f"{key} must be a time in milliseconds")
        return int(value)
    if key == "lose_mode":
        if value not in LOSE_MODES:
            raise BadFaults(f"lose_mode must be one of {', '.join(LOSE_MODES)}")
        return value
    return _codes(key, value)


def _codes(key: str, value: Any) -> dict[int, float]:
    if isinstance(value, int) and not isinstance(value, bool):
        value = {str(value): 1.0}
    if not isinstance(value, dict) or not all(str(code).isascii() and str(code).isdigit() for code in value):
        raise BadFaults(f"{key} must be a code, or codes with their chances")
    return {int(code): _chance(key, chance) for code, chance in value.items()}


def _chance(key: str, value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadFaults(f"{key} must be a chance from 0 to 1")
    return float(value)


@dataclass(frozen=True)
class Fate:
    """What will happen to one request, decided before it is looked at."""

    refuse: int | None = None
    undelivered: int | None = None
    lose: bool = False
    lose_before: bool = False
    error: bool = False
    error_before: bool = False
    garbage: bool = False
    repeat: bool = False
    reorder: bool = False
    no_callbacks: bool = False
    blind: bool = False


CALM = Fate()


def draw(faults: Faults, seed: int, what: str, nth: int) -> Fate:
    """Throw the dice for the nth request of one kind or to one phone.

    Depends on nothing else, so that threads may race and the same texts still meet the same fate. One die is thrown
    for each kind of fault, wanted or not: switching one on does not change where the others strike.
    """
    if not faults.by_chance:
        return CALM
    dice = Random(f"{seed}|{what}|{nth}")  # noqa: S311 - play, not secrecy
    codes = {key: _pick(getattr(faults, key), dice.random()) for key in _CODES}
    return Fate(**codes, **{rate: dice.random() < getattr(faults, rate) for rate in _RATES})


def _pick(chances: dict[int, float], thrown: float) -> int | None:
    for code, chance in sorted(chances.items()):
        if thrown < chance:
            return code
        thrown -= chance
    return None
