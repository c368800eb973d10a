"""The crash trial: workers are killed while they send, the carrier errs, people answer and opt out; then it is counted.

First the storm: real worker processes on one database, killed at random moments and started again, a carrier that loses
answers, a web process that takes callbacks and answers. Then the calm: the workers are told to end, and the days that
follow are lived through, until every check-in has ended. What is left is checked by chaos_checks. Why it may be
trusted: docs/decisions/0006.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from companion.clock import Clock
from companion.rules.states import MessageState, SlotState
from companion.trials.chaos_aftermath import Aftermath
from companion.trials.chaos_checks import broken
from companion.trials.chaos_scene import Outcome, Plan, set_scene
from companion.trials.chaos_stage import Show, hush, set_up
from companion.trials.chaos_storm import storm

FAULTS = {
    "slow_ms": 500, "lose": 0.02, "lose_before": 0.005, "error": 0.005, "error_before": 0.005, "garbage": 0.002,
    "refuse": {"21211": 0.01, "21610": 0.005, "21617": 0.002, "20429": 0.001},
    "undelivered": {"30003": 0.03, "30005": 0.005}, "repeat": 0.2, "reorder": 0.2, "no_callbacks": 0.3,
    "blind": 0.2, "sent_ms": 100, "delivered_ms": 1_000,
}  # fmt: skip
"""What the carrier does to everybody while the storm lasts; afterwards the same, without taking its time.

Callbacks are lost more often than in life: each that comes settles a text whose sender was killed, and nothing is tried.
"""
SENT, CUT_OFF = "texts the carrier took", "attempts of which the sender was killed"
"""The figures without which a trial has shown nothing."""
ENOUGH_SENT, ENOUGH_CUT_OFF = 0.7, 0.25
"""A trial in which little was sent, or whose kills hit nobody at work, has shown nothing and must not pass."""


@dataclass
class Run:
    """What one trial left behind, and how it went."""

    seen: Aftermath
    kills: int
    seconds: float
    figures: dict[str, int] = field(default_factory=dict)


def run(plan: Plan, server: str | None = None, show: Show = hush) -> Run:
    """One trial on a database of its own: SQLite, or the PostgreSQL server given. `show` follows people's time."""
    began = Clock.stopwatch()
    with set_up(plan, server, set_scene, FAULTS) as stage:
        gang = storm(stage, show)
        stage.set_faults(FAULTS | {"slow_ms": 0, "delivered_ms": 100})
        stage.live_on(plan.end, show)
        seen = stage.look_at(plan.end, stage.furniture.due)
        figures = _figures(seen, stage.log) | {"times that the pages were killed": stage.pages.kills}
        return Run(seen, gang.kills, Clock.stopwatch() - began, figures)


def outcome(plan: Plan, ran: Run) -> Outcome:
    """What it found, and whether it has shown anything."""
    figures = dict(ran.figures)
    needed = {
        "workers killed": (ran.kills, plan.kills),
        SENT: (figures.pop(SENT), ENOUGH_SENT * plan.messages),
        CUT_OFF: (figures.pop(CUT_OFF), ENOUGH_CUT_OFF * plan.kills),
    }
    return Outcome(broken(ran.seen), needed, figures, ran.seconds)


def _figures(seen: Aftermath, log: Path) -> dict[str, int]:
    """How much happened: without it, nothing broken would say little."""
    attempts, messages = seen.rows["attempt"], seen.rows["message"]
    outcomes = Counter(row.outcome or "sender killed" for row in attempts)
    ends = Counter(seen.slots[slot_id].state for slot_id in seen.due if slot_id in seen.slots)
    return {
        "check-ins that fell due": len(seen.due),
        **{f"check-ins {state.value}": ends[state] for state in SlotState if ends[state]},
        SENT: len(seen.took),
        "texts of which the carrier told how they ended": sum(
            row.state in (MessageState.DELIVERED, MessageState.UNDELIVERED) for row in messages
        ),
        "texts that were sent again, after two look-ups": sum(row.resent for row in messages),
        CUT_OFF: outcomes["sender killed"],
        "attempts without a clear answer": outcomes["unsure"],
        "attempts refused": outcomes["refused"],
        "texts still unsure, on a person's list": sum(row.state == MessageState.UNSURE for row in messages),
        "answers and opt-outs confirmed": sum(act.done for act in seen.acts),
        "ticks that broke off": log.read_text(encoding="utf-8", errors="replace").count("tick failed"),
    }
