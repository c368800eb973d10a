"""The lines of a benchmark: a figure beside its budget (design 7)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How large a measurement is. The defaults are those of design 7; tests take a few of everything."""

    server: str | None = None
    """A PostgreSQL server with the right to create databases; None: not measured there."""
    big: bool = False
    enrolled: int = 10_000
    times: int = 10
    """The larger house of the comparison is so many times as large."""
    due: int = 1_000
    requests: int = 400
    rounds: int = 3
    pages: int = 60
    texts: int = 640
    clients: int = 300
    days: int = 28


def most(name: str, value: float, unit: str, limit: float) -> dict:
    """A figure that must not be above its budget."""
    return _row(name, value, unit, f"<= {limit:g} {unit}", value <= limit)


def least(name: str, value: float, unit: str, limit: float) -> dict:
    """A figure that must not be below its budget."""
    return _row(name, value, unit, f">= {limit:g} {unit}", value >= limit)


def figure(name: str, value: float, unit: str) -> dict:
    """A figure without a budget of its own, that explains another one."""
    return _row(name, value, unit, "-", None)


def not_measured(name: str, unit: str, budget: str) -> dict:
    """A budget that could not be measured here; it must not look as if it had been kept."""
    return {"name": name, "value": None, "unit": unit, "budget": budget, "ok": None}


def _row(name, value, unit, budget, ok) -> dict:
    return {
        "name": name,
        "value": round(value, 4 if value < 1 else 1),
        "unit": unit,
        "budget": budget,
        "ok": ok,
    }


def p95(values: Sequence[float]) -> float:
    """The value below which 95 of a hundred lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
