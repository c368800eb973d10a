"""Every promise, checked after the fact: one small function for each, over the phones' inboxes and the database.

They use nothing of the engine. Each returns sentences about what was broken, without a name or a number; those about
texts are in text_promises, that about silence in silence_promises.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

from companion.engine.tick import Exit
from companion.rules.plan import PlanSettings, slot_days
from companion.trials.evidence import Evidence
from companion.trials.silence_promises import unheard
from companion.trials.text_promises import (
    after_answer,
    after_opt_out,
    outside_hours,
    over_cap,
    twice,
    wording,
)

ENDED = {"answered", "answered_late", "missed", "unreached", "void", "excused", "cancelled"}


def missed_unlisted(seen: Evidence) -> Iterator[str]:
    """A missed check-in that is on nobody's list and never was."""
    listed = {signal.about for signal in seen.rows["signal"]}
    for slot in seen.rows["slot"]:
        if slot.state == "missed" and f"slot:{slot.id}" not in listed:
            yield f"slot {slot.id} was missed and nobody was told"


def missed_without_text(seen: Evidence) -> Iterator[str]:
    """A check-in counted as missed of which no phone company ever took a text."""
    asked = {row.slot_id for row in seen.rows["message"] if row.carrier_sid in seen.accepted}
    for slot in seen.rows["slot"]:
        if slot.state == "missed" and slot.id not in asked:
            yield f"slot {slot.id} counts as missed without a text"


def red_untold(seen: Evidence) -> Iterator[str]:
    """A red alert of which nobody was told when somebody was there to be told."""
    hours = {worker.institution_id: worker.hours for worker in seen.crowd.workers}
    called = defaultdict(list)
    for call in seen.diary.calls:
        called[call.person_id].append(call.at)
    spoke = defaultdict(list)
    for did in seen.diary.answers:
        spoke[seen.person_of(did)].append(did.at)
    alerts = {alert.id: alert for alert in seen.rows["alert"]}
    for signal in seen.rows["signal"]:
        if signal.level != "red":
            continue
        alert = alerts[signal.alert_id]
        due = _told_by(seen, hours[alert.institution_id], signal.at)
        told = [*seen.told[alert.id], *(at for at in called[alert.person_id] if at >= signal.at)]
        taken = [at for at in (alert.claimed_at, alert.closed_at) if at]
        if alert.family in ("silence", "undelivered"):  # an answer ends what was to be told about them
            taken += [at for at in spoke[alert.person_id] if at >= signal.at]
        if due < seen.end and not any(at <= due for at in (*told, *taken)):
            yield f"alert {alert.id} was red at {signal.at:%Y-%m-%d %H:%M} and nobody was told"


def _told_by(seen: Evidence, hours, at: datetime) -> datetime:
    """Three steps of the trial after the office is open; where the carrier errs, after it could climb twice.

    The two hours are counted anew from the end of a trouble that falls into them: the deadlines of an engine that stood
    still move, and the one text that leaves behind it may be lost.
    """
    begin = hours.next_opening(at)
    while True:
        due = (hours.add_hours(begin, 2) if seen.carrier_errs else begin) + 3 * seen.step
        over = [ended for began, ended in seen.still if began < due and ended > begin]
        if not over:
            return due
        begin = hours.next_opening(max(over))


def help_unheard(seen: Evidence) -> Iterator[str]:
    """A call for help that left nothing red on anybody's list."""
    person = {alert.id: alert.person_id for alert in seen.rows["alert"]}
    red = {(person[one.alert_id], one.at) for one in seen.rows["signal"] if one.code.startswith(("R1", "R2"))}
    for did in seen.diary.helps:
        if (seen.person_of(did), did.at) not in red:
            yield f"person {did.person_id} called for help and nobody was told"


def answer_lost(seen: Evidence) -> Iterator[str]:
    """An answer that was taken with thanks and is not in the books.

    Behind a link whose time is over only the call for help in it is taken, and that has a promise of its own.
    """
    helps = {(did.token, did.at) for did in seen.diary.helps}
    for did in seen.diary.answers:
        link = seen.links.get(did.token)
        slot = seen.slots.get(link.slot_id) if link and link.slot_id else None
        over = slot is not None and (slot.closes_at <= did.at or slot.state in ("cancelled", "excused"))
        if over and (did.token, did.at) in helps:
            continue
        if link is None or (slot is not None and slot.state not in ("answered", "answered_late")):
            yield f"an answer of person {did.person_id} was lost"


def books(seen: Evidence) -> Iterator[str]:
    """Planned is not the sum of what became of it, or something past its time has not ended."""
    last = len(slot_days(PlanSettings()))
    by_window = defaultdict(lambda: defaultdict(set))
    for slot in seen.rows["slot"]:
        by_window[slot.window_id][slot.generation].add(slot.seq)
        if slot.state not in ENDED and slot.state not in ("planned", "open"):
            yield f"slot {slot.id} is in no known state"
        past = slot.due_at if slot.state == "planned" else min(slot.miss_at or slot.closes_at, slot.closes_at)
        if slot.state not in ENDED and past < seen.end - seen.step:
            yield f"slot {slot.id} is still {slot.state} after its time"
    for window_id, generations in by_window.items():
        newest = generations[max(generations)]
        if newest != set(range(min(newest), last + 1)):
            yield f"window {window_id} was promised {last - min(newest) + 1} slots and has {len(newest)}"


def unlooked(seen: Evidence) -> Iterator[str]:
    """Rows that waited for somebody to look at them, and nobody did; rows that a step could not digest."""
    for table in ("slot", "message", "window", "alert", "family_member"):
        late = sum(row.look_at is not None and row.look_at < seen.end for row in seen.rows[table])
        if late:
            yield f"{late} rows of {table} were never looked at"
    forgotten = sum(
        row.state in ("planned", "sending") and row.look_at is None for row in seen.rows["message"]
    )
    forgotten += sum(row.state in ("planned", "open") and row.look_at is None for row in seen.rows["slot"])
    if forgotten:
        yield f"{forgotten} rows wait for something and nobody will look at them"
    for row in seen.rows["parked"]:
        yield f"a row of step {row.kind} was parked: {row.reason}"


def time_back(seen: Evidence) -> Iterator[str]:
    """A tick that found the clock behind the last one and did something all the same."""
    for report in seen.turned_back:
        if report.exit is not Exit.CLOCK_WENT_BACK or any(report.did.values()):
            yield f"a tick at {report.now:%Y-%m-%d %H:%M} did something although the clock had gone back"


def pages(seen: Evidence) -> Iterator[str]:
    """A page that broke, or a call for help or a wish to stop that was not taken."""
    yield from seen.diary.broken_pages


PROMISES: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "text outside allowed hours": outside_hours,
    "text after opt-out": after_opt_out,
    "text twice": twice,
    "text after the answer": after_answer,
    "text over the cap": over_cap,
    "missed and on nobody's list": missed_unlisted,
    "missed without a text": missed_without_text,
    "unheard and on nobody's list": unheard,
    "red and nobody told": red_untold,
    "call for help not heard": help_unheard,
    "answer lost": answer_lost,
    "books do not balance": books,
    "rows never looked at": unlooked,
    "text that betrays": wording,
    "something done while the clock went back": time_back,
    "page broken": pages,
}


def broken(seen: Evidence) -> dict[str, list[str]]:
    """Every promise that was not kept, with where."""
    found = {name: list(check(seen)) for name, check in PROMISES.items()}
    return {name: places for name, places in found.items() if places}
