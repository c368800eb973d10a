"""What the pages of staff share: who is asking, whom they may see, which page of a list, a date somebody typed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from companion.i18n import gettext as _
from companion.models import Person, Staff, Window
from companion.rules.terms import Role
from companion.services import caseload_lists, person, transfers
from companion.sheets.dates import read_day
from companion.web import sessions

FARTHEST_PAGE = 10_000
YEARS = range(2000, 2200)
FARTHEST_YEAR = 2
"""What is written with two digits lies at most so many years ahead."""


def me() -> Staff:
    """The member of staff behind this request, read with their institution."""
    return current_user.staff


def supervises() -> bool:
    """Whether whoever asks is a supervisor."""
    return me().role is Role.SUPERVISOR


def view(*, whole_institution: bool | None = None) -> caseload_lists.Scope:
    """What this member of staff looks at; a supervisor at one person's page sees the whole institution."""
    whole = supervises() if whole_institution is None else whole_institution and supervises()
    return caseload_lists.scope(me(), sessions.now(), whole_institution=whole)


def graduate(ref: str) -> Person:
    """The person behind a reference; for anybody who may not see them there is no such page."""
    return person.find(sessions.db(), me(), ref) or abort(404)


def followed(ref: str) -> Person:
    """The person behind a reference, where something is to be done about them, held until it is done.

    Whoever was handed over to another institution has a record here that is only read: a form that comes too late
    stores nothing, and leads to the page that says so.
    """
    found = graduate(ref)
    changes = request.method == "POST"
    gone = transfers.taken_over(sessions.db(), found.id, hold=changes)
    if changes:
        sessions.db().refresh(found)  # a colleague who was a moment faster may have written that they died
    if gone:
        sessions.db().rollback()
        flash(
            _("This person was handed over to another institution, so nothing was saved. What you have learned, tell them by phone."),
            "bad",
        )  # fmt: skip
        abort(redirect(url_for("person.card", ref=ref), 303))
    return found


def window_of(found: Person) -> Window:
    """The window in which something is to be done; without one there is nothing to do it to."""
    return person.window_of(sessions.db(), found.id) or abort(404)


def note_read(found: Person) -> None:
    """Write the look into the access log, in a short transaction of its own."""
    with sessions.fresh_writing() as short:
        person.note_read(short, sessions.now(), me(), found.id)


def page_number() -> int:
    """Which page of a list is asked for; nonsense means the first."""
    text = request.args.get("halaman", "1")
    return min(max(int(text), 1), FARTHEST_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def row_id(text: str | None) -> int | None:
    """A row id out of a form field; None for what is no number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


def instant(day: str, clock: str = "") -> datetime | None:
    """A day and perhaps a time as typed, on the clock of the institution.

    A date field gives YYYY-MM-DD; browsers without one give what people write. Raises ValueError for what is neither, and for years in which nobody calls anybody.
    """
    if not day.strip():
        return None
    moment = time.fromisoformat(clock.strip().replace(".", ":")) if clock.strip() else time.min
    on = read_day(day, latest=date(sessions.now().year + FARTHEST_YEAR, 12, 31))
    if not isinstance(on, date) or on.year not in YEARS:
        raise ValueError("no day, or a year that was mistyped")
    return datetime.combine(on, moment, ZoneInfo(me().institution.zone)).astimezone(UTC)
