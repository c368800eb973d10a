"""What an institution says about days, over the calendar that is shipped."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from companion import crypto
from companion.db import Base, UtcDateTime, words
from companion.rules.terms import DayKind


class CalendarDay(Base):
    """One statement: a day of its own, a shipped day put right, or a Ramadan. Taken back, never deleted.

    `name` and `source` stand for everybody on the staff to read and name no person; the form says so.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (
        # One statement about one thing: a second click, and a second supervisor, change nothing.
        Index(
            "uq_calendar_day_standing", "institution_id", "about", unique=True,
            sqlite_where=text("removed_at IS NULL"), postgresql_where=text("removed_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[DayKind] = mapped_column(words(DayKind))
    about: Mapped[str]
    """What it is about: the shipped day, the Islamic year of a Ramadan, or the own day itself."""
    date: Mapped[date]
    until: Mapped[date | None]
    """The last day of a Ramadan."""
    name: Mapped[str] = mapped_column(default="")
    no_texts: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[bool] = mapped_column(default=True)
    """Whether staff are off: False keeps the office open on a shipped day."""
    province: Mapped[str | None]
    """A province's code; None is everywhere."""
    estimated: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    """Where it is known from, or why the office is open, in the words of whoever wrote it."""
    added_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
