"""The yeses and the withdrawn yeses of one person, for the page of facts."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.models import Consent, Staff
from companion.rules.terms import ConsentPurpose


@dataclass(frozen=True)
class Given:
    """One consent with its proof (UU 27/2022 art. 24)."""

    purpose: ConsentPurpose
    proof: str = field(repr=False)
    given_at: datetime
    withdrawn_at: datetime | None
    by: str | None = field(repr=False)


def of(session: Session, person_id: int) -> list[Given]:
    """All consents, those that stand first, then the newest."""
    rows = session.execute(
        select(Consent, Staff.name)
        .outerjoin(Staff, Staff.id == Consent.recorded_by)
        .where(Consent.person_id == person_id)
        .order_by(Consent.withdrawn_at.is_not(None), Consent.given_at.desc(), Consent.id.desc())
    )
    return [Given(one.purpose, one.proof, one.given_at, one.withdrawn_at, by) for one, by in rows]
