"""What stands in one cell: nothing, a formula, a yes, an hour, a kind of phone."""

import re
from datetime import date

from companion.rules.terms import Opioid, PhoneKind

Cell = str | date
"""Readers give text, or a date where the workbook itself says that the cell is one."""

_NOTHING = re.compile(
    r"[-–—_.\s]*|n/a|nihil|kosong|none|null|nil|(?:tidak|tdk|belum|blm) (?:ada|punya|tahu|diketahui)",
    re.IGNORECASE,
)
_QUOTED_DIGITS = re.compile(r'="([+0-9 .\-]+)"')  # how some programs keep a leading zero in CSV
_SIGN_BEFORE_DIGIT = re.compile(r"[+-][\s(+]*[0-9]")
_WORKS_SOMETHING_OUT = re.compile(r'[=!*^<>"]|[A-Za-z]\s*\(')
_FORMULA_LOOKED_AT = 1_000  # signs; the pattern takes quadratic time
_ERROR_VALUE = re.compile(r"#(?:REF!|NAME\?|VALUE!|DIV/0!|N/A|NUM!|NULL!)", re.IGNORECASE)
_REACHES_OUT = re.compile(
    r"[=+@＝＠-].*(?:\b(?:hyperlink|webservice|filterxml|import\w+|call|exec)\s*\(|\|.*!)",
    re.IGNORECASE | re.DOTALL,
)


def words(text: str) -> frozenset[str]:
    """A list of words, written in one line."""
    return frozenset(text.split())


_YES = words("ya y yes iya iye setuju true benar 1 v ✓ ✔ √ ok oke bersedia boleh sudah ada agree agreed")
_BESIDE_A_YES = words(
    "saya klien untuk dihubungi dilibatkan menghubungi keluarga dan lisan tertulis to be contacted i"
)
_NO = words("tidak tdk tak no n bukan false 0")
_FEMALE = words("p perempuan pr wanita w female f woman cewek")
_MALE = words("l laki lk pria male m man cowok")
_SHARED_PHONE = re.compile(
    r"bersama|bareng|ganti|shared?|pinjam|keluarga|family|suami|isteri|istri|ibu|ayah|orang ?tua|ortu|wali|anak|"
    r"kakak|adik|saudara|tetangga|teman|wife|husband|mother|father|bukan|tidak|not"
)
_OWN_PHONE = re.compile(r"sendiri|pribadi|own|self|personal|private")
_HOUR = re.compile(r"(?<![0-9])([01]?[0-9]|2[0-3])(?:[.:]([0-5][0-9]))?(?![0-9])")


def tidy(cell: Cell) -> Cell:
    """The cell without the blanks, leading apostrophes and dashes that mean nothing."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\xa0", " ").strip().lstrip("'").strip()
    if quoted := _QUOTED_DIGITS.fullmatch(text):
        return quoted[1].strip()
    return "" if _NOTHING.fullmatch(text) else text


def is_formula(cell: Cell) -> bool:
    """Whether a tidied cell works something out instead of saying it, or shows that this went wrong.

    `+62 812...` and `-5` are numbers; `-` before anything else, `=` and `@` are not (a sheet that is opened
    again would run them).
    """
    if not isinstance(cell, str) or not cell:
        return False
    if cell[0] in "=@＝＠" or _ERROR_VALUE.fullmatch(cell):
        return True
    if cell[0] not in "+-":
        return False
    return not _SIGN_BEFORE_DIGIT.match(cell) or bool(_WORKS_SOMETHING_OUT.search(cell))


def reaches_out(cell: Cell) -> bool:
    """Whether a cell of a column we do not use would call a program or an address when opened.

    Milder than `is_formula`: a running number worked out by the sheet is no reason to refuse a row.
    """
    return isinstance(cell, str) and bool(_REACHES_OUT.match(cell.lstrip(" '\t")[:_FORMULA_LOOKED_AT]))


def says_yes(text: str) -> bool:
    """Whether this is a clear yes. "Belum", "tidak setuju", an empty cell and anything unclear are not."""
    said = set(re.findall(r"\w+|[✓✔√]", text.casefold()))
    return bool(said & _YES) and said <= _YES | _BESIDE_A_YES


def read_sex(text: str) -> str | None:
    """female or male; None when the cell does not say."""
    first = re.match(r"[a-z]*", text.casefold())[0]
    return "female" if first in _FEMALE else "male" if first in _MALE else None


def read_hour(text: str) -> str | None:
    """The first hour in a text as HH:MM, if texts may be sent at it (design 3: from 08.00, before 20.00)."""
    found = _HOUR.search(text)
    if not found:
        return None
    hour, minute, plain = int(found[1]), found[2] or "00", text.casefold()
    afternoon = re.search(r"sore|malam|\bpm\b", plain) or ("siang" in plain and hour < 6)
    if afternoon and hour < 12:
        hour += 12
    return f"{hour:02}:{minute}" if 8 <= hour < 20 else None


def read_opioid(text: str) -> Opioid:
    """The staff-set flag; unclear is unknown, which the rules treat with the same care as yes."""
    said = set(re.findall(r"\w+", text.casefold()))
    if said and said <= _NO | {"pernah"}:
        return Opioid.NO
    return Opioid.YES if says_yes(text) else Opioid.UNKNOWN


def read_phone_kind(text: str) -> PhoneKind | None:
    """Whose phone it is; anybody else named beside the owner makes it shared (design 2.4)."""
    plain = text.casefold()
    if _SHARED_PHONE.search(plain):
        return PhoneKind.SHARED
    return PhoneKind.OWN if _OWN_PHONE.search(plain) else None
