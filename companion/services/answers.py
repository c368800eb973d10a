"""Answers: take one, once, and act on what it says (design 2.3, 2.4, 4.1, 4.4).

The row count of one UPDATE decides which of twenty parallel submits is the answer. A call for help is taken in
every state, however old the link. Nobody commits here.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, update
from sqlalchemy.orm import Session

from companion.models import Phone, Staff
from companion.rules import answers as spoken
from companion.rules.answers import Context
from companion.rules.plan import day_of
from companion.rules.states import SlotState
from companion.rules.terms import LinkKind
from companion.rules.triage import judge, thanks_class
from companion.services import alerts, answer_rows, audit, outbox
from companion.services.door import Door, DoorState, look, look_at_slot
from companion.services.promises import Promise, complete, raise_for

__all__ = ["Door", "DoorState", "Received", "call_for_help", "look", "look_at_slot", "receive"]

GUARDED = ("message", "not_here")
"""Safe ways that only a proven answer may undo."""


@dataclass(frozen=True)
class Received:
    """What became of one submit. `thanks`: the class of the thank-you (texts 2.5), None if nothing was taken."""

    thanks: str | None = None
    late: bool = False
    promise: Promise = field(default_factory=Promise)


def receive(
    session: Session, door: Door, said: dict, now: datetime, *, by_staff_id: int | None = None
) -> Received:
    """Take what was said at this door; a repeat changes nothing, but a call for help in it is always taken.

    `said` holds the checked fields of the form by their names (design 6), numbers as int and `situation_kind` as a
    list. `by_staff_id`: typed by staff while they speak with the person.
    """
    connection = session.connection()
    door, state = _claim(connection, door, now)
    if state is None:
        there = _as_it_stands(session, door, now)
        if there.person_id != door.person_id:
            return receive(session, there, said, now)  # taken over meanwhile: it is heard where they are now
        return call_for_help(session, there, said, now)
    # What is asked only after "not safe" means it, wherever it comes from.
    meant = said | {"unsafe": True} if said.get("about") or said.get("may_call") else said
    answer = _as_answer(meant, now, proven=door.proven)
    before = answer_rows.before(connection, door)
    verdict = judge(answer, _context(door, before, now))
    # What it raised is kept beside it: the next answer is judged by that.
    kept = meant | {"calm": verdict.calm, "codes": sorted(verdict.codes)}
    if not answer_rows.store(connection, door, now, kept, by_staff_id):
        return call_for_help(session, door, said, now)
    answer_rows.hear(session, connection, door, now, "staff" if by_staff_id else "answer", before[0])
    if before[0].link_asked:
        outbox.cancel_new_link(session, now, door.person_id)
    _keep_way(session, door, said)
    promise = raise_for(session, door, answer, verdict.signals, now, _about(door))
    if by_staff_id:
        alerts.take_back(session, now, door.window_id, session.get_one(Staff, by_staff_id))
        audit.note(
            session, now, "answered_for", actor="staff", staff_id=by_staff_id, person_id=door.person_id,
            institution_id=door.institution_id,
        )  # fmt: skip
    thanks = thanks_class(answer, verdict, short=not door.proven)
    return Received(thanks, state is SlotState.ANSWERED_LATE, promise)


def _claim(connection: Connection, door: Door, now: datetime) -> tuple[Door, SlotState | None]:
    """Claim the check-in that is answered here, and say at which door that is.

    A link without one (asked for anew, or sent after a call that nobody took) answers the check-in that waits for an
    answer: whoever wrote to us has not missed it. Where none waits, storing the answer decides. A link that asks
    about the number takes no answer.
    """
    if door.slot_id is not None:
        return door, answer_rows.claim(connection, door, now)
    if door.state is not DoorState.OPEN or door.kind is LinkKind.CHECK:
        return door, None
    there = replace(door, slot_id=answer_rows.waiting(connection, door, now))
    state = answer_rows.claim(connection, there, now) if there.slot_id is not None else None
    return (there, state) if state else (door, SlotState.ANSWERED)


def _as_it_stands(session: Session, door: Door, now: datetime) -> Door:
    """The door once more: who it leads to may have changed while this submit waited for the check-in's row."""
    return (door.token and look(session, door.token, now)) or door


