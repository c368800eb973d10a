"""How our own service is: what waits and why, what is parked; and a supervisor's brakes, stop and budget (design 2.13)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from companion.engine import alarms, parking
from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.gate import Because
from companion.rules.provinces import by_code
from companion.services import budget, condition, copies, stops
from companion.web import sessions
from companion.web.access import Who, open_to
from companion.web.staff_desk import instant, me

door = Blueprint("engine", __name__)

ALARMS = {
    "no_tick": _l("The engine stands still: nothing is sent until it runs again. Please tell the operator."),
    "clock_went_back": _l(
        "The clock of the computer went back, so nothing was done since. Please tell the operator."
    ),
    "restored_and_stopped": _l(
        "A copy of the data was put back. Nothing leaves until the operator has looked and lets it."
    ),
    "channel_held": _l(
        "The carrier cannot be reached or does not take our texts just now. They wait and are tried again."
    ),
    "planned_today_sent_none": _l(
        "Texts have been due for two hours, and in that time none has left. Please tell the operator."
    ),
    "red_alert_nobody_notified": _l(
        "Something urgent has reached nobody's phone. Please open the list and ring now."
    ),
    "disk_low": _l("The computer is running out of room for data. Please tell the operator."),
    "backup_old": _l("For two days no copy of the data has been made. Please tell the operator."),
    "calendar_ends": _l(
        "The holidays that are known end within two months. Please ask the operator for a newer version."
    ),
}
"""What an alarm says here. Those that a part of the page says more about are not repeated on top."""
HELD = {
    Because.STOP: _l("Sending is stopped"),
    Because.CONFIGURATION: _l("The carrier does not take them just now"),
    Because.PAUSED: _l("The person has asked for quiet"),
    Because.HOLD: _l("It was not safe to talk"),
    Because.UNCONFIRMED: _l("It is not sure yet whose number it is"),
    Because.HOURS: _l("Outside the hours for texts"),
    Because.CAP: _l("That phone has had its texts for now"),
    Because.BUDGET: _l("The texts of the day are used up"),
}
KINDS = {
    "windows": _l("looking after a follow-up"),
    "open": _l("opening a check-in"),
    "remind": _l("preparing a reminder"),
    "expire": _l("ending a text that grew stale"),
    "lease": _l("freeing a text that hung"),
    "settle": _l("ending a check-in"),
    "family": _l("announcing a family's reading"),
    "phones": _l("asking whose number it is"),
    "of_age": _l("asking for one's own consent at 18"),
    "climb": _l("passing something urgent on"),
    "send": _l("sending a text"),
    "carrier": _l("asking the carrier about a text"),
}
REASONS = {
    stops.Why.DISASTER: _l("Flood, quake or another disaster"),
    stops.Why.WORDING: _l("A text says something wrong"),
    stops.Why.DATA: _l("People or numbers were entered wrongly"),
    stops.Why.MOURNING: _l("A day on which texts are out of place"),
    stops.Why.OTHER: _l("Another reason"),
}


@door.get("/institusi/mesin")
@open_to(Who.SUPERVISOR)
def page():
    """How the engine is, in plain words."""
    return _page()


def _page(faults: dict | None = None):
    db, now = sessions.db(), sessions.now()
    found = condition.of(db, now, me())
    wrong = alarms.standing(db, now, sessions.machine(), me().institution_id)
    return render_template(
        "institution/engine.html", found=found, zone=me().institution.zone, machine=sessions.machine(),
        wrong=[ALARMS[name] for name in wrong if name in ALARMS], urgent="red_alert_nobody_notified" in wrong,
        still="no_tick" in wrong, mine=found.own_stops(me().institution_id), held=HELD, kinds=KINDS, reasons=REASONS,
        choices=[(why.value, _(words)) for why, words in REASONS.items()], province=by_code,
        copies_left=copies.left(db, now, me().institution_id), faults=faults or {},
        typed=request.form if faults else {},
    )  # fmt: skip


def _refused(faults: dict):
    sessions.db().rollback()
    return _page(faults), 400


def _done(words: str):
    sessions.db().commit()
    flash(words, "good")
    return redirect(url_for(".page"), 303)


@door.post("/institusi/mesin/berhenti")
@open_to(Who.SUPERVISOR)
def stop():
    """Stop the texts of one's own institution until an instant, at most 14 days ahead."""
    db, now = sessions.db(), sessions.now()
    reason, faults = request.form.get("alasan", ""), {}
    if reason not in frozenset(stops.Why):
        faults["alasan"] = _("Choose a reason.")
    until = _until(now, faults)
    if request.form.get("yakin") != "1":
        faults["yakin"] = _("Tick this: until then nobody is asked how they are.")
    if faults:
        return _refused(faults)
    stops.stop(db, now, institution_id=me().institution_id, reason=reason, until=until, staff=me())
    return _done(_("Sending is stopped. It goes on by itself at the end, or when you say so."))


def _until(now, faults: dict):
    try:
        until = instant(request.form.get("sampai", ""), request.form.get("jam", ""))
    except ValueError:
        faults["sampai"] = _("This is no date or time. Write them like 31/12/2026 and 08.00.")
        return None
    if until is None or until <= now:
        faults["sampai"] = _("Say until when; it must still be to come.")
    elif until > now + stops.LONGEST:
        faults["sampai"] = _("At most 14 days. If it takes longer, stop again then.")
    return until


@door.post("/institusi/mesin/lanjutkan")
@open_to(Who.SUPERVISOR)
def lift():
    """Lift what one's own institution has stopped; the operator's stops stay."""
    lifted = stops.lift(sessions.db(), sessions.now(), institution_id=me().institution_id, staff=me())
    return _done(_("Texts leave again.") if lifted else _("Nothing was stopped by your institution."))


@door.post("/institusi/mesin/anggaran")
@open_to(Who.SUPERVISOR)
def set_budget():
    """Set how many texts a day the institution pays for; empty: no limit."""
    typed = request.form.get("pesan", "").strip().replace(".", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 8 else None
    if typed and (number is None or number > budget.MOST):
        return _refused({"pesan": _("Write a whole number such as 500, or leave it empty.")})
    budget.set_daily(sessions.db(), sessions.now(), me(), number)
    return _done(_("The texts of a day are limited now.") if typed else _("There is no limit any more."))


@door.post("/institusi/mesin/coba-lagi")
@open_to(Who.SUPERVISOR)
def try_again():
    """Let the engine look again, at its next round, at what it could not digest."""
    n = parking.try_again(sessions.db(), sessions.now(), me().institution_id)
    return _done(_("It is tried again within a minute.") if n else _("There is nothing to try again."))
