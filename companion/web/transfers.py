"""Handing a graduate over to another institution: offered from their page, decided on the other supervisor's."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.i18n import zone_name
from companion.rules import provinces
from companion.rules.states import TransferState
from companion.services import person, supervision, taking_over, transfer_views, transfers
from companion.web import language, sessions
from companion.web.access import STAFF, Who, open_to
from companion.web.person_facts import again, done
from companion.web.staff_desk import graduate, me, window_of

door = Blueprint("transfers", __name__)

LONGEST_PROOF = 300
LONGEST_NOTE = 1000
STATES = {
    TransferState.OFFERED: _l("waits for an answer"),
    TransferState.ACCEPTED: _l("taken over"),
    TransferState.DECLINED: _l("declined"),
    TransferState.WITHDRAWN: _l("taken back"),
    TransferState.LAPSED: _l("ran out without an answer"),
}
NOT_FOLLOWED = _l("Nobody who has died, wants no more follow-up, or is in an institution can be handed over.")
OFFER_FAULTS = {
    "status": ("institution", NOT_FOLLOWED),
    "closed": ("institution", _l("The follow-up is closed.")),
    "over": ("institution", _l("The days of this follow-up are over. Close it with how it ended.")),
    "place": ("institution", _l("Choose the institution that is to go on.")),
    "open": ("institution", _l("An offer is open already. Take that one back first.")),
    "proof": ("transfer-proof", _l("Write down where the person's own consent to this lies.")),
    "guardian": ("guardian-proof", _l("Under 18 the guardian has to agree too. Write down where that lies.")),
}
"""By fault: the field it stands beside, and its words."""
NOT_OPEN = _l("This offer is no longer open.")
ACCEPT_FAULTS = {
    "gone": NOT_OPEN,
    "status": NOT_OPEN,
    "over": NOT_OPEN,
    "red": _l(
        "Something urgent is being dealt with there just now. Accept once it is closed; until then they go on."
    ),
    "followed": _l("You follow this person already. Please ring them, so that they take the offer back."),
    "died": _l("Your own records say that this person has died. Please ring them before anything else."),
}


@door.post("/orang/<ref>/serah")
@open_to(*STAFF)
def offer(ref):
    """Offer this person to another institution; until somebody there accepts, everything goes on here."""
    found = graduate(ref)
    said = {name: request.form.get(name, "").strip() for name in ("institution", "proof", "guardian", "note")}
    fault = transfers.offer(
        sessions.db(), sessions.now(), me(), found, window_of(found), said["institution"],
        said["proof"][:LONGEST_PROOF], said["guardian"][:LONGEST_PROOF], said["note"][:LONGEST_NOTE],
    )  # fmt: skip
    if fault:
        field, words = OFFER_FAULTS[fault]
        return again(found, {field: _(words)})
    return done(found, _("Offered. Until they accept, everything goes on here."))


@door.post("/orang/<ref>/serah/batal")
@open_to(*STAFF)
def withdraw(ref):
    """Take the open offer back."""
    found = graduate(ref)
    back = transfers.withdraw(sessions.db(), sessions.now(), me(), found)
    return done(found, _("The offer is taken back.") if back else _(NOT_OPEN))


@door.get("/institusi/serah-terima")
@open_to(Who.SUPERVISOR)
def every():
    """Who is offered to this institution, and what became of those it has offered itself."""
    db, now = sessions.db(), sessions.now()
    return render_template(
        "institution/transfers.html", offered=transfer_views.offered(db, now, me()),
        sent=transfer_views.sent(db, now, me()), states=STATES, place=_place, zone=me().institution.zone,
    )  # fmt: skip


@door.get("/institusi/serah-terima/<offer_ref>")
@open_to(Who.SUPERVISOR)
def one(offer_ref):
    """One offer: no more of the person than is needed to decide."""
    transfer = _found(offer_ref)
    seen = transfer_views.one(sessions.db(), sessions.now(), me(), offer_ref)
    if seen is None:
        flash(_(NOT_OPEN), "bad")
        return redirect(url_for(".every"), 303)
    with sessions.fresh_writing() as short:
        person.note_read(short, sessions.now(), me(), transfer.person_id, "transfer_read")
    return _show(seen)


def _found(offer_ref: str):
    return transfer_views.found(sessions.db(), me(), offer_ref) or abort(404)


def _show(seen, faults: dict | None = None):
    return render_template(
        "institution/transfer.html", one=seen, place=_place, zone=me().institution.zone,
        zone_there=zone_name(sessions.now(), seen.zone), faults=faults or {},
        typed=request.form if faults else {},
        colleagues=[(one.ref, one.name) for one in supervision.colleagues(sessions.db(), me())],
    )  # fmt: skip


def _place(code: str | None) -> str | None:
    """The name of a province; None where nobody wrote one down."""
    found = provinces.by_code(code or "")
    return found and found.name


@door.post("/institusi/serah-terima/<offer_ref>/terima")
@open_to(Who.SUPERVISOR)
def accept(offer_ref):
    """Take the person over, with a caseworker of ours."""
    transfer = _found(offer_ref)
    to = supervision.colleague(sessions.db(), me(), request.form.get("to", ""))
    if to is None:
        return _again(offer_ref, {"to": _("Choose who is to follow this person here.")})
    here = taking_over.accept(sessions.db(), sessions.now(), me(), transfer, to)
    if isinstance(here, str):
        return _again(offer_ref, {"to": _(ACCEPT_FAULTS[here])})
    address = url_for("person.card", ref=here.ref)
    sessions.db().commit()
    flash(_("Taken over. %(name)s follows this person now.", name=to.name), "good")
    return redirect(address, 303)


@door.post("/institusi/serah-terima/<offer_ref>/tolak")
@open_to(Who.SUPERVISOR)
def decline(offer_ref):
    """Turn the offer down, with a reason for those who made it."""
    transfer = _found(offer_ref)
    reason = request.form.get("reason", "").strip()[:LONGEST_PROOF]
    if not reason:
        return _again(offer_ref, {"reason": _("Write down why, so that they can look for another way.")})
    said = transfers.decline(sessions.db(), sessions.now(), me(), transfer, reason)
    sessions.db().commit()
    flash(
        _("Declined. The follow-up goes on where it was.") if said else _(NOT_OPEN), "good" if said else "bad"
    )
    return redirect(url_for(".every"), 303)


def _again(offer_ref: str, faults: dict):
    """Store nothing; the offer with what is wrong beside its fields, or the list where it is no longer open."""
    sessions.db().rollback()
    language.stand_at(url_for(".one", offer_ref=offer_ref))
    seen = transfer_views.one(sessions.db(), sessions.now(), me(), offer_ref)
    if seen is None:
        flash(_(NOT_OPEN), "bad")
        return redirect(url_for(".every"), 303)
    return _show(seen, faults), 400
