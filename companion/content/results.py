"""Words for how a call or visit went (texts 4). What each code does is decided in the services."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from companion.content.load import Unsayable, read


@dataclass(frozen=True)
class Result:
    """One tile: its code, and by language its label, what it means, and the next date it sets, in words."""

    code: str
    label: Mapping[str, str]
    when: Mapping[str, str]
    next: Mapping[str, str]


@cache
def results() -> tuple[Result, ...]:
    """All result codes in the order of the tiles, most used first."""
    return tuple(Result(**entry) for entry in read("results.toml")["result"])


def result(code: str) -> Result:
    """One result code. Raises Unsayable when there is none of that name."""
    for one in results():
        if one.code == code:
            return one
    raise Unsayable(f"no result code {code}")


def extras() -> Mapping[str, Mapping[str, str]]:
    """What can be noted in the same screen besides the code: key -> words by language."""
    return read("results.toml")["extra"]


def note_hint(language: str) -> str:
    """What not to write into the note."""
    return read("results.toml")["note"]["hint"][language]
