"""Who the work is about and who does it: institution, staff, person, number, phone, consent."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion import crypto
from companion.db import Base, Encrypted, UtcDateTime, looked_at, words
from companion.rules.terms import ConsentPurpose, Opioid, PersonStatus, PhoneKind, Role


class Institution(Base):
    """A centre that follows up its graduates. Everything that belongs to one carries its id."""

    __tablename__ = "institution"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(default="Asia/Jakarta")
    province: Mapped[str | None]
    phones: Mapped[PhoneKind] = mapped_column(words(PhoneKind), default=PhoneKind.SHARED)
    """What a phone is taken to be when nobody said (texts.md 7: dipakai bersama)."""
    app_name: Mapped[str] = mapped_column(default="Sahabat")
    staff_hours: Mapped[dict | None] = mapped_column(JSON)
    duty_number: Mapped[str | None] = mapped_column(Encrypted("institution.duty_number"))
    contact_number: Mapped[str | None] = mapped_column(Encrypted("institution.contact_number"))
    """Shown on the help page, without the institution's name, when it is opened from a link."""
    on_call: Mapped[bool] = mapped_column(default=False)
    """Somebody at the duty number takes urgent texts at any hour."""
    asks_use: Mapped[bool] = mapped_column(default=False)
    """Question 6, only after a recorded legal opinion (design 2.10)."""
    legal_opinion: Mapped[str | None]
    daily_budget: Mapped[int | None]
    wording_mark: Mapped[str | None]
    """Changes with every change of the institution's own words; None while it has none. By this a process that
    remembers them knows whether it still may."""
    calendar_version: Mapped[str | None]
    """Changed with every statement about days, so that each process knows its copy is old; None: none was made."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Staff(Base):
    """A caseworker or a supervisor."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    institution: Mapped[Institution] = relationship()
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Encrypted("staff.name"))
    role: Mapped[Role] = mapped_column(words(Role))
    phone: Mapped[str | None] = mapped_column(Encrypted("staff.phone"))
    password_hash: Mapped[str]
    session_key: Mapped[str] = mapped_column(default=crypto.token)
    """Changed to end all of this person's sessions at once."""
    away_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Person(Base):
    """A graduate. Nothing here says what was used, how much, where, or from whom (design 2.10)."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("institution_id", "identity"),  # the same person is enrolled once
        Index(None, "caseworker_id", "institution_id"),  # a caseworker's people
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(default=crypto.token, unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    institution: Mapped[Institution] = relationship()
    caseworker_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    caseworker: Mapped[Staff | None] = relationship()
    identity: Mapped[bytes]
    """Blind index of name and birth date, to know a second import from a second person."""
    name: Mapped[str] = mapped_column(Encrypted("person.name"))
    called: Mapped[str | None] = mapped_column(Encrypted("person.called"))
    """How the person wants to be addressed; the only part of a name that may reach a text."""
    born_on: Mapped[str | None] = mapped_column(Encrypted("person.born_on"))
    guardian: Mapped[str | None] = mapped_column(Encrypted("person.guardian"))
    court_referral: Mapped[str | None] = mapped_column(Encrypted("person.court_referral"))
    language: Mapped[str] = mapped_column(default="id")
    zone: Mapped[str]
    province: Mapped[str | None]
    preferred_hour: Mapped[str | None]
    opioid: Mapped[Opioid] = mapped_column(words(Opioid), default=Opioid.UNKNOWN)
    status: Mapped[PersonStatus] = mapped_column(words(PersonStatus), default=PersonStatus.ENROLLED)
    lapse_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Set by staff only, after a conversation (design 2.2)."""
    contact_lock: Mapped[bool] = mapped_column(default=False)
    """Violence was reported: nothing to relatives, no visits (result code `violence`)."""
    enrolled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    phones: Mapped[list["Phone"]] = relationship(back_populates="person", order_by="Phone.rank")


class Number(Base):
    """One telephone number, whoever holds it. Silence belongs to the number, across institutions."""

    __tablename__ = "number"

    id: Mapped[int] = mapped_column(primary_key=True)
    lookup: Mapped[bytes] = mapped_column(unique=True)
    e164: Mapped[str] = mapped_column(Encrypted("number.e164"))
    silenced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    silenced_how: Mapped[str | None]
    unusable_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unusable_why: Mapped[str | None]
    quiet_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nothing before then: somebody could not speak (result code `unsafe_now`)."""


class Phone(Base):
    """A number in one person's hands: whose it is, and when it may be used."""

    __tablename__ = "phone"
    __table_args__ = (
        UniqueConstraint("person_id", "number_id"),  # a number is entered once per person
        Index(None, "number_id"),  # who else holds it
        looked_at(),  # whose number must be made sure of
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(back_populates="phones")
    number_id: Mapped[int] = mapped_column(ForeignKey("number.id"))
    number: Mapped[Number] = relationship()
    rank: Mapped[int] = mapped_column(default=0)
    """0 is the number that texts go to."""
    kind: Mapped[PhoneKind] = mapped_column(words(PhoneKind), default=PhoneKind.SHARED)
    holder: Mapped[str | None] = mapped_column(Encrypted("phone.holder"))
    safe_from: Mapped[str | None]
    safe_to: Mapped[str | None]
    may_call: Mapped[bool] = mapped_column(default=True)
    safe_way: Mapped[str | None]
    """What the person last chose: usual, call, message or not_here."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    doubted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Three days without a connection, 90 of silence, or somebody said "bukan saya": perlu dipastikan."""
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the question "is this the right phone" has waited long enough, or silence makes us ask it again."""


class Consent(Base):
    """One yes to one purpose, with its proof (UU 27/2022 art. 22-24)."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_standing", "person_id", "purpose", unique=True,
            sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "person_id"),
        looked_at(),  # whose guardian's yes comes to its end
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(words(ConsentPurpose))
    proof: Mapped[str] = mapped_column(Encrypted("consent.proof"))
    """Where the written consent lies, in the words of whoever recorded it."""
    text_version: Mapped[str] = mapped_column(default="paper")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Of a guardian's: when the person's own has to be asked for, because they turn 18 (services/of_age)."""
