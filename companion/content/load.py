"""Reads the words in this folder once, and keeps them so that nobody can change them by accident."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).resolve().parent
_PLACE = re.compile(r"\{(\w+)\}")


class Unsayable(LookupError):
    """A sentence that does not exist, or that lacks a word it needs. Names keys only, never what was filled in."""


@cache
def read(name: str) -> Mapping:
    """One TOML file of this folder, read once and frozen: tables are read-only mappings, lists are tuples."""
    with (FOLDER / name).open("rb") as file:
        return frozen(tomllib.load(file))


def frozen(value):
    """The same value, unchangeable all the way down."""
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return tuple(frozen(inner) for inner in value)
    return value


def placeholders(text: str) -> frozenset[str]:
    """The names in braces that a sentence needs."""
    return frozenset(_PLACE.findall(text))


def fill(text: str, fillers: Mapping[str, object]) -> str:
    """Put the fillers into a sentence in one pass, so that a filler with braces stays what it is.

    Raises Unsayable when one is missing, None or empty: a text with a hole must not be shown (style 6.9).
    """

    def word(match: re.Match) -> str:
        value = fillers.get(match[1])
        if value is None or value == "":
            raise Unsayable(f"nothing to fill in for {{{match[1]}}}")
        return str(value)

    return _PLACE.sub(word, text)
