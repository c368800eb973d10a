"""The promise about silence, checked after the fact: nobody stays unheard past the limit without a line on a list."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from companion.rules.results import RESULTS, Code
from companion.trials.evidence import Evidence


def unheard(seen: Evidence) -> Iterator[str]:
    """Somebody of whom nothing was heard past the limit, and who was on nobody's list.

    Whose limit passed in a gap of ours has to be on its call list; their line comes by as much later (decision 5).
    """
    listed = _listed(seen)
    owed = {(call.gap_id, call.person_id) for call in seen.rows["gap_call"]}
    heard, ended, waits = _heard(seen)
    windows = {window.person_id: window for window in seen.rows["window"]}
    for graduate in seen.crowd.graduates.values():
        instants = [*sorted(heard[graduate.id]), seen.end]
        over = min(windows[graduate.id].ends_at, ended.get(graduate.id, seen.end), seen.end)
        for since, until in pairwise(instants):
            last = min(until, over)
            limit, gaps = _moved(seen, _limit(seen, graduate, since, waits))
            due = seen.past_trouble(limit + 2 * seen.step)
            if due < last and not any(opened <= due < closed for opened, closed in listed[graduate.id]):
                yield f"person {graduate.id} was not heard of since {since:%Y-%m-%d %H:%M} and is on no list"
            for gap in gaps:
                if gap.ended_at < last and (gap.id, graduate.id) not in owed:
                    yield f"person {graduate.id} fell silent in gap {gap.id} and nobody was to ring them"


def _listed(seen: Evidence) -> dict[int, list[tuple[datetime, datetime]]]:
    """From when until when each person stood on a list because somebody should find out how they are."""
    listed, never = defaultdict(list), seen.end + timedelta(days=1)
    for alert in seen.rows["alert"]:
        if alert.family in ("silence", "undelivered", "safety", "struggling"):
            listed[alert.person_id].append((alert.opened_at, alert.closed_at or never))
    ended_at = {gap.id: gap.ended_at for gap in seen.rows["gap"]}
    for call in seen.rows["gap_call"]:
        listed[call.person_id].append((ended_at[call.gap_id], call.done_at or never))
    return listed


def _moved(seen: Evidence, limit: datetime) -> tuple[datetime, list]:
    """The limit, later by each gap in which it passed, and these gaps."""
    gaps = []
    for gap in sorted(seen.rows["gap"], key=lambda gap: gap.began_at):
        if gap.began_at < limit <= gap.ended_at:
            limit += gap.ended_at - gap.began_at
            gaps.append(gap)
    return limit, gaps


def _heard(seen: Evidence) -> tuple[dict, dict, dict]:
    """Instants at which each person was heard of, when follow-up ended, and until when a pause lets the clock rest."""
    heard, ended, waits = defaultdict(list), {}, {}
    for graduate in seen.crowd.graduates.values():
        heard[graduate.id].append(seen.begin)
    for did in (*seen.diary.answers, *seen.diary.helps):
        heard[seen.person_of(did)].append(did.at)
    for call in seen.diary.calls:
        if RESULTS[call.code].heard:
            heard[call.person_id].append(call.at)
        if call.code is Code.PAUSE:
            waits[call.person_id, call.at] = call.at + timedelta(days=9)
        if call.code is Code.REFUSED:
            ended[call.person_id] = call.at
    for window in seen.rows["window"]:
        if window.closed_at:
            ended[window.person_id] = min(window.closed_at, ended.get(window.person_id, window.closed_at))
    return heard, ended, waits


def _limit(seen: Evidence, graduate, since: datetime, waits) -> datetime:
    """Seven days where they end in the first four weeks, else ten; counted anew when a pause is over."""
    paused = [until for (person, at), until in waits.items() if person == graduate.id and at <= since < until]
    start = max([since, *paused])
    zone = ZoneInfo(seen.place_of(graduate, start)[0])
    early = start + timedelta(days=7)
    return (
        early if (early.astimezone(zone).date() - graduate.left_on).days < 28 else start + timedelta(days=10)
    )
