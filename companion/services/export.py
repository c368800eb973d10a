"""Rows for other people's scripts: people, slots, messages, alerts, answers (design 6, `export`).

Refs are random, never row ids. Names and numbers only with `identify`, and that is written down.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from companion import i18n
from companion.models import Alert, Answer, Message, Number, Person, Phone, Signal, Slot, Staff, Window
from companion.models import Institution as Inst
from companion.rules.plan import day_of
from companion.rules.states import Family
from companion.services import why
from companion.services.why import Fact, Reader

LISTS = {
    Family.SILENCE: "silence",
    Family.UNDELIVERED: "undelivered",
    Family.SYSTEM: "system",
    Family.STRUGGLING: "struggling",
    Family.SAFETY: "struggling",
    Family.WORRY: "struggling",
    Family.DATA: "decide",
}
"""On which list an alert's family shows (design 6)."""

COLUMNS = {
    "people": "ref,institution,caseworker,zone,left_on,status,window_status,day",
    "slots": "slot,person_ref,generation,seq,due_at,asked_at,miss_at,closes_at,state,reason,answered_at",
    "messages": "ref,slot,person_ref,purpose,step,channel,state,reason,attempts,planned_for,"
    "first_attempt_at,state_at,carrier_sid",
    "alerts": "alert,person_ref,list,level,state,why,opened_at,deadline_at,caseworker,outcome",
    "answers": "slot,person_ref,at,proven,mood,urge,confidence,situation,sleep,use,contact,unsafe",
}
SAID = ("mood", "urge", "confidence", "situation", "sleep", "use", "contact", "unsafe")


def columns(kind: str, *, identify: bool = False) -> list[str]:
    extra = ["e164", "name"] if kind == "people" and identify else []
    return COLUMNS[kind].split(",") + extra


def rows(
    session: Session, kind: str, now: datetime, *, institution: str | None = None,
    since: datetime | None = None, until: datetime | None = None, identify: bool = False,
) -> Iterator[dict]:  # fmt: skip
    """The rows of one kind, oldest first. `since` and `until` are about the column named in _MOMENT."""
    query, moment, make = _KINDS[kind](session, now, identify)
    if institution:
        query = query.where(Inst.code == institution)
    if since:
        query = query.where(moment >= since)
    if until:
        query = query.where(moment < until)
    for row in session.execute(query.execution_options(yield_per=500)):
        yield make(row)


def _people(session, now, identify):
    phone = aliased(Phone)
    query = (
        select(Person, Inst.code, Staff.login, Window, Number.e164)
        .join(Inst, Inst.id == Person.institution_id)
        .outerjoin(Staff, Staff.id == Person.caseworker_id)
        .outerjoin(Window, Window.person_id == Person.id)
        .outerjoin(phone, (phone.person_id == Person.id) & (phone.rank == 0))
        .outerjoin(Number, Number.id == phone.number_id)
        .order_by(Person.id, Window.id)
    )

    def make(row):
        person, window = row.Person, row.Window
        day = day_of(window.left_on, now, person.zone) if window else None
        made = {
            "ref": person.ref, "institution": row.code, "caseworker": row.login, "zone": person.zone,
            "left_on": window.left_on.isoformat() if window else None, "status": person.status,
            "window_status": window.state if window else None, "day": day,
        }  # fmt: skip
        return made | ({"e164": row.e164, "name": person.name} if identify else {})

    return query, Person.enrolled_at, make


def _slots(session, now, identify):
    query = (
        select(Slot, Person.ref)
        .join(Person, Person.id == Slot.person_id)
        .join(Inst, Inst.id == Slot.institution_id)
        .order_by(Slot.due_at, Slot.id)
    )

    def make(row):
        slot = row.Slot
        instants = ("due_at", "asked_at", "miss_at", "closes_at")
        return {
            "slot": slot.ref, "person_ref": row.ref, "generation": slot.generation, "seq": slot.seq,
            **{name: getattr(slot, name) for name in instants}, "state": slot.state, "reason": slot.reason,
            "answered_at": slot.answered_at,
        }  # fmt: skip

    return query, Slot.due_at, make


def _messages(session, now, identify):
    query = (
        select(Message, Slot.ref.label("slot"), Person.ref.label("person"))
        .join(Inst, Inst.id == Message.institution_id)
        .outerjoin(Slot, Slot.id == Message.slot_id)
        .outerjoin(Person, Person.id == Message.person_id)
        .order_by(Message.planned_for, Message.id)
    )
    same = ("ref", "purpose", "step", "channel", "state", "reason", "attempts", "planned_for")
    more = ("first_attempt_at", "state_at", "carrier_sid")

    def make(row):
        values = {name: getattr(row.Message, name) for name in (*same, *more)}
        return values | {"slot": row.slot, "person_ref": row.person}

    return query, Message.planned_for, make


def _alerts(session, now, identify):
    query = (
        select(Alert, Person.ref, Person.zone, Staff.login)
        .join(Person, Person.id == Alert.person_id)
        .join(Inst, Inst.id == Alert.institution_id)
        .outerjoin(Staff, Staff.id == Person.caseworker_id)
        .order_by(Alert.opened_at, Alert.id)
    )

    def make(row):
        alert = row.Alert
        return {
            "alert": alert.ref, "person_ref": row.ref, "list": LISTS[alert.family], "level": alert.level,
            "state": alert.state, "why": _why(session, alert, row.zone, now), "opened_at": alert.opened_at,
            "deadline_at": alert.deadline_at, "caseworker": row.login, "outcome": alert.outcome,
        }  # fmt: skip

    return query, Alert.opened_at, make


def _why(session, alert, zone, now) -> str:
    facts = [
        Fact(signal.code, signal.level, signal.at, signal.values)
        for signal in session.scalars(select(Signal).where(Signal.alert_id == alert.id))
    ]
    with i18n.speaking("id"):
        said = [
            why.reason(fact, Reader(now, zone, alert.deadline_at))
            for fact in why.ordered(facts, alert.family, None)
        ]
    return " ".join(reason.sentence for reason in said)


def _answers(session, now, identify):
    query = (
        select(Answer, Slot.ref.label("slot"), Person.ref.label("person"))
        .join(Person, Person.id == Answer.person_id)
        .join(Inst, Inst.id == Answer.institution_id)
        .outerjoin(Slot, Slot.id == Answer.slot_id)
        .order_by(Answer.at, Answer.id)
    )

    def make(row):
        answer = row.Answer
        base = {"slot": row.slot, "person_ref": row.person, "at": answer.at, "proven": answer.proven}
        return base | {name: answer.said.get(name) for name in SAID}

    return query, Answer.at, make


_KINDS = {
    "people": _people, "slots": _slots, "messages": _messages, "alerts": _alerts, "answers": _answers
}  # fmt: skip
