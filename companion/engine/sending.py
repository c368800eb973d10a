"""Hand messages over: take in one transaction, call with none open, record in another (design 4.2)."""

import logging
import math
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy.exc import OperationalError

from companion.channels.protocol import Letter, Misconfigured, NeverLeft, Reason, Refused, TooLate
from companion.db import lock_row
from companion.engine.batches import park
from companion.engine.house import House
from companion.models import Message, Number
from companion.services import flow, gate, handover, numbers, outbox
from companion.services.flow import NO_PACES, NotYet, Paces
from companion.services.gate import Taken

log = logging.getLogger(__name__)

AT_ONCE = 200
"""How many candidates are looked at together; taking them is one by one."""
BEGIN_WITHIN = timedelta(seconds=25)
"""From taking a text to calling the carrier: with the longest call it still ends within the lease (design 4.2)."""
LONGEST_ROUND = 10.0
"""Seconds; then the state steps have a turn. A slow carrier must not keep a red alert from climbing."""
URGENT_HANDS = 2


def send_due(house: House, now: datetime, senders: int) -> Counter:
    """Send what is due at `now`, urgent texts first, with so many hands; counts tried, sent, unsure, refused.

    Ends early after LONGEST_ROUND; what is left is due still.
    """
    return _send_all(house, senders, lambda: _waiting(house, now))


def send_urgent(house: House, now: datetime) -> Counter:
    """Send the urgent texts that are due at `now`, with hands that carry nothing else (failures 18).

    The worker asks for them every second or two, beside its ticks: neither the texts of a whole morning nor a carrier
    that takes its time stands between a red alert and somebody's phone.
    """
    return _send_all(house, URGENT_HANDS, lambda: _urgent(house, now))


def _send_all(house: House, senders: int, look: Callable[[], list[int]]) -> Counter:
    queue = _Queue(look)
    until = house.clock.stopwatch() + LONGEST_ROUND

    def work(_hand: int) -> Counter:
        did: Counter = Counter()
        with queue.closed_by_a_fault():
            for message_id in queue:
                outcome = send_one(house, message_id, until) if house.clock.stopwatch() < until else "left"
                did[outcome] += 1
                if outcome == "left":  # no time for this one, nor for those behind it
                    queue.close()
        return did

    hands = min(senders, len(queue))
    did = sum(_at_once(work, hands), Counter())
    did["tried"] = did.total() - did.pop("left", 0)
    return did


def _at_once(work: Callable[[int], Counter], hands: int) -> list[Counter]:
    """What so many hands did; one hand is our own, since a thread for it would only be waited for."""
    if hands < 2:
        return [work(hand) for hand in range(hands)]
    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(work, range(hands)))


class _Queue:
    """What waits, handed out one by one and looked for again when it has run out.

    A hand that is free need not wait until the slowest one of a batch has its answer from the carrier. What another
    hand still waits with for its sender's turn is found again; nobody reserves a second turn for it.
    """

    def __init__(self, look: Callable[[], list[int]]):
        self._look, self._lock = look, Lock()
        self._waiting = deque(look())
        self._given: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[int]:
        return iter(self._next, None)

    def close(self) -> None:
        """Hand nothing more out."""
        with self._lock:
            self._waiting, self._look = deque(), list

    @contextmanager
    def closed_by_a_fault(self) -> Iterator[None]:
        """Whoever else has something in hand ends it; the fault goes on to the caller."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _next(self) -> int | None:
        with self._lock:
            if not self._waiting:
                # Found again: in somebody's hand, or the clock went back and none of them is due.
                self._waiting = deque(one for one in self._look() if one not in self._given)
            if not self._waiting:
                self._look = list  # what falls due while the last ones are sent is for the next round
                return None
            self._given.add(self._waiting[0])
            return self._waiting.popleft()


def _waiting(house: House, now: datetime) -> list[int]:
    """Each lane in an order of this worker's own, so that several seldom reach for the same message."""
    with house.database.read() as session:
        urgent, bulk = outbox.due_to_send(session, now, AT_ONCE)
    house.shuffle(urgent)
    house.shuffle(bulk)
    return urgent + bulk


def _urgent(house: House, now: datetime) -> list[int]:
    with house.database.read() as session:
        return outbox.urgent_due(session, now, AT_ONCE)


