"""People's names, as they should be read aloud: no degrees, no capitals throughout."""

import re
import unicodedata

from companion.sheets.cells import words

_APOSTROPHES = dict.fromkeys(map(ord, "’‘`´ʼʻ"), "'")
_TITLE_BEFORE = re.compile(r"(?:Sdri?|Tn|Ny|Nn|Bpk|An)\.\s*", re.IGNORECASE)
_DEGREES = words(
    "se sei sh shi st sp spd spdi ssos ssosi sag skom skm skep sked spsi ssi sip sikom stp shum sstp spt sfarm"
    " amd amdkep amkep mm mh msi mpd mpdi mt mkes mkom ma mba mpsi msc mag map phd ners ns apt drs dra"
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_AS_THEY_ARE = {"ii": "II", "iii": "III", "iv": "IV", "bin": "bin", "binti": "binti"}


def clean_name(text: str) -> str:
    """The name without stray blanks, forms of address and degrees; "" if no letter is left.

    WAYAN NUR'AINI , S.E. -> Wayan Nur'aini. A name in mixed case is left as its owner writes it.
    """
    name = " ".join(_visible(text).split())
    name = _without_degrees(_TITLE_BEFORE.sub("", name, count=1)).strip(" ,;.-")
    if not any(sign.isalpha() for sign in name):
        return ""
    if name.isupper() or name.islower():
        name = _WORD.sub(_capitalised, name)
        name = name[0].upper() + name[1:]
    return name


def _visible(text: str) -> str:
    """The text with one kind of apostrophe and without control and direction marks."""
    if text.isascii() and text.isprintable():
        return text
    shown = (" " if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") else sign for sign in text)
    return "".join(shown).translate(_APOSTROPHES)


def _without_degrees(name: str) -> str:
    """Cuts degrees off the end: all that follows a comma, or single ones written with dots."""
    head, comma, tail = name.partition(",")
    if (
        comma
        and head.strip()
        and all(_is_degree(word) or "." in word for word in re.split(r"[\s,]+", tail) if word)
    ):
        name = head
    parts = name.split()
    while len(parts) > 1 and "." in parts[-1].rstrip(".") and _is_degree(parts[-1]):
        parts.pop()
    return " ".join(parts)


def _is_degree(word: str) -> bool:
    return "".join(filter(str.isalpha, word.casefold())) in _DEGREES


def _capitalised(found: re.Match) -> str:
    """One word with a capital; after an apostrophe only in O'Brien and D'Arcy (not in Nur'aini, Ma'ruf)."""
    word = found[0].casefold()
    if word in _AS_THEY_ARE:
        return _AS_THEY_ARE[word]
    first, *rest = word.split("'")
    rest = [part.capitalize() for part in rest] if first in ("o", "d") else rest
    return "'".join([first.capitalize(), *rest])
