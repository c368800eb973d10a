"""A person's phones: whose they are, when they are safe, which of them gets the texts, and whether it is theirs."""

from flask import Blueprint, abort, request

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.terms import PhoneKind
from companion.services import new_number, numbers, phone_facts, verifying
from companion.web import sessions
from companion.web.access import STAFF, open_to
from companion.web.person_facts import again, done
from companion.web.staff_desk import followed, me, row_id

door = Blueprint("person_phones", __name__)

NUMBER_FAULTS = {
    "here": _l("The person has this number already."),
    "silenced": _l("Messages to this number were stopped. Only the person's own word opens it again."),
}
OTHER_NUMBER_FAULT = _l("This is no Indonesian mobile number. Write it like 0812 3456 7890.")
THEIR_WORD = _l("Write down when and how the person asked for it.")
ON_FILE_UNTRIED = _l("The number is on file. It still has to be made sure of before invitations go there.")
HOURS_FAULTS = {
    "half": _l("Fill in both times, or neither."),
    "time": _l("Write the time like 09.00."),
    "order": _l("The first time must be before the second."),
    "outside": _l("Messages leave only between 08.00 and 20.00. Choose hours that reach into that time."),
}


def _phone(found):
    return phone_facts.of(found, row_id(request.form.get("phone"))) or abort(404)


@door.post("/orang/<ref>/hp")
@open_to(*STAFF)
def change_phone(ref):
    """Whose phone it is, when it may ring, and whether at all."""
    found = followed(ref)
    phone = _phone(found)
    kind = request.form.get("kind", "")
    start, end = (request.form.get(name, "").strip().replace(".", ":") for name in ("safe_from", "safe_to"))
    faults = {}
    if kind not in frozenset(PhoneKind):
        faults[f"kind-{phone.id}"] = _("Choose whose phone it is.")
    if fault := phone_facts.hours_fault(start, end):
        faults[f"safe_from-{phone.id}"] = _(HOURS_FAULTS[fault])
    if faults:
        return again(found, faults)
    phone_facts.change(
        sessions.db(), sessions.now(), me(), found, phone, kind=PhoneKind(kind), safe_from=start, safe_to=end,
        may_call=request.form.get("may_call") == "1",
    )  # fmt: skip
    return done(found, _("The phone is written down like this now."))


@door.post("/orang/<ref>/hp/baru")
@open_to(*STAFF)
def add_phone(ref):
    """Another number of this person."""
    found = followed(ref)
    kind = PhoneKind.OWN if request.form.get("kind") == PhoneKind.OWN else PhoneKind.SHARED
    typed = request.form.get("number", "")[:40]
    tried = request.form.get("tried") == "1"
    fault = phone_facts.add(sessions.db(), sessions.now(), me(), found, typed, kind, tried=tried)
    if fault:
        return again(found, {"number": _(NUMBER_FAULTS.get(fault, OTHER_NUMBER_FAULT))})
    return done(found, _("The number is on file.") if tried else _(ON_FILE_UNTRIED))


@door.post("/orang/<ref>/hp/utama")
@open_to(*STAFF)
def first_phone(ref):
    """Texts go to this number from now on."""
    found = followed(ref)
    phone = _phone(found)
    proof = request.form.get("proof", "").strip()[:300]
    fault = new_number.put_first(sessions.db(), sessions.now(), me(), found, phone, proof)
    if fault == "silenced":
        return again(found, {f"proof-{phone.id}": _(NUMBER_FAULTS[fault])})
    if fault == "word":
        return again(found, {f"first-{phone.id}": _(THEIR_WORD)})
    return done(found, _("Texts go to this number from now on."))


@door.post("/orang/<ref>/hp/pasti")
@open_to(*STAFF)
def sure_phone(ref):
    """The number was tried while the person sat there."""
    found = followed(ref)
    fresh = verifying.beside(sessions.db(), sessions.now(), me(), found, _phone(found))
    return done(
        found, _("The number is made sure of.") if fresh else _("This number was made sure of before.")
    )


@door.post("/orang/<ref>/hp/tanya")
@open_to(*STAFF)
def ask_phone(ref):
    """Send the text that asks whether this is the right phone."""
    found = followed(ref)
    phone, first = _phone(found), found.phones[0]
    # After an opt-out a question to a second number would be a way around it.
    if phone is not first and first.number.silenced_at:
        return again(found, {f"first-{phone.id}": _(THEIR_WORD)})
    asked = verifying.ask(sessions.db(), sessions.now(), found, phone, me())
    return done(
        found,
        _("The question is on its way.") if asked else _("The question was asked within the last 7 days."),
    )


@door.post("/orang/<ref>/hp/buka")
@open_to(*STAFF)
def reopen_phone(ref):
    """Messages again to a silenced number, on the person's own recorded word (failures 31)."""
    found = followed(ref)
    phone = _phone(found)
    proof = request.form.get("proof", "").strip()[:300]
    if not proof:
        return again(found, {f"proof-{phone.id}": _(THEIR_WORD)})
    numbers.reopen(sessions.db(), sessions.now(), phone.number_id, staff_id=me().id, proof=proof)
    phone_facts.note_word(sessions.db(), sessions.now(), found, proof)
    return done(found, _("Messages to this number are possible again."))


@door.post("/orang/<ref>/hp/aktif")
@open_to(*STAFF)
def usable_phone(ref):
    """The number works after all."""
    found = followed(ref)
    phone = _phone(found)
    numbers.mark_usable(sessions.db(), phone.number_id)
    phone.doubted_at = None
    return done(found, _("The number counts as working again."))