def send_one(house: House, message_id: int, until: float = math.inf) -> str:
    """Send one message, unless somebody else has it or the gate says no. Says what became of it.

    The gate is asked about this very instant, not about the beginning of the tick: a queue may outlive the
    hours, and a stop counts for what is already waiting in it. `until` (by the stopwatch) is how long it may wait
    for its sender's turn; "left" if that was not long enough.
    """
    try:
        taken = _take(house, message_id, until)
    except OperationalError:  # the database, not this message
        raise
    except NotYet:
        return "left"
    except Exception as error:  # noqa: BLE001 - one bad row must not keep the others from leaving
        park(house.database, "send", Message, message_id, house.clock.now(), error)
        return "parked"
    if taken is None:
        return "held"
    outcome, write = _call(house, taken) if _is_fresh(house, taken) else ("not_begun", _not_begun(taken))
    try:
        _record(house, write)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - it is under way; the end of its lease makes it unsure
        log.error("message %s: outcome not recorded: %s", taken.ref, type(error).__name__)
        return "unsure"
    if outcome == "misconfigured":
        house.alarm("configuration", f"The carrier refuses our set-up on {taken.channel}; it is held.")
    return outcome


def _record(house: House, write: Callable) -> None:
    """Write the outcome down, once more if the database ended that: what the carrier said is known only here."""
    for may_be_ended in (True, False):
        try:
            with house.database.write() as session:
                # An instant of its own: the network was slow in between.
                return write(session, house.clock.now())
        except OperationalError:
            if not may_be_ended:
                raise


def _take(house: House, message_id: int, until: float) -> Taken | None:
    """Take it now, or at its sender's next turn. Raises NotYet if that does not come before `until`."""
    try:
        return _ask_gate(house, message_id, house.paces)
    except NotYet as error:
        within = min(until - house.clock.stopwatch(), LONGEST_ROUND)
        with house.database.write() as session:
            wait = flow.reserve(session, error.pace, house.clock.machine(), within)
        if wait is None:
            raise
    house.sleep(wait)
    return _ask_gate(house, message_id, NO_PACES)


def _ask_gate(house: House, message_id: int, paces: Paces) -> Taken | None:
    with house.database.write() as session:
        session.connection()  # SQLite has one writer: the clock is looked at when it is our turn, not before
        now, machine = house.clock.now(), house.clock.machine()
        return gate.take(session, message_id, now, machine, house.link_base, paces)


def _is_fresh(house: House, taken: Taken) -> bool:
    """Whether the call may still begin: a process can be held up for an hour between two of its lines.

    Then the hours may be over, somebody may have answered or opted out, and others may have taken the text for lost.
    """
    return house.clock.machine() - taken.machine_at < BEGIN_WITHIN


def _not_begun(taken: Taken):
    return lambda session, now: handover.not_begun(session, taken, now)


def _call(house: House, taken: Taken):
    """The network, with no transaction open; what the answer means for us as a function that records it."""
    channel = house.channels[taken.channel]
    letter = Letter(taken.to, taken.body, taken.ref, taken.valid_for, wanted=lambda: _is_fresh(house, taken))
    try:
        sid = channel.send(letter).sid
    except Refused as error:
        reason, code = error.reason, error.code
        return "refused", lambda session, now: _refused(session, taken, now, reason, code)
    except TooLate:
        return "not_begun", _not_begun(taken)
    except NeverLeft as error:
        wait, code = error.retry_after, error.code
        return "never_left", lambda session, now: handover.never_left(session, taken, now, wait, code)
    except Misconfigured as error:
        code = error.code
        return "misconfigured", lambda session, now: handover.misconfigured(session, taken, now, code)
    except Exception as error:  # noqa: BLE001 - it may have gone out: never sent again by machine
        log.warning("message %s: no clear answer (%s)", taken.ref, type(error).__name__)
        return "unsure", lambda session, now: handover.unsure(session, taken, now)
    return "sent", lambda session, now: handover.accepted(session, taken, sid, now)


def _refused(session, taken: Taken, now, reason: Reason, code) -> None:
    lock_row(session, Number, taken.number_id)  # before the message's own row, as the gate does
    handover.refused(session, taken, now, reason, code)
    tell_number(session, taken.number_id, now, reason)


def tell_number(session, number_id: int | None, now: datetime, reason: Reason | str | None) -> None:
    """A carrier's word about a number stays on the number: opted out is silence, dead is unusable."""
    if number_id is None or reason is None or not Reason(reason).is_number:
        return
    if Reason(reason) in (Reason.OPTED_OUT, Reason.BLOCKED):
        numbers.silence(session, now, number_id, "carrier")
    else:
        numbers.mark_unusable(session, now, number_id, str(reason))
