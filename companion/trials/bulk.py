"""Fast loaders: thousands of graduates with full plans, for measurements. Rows are as the services would leave them.

A thousand people are written out value by value; the slots and tasks of each further thousand are copies of theirs,
made by the database itself. Names and numbers are written for everybody, since reading them is what is measured.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, select, text

from companion import crypto
from companion.db import Base, Database
from companion.models import (
    Alert,
    Consent,
    Institution,
    Number,
    Person,
    Phone,
    Signal,
    Slot,
    Staff,
    Task,
    Window,
)
from companion.rules import plan
from companion.rules.plan import PlanSettings
from companion.rules.states import AlertState, Family, Level, SlotState, WindowState
from companion.rules.terms import ConsentPurpose, PhoneKind, Role, Step, TaskKind, TaskState
from companion.services import institutions
from companion.trials.crowd import FIRST, LAST

BLOCK = 1000
ZONE = "Asia/Jakarta"
PHASES = 110
"""People left on each of the last so many days: every stage of a window is there."""
PER_CASEWORKER = 50
NOBODY = "nobody signs in here"


@dataclass
class Loader:
    """Fills one database as it stands at `now`. `size` is how many people make a block (tests take few)."""

    database: Database
    now: datetime
    size: int = BLOCK
    people: int = 0

    def institution(self, code: str, caseworkers: int, password_hash: str = NOBODY) -> int:
        """An institution with a supervisor `boss-CODE` and caseworkers `CODE-0` and so on."""
        with self.database.write() as session:
            place = Institution(
                code=code, name=f"Balai {code}", zone=ZONE, asks_use=True, created_at=self.now
            )
            session.add(place)
            session.flush()
            institutions.current_plan(session, place.id, self.now)
            logins = [(f"boss-{code}", Role.SUPERVISOR)]
            logins += [(f"{code}-{n}", Role.CASEWORKER) for n in range(caseworkers)]
            for n, (login, role) in enumerate(logins):
                session.add(
                    Staff(
                        institution_id=place.id, login=login, name=f"Petugas {n}", role=role,
                        phone=f"+62811{place.id:03d}{n:05d}", password_hash=password_hash, created_at=self.now,
                    )
                )  # fmt: skip
            return place.id

    def block(self, institution_id: int) -> range:
        """One more block of graduates with windows and full plans; returns their ids."""
        ids = range(self.people + 1, self.people + self.size + 1)
        with self.database.write() as session:
            staff = session.scalars(
                select(Staff.id).where(
                    Staff.institution_id == institution_id, Staff.role == Role.CASEWORKER
                ).order_by(Staff.id)
            ).all()  # fmt: skip
            version = institutions.newest_plan(session, institution_id)
            for model, rows in self._people(ids, institution_id, staff, version.id):
                session.execute(insert(model.__table__), rows)
            if self.people == 0:
                session.execute(insert(Slot.__table__), self._slots(ids, institution_id))
                session.execute(insert(Task.__table__), self._tasks(ids, institution_id))
            else:
                for model in (Slot, Task):
                    self._copy(session, model, institution_id)
        self.people += self.size
        return ids

    def _left_on(self, person_id: int):
        return (self.now - timedelta(days=1 + (person_id - 1) % self.size % PHASES)).date()

    def _people(self, ids, institution_id, staff, version_id):
        yield Person, [
            {
                "id": n, "institution_id": institution_id, "caseworker_id": staff[n // PER_CASEWORKER % len(staff)],
                "identity": n.to_bytes(16, "big"), "name": f"{FIRST[n % 22]} {LAST[n % 13]} {n}",
                "called": FIRST[n % 22], "zone": ZONE, "enrolled_at": self.now,
            }
            for n in ids
        ]  # fmt: skip
        yield Number, [
            {"id": n, "lookup": n.to_bytes(16, "big"), "e164": f"+62813{n:08d}"} for n in ids
        ]  # fmt: skip
        yield (
            Phone,
            [
                {
                    "institution_id": institution_id,
                    "person_id": n,
                    "number_id": n,
                    "kind": PhoneKind.OWN,
                    "confirmed_at": self.now,
                }
                for n in ids
            ],
        )
        yield Consent, [
            {
                "institution_id": institution_id, "person_id": n, "purpose": ConsentPurpose.FOLLOW_UP,
                "proof": "berkas", "given_at": self.now,
            }
            for n in ids
        ]  # fmt: skip
        yield Window, [
            {
                "id": n, "institution_id": institution_id, "person_id": n, "plan_version_id": version_id,
                "generation": 1, "left_on": self._left_on(n), "days": 120, "state": WindowState.ACTIVE,
                "ends_at": plan.window_end(self._left_on(n), 120, ZONE), "heard_at": self.now,
                "look_at": self.now + timedelta(days=7),
            }
            for n in ids
        ]  # fmt: skip

    def _slots(self, ids, institution_id) -> list[dict]:
        rows = []
        for n in ids:
            planned = plan.slots(PlanSettings(), self._left_on(n), ZONE, None, str(n))
            for this, after in zip(planned, [*planned[1:], None], strict=True):
                ahead = this.due_at > self.now
                rows.append(
                    {
                        "ref": crypto.token(), "institution_id": institution_id, "person_id": n, "window_id": n,
                        "generation": 1, "seq": this.seq, "due_at": this.due_at,
                        "give_up_at": plan.give_up_at(this.due_at),
                        "closes_at": plan.closes_at(this.due_at, after.due_at if after else None),
                        "asked_at": None if ahead else this.due_at,
                        "answered_at": None if ahead else this.due_at + timedelta(hours=3),
                        "state": SlotState.PLANNED if ahead else SlotState.ANSWERED,
                        "look_at": this.due_at if ahead else None,
                    }
                )  # fmt: skip
        return rows

    def _tasks(self, ids, institution_id) -> list[dict]:
        return [
            {
                "ref": crypto.token(), "institution_id": institution_id, "person_id": n, "window_id": n,
                "generation": 1, "kind": TaskKind.PLAN, "day": day,
                "due_at": plan.window_end(self._left_on(n), day, ZONE) + timedelta(hours=8),
                "state": TaskState.PLANNED if day % 3 == n % 3 else TaskState.DONE,
            }
            for n in ids
            for day in PlanSettings().contact_days
        ]  # fmt: skip

    def _copy(self, session, model, institution_id: int) -> None:
        """The first block's rows once more, for the people of this one."""
        table = model.__table__
        other = {
            "ref": table.c.ref + bindparam("suffix"), "institution_id": bindparam("place"),
            "person_id": table.c.person_id + bindparam("shift"),
            "window_id": table.c.window_id + bindparam("shift"),
        }  # fmt: skip
        names = [column.name for column in table.columns if column.name != "id"]
        chosen = select(*(other.get(name, table.c[name]) for name in names)).where(
            table.c.person_id <= self.size
        )
        session.execute(
            insert(table).from_select(names, chosen),
            {"suffix": f"-{self.people:x}", "place": institution_id, "shift": self.people},
        )

    def alerts(self, ids, institution_id: int) -> None:
        """An open alert with its reason for every sixth of these people; every thirtieth is red."""
        alerts, signals = [], []
        for n in ids:
            if n % 6:
                continue
            level = Level.RED if n % 30 == 0 else Level.AMBER
            family = Family.STRUGGLING if n % 12 else Family.SILENCE
            opened = self.now - timedelta(hours=n % 40)
            alerts.append(
                {
                    "id": n, "institution_id": institution_id, "person_id": n, "window_id": n, "family": family,
                    "level": level, "state": AlertState.OPEN, "step": Step.CASEWORKER, "opened_at": opened,
                    "deadline_at": opened + timedelta(hours=30), "look_at": self.now + timedelta(days=1),
                }
            )  # fmt: skip
            values = {"value": 7, "usual": 3, "also": [], "teen": False}
            signals.append(
                {
                    "institution_id": institution_id, "alert_id": n, "code": "A2_value", "level": level,
                    "about": f"answer:{n}", "at": opened, "values": values,
                }
            )  # fmt: skip
        with self.database.write() as session:
            session.execute(insert(Alert.__table__), alerts)
            session.execute(insert(Signal.__table__), signals)

    def done(self) -> None:
        """Ids were given by hand: let PostgreSQL count on from them, and let both look at what is there now."""
        with self.database.write() as session:
            if not self.database.is_sqlite:
                for table in Base.metadata.tables.values():
                    if "id" in table.c and session.scalar(select(table.c.id).limit(1)):
                        newest = select(func.max(table.c.id)).scalar_subquery()
                        count = func.pg_get_serial_sequence(table.name, "id")
                        session.execute(select(func.setval(count, newest)))
            session.execute(text("ANALYZE"))
