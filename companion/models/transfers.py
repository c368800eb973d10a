"""A graduate offered by one institution to another: the only row that knows of both."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from companion import crypto
from companion.db import Base, Encrypted, EncryptedJson, UtcDateTime, words
from companion.rules.states import TransferState

_OPEN = text("state = 'offered'")


class Transfer(Base):
    """One offer, and what became of it. It belongs to the institution that made it, as the person does."""

    __tablename__ = "transfer"
    __table_args__ = (
        # One at a time: nobody is given to two institutions.
        Index("uq_transfer_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_transfer_waiting", "to_institution_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "institution_id", "offered_at"),  # what an institution has offered lately
        # Whoever deletes a record or a window finds its offers by these.
        Index(None, "person_id"),
        Index(None, "to_person_id"),
        Index(None, "window_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    window_id: Mapped[int] = mapped_column(ForeignKey("window.id"))
    """The follow-up that is to go on elsewhere."""
    to_institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    state: Mapped[TransferState] = mapped_column(words(TransferState), default=TransferState.OFFERED)
    offered_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """From then on nobody can accept it any more; nothing has to run for that."""
    proof: Mapped[str] = mapped_column(Encrypted("transfer.proof"))
    """Where the graduate's own yes to being handed over lies."""
    guardian_proof: Mapped[str | None] = mapped_column(Encrypted("transfer.guardian_proof"))
    note: Mapped[str | None] = mapped_column(Encrypted("transfer.note"))
    """For the people there. Gone with an offer that comes to nothing."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Encrypted("transfer.reason"))
    """Why it was declined."""
    summary: Mapped[dict | None] = mapped_column(EncryptedJson("transfer.summary"))
    """What went along in figures, as it stood when it was accepted."""
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The record over there; None before it is accepted, and once that record was deleted."""


is_offered = Transfer.state == literal_column("'offered'")
"""Written out, not bound: SQLite uses a partial index only where the query says the index's own words."""
