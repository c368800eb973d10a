"""The form of a result: from what was typed to an entry, and the words for what is wrong."""

from datetime import datetime

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.provinces import PROVINCES
from companion.rules.results import Code
from companion.services.contacts import Entry
from companion.web.staff_desk import instant, row_id

LONGEST_KEY = 40
ZONES = {one.code: one.zone for one in PROVINCES}

LATER_REASONS = [
    ("asked", _l("The person asked for it")),
    ("holiday", _l("Holiday in between")),
    ("away", _l("The person is away")),
    ("waiting", _l("Something has to arrive first")),
    ("other", _l("Another reason")),
]
NOT_A_DATE = _l("This is no date. Write it like 31/12/2026.")
FAULTS = {
    ("code", "supervisor"): _l("Only a supervisor sets this, after all agreed ways were tried."),
    ("at", "needed"): _l("Say which day and what time."),
    ("at", "past"): _l("This lies in the past. Choose a time that is still to come."),
    ("at", "far"): _l("This is more than 90 days away. Choose an earlier day."),
    ("at", "unsafe_hour"): _l("This lies outside the safe hours. Choose a time inside them."),
    ("until", "needed"): _l("Say until when."),
    ("until", "past"): _l("Choose a day that is still to come."),
    ("until", "far"): _l("At most 14 days; longer is for a supervisor to decide, up to 60."),
    ("handler", "needed"): _l("Write down who has taken over: a place or a role is enough."),
    ("handler", "long"): _l("At most 120 characters."),
    ("next_on", "past"): _l("Choose a day that is still to come."),
    ("next_on", "far"): _l("This is more than 90 days away. Choose an earlier day."),
    ("later_reason", "needed"): _l("This is later than usual. Say why."),
    ("note", "long"): _l("At most 1,000 characters."),
    ("zone", "unknown"): _l("Choose a place from the list."),
    ("lapse", "unknown"): _l("Choose one from the list."),
}


def said(field: str, fault: str) -> str:
    """What is wrong with a field, and how to mend it."""
    return _(FAULTS[field, fault])


def read(form, now: datetime) -> tuple[Entry | None, dict[str, str]]:
    """An entry and the faults of what could not be read; no entry at all where the code or the key is none of ours."""
    code, once = form.get("code", ""), form.get("once", "")
    if code not in frozenset(Code) or not 8 <= len(once) <= LONGEST_KEY:
        return None, {}
    faults: dict[str, str] = {}
    place = form.get("place", "")
    if place and place not in ZONES:
        faults["zone"] = said("zone", "unknown")
    entry = Entry(
        code=Code(code), once=once, alert_ref=form.get("peringatan") or None,
        phone_id=row_id(form.get("phone")), note=form.get("note", ""), handler=form.get("handler", ""),
        at=_instant(form, "at", faults, needs_time=True), until=_instant(form, "until", faults),
        next_at=_instant(form, "next_on", faults), later_reason=form.get("later_reason", ""),
        zone=ZONES.get(place), province=place if place in ZONES else None, lapse=form.get("lapse") or None,
        we_rang=form.get("we_rang") == "1", vital=form.get("vital") == "1",
    )  # fmt: skip
    return entry, faults


def _instant(form, name: str, faults: dict[str, str], *, needs_time: bool = False) -> datetime | None:
    """A day of the form, with its time where it has one; a day alone means its morning opening."""
    day, clock = form.get(name, ""), form.get(f"{name}_time", "")
    if needs_time and day.strip() and not clock.strip():
        faults[name] = said("at", "needed")
        return None
    try:
        return instant(day, clock or ("08:00" if name == "next_on" else ""))
    except ValueError:
        faults[name] = _(NOT_A_DATE)
        return None
