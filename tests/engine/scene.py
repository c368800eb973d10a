"""What tests of the engine share: a day of ticks, and rows as they stand in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from companion.clock import SetClock
from companion.engine.house import House
from companion.engine.tick import Report, tick
from companion.models import Alert, Message, Number, Phone, Signal, Slot, Window
from tests.carriers import RecordingChannel
from tests.cast import NOW, Cast

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BUDI = "+6281200000001"
WATI = "+6281200000002"
YUSUF = "+6281200000003"


@dataclass
class Scene:
    """One house with its clock and carrier; `at` lets it live up to an instant, without a gap."""

    house: House
    clock: SetClock
    carrier: RecordingChannel
    people: Cast

    @property
    def database(self):
        return self.house.database

    def at(self, when: datetime, **how) -> Report:
        self.clock.at = when
        return tick(self.house, lived=True, **how)

    def after_standing_still(self, until: datetime, **how) -> Report:
        """A tick that finds how long ago the last one ended."""
        self.clock.at = until
        return tick(self.house, **how)

    def slots(self, person_id: int) -> list[Slot]:
        return self._all(select(Slot).where(Slot.person_id == person_id).order_by(Slot.due_at, Slot.id))

    def next_slot(self, person_id: int) -> Slot:
        """The first check-in that is promised and not open yet."""
        return next(slot for slot in self.slots(person_id) if slot.state.value == "planned")

    def slot(self, slot_id: int) -> Slot:
        return self._all(select(Slot).where(Slot.id == slot_id))[0]

    def messages(self, **where) -> list[Message]:
        return self._all(select(Message).filter_by(**where).order_by(Message.id))

    def message(self, slot: Slot, step: int = 0) -> Message:
        return self.messages(slot_id=slot.id, step=step)[0]

    def alerts(self, person_id: int) -> list[Alert]:
        return self._all(select(Alert).where(Alert.person_id == person_id).order_by(Alert.id))

    def signals(self, person_id: int) -> list[Signal]:
        query = select(Signal).join(Alert, Alert.id == Signal.alert_id).where(Alert.person_id == person_id)
        return self._all(query.order_by(Signal.id))

    def window(self, person_id: int) -> Window:
        return self._all(select(Window).where(Window.person_id == person_id))[0]

    def number_id(self, person_id: int) -> int:
        return self._all(select(Phone.number_id).where(Phone.person_id == person_id, Phone.rank == 0))[0]

    def number(self, person_id: int) -> Number:
        return self._all(select(Number).where(Number.id == self.number_id(person_id)))[0]

    def change(self, model, row_id: int, **values) -> None:
        with self.database.write() as session:
            session.execute(update(model).where(model.id == row_id).values(**values))

    def write(self, act, *given, **named):
        """Run one service call in a transaction of its own."""
        with self.database.write() as session:
            return act(session, *given, **named)

    def due_together(self) -> datetime:
        """Let the next check-in of all three fall due at the same instant: Wednesday at noon in Jakarta."""
        at = NOW + 2 * DAY + 3 * HOUR
        for person_id in (self.people.budi, self.people.wati, self.people.yusuf):
            slot = self.next_slot(person_id)
            self.change(Slot, slot.id, due_at=at, look_at=at, give_up_at=at + DAY)
        return at

    def asked(self, person_id: int) -> Slot:
        """Let the next check-in fall due and its invitation leave; gives the slot as it stands then."""
        slot = self.next_slot(person_id)
        self.at(slot.due_at)
        return self.slot(slot.id)

    def _all(self, query) -> list:
        with self.database.read() as session:
            return list(session.scalars(query))
