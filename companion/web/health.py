"""How the engine is, for machines."""

from flask import Blueprint, current_app, jsonify
from sqlalchemy import func, select

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
    clock = current_app.extensions["clock"]
    session = db()
    machine = clock.machine()
    ticked = session.scalar(select(EngineState.ticked_machine_at).limit(1))
    unsure = session.scalar(select(func.count()).select_from(Message).where(is_unsure))
    wrong = alarms.alarms(session, now(), machine)
    broken = not alarms.WARNINGS.issuperset(wrong)
    body = {
        "status": "alarm" if broken else "warning" if wrong else "ok",
        "last_tick_age_s": int((machine - ticked).total_seconds()) if ticked else None,
        "due": count_due(current_app.extensions["database"], now()),
        "unsure": unsure,
        "alarms": wrong,
        "version": VERSION,
    }
    return jsonify(body), 503 if broken else 200
