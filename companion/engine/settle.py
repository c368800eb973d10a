"""Messages of which the outcome is not known, and the copies of ended ones at the carrier (design 4.2)."""

import logging
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, literal_column, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from companion.channels.protocol import Found, NotAnswered, Receipt
from companion.db import UtcDateTime, rows_changed
from companion.engine.batches import park
from companion.engine.house import House
from companion.engine.sending import LONGEST_ROUND, tell_number
from companion.models import Alert, Institution, Message, Number, Person, Signal, Staff, Window
from companion.rules.states import Family, Level, Within
from companion.rules.states import MessageState as M
from companion.services import alerts, asked, copies, handover, numbers
from companion.services.plain_rows import due_rows
from companion.services.prepared import Prepared, one_of

log = logging.getLogger(__name__)

LEASE_AGAIN = timedelta(seconds=15)
LOOK_BACK = timedelta(seconds=60)
ASK_AGAIN = timedelta(minutes=5)
SECOND_ABSENCE = timedelta(minutes=15)
TO_A_PERSON = timedelta(minutes=60)
GIVE_UP_LOOKING = timedelta(hours=24)
AT_ONCE = 200


def leases_to_end(now: datetime, limit: int):
    """Messages in the hands of a sender who should have been done by now."""
    return (
        select(Message.id, Message.lease_until)
        .where(Message.look_at <= now, Message.state == M.SENDING)
        .order_by(Message.look_at, Message.id)
        .limit(limit)
    )


