"""What an institution says in place of a shipped text."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from companion import crypto
from companion.db import Base, Encrypted, UtcDateTime, words
from companion.rules.states import WordingState
from companion.rules.terms import Purpose

_APPROVED = text("state = 'approved'")
_IN_WORK = text("state IN ('draft', 'proposed')")


class Wording(Base):
    """One version of an institution's own words for one text, in both languages.

    The words of a version never change: editing makes the next one. So nobody approves what they did not read, and
    a message's template goes on naming exactly what was sent.
    """

    __tablename__ = "wording"
    __table_args__ = (
        UniqueConstraint("institution_id", "purpose", "variant", "version"),
        CheckConstraint("decided_by <> written_by", name="second_person"),
        Index(  # one leaves
            "uq_wording_approved", "institution_id", "purpose", "variant", unique=True,
            sqlite_where=_APPROVED, postgresql_where=_APPROVED,
        ),
        Index(  # one is worked on
            "uq_wording_in_work", "institution_id", "purpose", "variant", unique=True,
            sqlite_where=_IN_WORK, postgresql_where=_IN_WORK,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    variant: Mapped[str]
    version: Mapped[int]
    indonesian: Mapped[str]
    english: Mapped[str]
    state: Mapped[WordingState] = mapped_column(words(WordingState))
    written_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who approved or rejected it; never who wrote it."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Encrypted("wording.reason"))
    """Why it was rejected, for whoever wrote it."""
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was replaced, withdrawn or given up."""
    unsaid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it first could not be said to somebody, and other words left in its place."""
    unsaid_why: Mapped[str | None]

    @property
    def said(self) -> dict[str, str]:
        """The sources by language."""
        return {"id": self.indonesian, "en": self.english}
