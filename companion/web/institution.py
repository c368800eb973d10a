"""The supervisor's pages: who has whom, what is late, who is there, and how the engine is."""

from datetime import time

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.models import Institution, Staff
from companion.rules.numbers import read_office, read_typed
from companion.rules.staff_hours import StaffHours
from companion.rules.terms import Step
from companion.services import (
    assigning,
    budget,
    history_words,
    institutions,
    people_list,
    supervision,
    transfer_views,
    wording_views,
)
from companion.web import language, sessions
from companion.web.access import Who, open_to
from companion.web.person import STATUSES
from companion.web.staff_desk import graduate, instant, me, page_number, view

door = Blueprint("institution", __name__)

DAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
STEPS = {
    Step.CASEWORKER: _l("with the caseworker"),
    Step.SUPERVISOR: _l("with the supervisor"),
    Step.DUTY_NUMBER: _l("with the duty number"),
    Step.BANNER: _l("taken by nobody"),
}
FIRST_UNASSIGNED = 10


@door.get("/institusi")
@open_to(Who.SUPERVISOR)
def overview():
    """What needs a supervisor: unassigned people, late alerts, ends to make sure of, loads, and the engine."""
    return _overview()


def _overview(faults: dict | None = None):
    db, now = sessions.db(), sessions.now()
    loads = supervision.loads(db, me())
    unassigned = people_list.listing(
        db, view(whole_institution=True), 1, condition=supervision.unassigned(), size=FIRST_UNASSIGNED
    )
    institution = db.get_one(Institution, me().institution_id)
    return render_template(
        "institution/overview.html", loads=loads, unassigned=unassigned, late=supervision.late(db, now, me()),
        unsettled=supervision.unsettled(db, me()), pulse=supervision.pulse(db, now, me()),
        on_duty=supervision.on_duty(now, institution, loads), institution=institution, zone=institution.zone,
        hours=institutions.staff_hours(institution), norm=supervision.NORM, steps=STEPS, statuses=STATUSES,
        families=history_words.FAMILIES, spent=budget.spent(db, institution, now),
        texts=wording_views.waiting(db, me()), offers=transfer_views.waiting(db, now, me()),
        faults=faults or {}, typed=request.form if faults else {},
    )  # fmt: skip


