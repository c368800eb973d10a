"""What a text on a phone may say: one GSM-7 segment, no word that betrays anyone, no hole, the link at the end.

Design 2.5; evidence 6; failures 50-51. The alphabet is that of 3GPP TS 23.038.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from companion.content import Unsayable, read

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # each is sent as an escape and a letter: two septets
SAPAAN_LETTERS = 10
NO_NAME = {"id": "Kak", "en": "friend"}
ONE_SEGMENT = 160  # septets

_PLAIN = str.maketrans(
    {key: plain for keys, plain in (
        ("‘’‚‛′`´ʼ", "'"), ("“”„‟″«»", '"'), ("‐‑‒–—―−·•", "-"), ("⁄", "/"), ("×", "x"), ("…", "..."),
        ("ł", "l"), ("Ł", "L"), ("đ", "d"), ("Đ", "D"), ("ı", "i"), ("œ", "oe"), ("Œ", "OE"),
    ) for key in keys}
)  # fmt: skip
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_GAP = re.compile(r"[{}]|\b(?:None|null|undefined)\b|\s[,.?!:;]|[,:;]\s*[,.?!:;]|^\W")
_BEFORE = "(?:memper|diper|menge|meng|mem|men|me|peng|pem|pen|pel|per|pe|keber|ke|ber|be|ter|di|se|nge|ng)?"
_AFTER = "(?:kan|an|in|i)?(?:ku|mu|nya)?(?:lah|kah|pun)?"
_NASAL = {"s": "ny", "p": "m", "t": "n", "k": "ng"}
_ORDINAL = r"(?:ke ?-? ?)?\d+(?!/)|ke(?:dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh)"
# A count of weeks or days tells how long somebody has been out; "Minggu 31/12" is a date (design 2.5).
_COUNT = re.compile(
    rf"\b(?:minggu|pekan|hari|bulan|week|day|month) (?:{_ORDINAL})\b"
    r"|(?<![\d.:/])\d+ (?:minggu|weeks?)\b(?! (?:ini|depan))"
)


class FaultKind(StrEnum):
    """Why a text may not be sent."""

    TOO_LONG = "too_long"  # would need more than one segment
    NOT_GSM7 = "not_gsm7"  # has a character that turns the whole text into 70-letter segments
    FORBIDDEN = "forbidden"  # has a word that betrays, blames, or is blocked on the way
    DIGITS = "digits"  # has a run of more than three digits, which local routes block
    LINK = "link"  # has no link at its end, or a second one
    GAP = "gap"  # has a place that was not filled in, or filled with nothing
    SPACES = "spaces"  # has a double space, a line break, or a blank at an edge


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a text; `detail` is a forbidden word, a code point or a number of segments."""

    kind: FaultKind
    detail: str = ""
    about: str = ""
    """Of a forbidden word: its kind, a table of content/forbidden.toml or `count`."""


def septets(text: str) -> int:
    """Length in GSM-7 septets, two for each of `^{}\\[~]|€`. Raises ValueError when a character is in neither table."""
    strange = next((char for char in text if char not in ALPHABET and char not in EXTENSION), None)
    if strange is not None:
        raise ValueError(f"U+{ord(strange):04X} is not in GSM-7")
    return sum(_units(text))


def segments(text: str) -> int:
    """How many segments a carrier bills: 160 septets alone or 153 each, else 70 or 67 UTF-16 units (domain 4.3)."""
    if ALPHABET.union(EXTENSION).issuperset(text):
        return _segments(_units(text), alone=ONE_SEGMENT, joined=153)
    return _segments([2 if ord(char) > 0xFFFF else 1 for char in text], alone=70, joined=67)


def _units(text: str) -> list[int]:
    return [2 if char in EXTENSION else 1 for char in text]


def _segments(units: Sequence[int], alone: int, joined: int) -> int:
    if sum(units) <= alone:
        return 1 if units else 0
    parts, room = 1, joined
    for unit in units:
        if unit > room:  # an escape is never parted from its letter
            parts, room = parts + 1, joined
        room -= unit
    return parts


def normalise(text: str) -> str:
    """The same text in GSM-7: curly quotes and dashes made plain, foreign accents and emoji dropped, single spaces.

    One typographic apostrophe is enough to more than double the price of a text (failures 50).
    """
    signs = (_nearest(char) for char in plain(" ".join(text.split())))
    return " ".join("".join(signs).split())


def plain(text: str) -> str:
    """The same text with curly quotes, long dashes and the like as the plain ones; nothing is dropped."""
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def sayable(char: str) -> bool:
    """Whether GSM-7 has a sign for it."""
    return char in ALPHABET or char in EXTENSION


def _nearest(char: str) -> str:
    if sayable(char):
        return char
    taken_apart = unicodedata.normalize("NFKD", char).translate(_PLAIN)
    return "".join(part for part in taken_apart if part in ALPHABET or part in EXTENSION)


