"""The work list, my people, and what is decided from there."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.models import Message
from companion.services import caseload, closing, people_list, person
from companion.services.caseload_house import house
from companion.services.caseload_lists import Listing
from companion.services.caseload_words import end_words
from companion.web import sessions
from companion.web.access import STAFF, open_to
from companion.web.cases_words import Words
from companion.web.staff_desk import me, page_number, supervises, view

door = Blueprint("cases", __name__)

NAMES = {
    Listing.ALL: _l("All"),
    Listing.STRUGGLING: _l("Having a hard time"),
    Listing.SILENCE: _l("Not answered yet"),
    Listing.UNDELIVERED: _l("Not delivered"),
    Listing.SYSTEM: _l("Fault on our side"),
    Listing.DECIDE: _l("To be decided"),
    Listing.TODAY: _l("To contact today"),
    Listing.ANSWERED: _l("Has answered"),
}
WHOLE = "lembaga"
LONGEST_SEARCH = 80


def asked_listing() -> Listing:
    """The list in the address; one that does not exist is all of them."""
    asked = request.args.get("daftar", "")
    return Listing(asked) if asked in frozenset(Listing) else Listing.ALL


@door.get("/kasus")
@open_to(*STAFF)
def work_list():
    """Who needs what today, the most urgent first; one line per person."""
    listing, number = asked_listing(), page_number()
    whole = supervises() and request.args.get("lingkup") == WHOLE
    seen = view(whole_institution=whole)
    found = caseload.work_list(sessions.db(), seen, listing, number)
    if number > found.pages:
        return redirect(url_for(".work_list", **_kept(listing, whole, found.pages)), 303)
    words = Words(me(), sessions.now(), whole_institution=whole)
    return render_template(
        "cases/work_list.html", found=found, lines=[words.line(one) for one in found.lines], listing=listing, names=NAMES, number=number, whole=whole,
        house=house(sessions.db(), seen), zone=me().institution.zone, kept=_kept(listing, whole),
        supervises=supervises(), today=seen.today, end_words=end_words,
        nobody=not found.lines and not people_list.anybody(sessions.db(), view(whole_institution=supervises())),
    )  # fmt: skip


def _kept(listing: Listing, whole: bool, number: int | None = None) -> dict:
    """What stays in the address from page to page."""
    return {
        **({"daftar": listing.value} if listing is not Listing.ALL else {}),
        **({"lingkup": WHOLE} if whole else {}),
        **({"halaman": number} if number and number > 1 else {}),
    }


@door.get("/kasus/orang")
@open_to(*STAFF)
def people():
    """Everybody I follow; a supervisor may look at the whole institution."""
    whole = supervises() and request.args.get("lingkup") == WHOLE
    seen, number = view(whole_institution=whole), page_number()
    words = request.args.get("cari", "").strip()[:LONGEST_SEARCH]
    too_short = 0 < len(words) < people_list.SHORTEST_SEARCH
    if words and not too_short:
        found = people_list.search(sessions.db(), seen, words)
    else:
        found = people_list.listing(sessions.db(), seen, number)
        if number > 1 and not found.rows:
            return redirect(url_for(".people", **({"lingkup": WHOLE} if whole else {})), 303)
    pages = 1 if words and not too_short else max(1, -(-found.total // people_list.PAGE))
    return render_template(
        "cases/people.html", found=found, words=words, too_short=too_short, number=number, pages=pages,
        whole=whole, supervises=supervises(), zone=me().institution.zone,
        kept={"lingkup": WHOLE} if whole else {},
    )  # fmt: skip


@door.post("/pesan/<ref>/putuskan")
@open_to(*STAFF)
def decide(ref):
    """A person says what became of a text of which nobody knows whether it left (design 4.2)."""
    db = sessions.db()
    message = db.scalars(select(Message).where(Message.ref == ref, Message.person_id.is_not(None))).first()
    if message is None or not person.may_see(db, me(), message.person_id):
        abort(404)
    verdict = request.form.get("terkirim")
    if verdict not in ("ya", "tidak"):
        abort(400)
    done = closing.decide_text(db, sessions.now(), me(), message, sent=verdict == "ya")
    db.commit()
    flash(_("Written down.") if done else _("Somebody has decided this already."), "good" if done else "bad")
    return redirect(url_for(".work_list", daftar=Listing.DECIDE.value), 303)
