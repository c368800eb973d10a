"""Two of the staff at one person's page in the same moment: the second sees what the first has written."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from companion.models import Person, Slot
from companion.rules.states import SlotState
from companion.rules.terms import PersonStatus


def test_who_goes_on_with_check_ins_does_not_overrule_a_death_of_that_moment(room, desk, database):
    """Else somebody who has died would be promised check-ins, and their phone would ring with them."""
    person_id, page = desk.budi.id, f"/orang/{desk.budi.ref}"
    desk.budi.status = PersonStatus.NOT_REACHED
    room.keep()
    planned = select(Slot.id).where(Slot.person_id == person_id, Slot.state == SlotState.PLANNED)
    with database.read() as session:
        promised = session.scalars(planned).all()
    assert room.get("sari", page).status_code == 200
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            session.execute(update(Person).where(Person.id == person_id).values(status=PersonStatus.DIED))
            coming = pool.submit(room.post, "sari", f"{page}/lanjut")
            with pytest.raises(TimeoutError):
                coming.result(timeout=0.5)
        assert coming.result(timeout=20).status_code == 303
    with database.read() as session:
        assert session.get_one(Person, person_id).status is PersonStatus.DIED
        assert session.scalars(planned).all() == promised
