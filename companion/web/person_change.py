"""What changes for one person while they are followed: hour, place, length, number, and coming out again."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules import provinces
from companion.rules.terms import PhoneKind
from companion.services import changes, importing, new_number, returning
from companion.services.person import window_of as last_window
from companion.sheets.dates import read_day
from companion.sheets.judging import DAYS_AHEAD
from companion.web import sessions
from companion.web.access import STAFF, open_to
from companion.web.person_facts import again, done
from companion.web.person_phones import NUMBER_FAULTS, OTHER_NUMBER_FAULT
from companion.web.staff_desk import followed, graduate, me, window_of

door = Blueprint("person_change", __name__)

LONGEST_PROOF = 300
HOUR_FAULTS = {
    "time": _l("Write the time like 09.00."),
    "closed": _l("Choose a time from 08.00 to before 19.40; outside it no text leaves."),
}
DAYS_FAULTS = {
    "bounds": _l("Choose between 60 and 240 days."),
    "past": _l("That day is over already. The last day can be today at the earliest."),
    "closed": _l("The follow-up is closed."),
}
RETURN_FAULTS = {
    "unclosed": _l("The follow-up before is not closed yet. Close it first, with how it ended."),
    "died": _l("A death was made sure for this person."),
    "elsewhere": _l("Another institution follows them now. Ask there whether they can be handed back."),
    "before": _l("This day lies before the last day of leaving, or on it."),
}


@door.post("/orang/<ref>/jam")
@open_to(*STAFF)
def hour(ref):
    """Ask at another hour from now on; empty means the plan's."""
    found = followed(ref)
    typed = request.form.get("hour", "").strip().replace(".", ":")[:8]
    if fault := changes.hour_fault(typed):
        return again(found, {"hour": _(HOUR_FAULTS[fault])})
    moved = changes.set_hour(sessions.db(), sessions.now(), me(), found, window_of(found), typed[:5] or None)
    return done(
        found, _("The check-ins come at this time from now on.") if moved else _("It was like this already.")
    )


@door.post("/orang/<ref>/tempat")
@open_to(*STAFF)
def place(ref):
    """The person lives in another province, perhaps by another clock."""
    found = followed(ref)
    province = provinces.by_code(request.form.get("province", ""))
    if province is None:
        return again(found, {"province": _("Choose a place from the list.")})
    moved = changes.set_place(
        sessions.db(), sessions.now(), me(), found, window_of(found), province.zone, province.code
    )
    return done(
        found,
        _("Days and hours go by the clock of this place now.") if moved else _("It was like this already."),
    )


@door.post("/orang/<ref>/lama")
@open_to(*STAFF)
def length(ref):
    """Extend or shorten the follow-up of this person."""
    found = followed(ref)
    typed = request.form.get("days", "").strip()
    days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
    fault = changes.set_days(sessions.db(), sessions.now(), me(), found, window_of(found), days)
    if fault == "same":
        return done(found, _("It was like this already."))
    if fault:
        return again(found, {"days": _(DAYS_FAULTS[fault])})
    return done(found, _("The follow-up has %(n)s days now.", n=days))


@door.post("/orang/<ref>/hp/ganti")
@open_to(*STAFF)
def number(ref):
    """The person has a new number; texts go there from now on."""
    found = followed(ref)
    kind, old = request.form.get("kind", ""), request.form.get("old", "")
    proof, typed = request.form.get("proof", "").strip()[:LONGEST_PROOF], request.form.get("number", "")[:40]
    faults = {}
    if kind not in frozenset(PhoneKind):
        faults["kind-changed"] = _("Choose whose phone it is.")
    if old not in ("keep", "gone"):
        faults["old"] = _("Choose what happens to the number that texts go to now.")
    if not proof:
        faults["proof-changed"] = _("Write down when and how the person gave the new number.")
    if faults:
        return again(found, faults)
    fault = new_number.change(
        sessions.db(), sessions.now(), me(), found, typed, PhoneKind(kind), proof, keep_old=old == "keep"
    )
    if fault == "first":
        return done(found, _("Texts go to this number already."))
    if fault:
        return again(found, {"number-changed": _(NUMBER_FAULTS.get(fault, OTHER_NUMBER_FAULT))})
    return done(found, _("Texts go to this number from now on."))


@door.post("/orang/<ref>/pulang")
@open_to(*STAFF)
def come_out_again(ref):
    """A new window after the last one was closed, with a day of leaving of its own."""
    found = graduate(ref)
    if last_window(sessions.db(), found.id) is None:
        abort(404)
    days = importing.window_days(sessions.db(), found.institution_id)
    left_on, fault = _left_on(found, days)
    if fault:
        return again(found, {"left_on": fault})
    opened = returning.come_out_again(sessions.db(), sessions.now(), me(), found, left_on)
    if isinstance(opened, str):
        return again(found, {"left_on": _(RETURN_FAULTS[opened])})
    return done(found, _("A new follow-up has begun. The earlier one stays in the history."))


def _left_on(found, days: int) -> tuple[date | None, str | None]:
    """The day of leaving, and what is wrong with it: one of the two is None."""
    today = sessions.now().astimezone(ZoneInfo(found.zone)).date()
    left_on = read_day(request.form.get("left_on", "").strip()[:40], latest=date(today.year + 1, 12, 31))
    if not isinstance(left_on, date):
        return None, _("This is no date. Write it like 31/12/2026.")
    if (left_on - today).days > DAYS_AHEAD:
        return None, _("This is too far ahead. Write it down when the day is known.")
    if (today - left_on).days >= days:
        return None, _("These %(n)s days would be over already.", n=days)
    return left_on, None
