"""The rows of an answer: the slot it claims, what stood before it, itself, and that the person was heard of."""

import json
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Text, bindparam, case, cast, exists, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from companion.db import UtcDateTime
from companion.models import Alert, Answer, Message, PlanVersion, Slot, Window
from companion.rules.ladder import last_heard_limit
from companion.rules.plan import PlanSettings, day_of
from companion.rules.states import AlertState, Family, MessageState, SlotState, WindowState
from companion.rules.terms import Purpose
from companion.services import alerts, outbox, windows
from companion.services.door import TAKES_ANSWERS, Door
from companion.services.prepared import Prepared, one_of

REMEMBERED = 16
"""Earlier answers that are read again: enough for four proven values and for A8's fortnight."""

SIXTH = ("use", "harder")
"""Question 6, and 6b in its place (texts 2.2): deleted first of all (design 2.12)."""

_STORED = ("institution_id", "person_id", "slot_id", "token", "at", "proven", "by_staff_id", "said", "sixth")
_at = bindparam("at_now", type_=UtcDateTime())
_slot, _window, _answer, _message = (
    Slot.__table__.c,
    Window.__table__.c,
    Answer.__table__.c,
    Message.__table__.c,
)
_alert, _plan = Alert.__table__.c, PlanVersion.__table__.c

_CLAIM = Prepared(
    lambda dialect: (
        update(Slot.__table__)
        .where(
            _slot.id == bindparam("slot"),
            _slot.closes_at > _at,
            one_of(_slot.state, sorted(TAKES_ANSWERS)),
        )
        .values(
            state=case(
                (
                    (_slot.state == SlotState.OPEN) & or_(_slot.miss_at.is_(None), _slot.miss_at > _at),
                    SlotState.ANSWERED,
                ),
                else_=SlotState.ANSWERED_LATE,
            ),
            answered_at=_at,
            reason=None,
            look_at=None,
            remind_at=None,
        )
        .returning(_slot.state)
    )
)
_WAITING = Prepared(
    lambda dialect: (
        select(_slot.id)
        .where(_slot.window_id == bindparam("window"), _slot.due_at <= _at, _slot.closes_at > _at)
        .where(one_of(_slot.state, sorted(TAKES_ANSWERS)))
        .order_by(_slot.due_at.desc())
        .limit(literal_column("1"))
    )
)
_BEFORE = Prepared(
    lambda dialect: (
        select(
            _window.state,
            _window.ends_at,
            cast(_plan.settings, Text).label("settings"),
            exists()
            .where(_message.slot_id == bindparam("slot"), _message.state == MessageState.PLANNED)
            .label("texts"),
            exists()
            .where(
                _message.person_id == _window.person_id,
                _message.purpose == Purpose.NEW_LINK,
                _message.state == MessageState.PLANNED,
            )
            .label("link_asked"),
            exists()
            .where(
                _alert.person_id == _window.person_id,  # has an index that SQLite can use here
                _alert.window_id == _window.id,
                or_(_alert.family == Family.SILENCE, _alert.family == Family.UNDELIVERED),
                _alert.state != AlertState.CLOSED,
                _alert.answered_at.is_(None),
            )
            .label("silence"),
            _answer.at,
            _answer.proven,
            _answer.said,
        )
        .select_from(Window.__table__)
        .join(PlanVersion.__table__, _plan.id == _window.plan_version_id)
        .outerjoin(Answer.__table__, _answer.person_id == _window.person_id)
        .where(_window.id == bindparam("window"))
        .order_by(_answer.at.desc(), _answer.id.desc())
        .limit(REMEMBERED)
    )
)
_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_STORE = Prepared(
    lambda dialect: (
        _INSERTS[dialect](Answer.__table__)
        .values({name: bindparam(name, type_=_answer[name].type) for name in _STORED})
        .on_conflict_do_nothing()
        .returning(_answer.id)
    )
)
_HEARD = Prepared(
    lambda dialect: (
        update(Window.__table__)
        .where(_window.id == bindparam("window"))
        .values(
            heard_at=_at,
            heard_how=bindparam("how"),
            # A pause or an end that was written meanwhile has its own time to be looked at, or none.
            look_at=case(
                (_window.state == WindowState.ACTIVE, bindparam("look", type_=UtcDateTime())),
                else_=_window.look_at,
            ),
        )
    )
)


def waiting(connection: Connection, door: Door, now: datetime) -> int | None:
    """The newest check-in of this window that still takes an answer."""
    found = _WAITING.first(connection, window=door.window_id, at_now=now)
    return found and found.id


def claim(connection: Connection, door: Door, now: datetime) -> SlotState | None:
    """Make this submit the answer of its slot; None if another one is, or the slot takes none any more.

    Late is compared by the clock and not by whether the tick has run. A slot whose text is not recorded yet has no
    time to miss.
    """
    claimed = _CLAIM.first(connection, slot=door.slot_id, at_now=now)
    return claimed and claimed.state


def before(connection: Connection, door: Door) -> list:
    """The person's latest answers, newest first, each beside what still stands open in the window.

    At least one row, whose answer may be empty. Looked up after the claim, so that a reminder or a line that was
    written a moment ago is seen too.
    """
    return _BEFORE.run(connection, slot=door.slot_id, window=door.window_id)


def store(connection: Connection, door: Door, now: datetime, said: dict, by_staff_id: int | None) -> bool:
    """Write the answer down; False if there is one for this link or slot already."""
    token = None if by_staff_id else door.token
    stored = _STORE.first(
        connection, institution_id=door.institution_id, person_id=door.person_id, slot_id=door.slot_id,
        token=token, at=now, proven=door.proven, by_staff_id=by_staff_id, said=said,
        sixth=any(said.get(name) for name in SIXTH),
    )  # fmt: skip
    return stored is not None


def hear(session: Session, connection: Connection, door: Door, now: datetime, how: str, standing) -> None:
    """The person was heard of, proven or not: the ladder ends, silence is over (design 2.1).

    The window before its alerts, as where silences are looked for: two orders could lock each other out.
    """
    if standing.texts:
        outbox.cancel_slot(session, now, door.slot_id, "answered")
    if standing.state is WindowState.ACTIVE:
        _heard(connection, door, now, how, standing)
    else:
        windows.heard(session, now, session.get_one(Window, door.window_id), door.zone, how)
        session.flush()
    if standing.silence:
        alerts.answered(session, now, door.window_id)


def _heard(connection, door, now, how, standing) -> None:
    passes = now + last_heard_limit(day_of(door.left_on, now, door.zone), _settings(standing.settings))
    look = passes if passes < standing.ends_at else None
    _HEARD.run(connection, window=door.window_id, at_now=now, how=how, look=look)


@lru_cache(maxsize=256)
def _settings(stored: str) -> PlanSettings:
    """A plan version never changes, and all people of an institution have the same few."""
    return PlanSettings.from_json(json.loads(stored))
