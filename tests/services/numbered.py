"""Numbers and what hangs on them: whose, in which states, and one that two people have."""

from sqlalchemy import select

from companion.models import Number, Person, Phone, Slot
from companion.rules.terms import PhoneKind
from companion.services import numbers
from tests.engine.scene import BUDI


def number_of(session, person_id) -> Number:
    query = select(Number).join(Phone).where(Phone.person_id == person_id, Phone.rank == 0)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def states(session, person_id):
    return set(session.scalars(select(Slot.state).where(Slot.person_id == person_id)))


def share(session, people, rank):
    """Wati gets Budi's number, as her own first one or behind it."""
    wati = session.get_one(Person, people.wati)
    if rank == 0:
        session.execute(Phone.__table__.delete().where(Phone.person_id == people.wati))
    numbers.attach(session, wati, BUDI, PhoneKind.SHARED, rank=rank)
    session.flush()
