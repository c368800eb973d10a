"""The access log: who looked at a record or changed it. Codes only, never words."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.models import Audit


def note(
    session: Session,
    now: datetime,
    act: str,
    *,
    actor: str,
    institution_id: int | None = None,
    person_id: int | None = None,
    staff_id: int | None = None,
) -> None:
    """Write one line. `actor` is staff, person, family, engine or command."""
    session.add(
        Audit(
            act=act,
            actor=actor,
            at=now,
            institution_id=institution_id,
            person_id=person_id,
            staff_id=staff_id,
        )
    )
