"""What tests of alerts share: one house in one session, and an alert raised as the engine does it."""

from datetime import timedelta

from sqlalchemy import select

from companion.models import Alert, Institution, Message, Person, Signal, Staff, Window
from companion.rules.states import Family, Level, Within
from companion.rules.terms import Role
from companion.services import alerts
from tests.cast import NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
SARI, RATNA, DUTY = "+6281900000002", "+6281900000001", "+6281900000099"


class Bell:
    """Budi's alerts at Melati: office hours Monday to Friday, 08.00 to 16.00 in Jakarta."""

    def __init__(self, session, people):
        self.session, self.people, self.facts = session, people, 0

    @property
    def melati(self) -> Institution:
        return self.session.get_one(Institution, self.people.melati)

    def staff(self, name) -> Staff:
        return self.session.get_one(Staff, getattr(self.people, name))

    def second_supervisor(self) -> int:
        """Putri, who has a phone too; gives her id."""
        putri = Staff(
            institution_id=self.people.melati, login="putri", name="Putri Anggun", role=Role.SUPERVISOR,
            phone="+6281900000003", password_hash="no password", created_at=NOW,
        )  # fmt: skip
        self.session.add(putri)
        self.session.flush()
        return putri.id

    def window(self) -> Window:
        return self.session.scalars(select(Window).where(Window.person_id == self.people.budi)).one()

    def ring(self, level=Level.RED, family=Family.SAFETY, *, at=NOW, within=Within.HOURS_4, about=None,
             to_supervisor=False):  # fmt: skip
        """A new fact; gives what came of it."""
        self.facts += 1
        person = self.session.get_one(Person, self.people.budi)
        return alerts.raise_(
            self.session, at, window=self.window(), institution=self.melati, family=family, level=level,
            signals=[("R1_button", level, {})], about=about or f"test:{self.facts}", within=within,
            caseworker_id=person.caseworker_id, to_supervisor=to_supervisor,
        )  # fmt: skip

    def alert(self, family=Family.SAFETY) -> Alert:
        query = select(Alert).where(Alert.person_id == self.people.budi, Alert.family == family)
        return self.session.scalars(query.execution_options(populate_existing=True)).all()[-1]

    def texts(self) -> list[tuple]:
        """(to whom, when, purpose, state) of the texts to staff, in order."""
        rows = self.session.scalars(
            select(Message).where(Message.alert_id.is_not(None)).order_by(Message.id)
        ).all()  # fmt: skip
        return [(row.staff_id, row.planned_for, row.purpose.value, row.state.value) for row in rows]

    def signals(self) -> list[str]:
        return list(self.session.scalars(select(Signal.about).order_by(Signal.id)))
