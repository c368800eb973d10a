"""What leaves the house: messages and the attempts to hand them over."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, and_, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion import crypto
from companion.db import Base, UtcDateTime, looked_at, words
from companion.models.people import Number, Person
from companion.rules.states import MessageState
from companion.rules.terms import Lane, Purpose


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows that are like that, so that asking for them costs the same in any house."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Message(Base):
    """One text to one phone, written down before it is sent. Its words are not stored, only what makes them."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("subject", "step", "channel"),  # promised once, whatever became of it
        looked_at(),  # what senders and the tick must look at
        Index(None, "slot_id"),
        Index(None, "number_id", "first_attempt_at"),  # the cap per number
        Index(None, "institution_id", "last_attempt_at"),  # the budget of the day
        _partial("ix_message_urgent", "look_at", where="lane = 'urgent' AND state = 'planned'"),
        _partial("ix_message_waiting", "institution_id", "look_at", where="state = 'planned'"),
        _partial("ix_message_unsure", "institution_id", "last_attempt_at", where="state = 'unsure'"),
        # Whoever deletes a record finds its texts by these, and the database that none is left behind.
        *(
            _partial(f"ix_message_{column}", column, where=f"{column} IS NOT NULL")
            for column in ("person_id", "alert_id", "family_member_id")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=lambda: crypto.token(20), unique=True)
    """Our own name for it, in the receipt's address: it exists before the carrier's sid does."""
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    lane: Mapped[Lane] = mapped_column(words(Lane), default=Lane.BULK)
    subject: Mapped[str]
    """What it is about, e.g. `slot:17`, `alert:3`, `family:5:week:2`."""
    step: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str] = mapped_column(default="sms")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person | None] = relationship()
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """A text to staff; None together with no number_id means the institution's duty number."""
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"))
    family_member_id: Mapped[int | None] = mapped_column(ForeignKey("family_member.id"))
    number_id: Mapped[int | None] = mapped_column(ForeignKey("number.id"))
    number: Mapped[Number | None] = relationship()
    token: Mapped[str | None]
    """The link it carries; by this a look-up at the carrier knows it again."""
    state: Mapped[MessageState] = mapped_column(words(MessageState), default=MessageState.PLANNED)
    reason: Mapped[str | None]
    held_because: Mapped[str | None]
    planned_for: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    first_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    machine_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Start of the last attempt in machine time, which is the carrier's time too."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Machine time until which the sender that took it may be waiting for the carrier."""
    absences: Mapped[int] = mapped_column(default=0)
    """Look-ups that the carrier answered without knowing this text."""
    resent: Mapped[bool] = mapped_column(default=False)
    """Went back from unsure to planned; once in its life."""
    carrier_sid: Mapped[str | None] = mapped_column(unique=True)
    template: Mapped[str | None]
    language: Mapped[str | None]
    body_hash: Mapped[str | None]
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


is_planned = Message.state == literal_column("'planned'")
is_unsure = Message.state == literal_column("'unsure'")
is_urgent = and_(Message.lane == literal_column("'urgent'"), is_planned)
"""Written out, not bound: SQLite uses a partial index only where the query says the index's own words."""


class Attempt(Base):
    """One try to hand a message over; committed before the network is touched."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("message_id", "n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    n: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    machine_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None]
    code: Mapped[int | None]
