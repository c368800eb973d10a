"""What must be true after a crash trial, each as one small function over what was left behind.

They use nothing of the engine: texts are counted at the carrier, and "after" is after the page had confirmed it to the
person. Each returns sentences about what was broken, without a name or a number. Design 4.2, failures 1, 2, 3, 6, 25.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from companion.trials.chaos_aftermath import Aftermath
from companion.trials.chaos_people import ANSWER, STOP

ENDED_SLOT = {"answered", "answered_late", "missed", "unreached", "void", "excused", "cancelled"}
ENDED_MESSAGE = {"sent", "delivered", "undelivered", "refused", "expired", "cancelled"}
LEFT = {"sent", "delivered", "undelivered", "unsure"}
ON_A_LIST = {"missed", "unreached", "void"}
GONE = 410
"""The page of a check-in that takes no answer any more; none of a trial is over by its time."""
LEASE = timedelta(seconds=60)
"""The longest that an attempt may be under way; a text at the carrier later than that had begun afterwards."""


def sent_twice(seen: Aftermath) -> Iterator[str]:
    """One promise, more than one text: counted at the carrier, by message and by the link on the phone."""
    for ref, times in Counter(one.ref for one in seen.took).items():
        row = seen.of_ref.get(ref)
        if row is None:
            yield "the carrier took a text of which nothing is in the books"
        elif times > 1:
            yield f"message {row.id} ({row.subject}, step {row.step}) was taken {times} times"
    handed = Counter(row.token for row in seen.rows["message"] if row.attempts)
    for token, times in Counter(one.token for one in seen.took if one.token).items():
        if times > handed[token]:
            yield f"a link arrived {times} times out of {handed[token]} messages"
    promises = Counter((row.subject, row.step, row.channel) for row in seen.rows["message"])
    for (subject, step, channel), times in promises.items():
        if times > 1:
            yield f"{subject} has {times} messages of step {step} on {channel}"


def after_opt_out(seen: Aftermath) -> Iterator[str]:
    """A text whose attempt began after its number had been silenced."""
    silenced = {row.id: row.silenced_at for row in seen.rows["number"] if row.silenced_at}
    yield from _after(
        seen, "number_id", seen.confirmed(STOP, "number_id"), silenced, "the texts were stopped"
    )


def after_answer(seen: Aftermath) -> Iterator[str]:
    """A text about a check-in whose attempt began after it had been answered."""
    answered = {
        row.id: row.answered_at for row in seen.rows["slot"] if row.answered_at and row.id in seen.due
    }
    yield from _after(seen, "slot_id", seen.confirmed(ANSWER, "slot_id"), answered, "it was answered")


def _after(seen, thing, confirmed, written, what) -> Iterator[str]:
    """By the attempts in the books, and by the carrier's own clock, which knows nothing of our books.

    `confirmed` is machine time, when the page had come back: the commit was before. Where nobody was shown a page (the
    carrier said that a number wants no more) there is only `written`, people's time when it began to be written down.
    """
    for attempt in seen.rows["attempt"]:
        row = seen.of_id[attempt.message_id]
        subject = getattr(row, thing)
        if subject in confirmed:
            late = attempt.machine_at > confirmed[subject]
        else:
            late = subject in written and attempt.started_at > written[subject] + LEASE
        if late:
            yield f"attempt {attempt.n} of message {row.id} began after {what}"
    for one in seen.took:
        row = seen.of_ref.get(one.ref)
        subject = row and getattr(row, thing)
        if subject in confirmed and one.at > confirmed[subject] + LEASE:
            yield f"message {row.id} reached the carrier long after {what}"


def lost(seen: Aftermath) -> Iterator[str]:
    """A row that has neither ended nor stands on a list, and nobody will look at it again."""
    parked = {(row.kind, row.row_id) for row in seen.rows["parked"]}
    listed = {signal.about for signal in seen.rows["signal"]}
    for row in seen.rows["message"]:
        ahead = row.state == "planned" and row.look_at is not None and row.look_at > seen.end
        waits = ahead or row.state == "unsure" or ("send", row.id) in parked
        if row.state not in ENDED_MESSAGE and not waits:
            yield f"message {row.id} is {row.state} and nobody will look at it"
    for slot_id in sorted(seen.due):
        slot = seen.slots.get(slot_id)
        if slot is None or slot.state not in ENDED_SLOT:
            yield f"slot {slot_id} is {slot.state if slot else 'gone'} after its time"
        elif slot.state in ON_A_LIST and not (f"slot:{slot_id}" in listed or _of_a_gap(seen, slot)):
            yield f"slot {slot_id} is {slot.state} and on nobody's list"


def _of_a_gap(seen: Aftermath, slot) -> bool:
    """Void because we stood still: a banner says so, with a call list, and no line for each (failures 20)."""
    return bool(seen.rows.get("gap")) and slot.state == "void" and slot.reason == "downtime"


def unsettled(seen: Aftermath) -> Iterator[str]:
    """A text of which nobody knows whether it left, and nobody was asked to decide (perlu diputuskan).

    A text to staff is only the bell of an alert, which stands on a list itself and climbs until somebody takes it.
    """
    asked = {signal.about for signal in seen.rows["signal"] if signal.code == "D2"}
    alerts = {alert.id for alert in seen.rows["alert"]}
    for row in seen.rows["message"]:
        if row.state == "unsure" and f"message:{row.id}" not in asked and row.alert_id not in alerts:
            yield f"message {row.id} is unsure and on nobody's list"


def books(seen: Aftermath) -> Iterator[str]:
    """What was planned is not the sum of what became of it, or the carrier's count is another than ours."""
    yield from seen.faults
    if sum(seen.by_state.values()) != seen.promised:
        yield f"{seen.promised} slots were promised and {sum(seen.by_state.values())} are in the books"
    unknown = sorted(set(seen.by_state) - ENDED_SLOT - {"planned", "open"})
    if unknown:
        yield f"slots stand in no known state: {unknown}"
    still = {name: seen.by_state.get(name, 0) for name in ("planned", "open")}
    if any(still.values()):
        yield f"check-ins have not ended although their time is over: {still}"
    for one in seen.took:
        row = seen.of_ref.get(one.ref)
        if row is not None and row.state not in LEFT:
            yield f"message {row.id} left, and the books say {row.state}"