def end_leases(session: Session, now: datetime, limit: int, machine: datetime) -> Counter:
    """A sender that took a message and was not heard of again: unsure, since it may have gone out.

    The lease is measured in machine time; a pretended clock that jumped must not end it.
    """
    rows = due_rows(session, leases_to_end, Message, now, limit)
    over = [row.id for row in rows if row.lease_until is None or row.lease_until <= machine]
    running = [row.id for row in rows if row.id not in over]
    for ids, values in (
        (over, {"state": M.UNSURE, "state_at": now, "lease_until": None, "look_at": now}),
        (running, {"look_at": now + LEASE_AGAIN}),
    ):
        if ids:
            session.execute(
                update(Message)
                .where(Message.id.in_(ids), Message.state == M.SENDING)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    asked.asked_by(session, over)
    return Counter(looked=len(rows), unsure=len(over))


def settle_due(house: House, now: datetime) -> Counter:
    """Look unsure ones up at the carrier, and delete its copies of the ended ones; counts what was tried.

    Ends early after LONGEST_ROUND; what is left is due still.
    """
    did: Counter = Counter()
    until = house.clock.stopwatch() + LONGEST_ROUND
    for query, act in ((_UNSURE, look_up), (_ENDED, erase)):
        with house.database.read() as session:
            due = query.run(session.connection(), now=now)
        house.shuffle(due)  # other workers have the same list
        for message in due:
            if house.clock.stopwatch() >= until:
                return did
            did["tried"] += 1
            try:
                act(house, message, now)
            except OperationalError:  # the database, not this message
                raise
            except Exception as error:  # noqa: BLE001 - one bad row must not keep the others waiting
                park(house.database, "carrier", Message, message.id, now, error)
                did["parked"] += 1
    return did


def _waiting_in(states):
    return Prepared(
        lambda _: (
            select(Message.id, Message.state, Message.channel, Message.carrier_sid, Message.erased_at)
            .where(Message.look_at <= bindparam("now"), one_of(Message.state, states))
            .order_by(Message.look_at, Message.id)
            .limit(literal_column(str(AT_ONCE)))
        )
    )


_UNSURE, _ENDED = _waiting_in((M.UNSURE,)), _waiting_in(copies.TO_ERASE)


def look_up(house: House, due, now: datetime) -> None:
    """Ask the carrier whether it knows this text: list by To, since the attempt, with this link in it.

    Not if another worker, or a receipt, was faster since it was found to be due: that would cost a second look-up.
    """
    with house.database.read() as session:
        message = session.get_one(Message, due.id)
        if message.state is not M.UNSURE or message.look_at is None or message.look_at > now:
            return
        to = _recipient(session, message)
        known = set(
            session.scalars(
                select(Message.carrier_sid).where(
                    Message.carrier_sid.is_not(None), Message.number_id == message.number_id
                )
            )
        )
    try:
        found = house.channels[message.channel].find(to, message.machine_at - LOOK_BACK, message.token)
    except NotAnswered:
        found = None
    with house.database.write() as session:
        if found is None:
            _look_later(session, message, now, absent=False)
            return
        hits = _fitting(session, message, [one for one in found if one.sid not in known])
        if len(hits) == 1:
            _take_in(session, message.ref, hits[0], now)
        elif not hits:
            _absent(session, message, now)
        else:
            _look_later(session, message, now, absent=False)


def _fitting(session, message, unknown: list[Found]) -> list[Found]:
    """Those with the link; else one whose words we had erased and of which a restored copy knows nothing.

    On a number of several people that may be anybody's text: given twice, so that a person decides.
    """
    named = [one for one in unknown if one.body]
    shared = message.number_id is None or numbers.holders(session, message.number_id) > 1
    return named or unknown * (1 + shared)


def _recipient(session, message) -> str:
    if message.number_id is not None:
        return session.get_one(Number, message.number_id).e164
    if message.staff_id is not None:
        return session.get_one(Staff, message.staff_id).phone or ""
    return session.get_one(Institution, message.institution_id).duty_number or ""


def _take_in(session, ref: str, news: Receipt | Found, now) -> bool:
    """What the carrier says of a text, unasked or asked: move it by rank, tell its number. True if it was news."""
    reason = str(news.reason) if news.reason else None
    message_id = handover.receipt(session, now, ref, news.status, reason, news.sid)
    if message_id is not None and news.status == "undelivered":
        number_id = session.scalar(select(Message.number_id).where(Message.id == message_id))
        tell_number(session, number_id, now, reason)
    return message_id is not None


def _absent(session, message, now) -> None:
    """Absent twice, the second time a quarter of an hour after the attempt: it never arrived there.

    Then, once in its life and before it is stale, it may be sent after all.
    """
    second = message.absences >= 1 and now >= message.last_attempt_at + SECOND_ABSENCE
    if second and not message.resent and now < message.expires_at:
        rows_changed(
            session,
            update(Message)
            .where(Message.id == message.id, Message.state == M.UNSURE, Message.resent.is_(False))
            .values(state=M.PLANNED, state_at=now, look_at=now, resent=True, absences=0),
        )
        return
    _look_later(session, message, now, absent=True)


def _look_later(session, message, now, *, absent: bool) -> None:
    """Ask again; after an hour a person decides (list *perlu diputuskan*)."""
    age = now - message.last_attempt_at
    again = message.last_attempt_at + SECOND_ABSENCE if age < SECOND_ABSENCE else now + ASK_AGAIN
    if age >= TO_A_PERSON:
        _to_a_person(session, message, now)
        again = now + TO_A_PERSON
    session.execute(
        update(Message)
        .where(Message.id == message.id, Message.state == M.UNSURE)
        .values(absences=Message.absences + int(absent), look_at=again if age < GIVE_UP_LOOKING else None)
        .execution_options(synchronize_session=False)
    )


def _to_a_person(session, message, now) -> None:
    """Once: whoever closed the alert without deciding is not asked again every hour."""
    about = f"message:{message.id}"
    known = session.scalar(
        select(Signal.id)
        .join(Alert, Alert.id == Signal.alert_id)
        .where(Alert.person_id == message.person_id, Signal.about == about, Signal.code == "D2")
        .limit(1)
    )
    if message.person_id is None or known is not None:
        return
    person = session.get_one(Person, message.person_id)
    window = session.scalars(
        select(Window).where(Window.person_id == person.id).order_by(Window.id.desc()).limit(1)
    ).one()
    alerts.raise_(
        session, now, window=window, institution=session.get_one(Institution, message.institution_id),
        family=Family.DATA, level=Level.AMBER, signals=[("D2", Level.AMBER, {})],
        about=about, within=Within.DAYS_2, caseworker_id=person.caseworker_id,
    )  # fmt: skip


def erase(house: House, ended, now: datetime) -> None:
    """Delete the carrier's copy of the words: the row has ended, and nobody else needs them.

    What is not confirmed is asked for again every hour; after two days staff and operators see how many are left.
    Another worker may have been faster: it is the same copy, and what is written down of it stays. A state that has
    changed since is left to its turn.
    """
    again, done = None, ended.erased_at
    if ended.carrier_sid and done is None:
        try:
            house.channels[ended.channel].erase(ended.carrier_sid)
            done = now
        except NotAnswered:
            again = now + copies.ASKED_AGAIN
    with house.database.write() as session:
        _ERASED.run(session.connection(), message=ended.id, was=ended.state, again=again, done=done)


_ERASED = Prepared(
    lambda _: (
        update(Message.__table__)
        .where(Message.id == bindparam("message"), Message.state == bindparam("was"))
        .values(
            look_at=case((Message.erased_at.is_(None), bindparam("again", type_=UtcDateTime()))),
            erased_at=func.coalesce(Message.erased_at, bindparam("done", type_=UtcDateTime())),
        )
    )
)


def receive(house: House, ref: str, receipt: Receipt) -> bool:
    """A carrier's report came in by web. True if it was news."""
    with house.database.write() as session:
        return _take_in(session, ref, receipt, house.clock.now())
