"""A small centre for tests of check-ins: one institution, its staff, and people with a link in their hands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from companion.models import Institution, Person, Phone, Slot, Staff, Window
from companion.rules.states import SlotState
from companion.rules.terms import LinkKind, Role
from companion.services import enrol, keys, links, numbers, slots

NOW = datetime(2026, 11, 24, 3, 30, 7, tzinfo=UTC)
"""A Tuesday, 10.30 in Jakarta, with somebody on duty."""
NIGHT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
"""The same day at 22.00 in Jakarta."""
HOUR = timedelta(hours=1)


@dataclass
class Guest:
    """Somebody with a check-in: the row ids a test needs, and the token of the link."""

    person: Person
    window: Window
    slot: Slot
    token: str

    @property
    def phone(self) -> Phone:
        return self.person.phones[0]


class Centre:
    """Rows in one session. Sari is on duty and has a phone; a second institution is there as noise."""

    def __init__(self, session, now=NOW, *, asks_use=True):
        keys.ensure(session)
        self.session, self.now = session, now
        self.institution = self._institution("damai", asks_use)
        self.sari = self._staff("sari", Role.CASEWORKER, "+628117000001")
        self.supervisor = self._staff("tuti", Role.SUPERVISOR, "+628117000002")
        self.number = 0
        noise = enrol.create_institution(
            session, now, code="noise", name="Lain", zone="Asia/Jayapura", province=None
        )
        self._enrol(noise, None, "own", None, "id")

    def guest(self, kind="own", *, born_on=date(1990, 5, 4), language="id", asked=2 * HOUR, **slot) -> Guest:
        """Somebody who left ten days ago and was asked `asked` ago (None: not asked yet)."""
        done = self._enrol(self.institution, self.sari.id, kind, born_on, language)
        slots.new_generation(self.session, self.now, done.window)
        due = self.now - (asked or HOUR)
        values = {
            "due_at": due, "give_up_at": due + 24 * HOUR, "closes_at": due + 72 * HOUR,
            "asked_at": asked and due, "miss_at": asked and due + 48 * HOUR, "state": SlotState.OPEN,
        }  # fmt: skip
        row = Slot(
            institution_id=self.institution.id, person_id=done.person.id, window_id=done.window.id,
            generation=0, seq=100, **(values | slot),
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return Guest(done.person, done.window, row, self.link(done.person, slot_id=row.id))

    def link(self, person, kind=LinkKind.SLOT, **values) -> str:
        return links.make(
            self.session, self.now, kind, institution_id=person.institution_id, person_id=person.id,
            number_id=person.phones[0].number_id, **values,
        )  # fmt: skip

    def share_number(self, guest: Guest) -> Person:
        """Give somebody else the same number."""
        other = self._enrol(self.institution, self.sari.id, "own", None, "id").person
        numbers.attach(self.session, other, guest.phone.number.e164, "own", rank=1)
        return other

    def _enrol(self, institution, caseworker_id, kind, born_on, language):
        self.number = getattr(self, "number", 0) + 1
        newcomer = SimpleNamespace(
            name=f"Rusdi {chr(64 + self.number) * 3}", called=None, sex=None, born_on=born_on,
            e164=f"+6281200000{self.number:03d}", second_e164=None, zone="Asia/Jakarta", province=None,
            left_on=(self.now - timedelta(days=10)).date(), guardian_name=None, relation=None, family_e164=None,
            family_consent=None, preferred_hour=None, opioid="unknown", phone_kind=kind,
        )  # fmt: skip
        done = enrol.enrol(self.session, self.now, institution, newcomer, caseworker_id=caseworker_id)
        done.person.language = language
        self.session.refresh(done.person, ["phones"])
        return done

    def _institution(self, code, asks_use) -> Institution:
        made = enrol.create_institution(
            self.session, self.now, code=code, name="Rumah Damai", zone="Asia/Jakarta", province=None
        )
        made.asks_use = asks_use
        made.contact_number = "+628117001122"
        return made

    def _staff(self, login, role, phone) -> Staff:
        made = Staff(
            institution_id=self.institution.id, login=login, name=f"{login.title()} Dewi", role=role, phone=phone,
            password_hash="nobody signs in here", created_at=self.now,
        )  # fmt: skip
        self.session.add(made)
        self.session.flush()
        return made
