"""The supervisor's page of the plan: as it is, looked at as a whole window, changed, and followed by those who run."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.models import Institution
from companion.rules.plan import PlanSettings
from companion.rules.plan_preview import Preview, example_leaving, preview
from companion.services import institutions, plan_versions, rollouts
from companion.web import plan_form, sessions
from companion.web.access import Who, open_to
from companion.web.plan_words import told
from companion.web.staff_desk import me

door = Blueprint("plan", __name__)

FOLLOW = [
    ("ikut", _l("They follow the new plan: what was promised is taken back, and promised afresh")),
    ("tetap", _l("They keep the plan they began with; only newcomers get the new one")),
]
REMINDERS = [("1", _l("One reminder, the day after")), ("0", _l("No reminder"))]
EVERY = [
    (1, _l("every week")), (2, _l("every second week")), (3, _l("every third week")), (4, _l("every fourth week")),
    (5, _l("every fifth week")), (6, _l("every sixth week")),
]  # fmt: skip


@door.get("/institusi/rencana")
@open_to(Who.SUPERVISOR)
def show():
    """The plan in plain words, who follows it, and the form to change it."""
    return _page()


@door.post("/institusi/rencana")
@open_to(Who.SUPERVISOR)
def change():
    """Look at a whole window of what was typed, or make it the next version."""
    today = example_leaving(sessions.now(), me().institution.zone)
    read = plan_form.read(request.form, today)
    if request.form.get("act") == "lihat":
        if read.faults:
            return _again(read.faults)
        return _page(typed=plan_form.typed(request.form), looked_at=_preview(read.settings, read.leaving))
    why, follow = plan_form.wishes(request.form, read.faults)
    if read.faults:
        return _again(read.faults)
    fault = _store(read.settings, why, follow)
    if fault == "same":
        return _again({"why": _("Nothing in this form differs from the plan as it is.")})
    if fault == "overtaken":
        return _again({}, overtaken=True)
    sessions.db().commit()
    flash(_("The new plan is stored."), "good")
    return redirect(url_for(".show"), 303)


def _store(settings: PlanSettings, why: str, follow: bool) -> str | None:
    base = request.form.get("base", "")
    number = int(base) if base.isascii() and base.isdigit() and len(base) < 9 else 0
    fault = plan_versions.store(sessions.db(), sessions.now(), me(), number, settings, why)
    if fault is None and follow:
        rollouts.begin(sessions.db(), sessions.now(), me())
    return fault


@door.post("/institusi/rencana/ikut")
@open_to(Who.SUPERVISOR)
def follow():
    """Let those who kept an earlier version go over to the plan as it is."""
    begun = rollouts.begin(sessions.db(), sessions.now(), me())
    sessions.db().commit()
    words = _("They go over one by one. You may leave this page.")
    flash(words if begun else _("They are on their way already."), "good")
    return redirect(url_for(".show"), 303)


def _again(faults: dict, *, overtaken: bool = False):
    """Store nothing, and show what was typed with what is wrong."""
    sessions.db().rollback()
    return _page(faults, plan_form.typed(request.form), overtaken=overtaken), 400


def _page(faults=None, typed=None, looked_at: Preview | None = None, *, overtaken: bool = False):
    db, now = sessions.db(), sessions.now()
    institution = me().institution
    versions = plan_versions.latest(db, institution.id)
    current = versions[0].settings if versions else PlanSettings()
    return render_template(
        "institution/plan.html", versions=versions, current=current, told=told(current), faults=faults or {},
        typed=typed or plan_form.shown(current, example_leaving(now, institution.zone)), looked_at=looked_at,
        progress=rollouts.progress(db, now, institution.id), overtaken=overtaken, zone=institution.zone,
        follow_choices=[(value, _(words)) for value, words in FOLLOW], longest_why=plan_form.LONGEST_WHY,
        reminder_choices=[(value, _(words)) for value, words in REMINDERS],
        every_choices=[(value, _(words)) for value, words in EVERY],
    )  # fmt: skip


def _preview(settings: PlanSettings, leaving: date) -> Preview:
    """Laid out with the days and hours of this institution, which are read by the session that holds its row."""
    institution = sessions.db().get_one(Institution, me().institution_id)
    return preview(
        settings, leaving, institution.zone, institution.province, institutions.calendar(institution),
        institutions.staff_hours(institution).is_working_day,
    )  # fmt: skip
