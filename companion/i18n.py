"""Two languages: catalogues, the language of this moment, and instants in words.

msgids are English; `id` is complete or the build fails. Catalogues are read straight from the .po file, so
that there is no compiled copy to forget. Babel has no plural rule for Indonesian: the header of the
catalogue says `nplurals=1; plural=0;` by hand (tech.md 6).
"""

import io
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_name
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = ("id", "en")
DEFAULT = "id"
FOLDER = Path(__file__).resolve().parent.parent / "translations"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations of one language; English is its own."""
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if language == "en" or not path.exists():
        return NullTranslations()
    packed = io.BytesIO()
    with path.open("rb") as file:
        write_mo(packed, read_po(file, locale=language))
    packed.seek(0)
    return Translations(packed)


def language() -> str:
    return _language.get()


def speak(code: str) -> None:
    """Set the language of this request."""
    _language.set(code if code in LANGUAGES else DEFAULT)


@contextmanager
def speaking(code: str):
    """Speak one language inside the block, for texts and reports made outside a request."""
    before = _language.set(code if code in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _language.reset(before)


def gettext(message: str, **values) -> str:
    said = catalogue(language()).gettext(message)
    return said % values if values else said


def ngettext(one: str, many: str, n: int, **values) -> str:
    return catalogue(language()).ngettext(one, many, n) % ({"n": n, "num": n} | values)


def lazy(message: str) -> str:
    """Mark a msgid where it stands; it is translated where it is shown."""
    return message


def clock_time(at: datetime, zone: str) -> str:
    """`16.00 WIB`: Indonesian times have a dot, and people in three zones need the zone's name."""
    return f"{bare_time(at, zone)} {zone_name(at, zone)}"


def bare_time(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%H.%M")


def zone_name(at: datetime, zone: str) -> str:
    return get_timezone_name(at.astimezone(ZoneInfo(zone)), width="short", locale="id")


def day_words(at: datetime, zone: str, now: datetime) -> str:
    """`hari ini`, `besok`, `kemarin`, `Senin` within six days, else `Senin 7 Desember`."""
    day = at.astimezone(ZoneInfo(zone)).date()
    apart = (day - now.astimezone(ZoneInfo(zone)).date()).days
    if apart in (-1, 0, 1):
        return {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}[apart]
    if 1 < apart < 7:
        return format_date(day, "EEEE", locale=language())
    pattern = "EEEE d MMMM" if abs(apart) < 300 else "EEEE d MMMM y"
    return format_date(day, pattern, locale=language())


def before_words(at: datetime, zone: str, now: datetime) -> str:
    """A true, computed deadline: `hari ini sebelum 16.00 WIB`."""
    return gettext("%(day)s before %(time)s", day=day_words(at, zone, now), time=clock_time(at, zone))


def moment_words(at: datetime, zone: str, now: datetime) -> str:
    """`hari ini 09.10`, for what has happened."""
    return f"{day_words(at, zone, now)} {bare_time(at, zone)}"


def date_words(day, pattern: str = "d MMMM y") -> str:
    return format_date(day, pattern, locale=language())


def sms_day(at: datetime, zone: str, code: str) -> str:
    """`Minggu 31/12`, at most 12 characters, for texts."""
    local = at.astimezone(ZoneInfo(zone)).date()
    name = format_date(local, "EEEE" if code == "id" else "EEE", locale=code)
    return f"{name} {local.day}/{local.month}"


def ago_words(at: datetime, now: datetime) -> str:
    """How long something has been so, coarse: minutes (at least one), hours, days."""
    past = max(now - at, timedelta())
    if past < timedelta(hours=1):
        return ngettext("%(n)s minute", "%(n)s minutes", max(1, int(past.total_seconds() // 60)))
    if past < timedelta(days=2):
        return ngettext("%(n)s hour", "%(n)s hours", int(past.total_seconds() // 3600))
    return ngettext("%(n)s day", "%(n)s days", past.days)
