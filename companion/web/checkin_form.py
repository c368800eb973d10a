"""The questions of the check-in page, and what a submit of them says (design 6, texts 2.0-2.2)."""

from dataclasses import dataclass, field
from functools import cache

from companion.content.words import Question, question
from companion.services.door import Door

SHORT = ("mood", "sleep", "contact", "safe_way")
"""All that a phone of several people is asked: the rest says to a bystander what this is about (texts 2.0)."""
LONG = ("mood", "urge", "confidence", "situation", "situation_kind", "sleep")
AFTER_UNSAFE = ("about", "may_call")
NUMBERS = frozenset({"mood", "urge", "confidence", "sleep"})
SEVERAL = "situation_kind"
BUTTONS = ("here", "unsafe")


@dataclass(frozen=True)
class Submit:
    """What a form said: checked values, the fields that hold something else, and everything as it was typed."""

    said: dict = field(default_factory=dict, repr=False)
    wrong: frozenset[str] = frozenset()
    typed: dict = field(default_factory=dict, repr=False)


def asked(door: Door) -> tuple[str, ...]:
    """The names of the questions on this door's form, in their order."""
    if not door.proven:
        return SHORT
    return (*LONG, "use" if door.asks_use else "harder", "contact", "safe_way")


def questions(door: Door, voice: str, by: str) -> dict[str, Question]:
    """The questions in the voice of their reader; `by` is until when we promise to be in touch."""
    return {name: question(name, voice, batas=by) for name in (*asked(door), *AFTER_UNSAFE)}


@cache
def _offered(name: str, voice: str) -> frozenset[str]:
    return frozenset(option.value for option in question(name, voice, batas="-").options)


def read(form, door: Door, voice: str) -> Submit:
    """Check a submitted form against what was offered. Fields that were not asked are ignored (design 6)."""
    said, wrong, typed = {}, set(), {}
    for name in (*asked(door), *AFTER_UNSAFE):
        given = [value for value in form.getlist(name) if value]
        if not given:
            continue
        typed[name] = given
        if not _offered(name, voice).issuperset(given):
            wrong.add(name)
        elif name == SEVERAL:
            said[name] = sorted(set(given))
        else:
            said[name] = int(given[0]) if name in NUMBERS else given[0]
    said |= {name: True for name in BUTTONS if form.get(name) == "1"}
    return Submit(said, frozenset(wrong), typed)
