"""What tests of the enrolment form share: the form as it is filled in and sent, and who is then enrolled."""

from sqlalchemy import func, select

from companion.models import Consent, Person
from tests.web.office import post, rows

FILLED = {
    "name": "Nur'aini O'Brien", "called": "Aini", "born_on": "1991-02-03", "left_on": "2026-11-20",
    "e164": "0813 5550 0001", "phone_kind": "own", "province": "PA", "language": "id", "opioid": "yes",
    "safe_from": "09:00", "safe_to": "17:00", "preferred_hour": "16:00",
}  # fmt: skip
YES = {
    "consent_follow_up": "yes",
    "paper_follow_up": "map hijau 12",
    "by_follow_up": "Sari",
    "on_follow_up": "2026-11-20",
}
"""Consent to be accompanied, as the form sends it."""


def send(client, **fields):
    return post(client, "/klien/baru", **(FILLED | fields))


def newest(app) -> Person:
    return rows(app, select(Person).order_by(Person.id.desc()))[0]


def enrolled(app) -> int:
    return rows(app, select(func.count()).select_from(Person))[0]


def consents_of(app, person) -> dict:
    found = rows(app, select(Consent).where(Consent.person_id == person.id))
    return {consent.purpose: consent.proof for consent in found}
