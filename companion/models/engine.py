"""What the engine knows of itself: its pulse, its gaps, what is stopped, held or parked."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion import crypto
from companion.db import Base, EncryptedBytes, UtcDateTime


class EngineState(Base):
    """One row. The last tick, the demo clock, and whether a restore holds all sending."""

    __tablename__ = "engine_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_tick_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last tick ended, by the clock people live by."""
    ticked_machine_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clock_offset_s: Mapped[float] = mapped_column(default=0.0)
    restored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Set by `restore`; nothing leaves until a person lifts it."""
    backed_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clock_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    night_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """For which night the nightly work was begun; whoever moves it on does it (engine.night)."""


class Secret(Base):
    """A random key wrapped by the data keys (the look-up key of the blind indexes)."""

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(EncryptedBytes("secret.wrapped"))


class Gap(Base):
    """A time in which we did nothing. Written once."""

    __tablename__ = "gap"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, unique=True)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GapCall(Base):
    """Somebody to ring after a gap, because a text is not enough for them now."""

    __tablename__ = "gap_call"
    __table_args__ = (
        UniqueConstraint("gap_id", "person_id"),
        Index(None, "institution_id", "done_at"),
        Index(None, "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    gap_id: Mapped[int] = mapped_column(ForeignKey("gap.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    why: Mapped[str]
    """struggling, first_days or silent, as it was when the gap began."""
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Stop(Base):
    """Nothing leaves for this institution (or, with None, for anybody), or for its people in one province."""

    __tablename__ = "stop"
    __table_args__ = (Index(None, "institution_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    province: Mapped[str | None]
    reason: Mapped[str]
    """One of `stops.Why`, or what the operator typed at the command line."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who stopped it on the page; None is the operator."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ChannelHold(Base):
    """A carrier refuses our configuration, or cannot be reached: its messages wait, unspent."""

    __tablename__ = "channel_hold"

    channel: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str]
    code: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Parked(Base):
    """A row that a step could not digest: left alone for an hour, shown to staff (failures 23)."""

    __tablename__ = "parked"
    __table_args__ = (UniqueConstraint("kind", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[str]
    row_id: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class SenderTurn(Base):
    """When the next ordinary text of one sender may leave: what its carrier takes in a second is shared by all workers."""

    __tablename__ = "sender_turn"

    sender: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[float]
    """Machine time, in seconds since 1970: both databases can count with it inside one UPDATE."""


class RaisedAlarm(Base):
    """Something wrong that a person outside was told of: since when, when last, and when it was over."""

    __tablename__ = "raised_alarm"
    __table_args__ = (UniqueConstraint("name", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    about: Mapped[str]
    """Empty, or what tells two of the same name apart: an institution's code and day. No person."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Machine time, like all that is counted in minutes between two tellings."""
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportDraft(Base):
    """An uploaded sheet between its preview and somebody's yes; deleted when stored or after a day."""

    __tablename__ = "import_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    filename: Mapped[str]
    content: Mapped[bytes] = mapped_column(EncryptedBytes("import_draft.content"))
    caseworker_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    consent_ref: Mapped[bytes | None] = mapped_column(EncryptedBytes("import_draft.consent_ref"))
    state: Mapped[str] = mapped_column(default="preview")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    stored: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    beat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
