"""Voice, hours and deadlines in words. What a graduate is promised is rounded up, so that it is never said too early."""

from datetime import datetime, timedelta
from itertools import groupby

from babel.dates import get_day_names

from companion import i18n
from companion.i18n import gettext as _
from companion.rules.staff_hours import StaffHours

MINUTE = timedelta(minutes=1)


def voice(teen: bool) -> str:
    """In which voice somebody is spoken to: Anda, kamu, or English (texts 2)."""
    if i18n.language() == "en":
        return "en_teen" if teen else "en"
    return "kamu" if teen else "anda"


def hours_words(hours: StaffHours, now: datetime) -> str:
    """`Senin-Jumat 08.00-16.00 WIB`: days with the same hours together, days without any left out."""
    names = get_day_names("wide", locale=i18n.language())
    runs = []
    for pieces, days in groupby(range(7), key=lambda day: hours.week[day]):
        if pieces:
            first, *rest = days
            span = f"{names[first]}-{names[rest[-1]]}" if rest else names[first]
            spans = ", ".join(f"{start:%H.%M}-{end:%H.%M}" for start, end in pieces)
            runs.append(f"{span} {spans}")
    return f"{'; '.join(runs)} {i18n.zone_name(now, hours.zone)}"


def by_words(at: datetime, zone: str, now: datetime) -> str:
    """`hari ini sebelum 16.00 WIB`, to the next full minute."""
    return i18n.before_words(_full_minute(at), zone, now)


def at_words(at: datetime, zone: str, now: datetime) -> str:
    """`besok pukul 08.00 WIB`, to the next full minute."""
    at = _full_minute(at)
    return _("%(day)s at %(time)s", day=i18n.day_words(at, zone, now), time=i18n.clock_time(at, zone))


def _full_minute(at: datetime) -> datetime:
    past = timedelta(seconds=at.second, microseconds=at.microsecond)
    return at - past + MINUTE if past else at
