"""Signing in and out, and who stands behind a session cookie (`staff:<ref>:<key>` or `family:<ref>:<key>`)."""

from datetime import timedelta
from ipaddress import IPv6Network, ip_address
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user

from companion.i18n import clock_time
from companion.i18n import gettext as _
from companion.models import FamilyMember, Staff
from companion.rules.terms import LinkKind
from companion.services import audit, family, links, passwords, sign_in
from companion.web import sessions
from companion.web.access import STAFF, Who, open_to

door = Blueprint("auth", __name__)

WORK_LIST = "/kasus"
IDLE = {Who.FAMILY: timedelta(minutes=30)}
IDLE_STAFF = timedelta(hours=8)
SEEN_EVERY = 60
"""Seconds between two notes of "still here" in the cookie."""


class StaffVisitor(UserMixin):
    """A member of staff behind a session. `staff` was read with its institution, outside this request's session."""

    def __init__(self, staff: Staff):
        self.staff = staff
        self.family = None
        self.role = Who(staff.role.value)
        self.institution_id = staff.institution_id

    def get_id(self) -> str:
        return f"staff:{self.staff.ref}:{self.staff.session_key}"


class FamilyVisitor(UserMixin):
    """A family member behind a session."""

    def __init__(self, member: FamilyMember):
        self.family = member
        self.staff = None
        self.role = Who.FAMILY
        self.institution_id = member.institution_id

    def get_id(self) -> str:
        return f"family:{self.family.ref}:{self.family.session_key}"


def load_user(cookie_id: str):
    """The visitor a cookie stands for; None when it idled too long or its key was changed.

    Read in a short session of its own, so that a POST does not hold the one writing connection of SQLite
    while a password is being judged.
    """
    kind, ref, key = (cookie_id.split(":") + ["", ""])[:3]
    if _idled(IDLE.get(kind, IDLE_STAFF)):
        return None
    with current_app.extensions["database"].read() as short:
        if kind == "staff":
            staff = sign_in.staff_behind(short, ref, key)
            return staff and StaffVisitor(staff)
        member = family.member_behind(short, ref, key) if kind == "family" else None
        return member and FamilyVisitor(member)


def ask_to_sign_in():
    """Where somebody without a session goes: staff to sign in, a family member back to the link and its PIN."""
    page = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    kind, ref, _key = (session.get("_user_id", "") + "::").split(":")[:3]
    if kind == "family":
        with current_app.extensions["database"].read() as short:
            token = family.token_of(short, ref)
        if token:
            return redirect(url_for("family.pin", token=token), 303)
    return redirect(url_for("auth.form", next=own_path(page)), 303)


def enter(visitor, language: str | None = None) -> None:
    """Begin a session from nothing, so that one prepared by somebody else is worth nothing."""
    kept = language or session.get("language")
    session.clear()
    login_user(visitor)
    session["seen"] = _machine_seconds()
    if kept:
        session["language"] = kept


@door.get("/masuk")
@open_to(Who.ANYONE)
def form():
    """The sign-in page of staff."""
    if current_user.is_authenticated and current_user.staff:
        return redirect(own_path(request.args.get("next")) or WORK_LIST, 303)
    return _page(own_path(request.args.get("next")))


@door.post("/masuk")
@open_to(Who.ANYONE)
def enter_staff():
    """Judge a name and a password; unknown and wrong sound the same and take as long."""
    login, page = sign_in.tidy(request.form.get("login", "")), own_path(request.form.get("next"))
    with sessions.fresh_writing() as short:
        knock = sign_in.knock(short, sessions.now(), f"staff:{login}", address())
    if knock.again_at:
        return _page(page, again_at=knock.again_at)
    with current_app.extensions["database"].read() as short:
        staff = sign_in.staff_named(short, login)
    if not _right(staff, request.form.get("password", "")):
        return _page(page, wrong=True), 401
    sign_in.let_in(sessions.db(), knock)
    audit.note(
        sessions.db(), sessions.now(), "signed_in", actor="staff",
        institution_id=staff.institution_id, staff_id=staff.id,
    )  # fmt: skip
    sessions.db().commit()
    enter(StaffVisitor(staff))
    return redirect(page or WORK_LIST, 303)


@door.post("/keluar")
@open_to(Who.ANYONE)
def leave():
    """End this session. Open to anyone, since a session that has ended may still be on the screen."""
    was_family = current_user.is_authenticated and current_user.family
    logout_user()
    session.clear()
    return redirect(url_for("help.page") if was_family else url_for("auth.form"), 303)


