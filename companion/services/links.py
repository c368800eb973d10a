"""Links: what stands behind the random end of an address (design 6)."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from companion import crypto
from companion.models import Link
from companion.rules.terms import LinkKind

LONGEST_TOKEN = 16


def make(
    session: Session,
    now: datetime,
    kind: LinkKind,
    *,
    institution_id: int,
    person_id: int | None = None,
    number_id: int | None = None,
    slot_id: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new link and its token: 12 characters of 6 random bits each, so that nobody guesses one in use."""
    token = crypto.token()
    session.execute(
        insert(Link).values(
            token=token, institution_id=institution_id, kind=kind, person_id=person_id, number_id=number_id,
            slot_id=slot_id, expires_at=expires_at, created_at=now,
        )
    )  # fmt: skip
    return token


def find(session: Session, token: str) -> Link | None:
    """The link of this token; what could never be one of ours is not even looked up."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    return session.scalars(select(Link).where(Link.token == token)).first()
