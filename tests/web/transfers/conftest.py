import pytest

from companion.rules.terms import Role
from tests.web.staff_room import StaffRoom


@pytest.fixture
def room(database):
    room = StaffRoom(database)
    room.desk.elsewhere.province = "JB"
    room.desk.sinta = room.desk._staff(room.desk.elsewhere, "sinta", "Sinta Wijaya", Role.CASEWORKER)
    yield room
    room.close()
