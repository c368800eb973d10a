"""What supervisors see of their texts: what leaves, what waits for a second person, and what has been before."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from companion.models import Staff, Wording
from companion.rules.states import WordingState as W
from companion.rules.terms import Role
from companion.services.wordings import Place

HISTORY = 20  # versions of one text that are shown
LIVING = (W.DRAFT, W.PROPOSED, W.APPROVED)


@dataclass(frozen=True)
class Version:
    """One version of own words, with who wrote and who decided."""

    ref: str
    place: Place
    version: int
    state: W
    said: dict[str, str]
    written_by: int
    writer: str = field(repr=False)
    written_at: datetime
    proposed_at: datetime | None
    decider: str | None = field(repr=False)
    decided_at: datetime | None
    reason: str | None = field(repr=False)
    ended_at: datetime | None
    unsaid_at: datetime | None
    unsaid_why: str | None


@dataclass(frozen=True)
class Waiting:
    """How many texts need a supervisor: proposals of colleagues, and own words that could not be said to somebody."""

    to_decide: int
    unsaid: int


@dataclass(frozen=True)
class Standing:
    """Where one text stands: own words that leave, and those in work; None where there are none."""

    place: Place
    approved: Version | None
    in_work: Version | None

    @property
    def said(self) -> dict[str, str]:
        """The sources that leave now."""
        return self.approved.said if self.approved else self.place.shipped


def standings(session: Session, staff: Staff, places: list[Place]) -> list[Standing]:
    """Every text of the institution; one statement."""
    living = [*_read(session, Wording.institution_id == staff.institution_id, Wording.state.in_(LIVING))]
    return [_standing(place, living) for place in places]


def _standing(place: Place, versions: list[Version]) -> Standing:
    own = {one.state: one for one in versions if one.place == place}
    return Standing(place, own.get(W.APPROVED), own.get(W.PROPOSED) or own.get(W.DRAFT))


def history(session: Session, staff: Staff, place: Place) -> list[Version]:
    """The versions of one text, newest first."""
    mine = (
        Wording.institution_id == staff.institution_id, Wording.purpose == place.purpose,
        Wording.variant == place.variant,
    )  # fmt: skip
    return _read(session, *mine, limit=HISTORY)


def standing(session: Session, staff: Staff, place: Place) -> Standing:
    """One text as it stands."""
    return standings(session, staff, [place])[0]


def find(session: Session, staff: Staff, ref: str) -> Version | None:
    """One version of the institution's own; None for anybody else's."""
    found = _read(session, Wording.institution_id == staff.institution_id, Wording.ref == ref)
    return found[0] if found else None


def _read(session, *conditions, limit: int = 100) -> list[Version]:
    writer, decider = aliased(Staff), aliased(Staff)
    rows = session.execute(
        select(Wording, writer.name, decider.name)
        .join(writer, writer.id == Wording.written_by)
        .outerjoin(decider, decider.id == Wording.decided_by)
        .where(*conditions)
        .order_by(Wording.version.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [
        Version(
            ref=row.ref, place=Place(row.purpose, row.variant), version=row.version, state=row.state, said=row.said,
            written_by=row.written_by, writer=written, written_at=row.written_at, proposed_at=row.proposed_at,
            decider=decided, decided_at=row.decided_at, reason=row.reason, ended_at=row.ended_at,
            unsaid_at=row.unsaid_at, unsaid_why=row.unsaid_why,
        )
        for row, written, decided in rows
    ]  # fmt: skip


def waiting(session: Session, staff: Staff) -> Waiting:
    """What the overview has to say about texts; one statement."""
    mine = Wording.institution_id == staff.institution_id
    of_another = select(func.count()).where(mine, Wording.state == W.PROPOSED, Wording.written_by != staff.id)
    unsaid = select(func.count()).where(mine, Wording.state == W.APPROVED, Wording.unsaid_at.is_not(None))
    return Waiting(*session.execute(select(of_another.scalar_subquery(), unsaid.scalar_subquery())).one())


def second_people(session: Session, staff: Staff) -> list[str]:
    """The other supervisors of the institution: whoever may decide about this one's proposals."""
    return list(
        session.scalars(
            select(Staff.name)
            .where(
                Staff.institution_id == staff.institution_id, Staff.role == Role.SUPERVISOR, Staff.active,
                Staff.id != staff.id,
            )
            .order_by(Staff.id)
        )
    )  # fmt: skip
