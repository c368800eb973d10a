"""One person's page: the card before a call, what happened, and who opened the record."""

from flask import Blueprint, render_template

from companion.content import reasons
from companion.i18n import gettext as _
from companion.i18n import language
from companion.i18n import lazy as _l
from companion.rules.results import AlertOutcome
from companion.rules.terms import PersonStatus
from companion.services import (
    closing,
    history,
    history_words,
    person_card,
    supervision,
)
from companion.web import sessions
from companion.web.access import STAFF, open_to
from companion.web.staff_desk import graduate, me, note_read, page_number, supervises, view

door = Blueprint("person", __name__)

STATUSES = {
    PersonStatus.IN_INSTITUTION: _l("In an institution: nothing is asked meanwhile."),
    PersonStatus.WITHDRAWN: _l("Wants no more follow-up. A supervisor still has to make sure."),
    PersonStatus.DIED: _l("Reported dead. A supervisor still has to make sure."),
    PersonStatus.NOT_REACHED: _l("Could not be reached so far."),
}
SNOOZE_REASONS = {
    "agreed": _l("A time has been agreed"),
    "away": _l("The person is away"),
    "in_care": _l("Somebody else is dealing with it"),
    "waiting": _l("Something has to arrive first"),
    "other": _l("Another reason"),
    "appointment": _l("An appointment has been made"),
    "not_reached": _l("Could not be reached so far."),
}
"""The last two are set by a result, not by hand."""
OUTCOMES = [one for one in AlertOutcome if one is not AlertOutcome.ENDED]


@door.get("/orang/<ref>")
@open_to(*STAFF)
def card(ref):
    """How to address, may the phone ring, why, what was said last, what to say first, what was tried."""
    found = graduate(ref)
    note_read(found)
    return show(found)


def show(found, faults: dict | None = None, typed: dict | None = None):
    """The card; after a form with a fault, with what is wrong beside its field and what was typed kept.

    `faults` and `typed` are by field name, prefixed with the form and the reference of its alert.
    """
    db = sessions.db()
    seen = view()
    return render_template(
        "person/card.html", card=person_card.card(db, seen, found), person=found, zone=me().institution.zone,
        colleagues=[(one.ref, one.name) for one in supervision.colleagues(db, me()) if one.id != me().id],
        outcomes=[(one.value, _(history_words.ALERT_OUTCOMES[one])) for one in OUTCOMES],
        families=history_words.FAMILIES, statuses=STATUSES, usefulness=reasons.usefulness(language()),
        snooze_reasons=SNOOZE_REASONS, snoozes=_snoozes(), me=me(), supervises=supervises(), faults=faults or {}, typed=typed or {},
    )  # fmt: skip


def _snoozes() -> list[tuple[str, str]]:
    return [(one, _(SNOOZE_REASONS[one])) for one in SNOOZE_REASONS if one in closing.SNOOZE_REASONS]


@door.get("/orang/<ref>/riwayat")
@open_to(*STAFF)
def timeline(ref):
    """Everything that happened, newest first."""
    found = graduate(ref)
    note_read(found)
    number = page_number()
    events, more = history.timeline(sessions.db(), found.id, number)
    return render_template(
        "person/timeline.html",
        person=found,
        events=events,
        more=more,
        number=number,
        zone=me().institution.zone,
    )


@door.get("/orang/<ref>/akses")
@open_to(*STAFF)
def access_log(ref):
    """Who opened or changed this record; the person can see the same list."""
    found = graduate(ref)
    note_read(found)
    number = page_number()
    lines, more = history.access_log(sessions.db(), found.id, number)
    return render_template(
        "person/access_log.html",
        person=found,
        lines=lines,
        more=more,
        number=number,
        zone=me().institution.zone,
    )
