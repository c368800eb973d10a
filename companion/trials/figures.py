"""What a trial counts: slots by end, texts by end, alerts, lines, calls and reds per caseworker, deadlines kept."""

from bisect import bisect_left
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

from companion.rules.terms import Role
from companion.trials.evidence import Evidence

ENDS = ("answered", "answered_late", "missed", "unreached", "void", "excused", "cancelled")


Counts = dict[str, Counter]
"""What was counted in one house, by subject. All of it can be added up, but for `most_lines`."""


def count(seen: Evidence) -> Counts:
    """What one house is to be remembered by, as plain numbers."""
    slots, messages, alerts = (seen.rows[name] for name in ("slot", "message", "alert"))
    states = Counter(slot.state.value for slot in slots)
    asked = sum(slot.asked_at is not None for slot in slots)
    return {
        "slots": Counter(
            promised=len(slots), ahead=states["planned"], open=states["open"], asked=asked,
            **{end: states[end] for end in ENDS},
        ),
        "void_because": Counter(slot.reason for slot in slots if slot.state == "void"),
        "texts": Counter(row.state.value for row in messages),
        "texts_by_purpose": Counter(row.purpose.value for row in messages),
        "alerts": Counter(row.level.value for row in alerts),
        "alerts_by_family": Counter(row.family.value for row in alerts),
        "work": _work(seen),
        "deadlines": _deadlines(seen),
    }  # fmt: skip


def figures(houses: list[Counts]) -> dict:
    """Everything that is printed about all houses together."""
    both = {name: _added([house[name] for house in houses]) for name in houses[0]}
    most = max(house["work"]["most_lines"] for house in houses)
    return {
        **both,
        "slots": {name: both["slots"][name] for name in houses[0]["slots"]}
        | {"response_rate": _share_answered(both["slots"])},
        "work": _a_day(both["work"], most),
        "deadlines": both["deadlines"]
        | {"share": _ratio(both["deadlines"]["kept"], both["deadlines"]["due"])},
    }


def _added(parts: list[Counter]) -> dict:
    return {
        name: sum(part[name] for part in parts) for name in sorted({name for part in parts for name in part})
    }


def _share_answered(slots: dict) -> float | None:
    heard = slots["answered"] + slots["answered_late"]
    return _ratio(heard, heard + slots["missed"])


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _a_day(work: dict, most: int) -> dict:
    """Per caseworker and working day: lines on the list when the day began, calls, and reds that were raised."""
    n = max(work["working_days"], 1)
    return {
        "caseworkers": work["caseworkers"],
        "working_days": n,
        "lines_a_day": round(work["lines"] / n, 1),
        "most_lines": most,
        "calls_a_day": round(work["calls"] / n, 1),
        "reds_a_day": round(work["reds"] / n, 2),
    }


def _work(seen: Evidence) -> Counter:
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
    return Counter(
        caseworkers=len(hours), working_days=len(days), lines=sum(first.values()), calls=len(seen.diary.calls),
        reds=len(reds), most_lines=max(first.values(), default=0),
    )  # fmt: skip


def _deadlines(seen: Evidence) -> Counter:
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
    return Counter(due=due, kept=kept)
