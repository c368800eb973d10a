"""The family's own world: who reads, and what they have read. Never anything of the graduate's."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion import crypto
from companion.db import Base, Encrypted, UtcDateTime, looked_at
from companion.models.people import Number, Person


class FamilyMember(Base):
    """Somebody the graduate agreed may be invited to the readings. Link and PIN, no password."""

    __tablename__ = "family_member"
    __table_args__ = (UniqueConstraint("person_id", "number_id"), looked_at())

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship()
    name: Mapped[str] = mapped_column(Encrypted("family_member.name"))
    relation: Mapped[str | None] = mapped_column(Encrypted("family_member.relation"))
    number_id: Mapped[int | None] = mapped_column(ForeignKey("number.id"))
    number: Mapped[Number | None] = relationship()
    language: Mapped[str] = mapped_column(default="id")
    token: Mapped[str] = mapped_column(default=lambda: crypto.token(16), unique=True)
    pin_hash: Mapped[str]
    session_key: Mapped[str] = mapped_column(default=crypto.token)
    first_week_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Week 1 opens here; a new week every seven days."""
    texted_week: Mapped[int] = mapped_column(default=0)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the next week's text is due."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reading(Base):
    """One article in one family member's hands."""

    __tablename__ = "reading"
    __table_args__ = (UniqueConstraint("family_member_id", "week"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    family_member_id: Mapped[int] = mapped_column(ForeignKey("family_member.id"))
    week: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    choice: Mapped[int | None]
    """Which of the article's actions they picked to try."""
