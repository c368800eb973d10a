"""A desk for tests of staff's work: Sari and Dewi, their graduates Budi and Wati, and a second institution as noise."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from sqlalchemy import select

from companion.models import Alert, Institution, Person, Slot, Staff, Task, Window
from companion.rules.states import Family, Level, SlotState, Within
from companion.rules.terms import ConsentPurpose, Role
from companion.services import alerts, enrol, keys

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
"""A Monday, 10.00 in Jakarta, in a week without holidays."""
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Desk:
    """Rows in one session. Budi left 20 days ago and has consented; everybody has an own phone."""

    def __init__(self, session, now=NOW):
        self.session, self.now, self.numbers = session, now, 0
        keys.ensure(session)
        self.damai = self._institution("damai", "Rumah Damai")
        self.sari = self._staff(self.damai, "sari", "Sari Melati", Role.CASEWORKER)
        self.dewi = self._staff(self.damai, "dewi", "Dewi Lestari", Role.CASEWORKER)
        self.tuti = self._staff(self.damai, "tuti", "Tuti Handayani", Role.SUPERVISOR)
        self.budi = self.graduate("Budi Santoso", self.sari)
        self.wati = self.graduate("Wati Kusuma", self.dewi)
        self.elsewhere = self._institution("sinar", "Griya Sinar")
        self.rudi = self._staff(self.elsewhere, "rudi", "Rudi Hartono", Role.SUPERVISOR)
        self.joko = self.graduate("Joko Susilo", self.rudi, institution=self.elsewhere)
        self.session.flush()

    def graduate(
        self, name, caseworker=None, *, days_ago=20, consent=True, institution=None, **more
    ) -> Person:
        """Somebody who left so many days ago; `more` are fields of a sheet's row."""
        self.numbers += 1
        newcomer = SimpleNamespace(
            **{
                "name": name, "called": None, "sex": None, "born_on": date(1980, 1, 1) + self.numbers * DAY,
                "e164": f"+62812{self.numbers:07d}", "second_e164": None, "zone": "Asia/Jakarta", "province": None,
                "left_on": (self.now - days_ago * DAY).date(), "guardian_name": None, "relation": None,
                "family_e164": None, "family_consent": None, "preferred_hour": None, "opioid": "unknown",
                "phone_kind": "own",
            }
            | more
        )  # fmt: skip
        done = enrol.enrol(
            self.session, self.now, institution or self.damai, newcomer,
            caseworker_id=caseworker.id if caseworker else None,
        )  # fmt: skip
        if consent:
            enrol.record_consent(self.session, self.now, done.person, ConsentPurpose.FOLLOW_UP, "berkas 12")
        self.session.refresh(done.person, ["phones"])
        return done.person

    def window(self, person) -> Window:
        return self.session.scalars(select(Window).where(Window.person_id == person.id)).one()

    def alert(self, person, family=Family.STRUGGLING, level=Level.AMBER, *, code="A2_value", values=None,
              within=Within.DAYS_2, about="answer:1", at=None) -> Alert:  # fmt: skip
        """Raise an alert as the engine does."""
        raised = alerts.raise_(
            self.session, at or self.now, window=self.window(person),
            institution=self.session.get_one(Institution, person.institution_id), family=family, level=level,
            signals=[(code, level, {"value": 7, "usual": 3} if values is None else values)], about=about,
            within=within,
        )  # fmt: skip
        return self.session.get_one(Alert, raised.alert_id, populate_existing=True)

    def slot(self, person, state=SlotState.MISSED, *, ago=DAY) -> Slot:
        """A check-in that has ended, beside those that are still promised."""
        due = self.now - ago
        self.numbers += 1
        row = Slot(
            institution_id=person.institution_id, person_id=person.id, window_id=self.window(person).id,
            generation=0, seq=self.numbers, due_at=due, give_up_at=due + DAY, closes_at=due + 3 * DAY,
            asked_at=due, state=state,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return row

    def tasks(self, person, **where) -> list[Task]:
        query = select(Task).filter_by(person_id=person.id, **where).order_by(Task.due_at, Task.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    def _institution(self, code, name) -> Institution:
        return enrol.create_institution(
            self.session, self.now - 60 * DAY, code=code, name=name, zone="Asia/Jakarta", province=None
        )

    def _staff(self, institution, login, name, role) -> Staff:
        staff = Staff(
            institution=institution, institution_id=institution.id, login=login, name=name, role=role,
            phone=f"+62811{institution.id:04d}{len(login):03d}", password_hash="no password", created_at=self.now,
        )  # fmt: skip
        self.session.add(staff)
        self.session.flush()
        return staff
