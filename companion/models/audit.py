"""Who looked and who changed something, and who knocked too often."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, UtcDateTime


class Audit(Base):
    """One act on one person's record. Append only; carries codes, never names or words."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "person_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    actor: Mapped[str]
    """staff, person, family, engine or command."""
    act: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoginAttempt(Base):
    """A failed knock, counted per name and per address (both as blind indexes)."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "who", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
