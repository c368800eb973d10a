"""What was promised to a person: window, plan version, slots, links, answers, staff tasks."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion import crypto
from companion.db import Base, Encrypted, EncryptedJson, UtcDateTime, looked_at, words
from companion.models.people import Person
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import LinkKind, TaskKind, TaskState


class PlanVersion(Base):
    """The settings of a plan. Never edited: a change is a new version."""

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("institution_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    version: Mapped[int]
    settings: Mapped[dict] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None for the version that came with the institution."""
    why: Mapped[str | None] = mapped_column(Encrypted("plan_version.why"))


class Rollout(Base):
    """Running windows go over to a plan version, one after the other. One unfinished for each institution.

    It remembers how far it has come in the transaction of each window, so that a crash costs nothing and a window
    goes over once.
    """

    __tablename__ = "rollout"
    __table_args__ = (
        Index(
            "uq_rollout_unfinished", "institution_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        looked_at(),  # what the tick must look at
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    total: Mapped[int]
    """How many windows there were to go over when it began."""
    moved: Mapped[int] = mapped_column(default=0)
    after_id: Mapped[int] = mapped_column(default=0)
    """The last window that was looked at."""
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def _closed(name: str, and_also: str = "") -> Index:
    """A partial index over ended windows, oldest end first: what is kept for a while after it (design 2.12)."""
    which = text(f"state = 'closed'{and_also}")
    return Index(name, "institution_id", "closed_at", sqlite_where=which, postgresql_where=which)


class Window(Base):
    """The months of follow-up after one leaving. Re-admission ends it; coming out again is a new one."""

    __tablename__ = "window"
    __table_args__ = (
        Index(
            "uq_window_unclosed", "person_id", unique=True,
            sqlite_where=text("state != 'closed'"), postgresql_where=text("state != 'closed'"),
        ),
        looked_at(),  # what the tick must look at
        Index(None, "person_id"),
        Index(None, "institution_id", "id"),  # one after the other, when a plan changes
        _closed("ix_window_closed"),
        _closed("ix_window_links_kept", " AND links_gone_at IS NULL"),
        _closed("ix_window_answers_kept", " AND answers_gone_at IS NULL"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship()
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    plan_version: Mapped[PlanVersion] = relationship()
    generation: Mapped[int] = mapped_column(default=0)
    left_on: Mapped[date]
    """Day 0, on the person's own calendar."""
    days: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The first instant after the last day; the last-heard clock stops here."""
    state: Mapped[WindowState] = mapped_column(words(WindowState), default=WindowState.ACTIVE)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """While paused: until when. Afterwards: when the last pause ended; last heard counts from there."""
    pause_reason: Mapped[str | None]
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The last-heard clock: an answer or a conversation; first the later of leaving and enrolment."""
    heard_how: Mapped[str] = mapped_column(default="enrolled")
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When last heard passes its limit, or the pause ends."""
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    links_gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its links were deleted (design 2.12)."""
    answers_gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When weekly counts took the place of its answers."""


class Slot(Base):
    """One planned check-in. It ends in exactly one state (design 4.1)."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("window_id", "generation", "seq"),  # a promise is made once
        looked_at(),  # what the tick must look at
        Index(None, "person_id", "due_at"),  # one person's history, newest first
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    window_id: Mapped[int] = mapped_column(ForeignKey("window.id"))
    window: Mapped[Window] = relationship()
    generation: Mapped[int]
    seq: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    miss_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[SlotState] = mapped_column(words(SlotState), default=SlotState.PLANNED)
    reason: Mapped[str | None]
    after_gap: Mapped[bool] = mapped_column(default=False)
    """Asked after our own outage: the text says whose fault it was."""
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Link(Base):
    """What stands behind the random end of an address. A token is an authority, not a name."""

    __tablename__ = "link"
    __table_args__ = (
        Index(None, "person_id"),
        Index(None, "slot_id", unique=True),
        Index(
            "ix_link_staff", "institution_id", "created_at",  # deleted after a while; they hang on no window
            sqlite_where=text("kind = 'staff'"), postgresql_where=text("kind = 'staff'"),
        ),
    )  # fmt: skip

    token: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[LinkKind] = mapped_column(words(LinkKind))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    number_id: Mapped[int | None] = mapped_column(ForeignKey("number.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """For links that hang on no slot; a slot's own closes_at counts otherwise."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Base):
    """What a person told us, once per link. All of it encrypted; nothing here is free text."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("token"),  # twenty parallel submits make one answer
        Index(None, "person_id", "at"),
        Index(
            "ix_answer_sixth", "institution_id", "at",  # whose question 6 is still to be deleted
            sqlite_where=text("sixth"), postgresql_where=text("sixth"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), unique=True)
    token: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    proven: Mapped[bool]
    by_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    said: Mapped[dict] = mapped_column(EncryptedJson("answer.said"))
    sixth: Mapped[bool] = mapped_column(server_default=true())
    """Question 6 or 6b may still stand in it; whoever does not know says yes, so that it is looked at."""


class Task(Base):
    """Something a caseworker is to do on a day: a staff contact of the plan, or the next date of a call."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("window_id", "generation", "kind", "day"),
        Index(None, "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    window_id: Mapped[int] = mapped_column(ForeignKey("window.id"))
    generation: Mapped[int]
    kind: Mapped[TaskKind] = mapped_column(words(TaskKind))
    day: Mapped[int]
    """Day of the window; for a follow-up date the id of the contact that set it."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[TaskState] = mapped_column(words(TaskState), default=TaskState.PLANNED)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
