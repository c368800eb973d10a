"""What each side sees of an offer. Before it is accepted the other side sees only what it needs to decide (decision 10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from companion.models import Institution, Person, Staff, Transfer, Window
from companion.models.transfers import is_offered
from companion.rules.plan import day_of
from companion.rules.states import TransferState, WindowState
from companion.services import windows
from companion.services.person import address, shown_name
from companion.services.transfers import stands

SHOWN = timedelta(days=30)
"""How long what became of an offer is told."""
MOST = 50


@dataclass(frozen=True)
class Offered:
    """An offer as the receiving side sees it."""

    transfer: Transfer
    come_from: str
    called: str = field(repr=False)
    province: str | None
    zone: str
    day: int
    days: int

    @property
    def left(self) -> int:
        """How many days of follow-up there are still to give, today included."""
        return max(0, self.days - max(self.day, 0))


@dataclass(frozen=True)
class Sent:
    """An offer as the side that made it sees it; `state` also says `lapsed` where nobody has written that down yet."""

    transfer: Transfer
    to: str
    state: TransferState
    person_ref: str
    name: str = field(repr=False)


@dataclass(frozen=True)
class Story:
    """The offer that a person's pages tell of. `leaving`: they are or were given away, not taken over.

    `blocked`: something urgent is open, so nobody over there can accept. `over`: their follow-up over there has ended
    since, or its record is no more.
    """

    transfer: Transfer
    state: TransferState
    other: str
    leaving: bool
    blocked: bool = False
    over: bool = False

    @property
    def gone(self) -> bool:
        """They were taken over elsewhere, and this record is for reading only."""
        return self.leaving and self.state is TransferState.ACCEPTED


def waiting(session: Session, now: datetime, staff: Staff) -> int:
    """How many offers wait for a decision of this institution."""
    mine = Transfer.to_institution_id == staff.institution_id
    return session.scalar(select(func.count(Transfer.id)).where(mine, *stands(now))) or 0


def offered(session: Session, now: datetime, staff: Staff) -> list[Offered]:
    """The offers to this institution that can be accepted, the one that runs out first in front."""
    return [_offered(row, now) for row in session.execute(_to(staff, now).limit(MOST))]


def one(session: Session, now: datetime, staff: Staff, ref: str) -> Offered | None:
    """One offer to this institution, if it can be accepted."""
    row = session.execute(_to(staff, now).where(Transfer.ref == ref)).first()
    return row and _offered(row, now)


def found(session: Session, staff: Staff, ref: str) -> Transfer | None:
    """The offer behind a reference, whatever became of it; None for one that was made to somebody else."""
    mine = Transfer.ref == ref, Transfer.to_institution_id == staff.institution_id
    return session.scalars(select(Transfer).where(*mine)).first()


def _to(staff: Staff, now: datetime):
    return (
        select(Transfer, Institution.name, Person, Window)
        .join(Institution, Institution.id == Transfer.institution_id)
        .join(Person, Person.id == Transfer.person_id)
        .join(Window, Window.id == Transfer.window_id)
        .where(Transfer.to_institution_id == staff.institution_id, *stands(now))
        .order_by(Transfer.expires_at, Transfer.id)
    )


def _offered(row, now: datetime) -> Offered:
    person, window = row.Person, row.Window
    return Offered(
        row.Transfer, row.name, address(person), person.province, person.zone,
        day_of(window.left_on, now, person.zone), window.days,
    )  # fmt: skip


def sent(session: Session, now: datetime, staff: Staff) -> Sequence[Sent]:
    """What this institution has offered within a month, the newest first."""
    rows = session.execute(
        select(Transfer, Institution.name, Person)
        .join(Institution, Institution.id == Transfer.to_institution_id)
        .join(Person, Person.id == Transfer.person_id)
        .where(Transfer.institution_id == staff.institution_id, Transfer.offered_at > now - SHOWN)
        .order_by(Transfer.offered_at.desc(), Transfer.id.desc())
        .limit(MOST)
    )
    return [
        Sent(
            row.Transfer, row.name, _state(row.Transfer, now), row.Person.ref,
            shown_name(row.Person.name, row.Person.called),
        )
        for row in rows
    ]  # fmt: skip


def _state(transfer: Transfer, now: datetime) -> TransferState:
    over = transfer.state is TransferState.OFFERED and transfer.expires_at <= now
    return TransferState.LAPSED if over else transfer.state


@dataclass(frozen=True)
class Around:
    """A person's unclosed window with its plan, or else the last one, and what their pages tell about handing over.

    `story` is the newest offer; `arrival` how they came here, which stays told while they are offered onward.
    """

    window: Window | None
    story: Story | None = None
    arrival: Story | None = None


def around(session: Session, now: datetime, person_id: int) -> Around:
    """What is around a person; one statement.

    An offer that came to nothing is told for a month; one that was taken back here, not at all.
    """
    rows = session.execute(_around(now, person_id)).all()
    if not rows:
        return Around(None)
    window = rows[0].Window
    told = [_story(row, row[2], now) for row in rows if row.Window is window]
    arrivals = (story for story in told if story and not story.leaving)
    return Around(window, told[0], next(arrivals, None))


def _around(now: datetime, person_id: int):
    was, giver, taker = aliased(Window), aliased(Institution), aliased(Institution)
    lately = (is_offered & (Transfer.expires_at > now)) | (
        (Transfer.offered_at > now - SHOWN) & (Transfer.state != TransferState.WITHDRAWN)
    )
    about_it = or_(Transfer.window_id == Window.id, Transfer.to_person_id == Window.person_id)
    return (
        select(
            Window, Transfer, was, giver.name.label("giver"), taker.name.label("taker"),
            windows.has_red(Window.id).label("red"), _goes_on_there().label("goes_on"),
        )
        .select_from(Window)
        .options(joinedload(Window.plan_version))
        .outerjoin(Transfer, about_it & ((Transfer.state == TransferState.ACCEPTED) | lately))
        .outerjoin(was, was.id == Transfer.window_id)
        .outerjoin(giver, giver.id == Transfer.institution_id)
        .outerjoin(taker, taker.id == Transfer.to_institution_id)
        .where(Window.person_id == person_id)
        .order_by(Window.state == WindowState.CLOSED, Window.id.desc(), Transfer.offered_at.desc(), Transfer.id.desc())
        .limit(MOST)
    )  # fmt: skip


def _goes_on_there():
    there = aliased(Window)
    return exists().where(there.person_id == Transfer.to_person_id, there.state != WindowState.CLOSED)


def _story(row, was: Window | None, now: datetime) -> Story | None:
    """What was handed over stays told until the next leaving."""
    if was is None or was.left_on != row.Window.left_on:
        return None
    leaving, state = was.id == row.Window.id, _state(row.Transfer, now)
    other = row.taker if leaving else row.giver
    over = state is TransferState.ACCEPTED and not row.goes_on
    return Story(row.Transfer, state, other, leaving, state is TransferState.OFFERED and row.red, over)
