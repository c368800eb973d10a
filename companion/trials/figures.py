"""What a trial counts: slots by end, texts by end, alerts, lines, calls and reds per caseworker, deadlines kept."""

from bisect import bisect_left
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

from companion.rules.terms import Role
from companion.trials.evidence import Evidence

ENDS = ("answered", "answered_late", "missed", "unreached", "void", "excused", "cancelled")


def figures(seen: Evidence) -> dict:
    """Everything that is printed, as plain numbers."""
    return {
        "slots": _slots(seen),
        "void_because": dict(
            sorted(Counter(slot.reason for slot in seen.rows["slot"] if slot.state == "void").items())
        ),
        "texts": dict(sorted(Counter(row.state.value for row in seen.rows["message"]).items())),
        "texts_by_purpose": dict(sorted(Counter(row.purpose.value for row in seen.rows["message"]).items())),
        "alerts": dict(sorted(Counter(row.level.value for row in seen.rows["alert"]).items())),
        "alerts_by_family": dict(sorted(Counter(row.family.value for row in seen.rows["alert"]).items())),
        "work": _work(seen),
        "deadlines": _deadlines(seen),
    }


def _slots(seen: Evidence) -> dict:
    states = Counter(slot.state.value for slot in seen.rows["slot"])
    asked = sum(slot.asked_at is not None for slot in seen.rows["slot"])
    heard = states["answered"] + states["answered_late"]
    counted = heard + states["missed"]
    return {
        "promised": len(seen.rows["slot"]),
        "ahead": states["planned"],
        "open": states["open"],
        "asked": asked,
        **{end: states[end] for end in ENDS},
        "response_rate": round(heard / counted, 3) if counted else None,
    }


def _work(seen: Evidence) -> dict:
    """Per caseworker and working day: lines on the list when the day began, calls, and reds that were raised."""
    hours = {worker.id: worker.hours for worker in seen.crowd.workers if worker.role is Role.CASEWORKER}
    days = {
        (worker, at.astimezone(ZoneInfo(hours[worker].zone)).date())
        for worker, at, _lines, _reds in seen.lines_seen if worker in hours
    }  # fmt: skip
    first: dict = {}
    for worker, at, lines, _reds in seen.lines_seen:
        if worker in hours:
            first.setdefault((worker, at.astimezone(ZoneInfo(hours[worker].zone)).date()), lines)
    reds = {signal.alert_id for signal in seen.rows["signal"] if signal.level == "red"}
    n = max(len(days), 1)
    return {
        "caseworkers": len(hours),
        "working_days": n,
        "lines_a_day": round(sum(first.values()) / n, 1),
        "most_lines": max(first.values(), default=0),
        "calls_a_day": round(len(seen.diary.calls) / n, 1),
        "reds_a_day": round(len(reds) / n, 2),
    }


def _deadlines(seen: Evidence) -> dict:
    """Deadlines by which somebody had tried or spoken, or the person had answered; those still ahead are left out."""
    acts = defaultdict(list)
    for did in seen.diary.answers:
        acts[seen.person_of(did)].append(did.at)
    for call in seen.diary.calls:
        acts[call.person_id].append(call.at)
    closed = {alert.id: alert.closed_at for alert in seen.rows["alert"]}
    kept = due = 0
    for deadline in {(one.alert_id, one.at): one for one in seen.diary.deadlines}.values():
        if deadline.at >= seen.end:
            continue
        due += 1
        mine = sorted(acts[deadline.person_id])
        place = bisect_left(mine, deadline.seen_at)
        soon = place < len(mine) and mine[place] <= deadline.at
        done = closed[deadline.alert_id]
        kept += soon or bool(done and done <= deadline.at)
    return {"due": due, "kept": kept, "share": round(kept / due, 3) if due else None}
