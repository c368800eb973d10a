"""Writing down how a call or visit went: tiles, then what will happen, then saved. Two taps (texts 4)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from companion import crypto, i18n
from companion.content import help_page, reasons
from companion.content import results as words
from companion.content import words as spoken
from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.provinces import PROVINCES
from companion.rules.results import RESULTS, AlertOutcome, Ask, Code, Effect
from companion.services import closing, contact_check, contacts, phone_facts
from companion.services.contacts import Entry
from companion.web import language, sessions
from companion.web.access import STAFF, open_to
from companion.web.contact_form import LATER_REASONS, read, said
from companion.web.staff_desk import followed, graduate, me, note_read, row_id, supervises, window_of

door = Blueprint("contacts", __name__)

HAPPENS = {
    Effect.SHARED: _l("The number counts as shared from now on: short form, no name."),
    Effect.DOUBT: _l("After three different days without a connection the number has to be made sure of."),
    Effect.UNUSABLE: _l("No more texts to this number. Find another way."),
    Effect.NOT_THEIRS: _l("The number is silenced for good and not rung again. Say no name there."),
    Effect.STOP_TEXTS: _l("Texts stop at once. Ask which other way is right. Calls go on."),
    Effect.QUIET: _l("No text to this number for 24 hours, reminders included."),
    Effect.DANGER: _l(
        "Urgent, with the supervisor, today. Nothing to relatives and no visit until it is lifted."
    ),
    Effect.PAUSE: _l("No check-ins until then. Help stays open."),
    Effect.STAY_RED: _l("What is urgent stays open until the second conversation."),
    Effect.AWAY: _l("Nothing is asked until you say that they are back."),
    Effect.CARE_AGAIN: _l("Texts stop. Close the follow-up with a closing note."),
    Effect.WITHDRAW: _l(
        "Everything stops now, consent is withdrawn. A supervisor makes sure within one working day."
    ),
    Effect.DEATH: _l(
        "Everything stops now, for the family too. A supervisor makes sure with a second source."
    ),
    Effect.LOST: _l("Stays open and is looked at again. Never taken for a relapse."),
    Effect.MOVED: _l(
        "With another place the hours follow its clock. If another institution is nearer now, offer the follow-up to it under Facts."
    ),
}


@door.get("/orang/<ref>/hasil")
@open_to(*STAFF)
def tiles(ref):
    """All results as tiles, most used first; the one that was tapped, with what it will do."""
    found = followed(ref)
    note_read(found)
    asked = request.args.get("kode")
    if asked is None:
        return _tiles(found)
    if asked not in frozenset(Code):
        abort(404)
    return _form(found, Code(asked), {"peringatan": request.args.get("peringatan", "")})


def _tiles(found, faults: dict | None = None):
    window_of(found)
    language = i18n.language()
    allowed = [one for one in Code if supervises() or not RESULTS[one].by_supervisor]
    return render_template(
        "person/results.html", person=found, alert=request.args.get("peringatan") or None,
        tiles=[(one.value, words.result(one).label[language], words.result(one).when[language]) for one in allowed],
        extras={name: entry[language] for name, entry in words.extras().items()}, faults=faults or {},
        typed=request.form if faults else {}, masks=phone_facts.masks(found),
    )  # fmt: skip


def _form(found, code: Code, typed, faults: dict | None = None):
    """One result with its fields. `typed` is what a refused form held."""
    window, language = window_of(found), i18n.language()
    here = contacts.setting(sessions.db(), sessions.now(), me(), found, window, Entry(code=code, once=""))
    result = RESULTS[code]
    chosen = next((one for one in here.standing if one.ref == typed.get("peringatan")), here.top)
    return render_template(
        "person/result.html", person=found, code=code, result=result, words=words.result(code),
        language=language, next_at=None if Ask.AT in result.asks else contacts.expected(here, code),
        alert=chosen, may_close=result.may_close and chosen is not None, typed=typed, faults=faults or {},
        once=typed.get("once") or crypto.token(), hint=words.note_hint(language),
        happens=result.effect and _(HAPPENS[result.effect]),
        provinces=[(one.code, one.name) for one in PROVINCES], zone=me().institution.zone,
        phones=list(phone_facts.masks(found).items()), usefulness=reasons.usefulness(language),
        later_reasons=[(value, _(words_)) for value, words_ in LATER_REASONS],
        next_worker=words.extras()["next_worker"][language],
        sapa=_sapa(language) if code is Code.VIOLENCE else None,
        read_out=_read_out(language) if code is Code.SLIP_TOLD else None,
    )  # fmt: skip


def _sapa(language: str):
    return help_page.line("sapa129", "en" if language == "en" else "anda")


def _read_out(language: str):
    """The words that can save a life, cut at what is bold."""
    return spoken.parts(spoken.thanks("used_safety", "en" if language == "en" else "anda"))


@door.post("/orang/<ref>/hasil")
@open_to(*STAFF)
@sessions.once_more
def save(ref):
    """Store it once, let it take effect, and close the alert where the caseworker says so."""
    found = followed(ref)
    entry, faults = read(request.form, sessions.now())
    if entry is None:
        abort(400)
    window = window_of(found)
    here = contacts.setting(sessions.db(), sessions.now(), me(), found, window, entry)
    faults = {name: said(name, fault) for name, fault in contact_check.faults(here, entry).items()} | faults
    if faults:
        sessions.db().rollback()
        language.stand_at(url_for(".tiles", ref=ref, kode=entry.code.value, peringatan=entry.alert_ref))
        return _form(graduate(ref), entry.code, request.form, faults), 400
    noted = contacts.note(sessions.db(), here, entry)
    closed = None
    if not noted.already and request.form.get("tutup") == "1" and RESULTS[entry.code].may_close:
        closed = _close(here, entry)
    sessions.db().commit()
    flash(_said(noted, closed), "good")
    return redirect(url_for("person.card", ref=ref), 303)


def _close(here, entry: Entry) -> bool:
    """Close what this conversation answered; what may not be closed yet stays open."""
    alert = next((one for one in here.standing if one.ref == entry.alert_ref), here.top)
    if alert is None:
        return False
    useful = {"ya": True, "tidak": False}.get(request.form.get("berguna", ""))
    fault = closing.close_alert(sessions.db(), sessions.now(), alert, me(), AlertOutcome.SPOKE, useful)
    return fault is None


def _said(noted, closed: bool | None) -> str:
    if noted.already:
        return _("This was saved before; nothing was written twice.")
    if closed is None:
        return _("Saved. Thank you for getting in touch.")
    return (
        _("Saved and closed. Thank you.") if closed else _("Saved. It cannot be closed yet and stays open.")
    )


@door.post("/orang/<ref>/hasil/bukan-dia")
@open_to(*STAFF)
def not_theirs(ref):
    """The last answer was not the person's own."""
    found = followed(ref)
    answer = phone_facts.not_theirs(sessions.db(), sessions.now(), me(), found)
    sessions.db().commit()
    if answer is None:
        flash(_("There is no answer yet."), "bad")
    else:
        flash(
            _("The last answer no longer counts as the person's own. It stays as a reason to look."), "good"
        )
    return redirect(url_for("person.card", ref=ref), 303)


@door.post("/orang/<ref>/hasil/bersama")
@open_to(*STAFF)
def shared(ref):
    """Others use this number too."""
    found = followed(ref)
    phone = phone_facts.of(found, row_id(request.form.get("phone"))) or abort(404)
    phone_facts.share(sessions.db(), sessions.now(), me(), found, phone)
    sessions.db().commit()
    flash(_("The number counts as shared from now on."), "good")
    return redirect(url_for("person.card", ref=ref), 303)
