"""What an institution may put in place of a shipped text, and what forbids saving it (failures 50-51; texts 3).

A text is kept as it is shipped, with places like `{{ s }}`. People write `{sapaan}`: a place says what it becomes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from companion.content.outbound import LANGUAGES
from companion.rules import words
from companion.rules.terms import Purpose
from companion.rules.words import FaultKind

TO_PERSON = frozenset({"app", "s", "u"})
PLACES: Mapping[Purpose, frozenset[str]] = {
    Purpose.INVITATION: TO_PERSON | {"h"},
    Purpose.REMINDER: TO_PERSON | {"h"},
    Purpose.AFTER_GAP: TO_PERSON | {"h"},
    Purpose.NEW_LINK: TO_PERSON | {"h"},
    Purpose.CHECK_NUMBER: frozenset({"app", "u"}),  # perhaps a stranger's phone: no name on it (failures 40)
    Purpose.FIRST: TO_PERSON,
    Purpose.WE_RANG: TO_PERSON,
    Purpose.FAMILY_WEEKLY: frozenset({"app", "t", "u"}),
    Purpose.STAFF_URGENT: frozenset({"app", "j", "u"}),
    Purpose.STAFF_LATE: frozenset({"app", "j", "u"}),
}
"""What is known when a text is sent, and so what its words may have places for."""
NEEDED = ("app", "u")
"""Every text says who writes, since a sender's name does not reach every phone, and ends with its link."""
WRITTEN = {"app": "pengirim", "s": "sapaan", "h": "hari", "j": "jam", "t": "judul", "u": "tautan"}
"""Each place by the word that people write in braces, whatever language they read in."""
LONGEST: Mapping[str, Mapping[str, str]] = {
    "id": {"s": "Kusumawati", "h": "Minggu 31/12", "j": "09.00 WITA", "t": "Menemani saat hari terasa berat sekali"},
    "en": {"s": "Kusumawati", "h": "Wed 31/12", "j": "09.00 WITA", "t": "Being there when a day feels too heavy"},
}  # fmt: skip
"""The longest that rules let stand in each place: a greeting of ten letters, a title of 38 (texts 3)."""
LONGEST_LINK = 32
LONGEST_TYPED = 400  # letters, far more than fits: what is longer was pasted by mistake
_CODES = {word: code for code, word in WRITTEN.items()}
_TYPED_PLACE = re.compile(r"\{{1,2}\s*(\w+)\s*\}{1,2}")
_SPACES = re.compile(r"\s+")


class Flaw(StrEnum):
    """What can be wrong with a source beside the faults of a finished text."""

    EMPTY = "empty"  # one of the languages is missing
    UNKNOWN_PLACE = "unknown_place"  # nothing is known to fill it with, for this purpose
    NO_SENDER = "no_sender"  # does not say who writes
    UNEVEN = "uneven"  # the other language has a place that this one lacks


@dataclass(frozen=True)
class Finding:
    """One reason why a text cannot be saved, in which language, and what exactly was found there.

    `detail` is a place, a forbidden word, a character, or by how many septets it is too long.
    """

    kind: Flaw | FaultKind
    language: str
    detail: str = ""
    about: str = ""


def source_of(typed: str) -> str:
    """What somebody typed as a source: places in our own form, quotes and dashes plain, blanks single.

    What GSM-7 has no sign for stays, so that the check can name it: a writer should see it go.
    """
    plain = _SPACES.sub(" ", words.plain(typed)).strip()
    return _TYPED_PLACE.sub(lambda found: f"{{{{ {_code(found[1])} }}}}", plain)


def _code(word: str) -> str:
    return _CODES.get(word.lower(), word)


def typed(source: str) -> str:
    """A source as it stands in a field, `{{ s }}` as `{sapaan}`."""
    return words.PLACE.sub(lambda found: f"{{{WRITTEN.get(found[1], found[1])}}}", source)


def longest_link(base: str) -> str:
    """A link as long as any under this address, and never shorter than 32 characters."""
    return f"{base}/c/Ab3dE6gH9kLm".ljust(LONGEST_LINK, "x")


def at_its_longest(source: str, language: str, app: str, link: str) -> str:
    """The text with the longest that may stand in each place; an unknown place is left out."""
    fillers = LONGEST[language] | {"app": app, "u": link}
    blanks = dict.fromkeys(words.placeholders(source) - fillers.keys(), "x")
    return words.normalise(words.fill(source, **fillers, **blanks))


def septets(source: str, language: str, app: str, link: str) -> int:
    """How many of the 160 septets of one segment the text takes at its longest."""
    return words.septets(at_its_longest(source, language, app, link))


def check(purpose: Purpose, said: Mapping[str, str], app: str, link: str) -> list[Finding]:
    """Everything that forbids saving a text in both languages; empty when it may be proposed."""
    return [
        finding
        for language in LANGUAGES
        for finding in _check_one(
            purpose, language, said[language], _others(said, language), app, link
        )
    ]  # fmt: skip


def _others(said, language) -> frozenset[str]:
    return frozenset().union(*(words.placeholders(said[one]) for one in LANGUAGES if one != language))


def _check_one(purpose, language, source, others, app, link) -> list[Finding]:
    if not source:
        return [Finding(Flaw.EMPTY, language)]
    places = words.placeholders(source)
    found = [Finding(Flaw.UNKNOWN_PLACE, language, name) for name in sorted(places - PLACES[purpose])]
    found += [
        Finding(Flaw.UNEVEN, language, name) for name in sorted((others & PLACES[purpose]) - places - {*NEEDED})
    ]  # fmt: skip
    if "app" not in places:
        found.append(Finding(Flaw.NO_SENDER, language))
    over = septets(source, language, app, link) - words.ONE_SEGMENT
    if over > 0:
        found.append(Finding(FaultKind.TOO_LONG, language, str(over)))
    return found + _sent_as(source, language, app, link)


def _sent_as(source, language, app, link) -> list[Finding]:
    """The faults of the finished text; its length is counted by itself, its odd signs are looked for before they go."""
    odd = "".join(dict.fromkeys(char for char in source if not words.sayable(char)))
    found = [Finding(FaultKind.NOT_GSM7, language, odd)] if odd else []
    faults = words.faults(at_its_longest(source, language, app, link), link)
    return found + [
        Finding(fault.kind, language, fault.detail, fault.about)
        for fault in dict.fromkeys(faults)
        if fault.kind is not FaultKind.TOO_LONG
    ]
