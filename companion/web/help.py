"""Help now: life first, anonymous, no script; it sends nothing to anybody (texts 6.1).

Opened from a link of ours (`dari`) it also shows the institution's number without its name. Then, and only then.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for

from companion import i18n
from companion.content import articles, help_page
from companion.content.words import parts
from companion.i18n import gettext as _
from companion.rules.numbers import national, tel_href
from companion.rules.staff_hours import StaffHours
from companion.services import answers
from companion.services.door import Door, Surroundings, surroundings
from companion.web import language, sessions
from companion.web.access import Who, open_to
from companion.web.wording import at_words, hours_words, voice

door = Blueprint("help", __name__)

ZONE = "Asia/Jakarta"
EMERGENCY_ROOM = "https://www.google.com/maps/search/?api=1&query=IGD"
MINUTES = 10


@door.get("/bantuan")
@open_to(Who.ANYONE)
def page():
    """The help-now page."""
    link = _link()
    around = link and surroundings(sessions.db(), link, sessions.now())
    speaks = voice(bool(link and link.teen))
    shown = help_page.sections(speaks, link and _institution(link, around))
    today = sessions.now().astimezone(ZoneInfo(link.zone if link else ZONE)).date()
    checked = help_page.checked_on(shown, today)
    return render_template(
        "help/page.html", sections=shown, today=today, link=link, parts=parts, 
        call=tel_href(around.contact_number) if around and around.contact_number else None,
        say=lambda key, **fillers: help_page.say(key, speaks, **fillers),
        checked=checked and i18n.date_words(checked), leads={
            "igd": EMERGENCY_ROOM,
            "ten_minutes": url_for("help.ten_minutes", dari=link and link.token),
            "tonight": url_for("help.tonight", dari=link and link.token),
        },
    )  # fmt: skip


@door.get("/bantuan/sepuluh-menit")
@open_to(Who.ANYONE)
def ten_minutes():
    """Ten minutes, counted together: a ring that fills and a sentence for every two minutes, without a script."""
    return render_template("help/ten_minutes.html", link=_link(), minutes=MINUTES)


@door.get("/bantuan/malam-ini")
@open_to(Who.ANYONE)
def tonight():
    """What a family can do tonight."""
    return render_template("help/tonight.html", reading=articles.tonight(i18n.language()), link=_link())


def _link() -> Door | None:
    """The link this page was opened from; a wrong one is as good as none."""
    link = answers.look(sessions.db(), request.args.get("dari", ""), sessions.now())
    if link is not None:
        language.prefer(link.language)
    return link


def _institution(link: Door, around: Surroundings) -> dict[str, str]:
    """What the section "talk to us" is filled with: number, hours, and when we read what comes outside them."""
    now = sessions.now()
    return {
        "nomor": national(around.contact_number) if around.contact_number else _("We read"),
        "jam_kerja": hours_words(around.hours, now),
        "waktu": at_words(_reads_next(around.hours, now), link.zone, now),
    }


def _reads_next(hours: StaffHours, now: datetime) -> datetime:
    """The first opening outside the hours that may be running now."""
    if hours.on_duty(now):
        return hours.next_opening(hours.end_of_day(now))
    return hours.next_opening(now)