def word_broken(seen: Aftermath) -> Iterator[str]:
    """An answer or an opt-out that the page had confirmed, and that is not in the books; a page that broke."""
    silenced = {row.id for row in seen.rows["number"] if row.silenced_at}
    for number_id in seen.confirmed(STOP, "number_id"):
        if number_id not in silenced:
            yield f"number {number_id} was told that texts stop, and they do not"
    told = {row.slot_id for row in seen.rows["answer"]}
    for slot_id in {seen.links[act.token].slot_id for act in seen.acts if act.kind == ANSWER and act.done}:
        if slot_id in told and seen.slots[slot_id].state not in ("answered", "answered_late"):
            yield f"slot {slot_id} was answered, and the books say {seen.slots[slot_id].state}"
    for act in seen.acts:
        slot_id = seen.links[act.token].slot_id
        if act.kind == ANSWER and act.done and not act.help and slot_id not in told:
            slot = seen.slots[slot_id]
            yield f"an answer to slot {slot_id} was lost, which is {slot.state} ({slot.reason})"
    came = (act.status for act in seen.acts if act.status or not seen.in_the_dark(act.at))
    for status, times in Counter(came).items():
        if status == 0 or status >= 500:
            yield f"a page answered {status or 'nothing'} ({times} times)"


def turned_away(seen: Aftermath) -> Iterator[str]:
    """An answer that the page refused as too late, although its check-in was neither over nor taken back."""
    for act in seen.acts:
        slot = seen.slots.get(seen.links[act.token].slot_id)
        if act.kind == ANSWER and act.status == GONE and slot and slot.state != "cancelled":
            yield f"an answer to slot {slot.id} was turned away, which is {slot.state}"


def over_cap(seen: Aftermath) -> Iterator[str]:
    """A second text on one local day to one number: two workers must not both find that there was none.

    One that did not arrive is no text to whoever holds the phone, and does not count (design 3).
    """
    texts = defaultdict(list)
    taken = {one.ref for one in seen.took}
    for row in seen.rows["message"]:
        if row.ref in taken and row.number_id is not None and row.state != "undelivered":
            here = row.last_attempt_at.astimezone(ZoneInfo("Asia/Jakarta")).date()
            texts[row.number_id, here].append(row.id)
    for (number_id, day), ids in texts.items():
        if len(ids) > 1:
            yield f"number {number_id} had {len(ids)} texts on {day}"


def unfit(seen: Aftermath) -> Iterator[str]:
    """A row that a step could not digest, or a process that ended by itself: killing others must not do that."""
    for row in seen.rows["parked"]:
        yield f"row {row.row_id} of step {row.kind} was parked: {row.reason}"
    yield from seen.fell


Check = Callable[[Aftermath], Iterator[str]]
ALWAYS: dict[str, Check] = {
    "sent twice": sent_twice,
    "begun after an opt-out": after_opt_out,
    "begun after an answer": after_answer,
    "confirmed and not kept": word_broken,
    "turned away while the door stood open": turned_away,
    "two texts to a number on one day": over_cap,
    "parked rows, fallen processes": unfit,
}
CHECKS = ALWAYS | {
    "lost: not ended and on no list": lost,
    "unsure and on nobody's list": unsettled,
    "books that do not balance": books,
}
"""Where every check-in has had the time to end."""


def broken(seen: Aftermath, checks: dict[str, Check] = CHECKS) -> dict[str, list[str]]:
    """Every check with what it found."""
    return {name: list(check(seen)) for name, check in checks.items()}
