"""How long an institution keeps what, what took the place of single answers, and what was deleted when (design 2.12)."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, Encrypted, UtcDateTime, words
from companion.rules.retention import Kept


class RetentionRule(Base):
    """How many days one kind of data is kept here. Never edited: the newest row of a kind holds."""

    __tablename__ = "retention_rule"
    __table_args__ = (Index(None, "institution_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[Kept] = mapped_column(words(Kept))
    days: Mapped[int]
    reason: Mapped[str | None] = mapped_column(Encrypted("retention_rule.reason"))
    """In writing, where it is longer than the default (texts 7)."""
    set_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WeeklyCount(Base):
    """How often something was said, or a check-in ended in some way, in one week of one institution.

    What is left of single answers and check-ins: no person, no link, no instant.
    """

    __tablename__ = "weekly_count"
    __table_args__ = (UniqueConstraint("institution_id", "week_on", "what", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    week_on: Mapped[date]
    """Its Monday, on the institution's own calendar."""
    what: Mapped[str]
    """The name of a question (design 6), `answer` (proven or not) or `slot` (how it ended)."""
    value: Mapped[str]
    n: Mapped[int]


class Deletion(Base):
    """How much of one kind was deleted on one day of one institution."""

    __tablename__ = "deletion"
    __table_args__ = (UniqueConstraint("institution_id", "kind", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[Kept] = mapped_column(words(Kept))
    day: Mapped[date]
    n: Mapped[int]