@door.get("/sandi")
@open_to(*STAFF)
def password():
    """The page on which staff change their own password."""
    return _password_page({}, done=request.args.get("sudah") == "1")


@door.post("/sandi")
@open_to(*STAFF)
def change_password():
    """Change one's own password; every other session of the same person ends."""
    staff = current_user.staff
    new = request.form.get("new", "")
    faults = _password_faults(staff, new, request.form.get("again", ""))
    if faults:
        return _password_page(faults), 400
    with sessions.fresh_writing() as short:
        knock = sign_in.knock(short, sessions.now(), f"staff:{sign_in.tidy(staff.login)}", address())
    if knock.again_at:
        return too_often("auth/password.html", knock.again_at, faults={}, shortest=sign_in.SHORTEST_PASSWORD)
    if not _right(staff, request.form.get("current", "")):
        return _password_page({"current": _("This is not your password.")}), 400
    hashed = passwords.hash(new)
    session_key = sign_in.change_password(sessions.db(), sessions.now(), staff, hashed)
    if session_key is None:
        abort(400)
    sign_in.let_in(sessions.db(), knock)
    sessions.db().commit()
    staff.password_hash, staff.session_key = hashed, session_key
    enter(StaffVisitor(staff))
    return redirect(url_for("auth.password", sudah=1), 303)


@door.get("/k/<token>")
@open_to(Who.ANYONE)
def work_link(token):
    """The link at the end of a text to staff; it says nothing by itself and leads to the list behind sign-in."""
    link = links.find(sessions.db(), token)
    if link is None or link.kind is not LinkKind.STAFF:
        abort(404)
    return redirect(WORK_LIST, 303)


def own_path(page: str | None) -> str | None:
    """A page of our own to return to, or None: another site behind our sign-in would be a lure."""
    if not page or len(page) > 500 or not page.startswith("/") or page.startswith("//"):
        return None
    if "\\" in page or any(ord(sign) < 33 or ord(sign) == 127 for sign in page):
        return None  # browsers read a backslash as a slash, and skip tabs and line ends
    parts = urlsplit(page)
    return page if not parts.scheme and not parts.netloc else None


def address() -> str:
    """Where a request comes from, for counting tries. A household has a whole /64 of IPv6, so that is one."""
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or ""
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


def too_often(template: str, again_at, **values):
    """The answer to one try too many: when to come back, in words and for machines."""
    wait = int((again_at - sessions.now()).total_seconds()) + 1
    values["again"] = _(
        "Too many tries. Please try again in %(minutes)s minutes, after %(time)s.",
        minutes=-(-wait // 60),
        time=clock_time(again_at + timedelta(seconds=59), "Asia/Jakarta"),
    )
    return render_template(template, **values), 429, {"Retry-After": str(wait)}


def _page(page, *, wrong=False, again_at=None):
    values = {"next": page, "wrong": wrong, "login": request.form.get("login", "")}
    if again_at:
        return too_often("auth/sign_in.html", again_at, **values)
    return render_template("auth/sign_in.html", **values)


def _password_page(faults, *, done=False):
    return render_template("auth/password.html", faults=faults, done=done, shortest=sign_in.SHORTEST_PASSWORD)


def _right(staff, password: str) -> bool:
    stored = staff.password_hash if staff else passwords.NOBODY
    return passwords.matches(stored, password[: sign_in.LONGEST_PASSWORD]) and staff is not None


def _password_faults(staff, new: str, again: str) -> dict[str, str]:
    explained = {
        "short": _("At least %(n)s letters, numbers or signs. A short sentence is easy to remember.",
                   n=sign_in.SHORTEST_PASSWORD),
        "long": _("At most %(n)s signs.", n=sign_in.LONGEST_PASSWORD),
        "login": _("Your sign-in name must not be part of it."),
        "plain": _("Please use more different letters."),
    }  # fmt: skip
    faults = {}
    if fault := sign_in.password_fault(staff.login, new):
        faults["new"] = explained[fault]
    elif new != again:
        faults["again"] = _("The two are not the same. Please type the new password twice.")
    return faults


def _idled(limit: timedelta) -> bool:
    """Whether this session was left alone too long; if not, notes once a minute that it is in use."""
    here, seen = _machine_seconds(), session.get("seen", 0)
    if here - seen > limit.total_seconds():
        return True
    if here - seen > SEEN_EVERY:
        session["seen"] = here
    return False


def _machine_seconds() -> int:
    """Machine time: moving the demo clock by a month must not sign everybody out."""
    return int(current_app.extensions["clock"].machine().timestamp())
