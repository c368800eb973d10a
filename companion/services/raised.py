"""Which alarms are to be told now: one every quarter of an hour, whichever worker looks, and once when it is over."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, tuple_, update
from sqlalchemy.orm import Session

from companion.db import insert_ignore, rows_changed
from companion.models import RaisedAlarm

AGAIN = timedelta(minutes=15)
FORGOTTEN = timedelta(days=30)

Key = tuple[str, str]
"""Name, and what it is about."""


def to_tell(session: Session, machine: datetime, found: Collection[Key], once: Collection[str]) -> list[Key]:
    """Write down what is wrong at this machine time; those of them that a person has to hear of.

    Two workers may look at the same instant: the row count says which of them tells. `once` are names that are not
    told a second time. An alarm that comes and goes is told no more often than one that stays.
    """
    return [key for key in found if _tells(session, machine, key, key[0] in once)]


def _tells(session, machine, key: Key, only_once: bool) -> bool:
    name, about = key
    row = {"name": name, "about": about, "since": machine, "told_at": machine, "over_at": None}
    if insert_ignore(session, RaisedAlarm.__table__, [row], index_elements=["name", "about"]):
        return True
    mine = update(RaisedAlarm).where(RaisedAlarm.name == name, RaisedAlarm.about == about)
    rows_changed(session, mine.where(RaisedAlarm.over_at.is_not(None)).values(over_at=None, since=machine))
    due = RaisedAlarm.told_at <= machine - AGAIN
    return not only_once and rows_changed(session, mine.where(due).values(told_at=machine)) == 1


def over(session: Session, machine: datetime, found: Collection[Key], once: Collection[str]) -> list[Key]:
    """What was wrong and is not any more; those of them that a person had heard of."""
    gone = RaisedAlarm.over_at.is_(None)
    if found:
        gone &= tuple_(RaisedAlarm.name, RaisedAlarm.about).not_in(list(found))
    ended = session.execute(
        update(RaisedAlarm)
        .where(gone)
        .values(over_at=machine)
        .returning(RaisedAlarm.name, RaisedAlarm.about, RaisedAlarm.since, RaisedAlarm.told_at)
        .execution_options(synchronize_session=False)
    ).all()
    session.execute(delete(RaisedAlarm).where(RaisedAlarm.over_at <= machine - FORGOTTEN))
    return [(row.name, row.about) for row in ended if row.since <= row.told_at and row.name not in once]
