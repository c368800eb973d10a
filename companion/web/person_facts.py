"""What is known about a person and may be changed, each beside what can be done about it; and the consents."""

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
from companion.web.staff_desk import followed, graduate, me, note_read, supervises

door = Blueprint("person_facts", __name__)

KINDS = [(PhoneKind.OWN, _l("Only this person uses it")), (PhoneKind.SHARED, _l("Others use it too"))]
PAUSE_REASONS = [
    ("asked", _l("Asked for quiet")),
    ("medical", _l("Ill or in treatment")),
    ("travel", _l("Travelling or at sea")),
    ("other", _l("Another reason")),
]
STOPPED = _l(
    "Messages to their number were stopped, so no check-ins are planned. They begin once the person asks for it and you open the number again or choose another one."
)


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
        outcome_words=history_words.WINDOW_OUTCOMES, provisional=window is not None and closing.is_provisional(found, window),
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
