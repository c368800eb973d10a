"""What has been kept long enough is deleted, a batch at a time (design 2.12).

Each function takes one institution's rows that were due at `cutoff`, at most `limit` of them, and gives a Counter:
`looked` is how many of them it took, 0 when nothing is left; `deleted` is what goes into the book of deletions. What
is taken no longer is due, so a batch can be repeated until nothing is, late, twice, or in two processes.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import delete, exists, func, literal_column, or_, select, text, tuple_, update
from sqlalchemy.orm import Session, aliased

from companion.db import locked, rows_changed
from companion.models import Alert, Answer, Link, Signal, Slot, Window
from companion.rules.retention import SIXTH_CODES
from companion.rules.states import AlertState, Family, WindowState
from companion.services import counting
from companion.services.answer_rows import SIXTH

# Written out, not bound: SQLite uses a partial index only where the query says the index's own words.
CLOSED = Window.state == literal_column("'closed'")
SIXTH_STANDS = literal_column("answer.sixth")
SIXTH_SIGNAL = text("signal.code IN ('R3', 'A6', 'A11')")
STAFF_LINK = Link.kind == literal_column("'staff'")
WORRY = (Alert.family == literal_column("'worry'"), Alert.state == literal_column("'closed'"))
SAID = (Family.STRUGGLING, Family.SAFETY)
"""Alerts whose reasons repeat what somebody answered."""


def links(session: Session, now: datetime, institution_id: int, cutoff: datetime, limit: int) -> Counter:
    """Links of windows that were closed by `cutoff`, except each person's newest.

    The newest one stays as long as the answers: it is the door through which somebody may still call for help after
    the window was closed (design 2.3), and nothing else can be done behind it.
    """
    ended = _take(session, institution_id, cutoff, limit, Window.links_gone_at, now)
    if not ended:
        return Counter()
    newer = aliased(Link)
    mine = exists().where(
        Window.id.in_([row.id for row in ended]),
        Window.person_id == Link.person_id,
        Link.created_at <= Window.closed_at,
    )
    later = exists().where(
        newer.person_id == Link.person_id,
        tuple_(newer.created_at, newer.token) > tuple_(Link.created_at, Link.token),
    )
    people = [row.person_id for row in ended]
    gone = rows_changed(session, delete(Link).where(Link.person_id.in_(people), mine, later))
    return Counter(looked=len(ended), deleted=gone)


def staff_links(session: Session, institution_id: int, cutoff: datetime, limit: int) -> Counter:
    """Links out of texts to staff; they lead to the sign-in and say nothing by themselves."""
    old = (
        select(Link.token)
        .where(Link.institution_id == institution_id, STAFF_LINK, Link.created_at <= cutoff)
        .limit(limit)
    )
    gone = rows_changed(session, delete(Link).where(Link.token.in_(old)))
    return Counter(looked=gone, deleted=gone)


def sixth(session: Session, institution_id: int, cutoff: datetime, limit: int) -> Counter:
    """Question 6 or 6b out of answers given by `cutoff`, with what it raised; the rest of the answer stays.

    Reasons that stand on an alert nobody has closed are still needed there; they go when it is closed.
    """
    rows = session.execute(
        locked(
            session,
            select(Answer.id, Answer.said)
            .where(Answer.institution_id == institution_id, SIXTH_STANDS, Answer.at <= cutoff)
            .order_by(Answer.at)
            .limit(limit),
            of=Answer,
        )
    ).all()
    deleted = 0
    for row in rows:
        left = without_sixth(row.said)
        won = rows_changed(
            session, update(Answer).where(Answer.id == row.id, SIXTH_STANDS).values(said=left, sixth=False)
        )
        deleted += won and left != row.said
    reasons = _sixth_signals(session, institution_id, cutoff, limit)
    return Counter(looked=len(rows) + reasons, deleted=deleted)


def without_sixth(said: dict) -> dict:
    """An answer as if the question had not been asked.

    Whether it was calm is forgotten with it: calm or not, beside nothing that explains it, would tell.
    """
    if not any(said.get(name) for name in SIXTH):
        return said
    left = {name: value for name, value in said.items() if name not in (*SIXTH, "calm")}
    if "codes" in left:
        left["codes"] = [code for code in left["codes"] if code not in SIXTH_CODES]
    return left


def _sixth_signals(session, institution_id: int, cutoff: datetime, limit: int) -> int:
    old = (
        select(Signal.id)
        .join(Alert, Alert.id == Signal.alert_id)
        .where(
            Signal.institution_id == institution_id, SIXTH_SIGNAL, Signal.at <= cutoff,
            Alert.state == AlertState.CLOSED,
        )
        .limit(limit)
    )  # fmt: skip
    return rows_changed(session, delete(Signal).where(Signal.id.in_(old)))


def answers(
    session: Session, now: datetime, institution_id: int, zone: str, cutoff: datetime, limit: int
) -> Counter:
    """Single answers of windows that were closed by `cutoff` become weekly counts; what they raised goes with them."""
    ended = _take(session, institution_id, cutoff, limit, Window.answers_gone_at, now)
    if not ended:
        return Counter()
    ids = [row.id for row in ended]
    gone = counting.count_answers(session, institution_id, zone, _answers_of(session, ended))
    alerts = select(Alert.id).where(Alert.window_id.in_(ids), Alert.family.in_(SAID))
    rows_changed(session, delete(Signal).where(Signal.alert_id.in_(alerts)))
    _last_links(session, [row.person_id for row in ended])
    return Counter(looked=len(ended), deleted=gone)


def _answers_of(session, ended) -> list[int]:
    """The answers to these windows' check-ins, and those given at links without one until the next window began."""
    other = aliased(Window)
    begun_again = exists().where(other.person_id == Window.person_id, other.id > Window.id)
    rows = session.scalars(
        select(Answer.id)
        .join(Window, Window.person_id == Answer.person_id)
        .outerjoin(Slot, Slot.id == Answer.slot_id)
        .where(
            Window.id.in_([row.id for row in ended]),
            or_(
                Slot.window_id == Window.id,
                Answer.slot_id.is_(None) & (~begun_again | (Answer.at <= Window.closed_at)),
            ),
        )
        .distinct()
    )
    return list(rows)


