"""Staff invite a family member the graduate agreed to: link and PIN, shown once and handed over in person."""

import base64
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user

from companion import crypto, i18n, sheets
from companion.i18n import gettext as _
from companion.models import FamilyMember, Person
from companion.rules import numbers
from companion.rules.numbers import Fault
from companion.rules.terms import ConsentPurpose
from companion.services import enrol, family, passwords, person
from companion.sheets.names import clean_name
from companion.web import language, sessions
from companion.web.access import STAFF, open_to
from companion.web.enrolment_form import PHONE_CODES, proof_of
from companion.web.staff_desk import followed

door = Blueprint("family_invite", __name__)

PIN_PLACE = "session.family_pin"
"""What a PIN is bound to while it goes through the cookie, closed, from one answer to the next."""


@door.get("/orang/<ref>/keluarga")
@open_to(*STAFF)
def show(ref):
    """Who reads, and the form to invite somebody; a fresh PIN is shown once."""
    found = _person(ref)
    with sessions.fresh_writing() as short:
        person.note_read(short, sessions.now(), current_user.staff, found.id)
    return _page(found, fresh=_take_fresh(found))


@door.post("/orang/<ref>/keluarga")
@open_to(*STAFF)
def invite(ref):
    """Invite somebody, if the graduate's consent stands."""
    hashed, plain = _new_pin()
    found, faults = _person(ref), {}
    if family.refusal(sessions.db(), found):
        return _page(found), 409
    name = clean_name(request.form.get("name", "")[:80])
    e164 = _number(faults)
    if not name:
        faults["name"] = _("Please write the name.")
    if faults:
        return _page(found, faults), 400
    member = family.invite(
        sessions.db(), sessions.now(), found, name=name, e164=e164, pin_hash=hashed,
        relation=clean_name(request.form.get("relation", "")[:40]) or None,
        language="en" if request.form.get("language") == "en" else "id", staff_id=current_user.staff.id,
    )  # fmt: skip
    sessions.db().commit()
    if member is None:
        faults["e164"] = _(
            "Somebody with this number reads already. If the PIN is lost, make a new one below."
        )
        return _page(found, faults), 409
    return _hand_over(found, member, plain)


@door.post("/orang/<ref>/keluarga/persetujuan")
@open_to(*STAFF)
def consent(ref):
    """Record that the graduate agreed to the family's reading, on paper."""
    found, faults = followed(ref), {}
    today = sessions.now().astimezone(ZoneInfo(found.zone)).date()
    proof = proof_of(request.form, ConsentPurpose.FAMILY, today, faults)
    if faults:
        return _page(found, faults), 400
    enrol.record_consent(
        sessions.db(), sessions.now(), found, ConsentPurpose.FAMILY, proof, staff_id=current_user.staff.id
    )
    sessions.db().commit()
    return redirect(url_for("family_invite.show", ref=ref), 303)


@door.post("/orang/<ref>/keluarga/<member_ref>/pin")
@open_to(*STAFF)
def new_pin(ref, member_ref):
    """A new PIN for somebody who lost it, or the first one for somebody a sheet named."""
    hashed, plain = _new_pin()
    found = _person(ref)
    member = family.member_of(sessions.db(), found.id, member_ref) or abort(404)
    if family.refusal(sessions.db(), found):
        return _page(found), 409
    family.give_pin(sessions.db(), sessions.now(), member, hashed, staff_id=current_user.staff.id)
    sessions.db().commit()
    return _hand_over(found, member, plain)


@door.post("/orang/<ref>/keluarga/<member_ref>/akhiri")
@open_to(*STAFF)
def end(ref, member_ref):
    """End somebody's reading; what they see says only that it is over."""
    found = _person(ref)
    member = family.member_of(sessions.db(), found.id, member_ref) or abort(404)
    ended = family.end(sessions.db(), sessions.now(), member, staff_id=current_user.staff.id)
    sessions.db().commit()
    if ended:
        flash(_("The reading has ended. No more messages go to this number."))
    return redirect(url_for("family_invite.show", ref=ref), 303)


def _page(found: Person, faults=None, fresh=None):
    language.stand_at(url_for("family_invite.show", ref=found.ref))
    return render_template(
        "family/invite.html", person=found, refusal=family.refusal(sessions.db(), found),
        members=family.members_of(sessions.db(), found.id), not_invited=family.NOT_INVITED, fresh=fresh,
        faults=faults or {}, typed=request.form, mask=numbers.mask, purpose=ConsentPurpose.FAMILY,
        today=sessions.now().astimezone(ZoneInfo(found.zone)).date(),
    )  # fmt: skip


def _person(ref: str) -> Person:
    return person.find(sessions.db(), current_user.staff, ref) or abort(404)


def _number(faults: dict[str, str]) -> str | None:
    text = request.form.get("e164", "").strip()[:60]
    found = numbers.read_typed(text)
    if found.fault is Fault.SEVERAL:
        faults["e164"] = _("Please write one number.")
    elif found.fault:
        faults["e164"] = sheets.explain(PHONE_CODES[found.fault], {"seen": text[:40]}, i18n.language())
    return found.e164


def _new_pin() -> tuple[str, str]:
    """Hash and PIN, made before the transaction begins: hashing is slow on purpose."""
    plain = family.new_pin()
    return passwords.hash(plain), plain


def _hand_over(found: Person, member: FamilyMember, plain: str):
    closed = crypto.ring().close(plain.encode(), PIN_PLACE)
    session["pin_once"] = [member.ref, base64.b64encode(closed).decode()]
    return redirect(url_for("family_invite.show", ref=found.ref), 303)


def _take_fresh(found: Person) -> dict | None:
    """The link and the PIN just made, once: a reload shows them no more."""
    member_ref, closed = session.pop("pin_once", None) or (None, None)
    member = family.member_of(sessions.db(), found.id, member_ref) if member_ref else None
    if member is None:
        return None
    plain = crypto.ring().open(base64.b64decode(closed), PIN_PLACE).decode()
    link = f"{current_app.config['COMPANION'].public_url}/f/{member.token}"
    return {"name": member.name, "link": link, "pin": f"{plain[:3]} {plain[3:]}"}
