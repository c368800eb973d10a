"""Indonesian mobile numbers: from whatever somebody typed to E.164, or the reason why not (domain 4.2)."""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    number_type,
    parse,
)

MOBILE = re.compile(r"\+628[1-35-9][0-9]{7,10}")
"""What every number we store, show or text must match in full."""
ANSWERED_AT_A_DESK = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE})

_SHORTEST, _LONGEST = 9, 12  # digits after +62
_LONGEST_TEXT = 200  # signs; longer is no number, and patterns stay quick
_KEPT_BY_A_SPREADSHEET = 6  # digits a default column shows of a long number before it writes E+12
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*E\s*\+?\s*[0-9]{1,3}", re.IGNORECASE)
_BARE = re.compile(r"[1-9][0-9]{8,}")
_DECIMAL_TAIL = re.compile(r"([0-9]{8,})[.,]0{1,2}")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}")
_SEPARATOR = re.compile(r"[/\\;,|&]|\b(?:atau|dan|or|and)\b", re.IGNORECASE)
_FROM_FIRST_TO_LAST_DIGIT = re.compile(r"\+?\s*\(?\s*\+?\s*[0-9](?:.*[0-9])?\)?", re.DOTALL)
_GROUPED = re.compile(r"\+?\s*(?:\(\s*\+?[0-9\s.\-]*\))?[0-9\s.\-]*")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")


class Fault(StrEnum):
    """Why a text is no number to write to."""

    MISSING = "missing"
    DAMAGED = "damaged"  # a spreadsheet has rounded it; the lost digits are gone
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_MOBILE = "not_mobile"  # a landline, a foreign number, 084...
    UNREADABLE = "unreadable"  # other signs between the digits
    SEVERAL = "several"  # only where one number was asked for


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one text: the number to use, further numbers in it, or the fault."""

    e164: str | None = field(default=None, repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)
    fault: Fault | None = None
    several: bool = False
    """More than one number stood there, whether or not the others can be used."""


def read(text: str) -> Reading:
    """Reads a cell that may hold one number or several; the first usable one counts.

    Never guesses digits: what a spreadsheet rounded is a fault, not a number (failures 44).
    """
    if len(text) > _LONGEST_TEXT:
        return Reading(fault=Fault.UNREADABLE)
    plain = _plain(text)
    if re.search("[1-9]", plain) is None:
        return Reading(fault=Fault.MISSING)
    if _is_damaged(plain):
        return Reading(fault=Fault.DAMAGED)
    found = [_one(piece) for piece in _pieces(plain)]
    usable = list(dict.fromkeys(one for one in found if not isinstance(one, Fault)))
    several = len(set(found)) > 1
    if not usable:
        return Reading(fault=found[0], several=several)
    return Reading(usable[0], tuple(usable[1:]), several=several)


def read_typed(text: str) -> Reading:
    """Reads the number field of a form, where exactly one number belongs."""
    reading = read(text)
    return Reading(fault=Fault.SEVERAL) if reading.e164 and reading.several else reading


def read_office(text: str) -> Reading:
    """Reads the number of an institution, which people ring and nobody texts: a landline will do as well."""
    reading = read_typed(text)
    if reading.fault is not Fault.NOT_MOBILE:
        return reading
    try:
        number = parse(text, "ID")
    except NumberParseException:
        return reading
    if number.country_code != 62 or number_type(number) not in ANSWERED_AT_A_DESK:
        return reading
    return Reading(format_number(number, PhoneNumberFormat.E164))


def is_mobile(e164: str) -> bool:
    """Whether this is an Indonesian mobile number in E.164, by our own pattern and by the library's data."""
    if not MOBILE.fullmatch(e164):
        return False
    return number_type(PhoneNumber(62, int(e164[3:]))) == PhoneNumberType.MOBILE


def mask(e164: str) -> str:
    """The number as staff lists show it: country and last four digits."""
    return f"{e164[:3]}•••••{e164[-4:]}"


def national(e164: str) -> str:
    """`0811-700-1122`, as people in the country know it and dial it."""
    return format_number(parse(e164), PhoneNumberFormat.NATIONAL)


def tel_href(e164: str) -> str:
    """The address that makes a phone ring this number."""
    return f"tel:{e164}"


def _plain(text: str) -> str:
    """The text without invisible marks (address books copy them along) and typographic variants."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    text = " ".join(re.sub(r"[\r\n]+", "/", text.strip()).split()).strip("'`’ ")
    if whole := _DECIMAL_TAIL.fullmatch(text):
        return whole[1]  # 82151819093.0: one more digit would still be a valid number, of somebody else
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _is_damaged(text: str) -> bool:
    """6.28E+12, or the same as a plain number: 6280000000000 has too few digits left to be anybody's."""
    if _SCIENTIFIC.fullmatch(text):
        return True
    return bool(_BARE.fullmatch(text)) and len(text.rstrip("0")) <= _KEPT_BY_A_SPREADSHEET


def _pieces(text: str) -> list[str]:
    """The numbers in a text, split at separators; at spaces only if that makes every piece a number."""
    pieces = []
    for piece in _SEPARATOR.split(text):
        if not re.search("[0-9]", piece):
            continue
        words = [word for word in piece.split() if word != "-"]
        if len(words) > 1 and not any(isinstance(_one(word), Fault) for word in words):
            pieces += words
        else:
            pieces.append(piece)
    return pieces


def _one(piece: str) -> str | Fault:
    """One number in E.164, or what is wrong with it."""
    if _is_damaged(piece.strip()):
        return Fault.DAMAGED
    found = _FROM_FIRST_TO_LAST_DIGIT.search(piece)
    grouped = found[0].strip().replace("(0)", "") if found else ""
    if not found or not _GROUPED.fullmatch(grouped):
        return Fault.UNREADABLE
    national = _national(re.sub("[^0-9]", "", grouped), abroad="+" in grouped)
    if national is None or not re.match("8(?:[1-35-9]|$)", national):
        return Fault.NOT_MOBILE
    if len(national) < _SHORTEST:
        return Fault.TOO_SHORT
    if len(national) > _LONGEST:
        return Fault.TOO_LONG
    e164 = f"+62{national}"
    return e164 if is_mobile(e164) else Fault.NOT_MOBILE


def _national(digits: str, *, abroad: bool) -> str | None:
    """The digits after +62; None when the text names another country.

    62 is taken off by hand: given `62811...` without a plus, the library finds a valid landline in it.
    """
    if digits.startswith("00"):
        digits, abroad = digits[2:], True
    if digits.startswith("62"):
        return digits[2:].removeprefix("0")
    if digits.startswith("0"):
        return digits[1:]
    return None if abroad else digits
