"""Rows of a crash trial that is over, as its checks read them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def row(**values):
    return SimpleNamespace(**values)


def message(n, **values):
    usual = {
        "id": n, "ref": f"r{n}", "subject": f"slot:{n}", "step": 0, "channel": "sms", "state": "delivered",
        "attempts": 1, "token": f"t{n}", "number_id": n, "slot_id": n, "alert_id": None, "look_at": None,
        "last_attempt_at": AT,
    }  # fmt: skip
    return row(**usual | values)


def attempt(n, began=AT):
    return row(message_id=n, n=1, started_at=began, machine_at=began, outcome="sent")


def link(n):
    return row(token=f"t{n}", slot_id=n, number_id=n)


def number(n, silenced_at=None):
    return row(id=n, silenced_at=silenced_at)


def slot(n, state="answered", answered_at=None):
    return row(id=n, state=state, answered_at=answered_at, reason=None)