def placeholders(source: str) -> frozenset[str]:
    """The names of the places in a text's source, `{{ s }}` -> s."""
    return frozenset(PLACE.findall(source))


def fill(source: str, **fillers: str | None) -> str:
    """Fill the places of a source in one pass. Not Jinja: an institution may write its own texts, never our code.

    Raises Unsayable when a filler is missing, None or blank: a text with a hole must not leave (style 6.9).
    """

    def word(match: re.Match) -> str:
        value = fillers.get(match[1])
        if value is None or not value.strip():
            raise Unsayable(f"nothing to fill in for {match[1]}")
        return value

    return PLACE.sub(word, source)


@lru_cache(maxsize=4096)  # texts differ by a greeting and a day, so the same words come again and again
def forbidden(text: str) -> tuple[tuple[str, str], ...]:
    """Forbidden words in a text, as (kind, word) in the order of the list; the list is content/forbidden.toml."""
    letters = unicodedata.normalize("NFKD", normalise(text).casefold())
    bare = "".join(char for char in letters if not unicodedata.combining(char))
    found = [(kind, hit[0]) for kind, pattern in _patterns() for hit in pattern.finditer(bare)]
    found += [("count", hit[0]) for hit in _COUNT.finditer(bare)]
    return tuple((kind, word) for kind, word in found if word not in read("forbidden.toml")["allowed"])


@cache
def _patterns() -> tuple[tuple[str, re.Pattern], ...]:
    """One pattern for each kind of forbidden word. Letters bound a word: `sabu2` is one, `sabun` is none."""
    tables = {name: table for name, table in read("forbidden.toml").items() if isinstance(table, Mapping)}
    return tuple(
        (kind, re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_forms(table))})(?![^\W\d_])"))
        for kind, table in tables.items()
    )


def _forms(table: Mapping) -> Iterable[str]:
    for stem in table.get("stems", ()):
        yield f"{_BEFORE}{stem}{_AFTER}"
        if stem[0] in _NASAL:  # sabu -> menyabu, kecewa -> mengecewakan, putaw -> pemutaw
            yield f"(?:di)?(?:me|pe){_NASAL[stem[0]]}{stem[1:]}{_AFTER}"
    yield from (f"{word}{_AFTER}" for word in table.get("endings", ()))
    yield from (rf"{start}[^\W\d_]*" for start in table.get("starts", ()))
    yield from (word.replace(" ", r"[\s-]+") for word in table.get("words", ()))


def faults(text: str, link: str) -> list[Fault]:
    """Everything that forbids sending a finished text; empty when it may go. `link` is what it must end with."""
    ends_well = bool(link) and text.endswith(f" {link}")
    words = text.removesuffix(link) if ends_well else text
    strange = sorted({char for char in text if char not in ALPHABET and char not in EXTENSION})
    found = [Fault(FaultKind.TOO_LONG, str(segments(text)))] if segments(text) > 1 else []
    found += [Fault(FaultKind.NOT_GSM7, f"U+{ord(char):04X}") for char in strange]
    found += [Fault(FaultKind.FORBIDDEN, word, kind) for kind, word in forbidden(words)]
    if re.search(r"\d{4}", words):
        found.append(Fault(FaultKind.DIGITS))
    if not ends_well or re.search(r"://|\bwww\.", words):
        found.append(Fault(FaultKind.LINK))
    if _GAP.search(words):
        found.append(Fault(FaultKind.GAP))
    if "  " in text or "\n" in text or "\r" in text or text != text.strip():
        found.append(Fault(FaultKind.SPACES))
    return found


def sapaan(called: str | None, language: str = "id") -> str:
    """The word somebody is greeted with: their first word only, never a full name.

    "Kak" or "friend" when there is none, when it does not fit ten letters of GSM-7, and when it would be taken for a
    forbidden word: somebody called Dana or Selamat must not lose every text to the routes' filters.
    """
    first = ((called or "").split() or [""])[0].strip(".,;:()\"'-")
    if first.isupper() or first.islower():
        first = first.capitalize()
    word = normalise(first)
    as_given = len(word) == len(first) and all(char.isalpha() or char in "'-" for char in word)
    letters = sum(char.isalpha() for char in word)
    fits = as_given and letters >= 2 and len(word) <= SAPAAN_LETTERS
    return word if fits and not forbidden(word) and not _GAP.search(word) else NO_NAME[language]


def alternate(person_ref: str, seq: int, variants: Sequence[str] = ("a", "b")) -> str:
    """Which variant the seq-th text of one person takes: two in a row always differ, and half of the people begin with b.

    Never at random per send: the same text asked for twice is the same (texts 3).
    """
    return variants[(zlib.crc32(person_ref.encode()) + seq) % len(variants)]
