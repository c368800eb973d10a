"""Taking, handing over, putting off and closing an alert. Two at once: one wins, the other reads who has it."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy import select

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.models import Alert, Person, Staff
from companion.rules.results import AlertOutcome
from companion.rules.states import AlertState
from companion.services import alerts, closing, person, supervision
from companion.web import language, sessions
from companion.web.access import STAFF, open_to
from companion.web.person import show
from companion.web.staff_desk import graduate, instant, me

door = Blueprint("alerts", __name__)

USEFUL = {"ya": True, "tidak": False}


def _alert(ref: str) -> tuple[Alert, Person]:
    """An alert of somebody this member of staff may see; there is no other."""
    db = sessions.db()
    alert = db.scalars(select(Alert).where(Alert.ref == ref)).first()
    if alert is None or not person.may_see(db, me(), alert.person_id):
        abort(404)
    return alert, db.get_one(Person, alert.person_id)


def _back(of: Person):
    """Where the form stood: the list, or the person's page."""
    if request.form.get("kembali") == "daftar":
        return redirect(url_for("cases.work_list"), 303)
    return redirect(url_for("person.card", ref=of.ref), 303)


def _again(alert: Alert, of: Person, field: str, words: str):
    """Store nothing, and show the person's page with what is wrong beside its field, what was typed kept."""
    ref, of_ref = alert.ref, of.ref
    sessions.db().rollback()
    typed = request.form.to_dict() | {"alert": ref}
    language.stand_at(url_for("person.card", ref=of_ref))
    return show(graduate(of_ref), {f"{field}-{ref}": words}, typed), 400


def _taken(alert: Alert) -> str:
    """Who has it, for whoever was a moment later."""
    fresh = sessions.db().get_one(Alert, alert.id, populate_existing=True)
    if fresh.state is AlertState.CLOSED:
        return _("A colleague has closed this already.")
    holder = sessions.db().get(Staff, fresh.claimed_by) if fresh.claimed_by else None
    if holder is None or fresh.state is AlertState.OPEN:
        return _("This has changed meanwhile. Please look again.")
    if holder.id == me().id:
        return _("You have this already.")
    return _("%(name)s was faster and has this now.", name=holder.name)


def _lost(alert: Alert, of: Person):
    """A colleague was faster: say who has it."""
    sessions.db().rollback()
    flash(_taken(alert), "bad")
    return _back(of)


@door.post("/peringatan/<ref>/ambil")
@open_to(*STAFF)
def claim(ref):
    """Take it: from now on it is mine."""
    alert, of = _alert(ref)
    won = alerts.claim(sessions.db(), sessions.now(), alert.id, me())
    sessions.db().commit()
    flash(_("You have it now.") if won else _taken(alert), "good" if won else "bad")
    return _back(of)


@door.post("/peringatan/<ref>/serahkan")
@open_to(*STAFF)
def hand_over(ref):
    """Give it to a colleague of the same institution."""
    alert, of = _alert(ref)
    to = supervision.colleague(sessions.db(), me(), request.form.get("kepada", ""))
    if to is None or to.id == me().id:
        return _again(alert, of, "kepada", _("Choose who takes it on."))
    done = closing.hand_over(sessions.db(), sessions.now(), alert, me(), to)
    sessions.db().commit()
    if done:
        flash(_("Handed over to %(name)s.", name=to.name), "good")
        still_mine = person.may_see(sessions.db(), me(), of.id)
        return _back(of) if still_mine else redirect(url_for("cases.work_list"), 303)
    flash(_taken(alert), "bad")
    return _back(of)


@door.post("/peringatan/<ref>/tunda")
@open_to(*STAFF)
def snooze(ref):
    """Put it off until a day, with a reason."""
    alert, of = _alert(ref)
    try:
        until = instant(request.form.get("sampai", ""), "08:00")
    except ValueError:
        until = None
    reason = request.form.get("alasan", "")
    fault = (
        closing.snooze_alert(sessions.db(), sessions.now(), alert, me(), until, reason) if until else "past"
    )
    if fault == "taken":
        return _lost(alert, of)
    if fault:
        field, words = SNOOZE_FAULTS[fault]
        return _again(alert, of, field, _(words))
    sessions.db().commit()
    flash(_("Put off. It comes back by itself."), "good")
    return _back(of)


SNOOZE_FAULTS = {
    "reason": ("alasan", _l("Say why it can wait.")),
    "past": ("sampai", _l("Choose a day that is still to come.")),
    "far": ("sampai", _l("That is too far away: 14 days at most, 3 for something urgent.")),
    "contact": ("sampai", _l("Something urgent can wait only after you have spoken with the person.")),
}


@door.post("/peringatan/<ref>/tutup")
@open_to(*STAFF)
def close(ref):
    """Close it with an outcome, and say whether it was of use (texts 5)."""
    alert, of = _alert(ref)
    outcome = request.form.get("hasil", "")
    if outcome not in frozenset(AlertOutcome):
        return _again(alert, of, "hasil", _("Choose how it ended."))
    useful = USEFUL.get(request.form.get("berguna", ""))
    fault = closing.close_alert(sessions.db(), sessions.now(), alert, me(), AlertOutcome(outcome), useful)
    if fault == "taken":
        return _lost(alert, of)
    if fault:
        return _again(alert, of, "hasil", _(CLOSE_FAULTS[fault]))
    sessions.db().commit()
    flash(_("Closed. Thank you."), "good")
    return _back(of)


CLOSE_FAULTS = {
    "contact": _l("This can be closed only after a conversation that went well. Note it first."),
    "second_call": _l("After an emergency this stays open until the second conversation."),
}
