"""What is kept how long: a page for the supervisor, with what is due and what was deleted last (design 2.12)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.models import Institution
from companion.rules.retention import SETTABLE, SHORTEST_REASON, Kept
from companion.services import retention
from companion.web import sessions
from companion.web.access import Who, open_to
from companion.web.staff_desk import me, row_id

door = Blueprint("retention", __name__)

NAMES = {
    Kept.LINKS: _l("Links in texts"),
    Kept.DRAFTS: _l("Uploaded sheets that nobody confirmed"),
    Kept.SIXTH: _l("The answer about the old habit, or whether it is harder than usual"),
    Kept.ANSWERS: _l("Single answers and what they raised"),
    Kept.WORRIES: _l("What the family was worried about"),
    Kept.RECORDS: _l("The whole record of a person"),
}
FROM = {
    Kept.LINKS: _l("Until the follow-up is closed. The newest stays as long as the answers, as a way to call for help."),
    Kept.DRAFTS: _l("One day from the upload."),
    Kept.SIXTH: _l("Counted from the day of the answer. The rest of the answer stays."),
    Kept.ANSWERS: _l("Counted from the day the follow-up was closed. Then only counts for each week are left, of nobody."),
    Kept.WORRIES: _l("Counted from the day somebody closed it."),
    Kept.RECORDS: _l("Counted from the day the follow-up was closed. A number that said stop stays silent."),
}  # fmt: skip


@door.get("/institusi/simpan")
@open_to(Who.SUPERVISOR)
def page():
    """What is kept for how many days, how much goes in the next thirty, and the last time something went."""
    return _page({}, {})


@door.post("/institusi/simpan")
@open_to(Who.SUPERVISOR)
def save():
    """Keep something for another number of days; longer than usual only with a reason in writing."""
    wanted = {kind: row_id(request.form.get(kind, "").strip()) for kind in SETTABLE}
    reason = request.form.get("reason", "")[:1000]
    faults = retention.change(sessions.db(), sessions.now(), me(), wanted, reason)
    if faults:
        sessions.db().rollback()
        return _page(_in_words(faults), request.form), 400
    sessions.db().commit()
    flash(_("Stored. It holds from the coming night on."), "good")
    return redirect(url_for(".page"), 303)


def _in_words(faults: dict[Kept, str]) -> dict[str, str]:
    """One sentence under each field, and one under the reason if it was missing."""
    said = {}
    for kind, fault in faults.items():
        limits = SETTABLE[kind]
        if fault == "reason":
            said["reason"] = _(
                "Longer than usual needs a reason in writing, at least %(n)s letters: the law it follows, or who decided it.",
                n=SHORTEST_REASON,
            )  # fmt: skip
            said[kind.value] = _("This is longer than the usual %(n)s days.", n=limits.default)
        else:
            said[kind.value] = {
                "number": _("Write a number of days."),
                "least": _("At least %(n)s days, or the work itself would suffer.", n=limits.least),
                "most": _("At most %(n)s days.", n=limits.most),
                "order": _("A record cannot go before the answers in it."),
            }[fault]
    return said


def _page(faults: dict[str, str], typed):
    db, now = sessions.db(), sessions.now()
    institution = db.get_one(Institution, me().institution_id)
    return render_template(
        "institution/retention.html", lines=retention.lines(db, now, institution), settable=SETTABLE, names=NAMES,
        counted_from=FROM, faults=faults, typed=typed, open_past_end=retention.past_their_end(db, now, institution.id),
    )  # fmt: skip