@door.get("/institusi/orang")
@open_to(Who.SUPERVISOR)
def people():
    """Everybody of the institution, those whom nobody follows first, each with a way to assign them."""
    db, number = sessions.db(), page_number()
    unassigned_only = request.args.get("pilih") == "belum"
    found = people_list.listing(
        db, view(whole_institution=True), number, first=supervision.unassigned(),
        condition=supervision.unassigned() if unassigned_only else None,
    )  # fmt: skip
    if number > 1 and not found.rows:
        return redirect(url_for(".people", pilih="belum" if unassigned_only else None), 303)
    return render_template(
        "institution/people.html", found=found, number=number, zone=me().institution.zone,
        pages=max(1, -(-found.total // people_list.PAGE)), unassigned_only=unassigned_only,
        kept={"pilih": "belum"} if unassigned_only else {},
        colleagues=[(one.ref, one.name) for one in supervision.colleagues(db, me())],
    )  # fmt: skip


@door.post("/institusi/orang")
@open_to(Who.SUPERVISOR)
def assign():
    """Give one person to a caseworker, from the list."""
    found = graduate(request.form.get("orang", ""))
    to = supervision.colleague(sessions.db(), me(), request.form.get("kepada", ""))
    if to is None:
        flash(_("Choose who takes this person on."), "bad")
    else:
        assigning.assign(sessions.db(), sessions.now(), me(), found, to)
        sessions.db().commit()
        flash(_("%(name)s follows this person now.", name=to.name), "good")
    return redirect(url_for(".people", pilih=request.args.get("pilih")), 303)


def _member(ref: str) -> Staff:
    return supervision.colleague(sessions.db(), me(), ref) or abort(404)


@door.post("/institusi/petugas/<ref>/alihkan")
@open_to(Who.SUPERVISOR)
def move_all(ref):
    """Give everybody of one caseworker to another, for a holiday or for good."""
    origin = _member(ref)
    to = supervision.colleague(sessions.db(), me(), request.form.get("kepada", ""))
    if to is None or to.id == origin.id:
        return _refused({f"kepada-{ref}": _("Choose a colleague who takes them on.")})
    n = assigning.move_all(sessions.db(), sessions.now(), me(), origin, to)
    sessions.db().commit()
    flash(_("%(n)s people are with %(name)s now.", n=n, name=to.name), "good")
    return redirect(url_for(".overview"), 303)


@door.post("/institusi/petugas/<ref>/berhalangan")
@open_to(Who.SUPERVISOR)
def away(ref):
    """Say until when somebody is away; an empty day means that they are back."""
    member = _member(ref)
    try:
        until = instant(request.form.get("sampai", ""))
    except ValueError:
        return _refused({f"sampai-{ref}": _("This is no date. Write it like 31/12/2026.")})
    if until and until <= sessions.now():
        return _refused({f"sampai-{ref}": _("Choose a day that is still to come.")})
    assigning.set_away(sessions.db(), member, until)
    sessions.db().commit()
    flash(_("Written down. Urgent texts go to the next in line.") if until else _("Written down."), "good")
    return redirect(url_for(".overview"), 303)


def _refused(faults: dict):
    sessions.db().rollback()
    language.stand_at(url_for(".overview"))
    return _overview(faults), 400


@door.get("/institusi/jam")
@open_to(Who.SUPERVISOR)
def hours():
    """Working hours, duty number, on call, and the number for the help page."""
    institution = sessions.db().get_one(Institution, me().institution_id)
    return _hours(institution, _typed_hours(institutions.staff_hours(institution)), {})


def _typed_hours(hours: StaffHours) -> dict[str, str]:
    """The weekly hours as the fields of the form: two pieces a day."""
    fields = {}
    for day, pieces in enumerate(hours.week):
        for place, (start, end) in enumerate(pieces[:2]):
            fields[f"start-{day}-{place}"], fields[f"end-{day}-{place}"] = f"{start:%H.%M}", f"{end:%H.%M}"
    return fields


def _hours(institution: Institution, typed, faults: dict):
    return render_template(
        "institution/hours.html", institution=institution, typed=typed, faults=faults,
        days=[_(name) for name in DAYS], numbers_typed=request.form if "duty" in request.form else None,
    )  # fmt: skip


@door.post("/institusi/jam")
@open_to(Who.SUPERVISOR)
def save_hours():
    """Store the weekly hours; every deadline and every promise is computed from them."""
    week, faults = _read_week(request.form)
    institution = sessions.db().get_one(Institution, me().institution_id)
    if not faults and not any(week):
        faults["start-0-0"] = _("Somebody has to be there at least once a week.")
    if faults:
        sessions.db().rollback()
        return _hours(sessions.db().get_one(Institution, me().institution_id), request.form, faults), 400
    assigning.set_hours(sessions.db(), institution.id, week)
    sessions.db().commit()
    flash(_("The working hours are stored. New deadlines are counted in them."), "good")
    return redirect(url_for(".hours"), 303)


def _read_week(form) -> tuple[tuple, dict[str, str]]:
    """Seven days of at most two pieces each, and what is wrong with them by field."""
    faults: dict[str, str] = {}
    return tuple(_read_day(form, day, faults) for day in range(7)), faults


def _read_day(form, day: int, faults: dict[str, str]) -> tuple:
    pieces = []
    for place in range(2):
        start, end = (
            form.get(f"{edge}-{day}-{place}", "").strip().replace(".", ":") for edge in ("start", "end")
        )
        if not start and not end:
            continue
        try:
            pieces.append((time.fromisoformat(start), time.fromisoformat(end)))
        except ValueError:
            faults[f"start-{day}-{place}"] = _("Fill in both times like 08.00, or neither.")
            return ()
    try:
        StaffHours(((*sorted(pieces),),) + (((time(8), time(9)),),) * 6)
    except ValueError:
        faults[f"start-{day}-0"] = _("Each piece must begin before it ends, and the second after the first.")
    return tuple(pieces)


NUMBER_FAULTS = {
    "duty": _l("This is no Indonesian mobile number. Write it like 0812 3456 7890."),
    "contact": _l("This is no Indonesian telephone number. Write it like 021 5000 1234 or 0812 3456 7890."),
}


@door.post("/institusi/nomor")
@open_to(Who.SUPERVISOR)
def save_numbers():
    """Store the duty number, whether it is answered at any hour, and the number for the help page."""
    found, faults = {}, {}
    for name, read in (("duty", read_typed), ("contact", read_office)):
        typed = request.form.get(name, "").strip()[:40]
        reading = read(typed) if typed else None
        found[name] = reading.e164 if reading else None
        if reading and reading.fault:
            faults[name] = _(NUMBER_FAULTS[name])
    on_call = request.form.get("on_call") == "1"
    if on_call and not faults and found["duty"] is None:
        faults["duty"] = _("Somebody can be on call only at a duty number.")
    institution = sessions.db().get_one(Institution, me().institution_id)
    if faults:
        language.stand_at(url_for(".hours"))
        return _hours(institution, _typed_hours(institutions.staff_hours(institution)), faults), 400
    assigning.set_numbers(sessions.db(), institution.id, **found, on_call=on_call)
    sessions.db().commit()
    flash(_("The numbers are stored."), "good")
    return redirect(url_for(".hours"), 303)