def _context(door: Door, before: list, now: datetime) -> Context:
    """What is known from the answers of this window, newest first."""
    left_on, zone = door.left_on, door.zone
    rows = [row for row in before if row.at and day_of(left_on, row.at, zone) >= 0]
    recent = tuple(_as_answer(row.said, row.at, proven=row.proven) for row in rows)
    return Context(
        earlier=tuple(answer for answer in recent if answer.proven),
        recent=recent,
        opioid=door.opioid,
        day=day_of(left_on, now, zone),
        teen=door.teen,
        use_asked=door.asks_use and door.proven,
        last_a8_at=next((row.at for row in rows if "A8" in row.said.get("codes", ())), None),
        previous_codes=frozenset(rows[0].said.get("codes", ())) if rows else frozenset(),
    )


def _as_answer(said: dict, at: datetime, *, proven: bool) -> spoken.Answer:
    return spoken.Answer(
        at=at, proven=proven, mood=said.get("mood"), urge=said.get("urge"), confidence=said.get("confidence"),
        situation=said.get("situation"), kinds=said.get("situation_kind") or (), sleep=said.get("sleep"),
        use=said.get("use"), harder=said.get("harder"), contact=said.get("contact"),
        unsafe=bool(said.get("unsafe")), here=bool(said.get("here")), safe_way=said.get("safe_way"),
        about=said.get("about"), may_call=said.get("may_call"),
    )  # fmt: skip


def _keep_way(session: Session, door: Door, said: dict) -> None:
    """Remember on the phone how it may be used; what is not proven may only ask for more care (design 2.4)."""
    may_call, way = said.get("may_call"), said.get("safe_way")
    way = {"no": "not_here", "message": "message"}.get(may_call, way)
    if way in ("usual", "call") and door.safe_way in GUARDED and not door.proven:
        way = None
    values = {"safe_way": way} if way and way != door.safe_way else {}
    if way == "not_here":
        values["may_call"] = False
    elif door.proven and (way in ("usual", "call") or may_call == "now"):
        values["may_call"] = True
    if values and door.phone_id is not None:
        session.execute(
            update(Phone)
            .where(Phone.id == door.phone_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def call_for_help(session: Session, door: Door, said: dict, now: datetime) -> Received:
    """Take what is taken in every state: "not safe", what is added to it, and contact soon (design 2.3).

    Nothing else in `said` is looked at, and no check-in is answered by it.
    """
    adds = said.get("about") or said.get("may_call")
    soon = said.get("contact") == "soon"
    if not (said.get("unsafe") or adds or soon):
        return Received()
    _keep_way(session, door, said)
    if adds and not said.get("unsafe") and not soon:
        promise = complete(session, door, said.get("about"), said.get("may_call"), now)
        if promise:
            return Received("unsafe", promise=promise)
    answer = spoken.Answer(
        at=now, proven=door.proven, unsafe=bool(said.get("unsafe") or adds), contact="soon" if soon else None,
        about=said.get("about"), may_call=said.get("may_call"), safe_way=said.get("safe_way"),
    )  # fmt: skip
    verdict = judge(answer, Context(teen=door.teen, opioid=door.opioid))
    connection = session.connection()
    answer_rows.hear(session, connection, door, now, "answer", answer_rows.before(connection, door)[0])
    promise = raise_for(session, door, answer, verdict.signals, now, f"{_about(door)}:{now:%Y%m%d%H%M}")
    return Received(thanks_class(answer, verdict, short=not door.proven), promise=promise)


def _about(door: Door) -> str:
    return f"slot:{door.slot_id}" if door.slot_id is not None else f"link:{door.token}"
