"""The supervisor's texts: what leaves, own words in place of the shipped ones, and the second person's yes or no."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for

from companion import i18n
from companion.content import outbound
from companion.content.articles import article, weeks
from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules import wordings as rules
from companion.rules import words
from companion.rules.states import WordingState
from companion.services import wording_views, wordings
from companion.services.wordings import Place
from companion.web import sessions, texts_words
from companion.web.access import Who, open_to
from companion.web.staff_desk import me

door = Blueprint("texts", __name__)

FIELDS = {"id": "indonesia", "en": "inggris"}
"""Language -> name and id of its field."""


@door.get("/institusi/teks")
@open_to(Who.SUPERVISOR)
def every():
    """All texts by use, in both languages as they leave, with who approved them and when."""
    standings = wording_views.standings(sessions.db(), me(), wordings.places())
    uses = {}
    for standing in standings:
        uses.setdefault(standing.place.purpose, []).append(standing)
    return render_template(
        "institution/texts.html", uses=uses, purposes=texts_words.PURPOSES, shown=_shown, faulty=_faulty,
        unsaid_words=texts_words.unsaid_words, zone=me().institution.zone, me=me(),
        seconds=wording_views.second_people(sessions.db(), me()),
    )  # fmt: skip


@door.get("/institusi/teks/<purpose>/<variant>")
@open_to(Who.SUPERVISOR)
def one(purpose, variant):
    """One text: what leaves now, what waits, the form for own words, and earlier versions."""
    return _one(_place(purpose, variant))


def _place(purpose, variant) -> Place:
    return wordings.place(purpose, variant) or abort(404)


def _one(which: Place, typed: Mapping | None = None, findings=(), faults: dict | None = None, checked=False):
    """The page; `typed` are the sources as somebody has just written them."""
    session = sessions.db()
    standing = wording_views.standing(session, me(), which)
    history = wording_views.history(session, me(), which)
    said = typed or (standing.in_work.said if standing.in_work else standing.said)
    return render_template(
        "institution/text.html", place=which, standing=standing, said=said, checked=checked, faults=faults or {},
        typed={language: rules.typed(said[language]) for language in FIELDS}, fields=FIELDS,
        errors=_by_field(findings, which), shown=_shown, faulty=_faulty,
        measured=_measured, room=words.ONE_SEGMENT, places=texts_words.places_of(which.purpose),
        purposes=texts_words.PURPOSES, unsaid_words=texts_words.unsaid_words, zone=me().institution.zone, me=me(),
        earlier=[past for past in history if past.proposed_at and past.state in PAST],
        seen=history[0].version if history else 0, variants=outbound.variants(which.purpose),
        seconds=wording_views.second_people(session, me()), ends=PAST,
    )  # fmt: skip


PAST = {WordingState.REJECTED: _l("not approved"), WordingState.RETIRED: _l("not used any more")}
"""How an earlier version ended."""


def _link_base() -> str:
    return current_app.config["COMPANION"].public_url


def _findings(which: Place, said) -> list:
    return wordings.check(which, said, me().institution.app_name, _link_base())


def _faulty(which: Place, said) -> bool:
    """Whether words that were approved once would not be today: a longer name or address came in between."""
    return bool(_findings(which, said))


def _by_field(findings, which: Place) -> dict[str, list[str]]:
    """What is wrong with each field, a sentence for each thing."""
    lines: dict[str, list[str]] = {}
    for one in findings:
        lines.setdefault(FIELDS[one.language], []).append(texts_words.sentence(one, which.purpose))
    return lines


def _shown(source: str, language: str) -> str:
    """The text as it would reach somebody: an everyday name, the next days, a link like ours."""
    zone, now = me().institution.zone, sessions.now()
    fillers = {
        "app": me().institution.app_name, "s": "Rina", "h": i18n.sms_day(now + timedelta(days=3), zone, language),
        "j": i18n.clock_time(now, zone), "t": article(weeks()[0], language).sms_title,
        "u": f"{_link_base()}/c/Ab3dE6gH9kLm",
    }  # fmt: skip
    return words.normalise(words.fill(source, **fillers))


def _measured(source: str, language: str) -> tuple[str, int]:
    """The text with the longest that may stand in it, and how much of the one text it takes."""
    given = source, language, me().institution.app_name, rules.longest_link(_link_base())
    return rules.at_its_longest(*given), rules.septets(*given)


@door.post("/institusi/teks/<purpose>/<variant>")
@open_to(Who.SUPERVISOR)
def write(purpose, variant):
    """Check what was typed; keep it as a draft, or put it before a second person."""
    which, act = _place(purpose, variant), request.form.get("lakukan", "periksa")
    said = {
        language: rules.source_of(request.form.get(field, "")[: rules.LONGEST_TYPED])
        for language, field in FIELDS.items()
    }
    findings = _findings(which, said)
    if findings or act not in ("simpan", "usulkan"):
        return _one(which, said, findings, checked=True), 400 if findings else 200
    try:
        wordings.save(
            sessions.db(), sessions.now(), me(), which, said, seen=_seen(), propose=act == "usulkan"
        )
    except wordings.Overtaken:
        sessions.db().rollback()
        return _one(which, said, faults={"lain": _("Somebody has changed this text meanwhile.")}), 409
    sessions.db().commit()
    flash(
        _("Proposed. It leaves once a second person has approved it.")
        if act == "usulkan"
        else _("Kept as a draft."),
        "good",
    )
    return redirect(url_for(".one", purpose=purpose, variant=variant), 303)


def _seen() -> int:
    """The newest version that the writer knew when they began."""
    text = request.form.get("sesudah", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


ACTS = {
    "ambil": (wordings.take_back, _l("Taken back. It is a draft again.")),
    "buang": (wordings.give_up, _l("The draft is gone.")),
    "setujui": (wordings.approve, _l("Approved. From now on texts leave in these words.")),
    "kembali": (wordings.withdraw, _l("The words that came with the program leave again.")),
}


@door.post("/institusi/teks/versi/<wording_ref>/<act>")
@open_to(Who.SUPERVISOR)
def decide(wording_ref, act):
    """One act on one version. Whoever wrote it cannot approve or reject it, whatever is sent here."""
    version = wording_views.find(sessions.db(), me(), wording_ref) or abort(404)
    if act in ("setujui", "tolak") and version.written_by == me().id:
        abort(403)
    if act == "tolak":
        return _reject(version)
    if act not in ACTS:
        abort(404)
    if act == "setujui" and (findings := _findings(version.place, version.said)):
        return _one(version.place, version.said, findings, checked=True), 400
    do, done = ACTS[act]
    return _done(version, do(sessions.db(), sessions.now(), me(), version.ref), _(done))


def _reject(version):
    reason = " ".join(request.form.get("alasan", "").split())
    if not reason:
        return _one(version.place, faults={"alasan": _("Say why, so that it can be written better.")}), 400
    reason = reason[: wordings.LONGEST_REASON]
    won = wordings.reject(sessions.db(), sessions.now(), me(), version.ref, reason)
    return _done(version, won, _("Not approved. Whoever wrote it sees why."))


def _done(version, won: bool, words_for_it: str):
    """The second click, and whoever came second, find the page as it stands now."""
    sessions.db().commit()
    if won:
        flash(words_for_it, "good")
    else:
        flash(_("Nothing was changed: this had already been decided."), "good")
    return redirect(url_for(".one", purpose=version.place.purpose, variant=version.place.variant), 303)
