"""The institutions of the demonstration and who works there. Every name is made up."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.models import Staff
from companion.rules import wordings
from companion.rules.provinces import find
from companion.rules.terms import Purpose, Role
from companion.services import enrol
from companion.services.wordings import place, save
from companion.trials.demo_people import PROPOSAL

PASSWORD = "sahabat-demo"  # noqa: S105 - printed on every start


def found(session: Session, at: datetime) -> None:
    """The institution of the demonstration, with its staff, and a wording that waits for a second person."""
    made = enrol.create_institution(
        session,
        at,
        code="demo",
        name="Balai Melati (contoh)",
        zone="Asia/Jakarta",
        province=find("Jakarta").code,
    )
    made.asks_use, made.legal_opinion = True, "Contoh: pendapat hukum 12 Januari 2026"
    made.contact_number, made.duty_number = "+622150001234", "+6281299990009"
    staff = (("ratna", "Ratna Dewanti", Role.SUPERVISOR), ("sari", "Sari Utami", Role.CASEWORKER),
             ("dewi", "Dewi Hapsari", Role.CASEWORKER), ("bayu", "Bayu Prakoso", Role.SUPERVISOR))  # fmt: skip
    member = _employ(session, at, made, staff, "+62812999900")
    said = {language: wordings.source_of(words) for language, words in PROPOSAL.items()}
    save(session, at, member, place(Purpose.REMINDER, "a"), said, seen=0, propose=True)


def found_neighbours(session: Session, at: datetime) -> None:
    """An institution in another zone, so that somebody can be handed over; it has nobody of its own yet."""
    here = find("Sulawesi Selatan")
    made = enrol.create_institution(
        session, at, code="kenanga", name="Balai Kenanga (contoh)", zone=here.zone, province=here.code
    )
    staff = (("lina", "Lina Hartati", Role.SUPERVISOR), ("tono", "Tono Rahadi", Role.CASEWORKER))
    _employ(session, at, made, staff, "+62812999910")


def _employ(session, at, institution, staff, phones: str) -> Staff:
    """Give everybody a sign-in and a phone; the last one is handed back."""
    for position, (login, name, role) in enumerate(staff):
        member = enrol.create_staff(
            session, at, institution=institution, login=login, name=name, role=role, password=PASSWORD,
            phone=f"{phones}{position:02d}",
        )  # fmt: skip
    return member
