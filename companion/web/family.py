"""The family's reading, behind a link and a PIN. Never anything of the graduate, not even the name."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user

from companion import i18n
from companion.content import articles
from companion.i18n import gettext as _
from companion.models import FamilyMember, Institution
from companion.rules.numbers import national, tel_href
from companion.services import family, institutions, passwords, reading, sign_in
from companion.web import auth, language, sessions
from companion.web.access import Who, open_to
from companion.web.wording import hours_words

door = Blueprint("family", __name__)


@door.get("/f/<token>")
@open_to(Who.ANYONE)
def pin(token):
    """The door: a field for the PIN, and nothing that says what lies behind it."""
    _member(token)
    return render_template("family/pin.html", token=token, wrong=False)


@door.post("/f/<token>")
@open_to(Who.ANYONE)
def enter(token):
    """Judge a PIN; five wrong ones close the door for a quarter of an hour."""
    member = _member(token)
    with sessions.fresh_writing() as short:
        knock = sign_in.knock(short, sessions.now(), f"family:{member.ref}", auth.address())
    if knock.again_at:
        return auth.too_often("family/pin.html", knock.again_at, token=token, wrong=False)
    typed = "".join(sign for sign in request.form.get("pin", "") if sign.isdecimal())[:12]
    if not passwords.matches(member.pin_hash, typed):
        return render_template("family/pin.html", token=token, wrong=True), 401
    sign_in.let_in(sessions.db(), knock)
    sessions.db().commit()
    auth.enter(auth.FamilyVisitor(member), member.language)
    return redirect(url_for("family.home"), 303)


@door.get("/keluarga")
@open_to(Who.FAMILY)
def home():
    """This week's reading, and all sixteen weeks."""
    weeks = reading.weeks(sessions.db(), current_user.family, sessions.now())
    open_now = [week for week in weeks if week.readable and week.opening is not reading.Opening.COMING]
    return render_template(
        "family/home.html", weeks=weeks, this=open_now[-1] if open_now else None,
        early=[week for week in weeks if week.readable and week.opening is reading.Opening.COMING],
        minutes=_minutes(open_now), category=_category, ring=_ring(),
    )  # fmt: skip


@door.get("/keluarga/malam-ini")
@open_to(Who.FAMILY)
def tonight():
    """What to do on a bad night, at any time and without waiting for a week."""
    _size()
    return render_template("family/tonight.html", article=articles.tonight(i18n.language()), **_words())


@door.get("/keluarga/minggu/<int:week>")
@open_to(Who.FAMILY)
def article(week):
    """One week's reading."""
    _size()
    member = current_user.family
    if not reading.may_open(member, week, sessions.now()):
        abort(404)
    with sessions.fresh_writing() as short:
        reading.note_opened(short, sessions.now(), member, week)
    return _article(week, reading.reading_of(sessions.db(), member, week))


@door.post("/keluarga/minggu/<int:week>")
@open_to(Who.FAMILY)
def mark_read(week):
    """Read, and perhaps one thing picked to try."""
    member = current_user.family
    if not reading.may_open(member, week, sessions.now()):
        abort(404)
    choice = request.form.get("choice")
    if choice is not None and choice not in {str(n) for n in range(len(_text_of(week).choices))}:
        kept = reading.reading_of(sessions.db(), member, week)
        return _article(week, kept, fault=_("Please choose one of these.")), 400
    reading.note_read(sessions.db(), sessions.now(), member, week, None if choice is None else int(choice))
    sessions.db().commit()
    flash(_("Thank you for reading. One small thing is enough for a week."))
    return redirect(url_for("family.home"), 303)


def _article(week: int, kept, fault=None):
    text = _text_of(week)
    return render_template(
        "family/article.html", article=text, choices=list(enumerate(text.choices)), week=week,
        last=reading.last_week(), kept=kept, fault=fault, **_words(),
    )  # fmt: skip


def _text_of(week: int) -> articles.Article:
    return articles.article(week, i18n.language())


def _member(token: str) -> FamilyMember:
    """Whose link this is, spoken to in their language. Ended, revoked and withdrawn look the same: 410."""
    with current_app.extensions["database"].read() as short:
        member = family.member_with(short, token) or abort(404)
        stands = family.reads(short, member)
    language.prefer(member.language)
    if not stands:
        abort(current_app.make_response((render_template("family/over.html"), 410)))
    return member


def _minutes(weeks) -> int:
    return _text_of(weeks[-1].planned.week).minutes if weeks else 0


def _category(category: articles.Category) -> str:
    return articles.category_name(category, i18n.language())


def _words() -> dict:
    """What the article's macros need besides the article."""
    return {
        "category": _category,
        "strength": lambda strength: articles.strength_name(strength, i18n.language()),
        "big": session.get("big", False),
        "ring": _ring(),
    }


def _ring() -> dict[str, str | None]:
    """Where a family turns in working hours: the institution's number without its name, and when somebody is there."""
    institution = sessions.db().get_one(Institution, current_user.institution_id)
    number = institution.contact_number
    return {
        "number": number and national(number),
        "link": number and tel_href(number),
        "hours": hours_words(institutions.staff_hours(institution), sessions.now()),
    }


def _size() -> None:
    """Larger letters stay for the session; a link does it, so that no script is needed."""
    if request.args.get("huruf") in ("besar", "biasa"):
        session["big"] = request.args["huruf"] == "besar"