def _last_links(session, person_ids: list[int]) -> None:
    """Whoever has not begun again: nobody will ask anything of them any more."""
    going_on = exists().where(Window.person_id == Link.person_id, Window.state != WindowState.CLOSED)
    rows_changed(session, delete(Link).where(Link.person_id.in_(person_ids), ~going_on))


def worries(session: Session, institution_id: int, cutoff: datetime, limit: int) -> Counter:
    """What somebody was worried about, out of alerts that were closed by `cutoff`."""
    old = (
        select(Alert.id)
        .where(Alert.institution_id == institution_id, *WORRY, Alert.closed_at <= cutoff)
        .where(exists().where(Signal.alert_id == Alert.id))
        .order_by(Alert.closed_at)
        .limit(limit)
    )
    ids = list(session.scalars(old))
    if not ids:
        return Counter()
    rows_changed(session, delete(Signal).where(Signal.alert_id.in_(ids)))
    return Counter(looked=len(ids), deleted=len(ids))


def _take(session, institution_id: int, cutoff: datetime, limit: int, gone_at, now: datetime) -> list:
    """Windows that were closed by `cutoff` and still have theirs; the row count says which are ours."""
    due = (
        select(Window.id)
        .where(Window.institution_id == institution_id, CLOSED, Window.closed_at <= cutoff, gone_at.is_(None))
        .order_by(Window.closed_at)
        .limit(limit)
    )
    ids = list(session.scalars(locked(session, due, of=Window)))
    if not ids:
        return []
    return session.execute(
        update(Window)
        .where(Window.id.in_(ids), gone_at.is_(None))
        .values({gone_at.key: now})
        .returning(Window.id, Window.person_id)
        .execution_options(synchronize_session=False)
    ).all()


def closed_for(session: Session, institution_id: int, cutoff: datetime):
    """Select of the people whose last window was closed by `cutoff`: nothing of theirs goes on."""
    other = aliased(Window)
    goes_on = exists().where(
        other.person_id == Window.person_id,
        or_(other.state != WindowState.CLOSED, other.closed_at > cutoff),
    )
    return (
        select(Window.person_id)
        .where(Window.institution_id == institution_id, CLOSED, Window.closed_at <= cutoff, ~goes_on)
        .group_by(Window.person_id)
        .order_by(func.max(Window.closed_at))
    )
