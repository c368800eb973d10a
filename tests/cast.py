"""The people of the tests, and plain functions that make rows.

Sari and Dewi are caseworkers, Bu Ratna their supervisor; Budi is Sari's graduate, Wati is Dewi's. Another
institution, with Tono and his graduate Yusuf, is always there as noise.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from companion import models
from companion.rules.terms import ConsentPurpose, Opioid, PhoneKind, Role
from companion.services import enrol

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 23 November 2026, 09.00 in Jakarta."""
PASSWORD = "kata sandi panjang"
# Hashing is slow on purpose; the tests need one hash, made once.
_HASH: list[str] = []


@dataclass
class Newcomer:
    """What an enrolment form or a sheet's row says about one person."""

    name: str = "Budi Santoso"
    e164: str = "+6281200000001"
    left_on: date = date(2026, 11, 20)
    called: str | None = "Budi"
    sex: str | None = None
    born_on: date | None = date(1990, 5, 1)
    second_e164: str | None = None
    zone: str | None = "Asia/Jakarta"
    province: str | None = None
    guardian_name: str | None = None
    relation: str | None = None
    family_e164: str | None = None
    family_consent: bool = False
    preferred_hour: str | None = None
    opioid: Opioid = Opioid.UNKNOWN
    phone_kind: PhoneKind | None = PhoneKind.OWN


def institution(session, code="melati", **also) -> models.Institution:
    made = enrol.create_institution(
        session, NOW, code=code, name=f"Balai {code.title()}", zone="Asia/Jakarta", province=None
    )
    made.asks_use = True
    for name, value in also.items():
        setattr(made, name, value)
    return made


def staff(session, where, login, role=Role.CASEWORKER, phone=None) -> models.Staff:
    from companion.services import passwords

    if not _HASH:
        _HASH.append(passwords.hash(PASSWORD))
    made = models.Staff(
        institution_id=where.id, login=login, name=login.title(), role=role, phone=phone,
        password_hash=_HASH[0], created_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def graduate(session, where, caseworker, now=NOW, *, consent=True, **fields) -> models.Person:
    """Enrolled, and with consent unless said otherwise: then slots are promised."""
    person = enrol.enrol(session, now, where, Newcomer(**fields), caseworker_id=caseworker.id).person
    if consent:
        enrol.record_consent(session, now, person, ConsentPurpose.FOLLOW_UP, "berkas 12")
    return person


@dataclass
class Cast:
    """Row ids and refs of everybody, so that tests can load them in sessions of their own."""

    melati: int
    ratna: int
    sari: int
    dewi: int
    budi: int
    wati: int
    other: int
    tono: int
    yusuf: int


def gather(session) -> Cast:
    melati = institution(session)
    ratna = staff(session, melati, "ratna", Role.SUPERVISOR, "+6281900000001")
    sari = staff(session, melati, "sari", phone="+6281900000002")
    dewi = staff(session, melati, "dewi", phone="+6281900000003")
    budi = graduate(session, melati, sari)
    wati = graduate(session, melati, dewi, name="Wati Lestari", called="Wati", e164="+6281200000002")
    other = institution(session, "kenanga")
    tono = staff(session, other, "tono")
    yusuf = graduate(session, other, tono, name="Yusuf", called="Yusuf", e164="+6281200000003")
    session.flush()
    return Cast(
        melati.id, ratna.id, sari.id, dewi.id, budi.id, wati.id, other.id, tono.id, yusuf.id
    )  # fmt: skip


def later(**span) -> datetime:
    return NOW + timedelta(**span)
