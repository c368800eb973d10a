"""The supervisor's calendar: the days to come, what the institution says about them, and the weeks they make."""

from datetime import date, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from companion.i18n import gettext as _
from companion.models import Institution
from companion.rules import plan, preview, provinces
from companion.rules.days import load_calendar
from companion.rules.own_days import Statement
from companion.rules.plan import PlanSettings
from companion.rules.preview import Place
from companion.services import calendars, institutions
from companion.web import calendar_form, calendar_words, preview_words, sessions
from companion.web.access import Who, open_to
from companion.web.calendar_form import Typed
from companion.web.staff_desk import me

door = Blueprint("calendar", __name__)

WEEKS = 6
HOURS = tuple(f"{hour:02}:00" for hour in range(8, 20))
TOWNS = (
    Place("Jakarta", provinces.WIB, "JK"),
    Place("Makassar", provinces.WITA, "SN"),
    Place("Jayapura", provinces.WIT, "PA"),
)


def _institution() -> Institution:
    return sessions.db().get_one(Institution, me().institution_id)


@door.get("/institusi/kalender")
@open_to(Who.SUPERVISOR)
def days():
    """The days of the coming year with what each means, and the forms to change them."""
    return _days()


def _days(typed: Typed | None = None, form: str = ""):
    """`form` names the form that was refused: added, corrected or ramadan."""
    institution, shipped = _institution(), load_calendar()
    calendar, today = institutions.calendar(institution), calendars.today(institution, sessions.now())
    said = calendar_words.Said(
        {one.ref: one for one in calendars.standing(sessions.db(), institution.id)},
        calendars.written_by(sessions.db(), institution.id),
    )
    found = calendar_words.rows(calendar, shipped, said, today)
    month = calendar_form.next_ramadan(calendar, today)
    return render_template(
        "institution/calendar.html", rows=found, month=month, today=today, ends=shipped.ends_soon(today),
        known_until=shipped.known_until, estimated=sum(row.estimated for row in found),
        provinces=[(one.code, one.name) for one in provinces.PROVINCES], one_day=timedelta(days=1),
        faults=typed.faults if typed else {}, typed=typed.form if typed else {}, form=form,
        opened=request.values.get("hari", ""),
    )  # fmt: skip


@door.post("/institusi/kalender")
@open_to(Who.SUPERVISOR)
def add():
    """Add a day of the institution's own."""
    typed = Typed(request.form)
    said = calendar_form.added(typed)
    return _said(typed, said, "added", _("The day stands in the calendar now."))


@door.post("/institusi/kalender/betulkan")
@open_to(Who.SUPERVISOR)
def correct():
    """Put a shipped day right: its date, that it is sure, or that the office is open."""
    typed = Typed(request.form)
    said = calendar_form.corrected(typed, institutions.calendar(_institution()))
    return _said(typed, said, "corrected", _("The day is corrected."))


@door.post("/institusi/kalender/ramadan")
@open_to(Who.SUPERVISOR)
def ramadan():
    """Set the first day of fasting and the first day of Idulfitri."""
    typed = Typed(request.form)
    said = calendar_form.ramadan(typed)
    return _said(typed, said, "ramadan", _("Ramadan and Idulfitri are corrected."))


def _said(typed: Typed, said: Statement | None, form: str, words: str):
    db = sessions.db()
    if said and (fault := calendars.say(db, sessions.now(), me(), said)):
        typed.refused(fault)
    if typed.faults:
        db.rollback()
        return _days(typed, form), 400
    db.commit()
    follows = _("Texts that have not left ask again, and new deadlines are counted in it.")
    flash(f"{words} {follows}", "good")
    return redirect(url_for(".days"), 303)


@door.post("/institusi/kalender/batalkan")
@open_to(Who.SUPERVISOR)
def take_back():
    """Let the shipped calendar speak again."""
    db, ref = sessions.db(), request.form.get("hari", "")
    if calendars.find(db, me().institution_id, ref) is None:
        abort(404)
    calendars.take_back(db, sessions.now(), me(), ref)
    db.commit()
    flash(_("Taken back. The calendar says again what it said before."), "good")
    return redirect(url_for(".days"), 303)


@door.get("/institusi/kalender/pratinjau")
@open_to(Who.SUPERVISOR)
def weeks():
    """What the next six weeks look like for somebody who left on a day and chose an hour."""
    institution = _institution()
    today = calendars.today(institution, sessions.now())
    version = institutions.newest_plan(sessions.db(), institution.id)
    settings = PlanSettings.from_json(version.settings) if version else PlanSettings()
    left_on, hour, faults = _asked(today, settings)
    hours = institutions.staff_hours(institution)
    contacts = plan.contact_dates(settings, left_on, hours.is_working_day)
    found = preview.weeks(
        settings, left_on, time.fromisoformat(hour), _places(institution), hours.calendar, today,
        today + timedelta(weeks=WEEKS), frozenset(on for _day, on in contacts),
    )  # fmt: skip
    page = render_template(
        "institution/calendar_weeks.html", lines=preview_words.lines(found, hour, hours.calendar, sessions.now()),
        left_on=left_on, hour=hour, settings=settings, faults=faults, typed=request.args,
        hours=[(one, one.replace(":", ".")) for one in sorted({*HOURS, hour})],
        over=today > left_on + timedelta(days=settings.window_days - 1),
    )  # fmt: skip
    return (page, 400) if faults else page


def _asked(today: date, settings: PlanSettings) -> tuple[date, str, dict[str, str]]:
    """Leaving day and hour as asked for in the address; today and the plan's hour where nothing was."""
    typed, left_on = Typed(request.args), today
    if typed.text("keluar"):
        left_on = typed.day("keluar") or today
    if abs((left_on - today).days) > settings.window_days:
        typed.faults["keluar"] = _("Choose a day within the months of follow-up.")
        left_on = today
    hour = typed.text("jam")
    return left_on, hour if hour in HOURS else settings.hour, typed.faults


def _places(institution: Institution) -> tuple[Place, ...]:
    """Three towns in three zones, and the institution's own province where none of them lies in it."""
    own = provinces.by_code(institution.province or "") or provinces.find(institution.province or "")
    if own is None or own.code in {place.province for place in TOWNS}:
        return TOWNS
    return (*TOWNS, Place(own.name, own.zone, own.code))
