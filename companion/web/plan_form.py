"""The form of a plan: from what was typed to settings, and the words for what is wrong with a field (texts 7)."""

from dataclasses import dataclass, field
from datetime import date, time

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.plan import OutOfBounds, PlanSettings
from companion.sheets.dates import read_day

NUMBERS = (
    "window_days", "late_every_weeks", "jitter_minutes", "reminders", "last_heard_early_days",
    "last_heard_late_days", "cap_early", "cap_late",
)  # fmt: skip
DAYS = ("early_days", "late_days")
LONGEST_WHY = 300
FAULTS = {
    "window_days": _l("Choose between 60 and 240 days."),
    "early_days": _l("Choose one, two or three days."),
    "late_days": _l("Choose one, two or three days."),
    "late_every_weeks": _l(
        "At least half a check-in a week has to remain. Choose fewer weeks, or more days."
    ),
    "hour": _l("Choose a time from 08.00 to before 19.40; outside it no text leaves."),
    "jitter_minutes": _l("Choose between 0 and 60 minutes."),
    "reminders": _l("Choose no reminder or one."),
    "contact_days": _l(
        "Write the days like 3, 7, 14. The first belongs to days 1 to 5: it can be moved, not left out. "
        "All of them come before the last day."
    ),
    "last_heard_early_days": _l("Choose between 3 and 21 days."),
    "last_heard_late_days": _l("Choose between 3 and 21 days."),
    "cap_early": _l("Choose between 1 and 7 texts."),
    "cap_late": _l("Choose between 1 and 7 texts."),
}


@dataclass
class Read:
    """What a form says: settings if every field is within its guard, else the faults by field."""

    settings: PlanSettings | None = None
    leaving: date | None = None
    faults: dict[str, str] = field(default_factory=dict)


def shown(settings: PlanSettings, leaving: date) -> dict:
    """The fields of the form for a plan as it is."""
    fields = settings.to_json() | {"leaving": leaving.isoformat()}
    return fields | {"contact_days": ", ".join(str(day) for day in settings.contact_days)}


def typed(form) -> dict:
    """The fields of the form as somebody has filled it in."""
    return form.to_dict() | {name: form.getlist(name) for name in DAYS}


def read(form, today: date) -> Read:
    """Read the settings and the example's day of leaving."""
    found = Read()
    values: dict = {}
    for name in NUMBERS:
        values[name] = _number(form.get(name, ""))
    for name in DAYS:
        values[name] = tuple(_number(text) for text in form.getlist(name))
    values["contact_days"] = _days(form.get("contact_days", ""))
    values["hour"] = _hour(form.get("hour", ""))
    unreadable = [name for name, value in values.items() if value is None or None in _several(value)]
    known = {name: value for name, value in values.items() if name not in unreadable}
    names = unreadable + _out_of_bounds(known)
    found.faults = {name: _(words) for name, words in FAULTS.items() if name in names}
    if not names:
        found.settings = PlanSettings(**known)
    found.leaving = _leaving(form.get("leaving", ""), today, found.faults)
    return found


def _several(value) -> tuple:
    return value if isinstance(value, tuple) else ()


def _out_of_bounds(known: dict) -> list[str]:
    try:
        settings = PlanSettings(**known)
    except OutOfBounds as error:
        return error.names
    # A second reminder finds no place: one text a day, and none in the last six hours before a check-in is missed.
    return ["reminders"] if settings.reminders > 1 else []


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _days(text: str) -> tuple[int | None, ...] | None:
    pieces = text.replace(";", ",").replace(" ", ",").split(",")
    return tuple(_number(piece) for piece in pieces if piece)[:60]


def _hour(text: str) -> str | None:
    try:
        return f"{time.fromisoformat(text.strip().replace('.', ':')):%H:%M}"
    except ValueError:
        return None


def _leaving(text: str, today: date, faults: dict[str, str]) -> date:
    if not text.strip():
        return today
    found = read_day(text.strip()[:40], latest=date(today.year + 1, 12, 31))
    if isinstance(found, date):
        return found
    faults["leaving"] = _("This is no date. Write it like 31/12/2026.")
    return today


def wishes(form, faults: dict[str, str]) -> tuple[str, bool]:
    """Why the plan changes, and whether those who are followed already go over to it."""
    why, follow = form.get("why", "").strip()[:LONGEST_WHY], form.get("running", "")
    if not why:
        faults["why"] = _("Write down why, for whoever looks at this later.")
    if follow not in ("ikut", "tetap"):
        faults["running"] = _("Choose what happens to the people who are followed already.")
    return why, follow == "ikut"
