"""A trial that went well, broken on purpose: other rows, other pages in the diary, another text."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from companion.trials.diary import Diary

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def planted(seen, table=None, rows=None, **diary):
    """The same trial with other rows in one table, or with other pages in the diary."""
    pages = {name: diary.get(name, list(getattr(seen.diary, name))) for name in vars(seen.diary)}
    return replace(seen, rows=seen.rows | ({table: rows} if table else {}), diary=Diary(**pages))


def altered(seen, table, which, **values):
    """The same trial with some rows of one table changed."""
    rows = [
        SimpleNamespace(**(dict(row._mapping) | values)) if which(row) else row for row in seen.rows[table]
    ]
    assert rows != seen.rows[table], "nothing was altered"
    return planted(seen, table, rows)


def invited(seen):
    """A text to a graduate who lives in Jakarta, on an ordinary day, and the graduate."""
    return next(
        (text, graduate) for text, graduate in seen.to_graduates
        if graduate.zone == "Asia/Jakarta" and text.at.weekday() == 1
    )  # fmt: skip


def moved(seen, text, **values):
    """The same trial in which one text was another."""
    arrivals = [replace(one, **values) if one is text else one for one in seen.diary.arrivals]
    return planted(seen, arrivals=arrivals)


def at_local(day, moment):
    return datetime.combine(day, moment, ZoneInfo("Asia/Jakarta"))
