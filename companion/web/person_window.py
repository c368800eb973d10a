"""The window of one person: paused and resumed, closed, given to a caseworker, an end made sure of."""

from flask import Blueprint, abort, request

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.results import WindowOutcome
from companion.services import assigning, closing, pauses, supervision
from companion.web import sessions
from companion.web.access import STAFF, Who, open_to
from companion.web.person_facts import again, done
from companion.web.staff_desk import followed, graduate, instant, me, supervises, window_of

door = Blueprint("person_window", __name__)


@door.post("/orang/<ref>/jeda")
@open_to(*STAFF)
def pause(ref):
    """Stop asking for a while."""
    found = followed(ref)
    window = window_of(found)
    try:
        until = instant(request.form.get("until", ""))
    except ValueError:
        until = None
    reason = request.form.get("reason", "")
    fault = pauses.fault(until, reason, sessions.now(), supervisor=supervises())
    if fault:
        return again(found, {fault[0]: _(PAUSE_FAULTS[fault[1]])})
    if not pauses.begin(sessions.db(), sessions.now(), me(), found, window, until, reason):
        return again(found, {"until": _("The follow-up is closed; there is nothing to pause.")})
    return done(found, _("Paused. Help stays open."))


PAUSE_FAULTS = {
    "needed": _l("Say until when."),
    "past": _l("Choose a day that is still to come."),
    "far": _l("At most 14 days; longer is for a supervisor to decide, up to 60."),
    "reason": _l("Choose a reason."),
}


@door.post("/orang/<ref>/lanjut")
@open_to(*STAFF)
def resume(ref):
    """End a pause; check-ins are promised again."""
    found = followed(ref)
    ended = pauses.end(sessions.db(), sessions.now(), me(), found, window_of(found))
    return done(found, _("Check-ins go on.") if ended else _("There was no pause to end."))


@door.post("/orang/<ref>/tutup")
@open_to(*STAFF)
def close(ref):
    """Close the follow-up with an outcome; never over something red."""
    found = followed(ref)
    window = window_of(found)
    outcome = request.form.get("outcome", "")
    if outcome not in frozenset(WindowOutcome):
        return again(found, {"outcome": _("Choose how the follow-up ended.")})
    if request.form.get("sure") != "1":
        return again(found, {"sure": _("Tick this: closing cannot be undone.")})
    fault = closing.close_window(sessions.db(), sessions.now(), found, window, me(), WindowOutcome(outcome))
    if fault == "red":
        return again(
            found, {"outcome": _("Something urgent is still open. Close that first, after a conversation.")}
        )
    if fault == "provisional":
        return again(found, {"outcome": _("A supervisor first makes sure of what was noted.")})
    return done(found, _("The follow-up is closed."))


@door.post("/orang/<ref>/petugas")
@open_to(Who.SUPERVISOR)
def assign(ref):
    """Give this person to a caseworker."""
    found = graduate(ref)
    to = supervision.colleague(sessions.db(), me(), request.form.get("to", ""))
    if to is None:
        return again(found, {"to": _("Choose who takes this person on.")})
    assigning.assign(sessions.db(), sessions.now(), me(), found, to)
    return done(found, _("%(name)s follows this person now.", name=to.name))


@door.post("/orang/<ref>/pasti")
@open_to(Who.SUPERVISOR)
def make_sure(ref):
    """A death or a withdrawal: made sure by a second source, or not so."""
    found = followed(ref)
    window = window_of(found)
    act = {"ya": closing.confirm_end, "tidak": closing.deny_end}.get(request.form.get("benar", "")) or abort(
        400
    )
    fault = act(sessions.db(), sessions.now(), found, window, me())
    return done(found, _("There was nothing to make sure of.") if fault else _("Written down."))


@door.post("/orang/<ref>/kunci")
@open_to(Who.SUPERVISOR)
def lift_lock(ref):
    """Relatives and visits are possible again after violence was reported."""
    found = graduate(ref)
    assigning.lift_lock(sessions.db(), sessions.now(), me(), found)
    return done(found, _("The lock on relatives and visits is lifted."))
