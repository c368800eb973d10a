"""How the engine is, for machines."""

from flask import Blueprint, current_app, jsonify
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from companion import VERSION
from companion.engine import alarms
from companion.engine.tick import count_due
from companion.models import EngineState, Message
from companion.models.messages import is_unsure
from companion.web.access import Who, open_to
from companion.web.sessions import db, now

door = Blueprint("health", __name__)


@door.get("/health")
@open_to(Who.ANYONE)
def health():
    """503 with the names of what is wrong; a warning among them leaves it at 200, since nothing stands still."""
    body = {"status": "ok", "last_tick_age_s": None, "due": None, "unsure": None, "alarms": []}
    try:
        has, needs = current_app.extensions["standing"]()
        body |= _inside() if has == needs else {"alarms": ["schema"]}
    except DBAPIError:
        body["alarms"] = ["no_database"]
    broken = not alarms.WARNINGS.issuperset(body["alarms"])
    if body["alarms"]:
        body["status"] = "alarm" if broken else "warning"
    return jsonify(body | {"version": VERSION}), 503 if broken else 200


def _inside() -> dict:
    clock = current_app.extensions["clock"]
    session = db()
    machine = clock.machine()
    ticked = session.scalar(select(EngineState.ticked_machine_at).limit(1))
    unsure = session.scalar(select(func.count()).select_from(Message).where(is_unsure))
    return {
        "last_tick_age_s": int((machine - ticked).total_seconds()) if ticked else None,
        "due": count_due(current_app.extensions["database"], now()),
        "unsure": unsure,
        "alarms": alarms.alarms(session, now(), machine),
    }
