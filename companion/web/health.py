"""How the engine is, for machines."""

from flask import Blueprint, current_app, jsonify
from sqlalchemy import func, select

from companion import VERSION
from companion.engine import watch
from companion.engine.tick import count_due
from companion.models import EngineState, Message
from companion.rules.states import MessageState
from companion.web.access import Who, open_to
from companion.web.sessions import db, now

door = Blueprint("health", __name__)


@door.get("/health")
@open_to(Who.ANYONE)
def health():
    """200 while nothing is wrong, else 503 with the names of what is."""
    clock = current_app.extensions["clock"]
    session = db()
    machine = clock.machine()
    ticked = session.scalar(select(EngineState.ticked_machine_at).limit(1))
    unsure = session.scalar(
        select(func.count()).select_from(Message).where(Message.state == MessageState.UNSURE)
    )
    alarms = watch.alarms(session, now(), machine)
    body = {
        "status": "alarm" if alarms else "ok",
        "last_tick_age_s": int((machine - ticked).total_seconds()) if ticked else None,
        "due": count_due(current_app.extensions["database"], now()),
        "unsure": unsure,
        "alarms": alarms,
        "version": VERSION,
    }
    return jsonify(body), 503 if alarms else 200
