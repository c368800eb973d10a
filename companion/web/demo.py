"""The demo bar: move the one clock and watch follow-ups happen. Exists only with DEMO=1."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, redirect, request

from companion.engine.time import set_clock
from companion.engine.walk import walk
from companion.i18n import ngettext
from companion.web.access import Who, open_to
from companion.web.auth import own_path

door = Blueprint("demo", __name__)

ZONE = "Asia/Jakarta"
MORNING = time(8, 0)
COARSE = timedelta(minutes=10)


@door.post("/demo/waktu")
@open_to(Who.DEMO)
def move():
    """Live through an hour, a day, or the time until the next morning, and come back to the same page."""
    house = current_app.extensions["house"]
    until = _until(request.form.get("by", ""), house.clock.now()) or abort(400)
    report = walk(house, until, step=COARSE, move_clock=True)
    with house.database.write() as session:
        set_clock(session, until, house.clock.machine())
    flash(
        ngettext("%(n)s text left meanwhile.", "%(n)s texts left meanwhile.", report.did["sent"])
        + " "
        + ngettext("%(n)s new line for staff.", "%(n)s new lines for staff.", report.did["alerts"])
    )
    return redirect(own_path(request.form.get("back")) or "/", 303)


def _until(by: str, now: datetime) -> datetime | None:
    if by == "morning":
        local = now.astimezone(ZoneInfo(ZONE))
        day = local.date() + timedelta(days=int(local.time() >= MORNING))
        return datetime.combine(day, MORNING, ZoneInfo(ZONE))
    spans = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
    return now + spans[by] if by in spans else None


def words() -> dict:
    """What the bar shows, for every template."""
    config = current_app.config["COMPANION"]
    zone = ZoneInfo(ZONE)
    clock = current_app.extensions["clock"]
    return {
        "demo_phones": f"{config.twilio_api_url}/phones",
        "now_in": lambda name: clock.now().astimezone(zone if name == ZONE else ZoneInfo(name)),
    }
