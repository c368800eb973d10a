"""One picture of a simulated run, as SVG: what became of each day's check-ins, the texts, the reds, and the troubles."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from companion.trials.evidence import Evidence
from companion.trials.trouble import Event

COLOURS = {
    "answered": "#1f6f5c", "answered_late": "#7fb5a5", "missed": "#f2b84b", "unreached": "#9a8bb0", "void": "#b4472e",
    "excused": "#d9d3c5", "cancelled": "#c3ccd1",
}  # fmt: skip
BANDS = {
    "gap": "#e6e1d6", "outage": "#d8cfbd", "stop": "#f3e3dc", "unplugged": "#efe3f2", "budget": "#f7efd6",
    "clock back": "#1e2a2f",
}  # fmt: skip
INK, PAPER, SOFT = "#1e2a2f", "#fbf8f3", "#65737a"
LEFT, TOP, WIDE, HIGH, LINE = 56, 64, 1040, 220, 90
"""Pixels: the margins, the picture of the ends, and that of the lines under it."""


@dataclass
class ByDay:
    """What is drawn of a house. Days are counted from the beginning."""

    begin: datetime
    days: int
    ends: dict[int, Counter] = field(default_factory=lambda: defaultdict(Counter))
    """By the day on which the check-in was due."""
    texts: Counter = field(default_factory=Counter)
    reds: Counter = field(default_factory=Counter)
    """Alerts that were red, by the day on which they opened."""
    events: list[Event] = field(default_factory=list)


def by_day(seen: Evidence) -> ByDay:
    """Count what one house is drawn from."""
    found = ByDay(seen.begin, max(1, (seen.end - seen.begin).days), events=seen.events)
    for slot in seen.rows["slot"]:
        if slot.state in COLOURS:
            found.ends[(slot.due_at - seen.begin).days][str(slot.state)] += 1
    found.texts.update((text.at - seen.begin).days for text in seen.diary.arrivals)
    red = {signal.alert_id for signal in seen.rows["signal"] if signal.level == "red"}
    found.reds.update((alert.opened_at - seen.begin).days for alert in seen.rows["alert"] if alert.id in red)
    return found


def together(houses: list[ByDay]) -> ByDay:
    """All houses in one; what happened to the engine happened to each."""
    whole = ByDay(houses[0].begin, houses[0].days, events=houses[0].events)
    for house in houses:
        for day, ends in house.ends.items():
            whole.ends[day] += ends
        whole.texts += house.texts
        whole.reds += house.reds
    return whole


def draw(seen: ByDay, heading: str, path: Path) -> None:
    """Write the picture of one run to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_svg(seen, heading), encoding="utf-8")


def _svg(seen: ByDay, heading: str) -> str:
    days = seen.days
    parts = [
        _text(LEFT, 28, heading, 18, INK),
        _text(
            LEFT,
            48,
            "What became of the check-ins of each day; under it texts sent and red alerts.",
            13,
            SOFT,
        ),
        *_bands(seen, days),
        *_bars(seen.ends, days),
        *_line(seen.texts, days, TOP + HIGH + 40, "texts sent", "#1f6f5c"),
        *_line(seen.reds, days, TOP + HIGH + 60 + LINE, "red alerts", "#b4472e"),
        *_legend(TOP + HIGH + 2 * LINE + 96),
    ]
    height = TOP + HIGH + 2 * LINE + 140
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1140 {height}" font-family="sans-serif">'
    return (
        "\n".join([head, f'<rect width="1140" height="{height}" fill="{PAPER}"/>', *parts, "</svg>"]) + "\n"
    )


def _bars(ends: dict, days: int) -> list[str]:
    most = max((sum(day.values()) for day in ends.values()), default=1)
    step, found = WIDE / days, [*_scale(most, TOP, HIGH)]
    for day, counts in sorted(ends.items()):
        if not 0 <= day < days:
            continue
        y = float(TOP + HIGH)
        for end, colour in COLOURS.items():
            tall = HIGH * counts[end] / most
            y -= tall
            if tall:
                found.append(_rect(LEFT + day * step, y, max(step * 0.86, 0.6), tall, colour))
    return found


def _line(counts: Counter, days: int, top: int, label: str, colour: str) -> list[str]:
    most, step = max(counts.values(), default=1), WIDE / days
    points = " ".join(
        f"{LEFT + (day + 0.5) * step:.1f},{top + LINE * (1 - counts[day] / most):.1f}" for day in range(days)
    )
    line = f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    return [*_scale(most, top, LINE), line, _text(LEFT, top - 6, label, 13, SOFT)]


def _bands(seen: ByDay, days: int) -> list[str]:
    """The troubles, as bands behind everything; the shortest are still to be seen."""
    step, found = WIDE / days, []
    for event in seen.events:
        x = LEFT + (event.began - seen.begin).total_seconds() / 86400 * step
        wide = max((event.ended - event.began).total_seconds() / 86400 * step, 1.5)
        found.append(_rect(x, TOP, wide, HIGH + 2 * LINE + 60, BANDS[event.kind]))
    return found


def _legend(top: int) -> list[str]:
    found, x = [], float(LEFT)
    for name, colour in (COLOURS | BANDS).items():
        found += [_rect(x, top, 12, 12, colour), _text(x + 17, top + 11, name.replace("_", " "), 12, INK)]
        x += 34 + 6.4 * len(name)
    return found


def _scale(most: int, top: int, high: int) -> list[str]:
    """The ground line, and the figure that the highest point stands for."""
    ground = f'<path d="M{LEFT} {top + high}h{WIDE}" stroke="{SOFT}" stroke-width="1"/>'
    return [ground, _text(LEFT - 8, top + 10, str(most), 12, SOFT, "end")]


def _rect(x: float, y: float, wide: float, tall: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{colour}"/>'


def _text(x: float, y: float, words: str, size: int, colour: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(words)}</text>"
