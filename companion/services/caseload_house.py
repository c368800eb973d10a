"""What stands above the work list: our last gap with the calls it left, and what nobody has taken (design 4.3, 4.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.orm import Session

from companion.models import Alert, Gap, GapCall, Transfer
from companion.rules.states import AlertState
from companion.rules.terms import Step
from companion.services.caseload_lists import INSTITUTION, NOW, Scope, mine
from companion.services.transfers import stands

GAP_SHOWN = timedelta(days=1)
"""How long a gap is told about when nobody is left to call."""


@dataclass(frozen=True)
class House:
    """What concerns everybody: our last gap with its calls, what nobody has taken, whom others offer to us."""

    gap_from: datetime | None
    gap_to: datetime | None
    calls: int
    not_taken: int
    offers: int


def house(session: Session, view: Scope) -> House:
    """The banner above the list, in one statement."""
    row = session.execute(_house(view.whole_institution), view.values).one()
    known = row.ended_at is not None and (row[0] or row.ended_at > view.now - GAP_SHOWN)
    return House(row.began_at if known else None, row.ended_at if known else None, *row[:3])


@cache
def _house(whole_institution: bool):
    calls = (
        select(func.count())
        .select_from(GapCall)
        .where(mine(GapCall, whole_institution), GapCall.done_at.is_(None))
    )
    untaken = (
        select(func.count())
        .select_from(Alert)
        .where(
            Alert.institution_id == INSTITUTION,
            Alert.state == AlertState.OPEN,
            Alert.state != bindparam(None, AlertState.CLOSED, literal_execute=True),
            Alert.step == Step.BANNER,
        )
    )
    offers = select(func.count(Transfer.id)).where(Transfer.to_institution_id == INSTITUTION, *stands(NOW))
    newest = select(Gap.id).order_by(Gap.ended_at.desc()).limit(1).scalar_subquery()
    return (
        select(
            calls.scalar_subquery(),
            untaken.scalar_subquery(),
            offers.scalar_subquery(),
            Gap.began_at,
            Gap.ended_at,
        )
        .select_from(select(literal(1).label("one")).subquery())
        .outerjoin(Gap, Gap.id == newest)
    )
