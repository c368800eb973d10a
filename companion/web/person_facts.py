"""What is known about a person and may be changed: phones, consents, pause, caseworker, the end of the window."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from companion.i18n import date_words, moment_words, zone_name
from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.plan import LONGEST_WINDOW, SHORTEST_WINDOW, PlanSettings, day_of
from companion.rules.provinces import PROVINCES
from companion.rules.states import WindowState
from companion.rules.terms import ConsentPurpose, PhoneKind
from companion.services import (
    closing,
    consent_list,
    consents,
    enrol,
    history_words,
    new_number,
    numbers,
    people_list,
    phone_facts,
    supervision,
    transfer_views,
    transfers,
    verifying,
)
from companion.web import language, sessions
from companion.web.access import STAFF, open_to
from companion.web.person import STATUSES
from companion.web.staff_desk import followed, graduate, me, note_read, row_id, supervises

door = Blueprint("person_facts", __name__)

KINDS = [(PhoneKind.OWN, _l("Only this person uses it")), (PhoneKind.SHARED, _l("Others use it too"))]
PAUSE_REASONS = [
    ("asked", _l("Asked for quiet")),
    ("medical", _l("Ill or in treatment")),
    ("travel", _l("Travelling or at sea")),
    ("other", _l("Another reason")),
]
NUMBER_FAULTS = {
    "here": _l("The person has this number already."),
    "silenced": _l("Messages to this number were stopped. Only the person's own word opens it again."),
}
OTHER_NUMBER_FAULT = _l("This is no Indonesian mobile number. Write it like 0812 3456 7890.")
STOPPED = _l(
    "Messages to their number were stopped, so no check-ins are planned. They begin once the person asks for it and you open the number again or choose another one."
)
ON_FILE_UNTRIED = _l("The number is on file. It still has to be made sure of before invitations go there.")
HOURS_FAULTS = {
    "half": _l("Fill in both times, or neither."),
    "time": _l("Write the time like 09.00."),
    "order": _l("The first time must be before the second."),
    "outside": _l("Messages leave only between 08.00 and 20.00. Choose hours that reach into that time."),
}


@door.get("/orang/<ref>/data")
@open_to(*STAFF)
def facts(ref):
    """Phones, consents, window and caseworker, each with what can be done about it."""
    found = graduate(ref)
    note_read(found)
    return show(found)


def show(found, faults: dict | None = None):
    """The page of facts; after a form with a fault, with what is wrong beside its field and what was typed kept."""
    db = sessions.db()
    around = transfer_views.around(db, sessions.now(), found.id)
    window = around.window
    return render_template(
        "person/facts.html", person=found, window=window, now=sessions.now(), zone=me().institution.zone,
        kinds=[(value, _(words)) for value, words in KINDS], masks=phone_facts.masks(found),
        pause_reasons=[(value, _(words)) for value, words in PAUSE_REASONS],
        stopped=STOPPED if consents.only_number_stopped(db, found, sessions.now()) else None,
        asked=verifying.pending(db, found, sessions.now()), consents=consent_list.of(db, found.id), purposes=history_words.CONSENTS, statuses=STATUSES,
        consent_choices=[(one.value, _(words)) for one, words in history_words.CONSENTS.items()],
        window_facts=_window_facts(found, window),
        colleagues=[(one.ref, one.name) for one in supervision.colleagues(db, me())],
        outcomes=[(one.value, _(words)) for one, words in history_words.WINDOW_OUTCOMES.items()],
        outcome_words=history_words.WINDOW_OUTCOMES, provisional=found.status in closing.END_OF,
        provinces=[(one.code, one.name) for one in PROVINCES], bounds=(SHORTEST_WINDOW, LONGEST_WINDOW),
        story=around.story, places=transfers.places(db, me()),
        teen=consents.is_teen(found, sessions.now()), supervises=supervises(), faults=faults or {},
        typed=request.form if faults else {},
    )  # fmt: skip


def _window_facts(found, window) -> list[tuple[str, str]]:
    """Names and values of the window and its plan, in words."""
    if window is None:
        return []
    now, zone = sessions.now(), me().institution.zone
    settings = PlanSettings.from_json(window.plan_version.settings)
    day = day_of(window.left_on, now, found.zone)
    pairs = [
        (_("Day of leaving"), date_words(window.left_on)),
        (_("Today"), _("day %(day)s of %(days)s", day=day, days=window.days)),
        (_("Last heard"), _heard(window, zone, now)),
        (_("Last day"), date_words(window.left_on + timedelta(days=window.days - 1))),
        (_("Plan"), _("version %(n)s, with staff contacts on days %(days)s", n=window.plan_version.version,
                      days=", ".join(str(one) for one in settings.contact_days))),
        (_("Hour of the check-ins"), (found.preferred_hour or settings.hour).replace(":", ".")),
        (_("Time zone"), zone_name(now, found.zone)),
    ]  # fmt: skip
    if window.state is WindowState.PAUSED:
        until = window.paused_until.astimezone(ZoneInfo(zone))
        pairs.append((_("Paused until"), date_words(until.date(), "EEEE d MMMM y")))
    return pairs


def _heard(window, zone, now) -> str:
    if window.heard_how == people_list.ENROLLED:
        return _("nothing heard yet")
    return moment_words(window.heard_at, zone, now)


def done(found, words: str):
    """Commit, say so, and back to the page."""
    sessions.db().commit()
    flash(words, "good")
    return redirect(url_for("person_facts.facts", ref=found.ref), 303)


def again(found, faults: dict):
    """Store nothing, and show the page with what is wrong beside its fields."""
    ref = found.ref
    sessions.db().rollback()
    language.stand_at(url_for("person_facts.facts", ref=ref))
    return show(graduate(ref), faults), 400


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
        return again(found, {f"first-{phone.id}": _("Write down when and how the person asked for it.")})
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
        return again(found, {f"first-{phone.id}": _("Write down when and how the person asked for it.")})
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
        return again(found, {f"proof-{phone.id}": _("Write down when and how the person asked for it.")})
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


@door.post("/orang/<ref>/izin")
@open_to(*STAFF)
def consent(ref):
    """Write down one yes with its proof; check-ins begin once all that is needed stands."""
    found = followed(ref)
    purpose, proof = request.form.get("purpose", ""), request.form.get("proof", "").strip()[:300]
    faults = {}
    if purpose not in frozenset(ConsentPurpose):
        faults["purpose"] = _("Choose what was agreed to.")
    if not proof:
        faults["proof"] = _("Write down where the written consent lies.")
    if faults:
        return again(found, faults)
    new = enrol.record_consent(
        sessions.db(), sessions.now(), found, ConsentPurpose(purpose), proof, staff_id=me().id, confirms=False
    )
    words = _("Consent is on file.") if new else _("This consent was on file already.")
    stopped = consents.only_number_stopped(sessions.db(), found, sessions.now())
    if stopped and purpose != ConsentPurpose.FAMILY:
        words = f"{words} {_(STOPPED)}"
    return done(found, words)


@door.post("/orang/<ref>/izin/cabut")
@open_to(*STAFF)
def withdraw(ref):
    """Take back one yes; what was promised on it ends in the same act."""
    found = graduate(ref)
    purpose = request.form.get("purpose", "")
    if purpose not in frozenset(ConsentPurpose):
        abort(400)
    enrol.withdraw_consent(sessions.db(), sessions.now(), found, ConsentPurpose(purpose), staff_id=me().id)
    return done(found, _("Consent is withdrawn. Nothing more is sent on it."))
