"""Why somebody should act, and what they did: alert, signal, contact."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion import crypto
from companion.db import Base, Encrypted, EncryptedJson, UtcDateTime, looked_at, words
from companion.models.people import Person, Staff
from companion.rules.states import AlertState, Family, Level
from companion.rules.terms import Step


class Alert(Base):
    """A reason to contact one person; one unclosed per window and family. Only a person closes it."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "uq_alert_unclosed", "window_id", "family", unique=True,
            sqlite_where=text("state != 'closed'"), postgresql_where=text("state != 'closed'"),
        ),
        looked_at(),  # deadlines, acknowledgements, ends of a snooze
        Index(None, "person_id"),
        Index(None, "window_id"),  # a window is deleted only when nothing leads to it
        Index(
            "ix_alert_worry_closed", "institution_id", "closed_at",  # kept for a while (design 2.12)
            sqlite_where=text("family = 'worry' AND state = 'closed'"),
            postgresql_where=text("family = 'worry' AND state = 'closed'"),
        ),
        Index(
            "ix_alert_unclosed_person", "institution_id", "person_id",
            sqlite_where=text("state != 'closed'"), postgresql_where=text("state != 'closed'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship()
    window_id: Mapped[int] = mapped_column(ForeignKey("window.id"))
    family: Mapped[Family] = mapped_column(words(Family))
    level: Mapped[Level] = mapped_column(words(Level))
    state: Mapped[AlertState] = mapped_column(words(AlertState), default=AlertState.OPEN)
    step: Mapped[Step] = mapped_column(words(Step), default=Step.CASEWORKER)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By when the person is to be contacted, in the institution's working hours; None: no clock."""
    ack_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By when somebody has to take a red one; then it climbs."""
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a text about it was first handed to a member of staff's phone."""
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The person answered since: shown under *sudah menjawab*; a person still closes it."""
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snooze_reason: Mapped[str | None]
    outcome: Mapped[str | None]
    useful: Mapped[bool | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    signals: Mapped[list["Signal"]] = relationship(order_by="Signal.id")


is_unclosed = Alert.state != literal_column("'closed'")
"""Written out, not bound: SQLite uses a partial index only where the query says the index's own words."""


class Signal(Base):
    """One fact behind an alert: the rule that saw it and the values its sentence needs."""

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("alert_id", "code", "about"),  # the same fact is said once
        Index(
            "ix_signal_sixth", "institution_id", "at",  # deleted together with what was answered to question 6
            sqlite_where=text("code IN ('R3', 'A6', 'A11')"),
            postgresql_where=text("code IN ('R3', 'A6', 'A11')"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    code: Mapped[str]
    level: Mapped[Level] = mapped_column(words(Level))
    about: Mapped[str]
    """What it came from, e.g. `slot:17` or `answer:9`."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    values: Mapped[dict] = mapped_column(EncryptedJson("signal.values"))


class Contact(Base):
    """A caseworker called or visited, how it went (result code, texts.md 4), and when to look again."""

    __tablename__ = "contact"
    __table_args__ = (Index(None, "person_id", "at"), Index(None, "window_id"), Index(None, "alert_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    window_id: Mapped[int] = mapped_column(ForeignKey("window.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    staff: Mapped[Staff] = relationship()
    code: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    later_reason: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(Encrypted("contact.note"))
    once: Mapped[str] = mapped_column(unique=True)
    """The form's own key: a second click on the same form writes nothing."""
