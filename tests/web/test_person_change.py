"""What changes for one person while they are followed, by its forms (issue 3, plans). Rows: tests/services."""

import pytest
from sqlalchemy import func, select

from companion.models import Audit, Person, Phone, Slot, Window
from companion.rules.states import SlotState
from companion.services import numbers
from tests.services.desk import NOW

GOOD = {
    "/jam": {"hour": "16:30"},
    "/tempat": {"province": "PA"},
    "/lama": {"days": "150"},
    "/hp/ganti": {"number": "0813 5555 0001", "kind": "own", "old": "gone", "proof": "lewat telepon"},
}


def post(room, path, login="sari", **fields):
    return room.post(login, f"/orang/{room.desk.budi.ref}{path}", **fields)


def acts(room):
    query = select(Audit.act).where(Audit.person_id == room.desk.budi.id, Audit.staff_id == room.desk.sari.id)
    return room.session.scalars(query.order_by(Audit.id)).all()


@pytest.mark.parametrize("path", [*GOOD, "/pulang"])
def test_nobody_changes_somebody_elses_graduate(room, path):
    assert [post(room, path, login).status_code for login in ("dewi", "rudi")] == [404, 404]


@pytest.mark.parametrize(
    ("path", "act"),
    [("/jam", "hour_changed"), ("/tempat", "place_changed"), ("/lama", "window_days:150"), ("/hp/ganti", "number_changed")],
)  # fmt: skip
def test_a_change_is_made_once_and_stands_in_the_access_log(room, path, act):
    before = room.session.scalar(select(func.count()).select_from(Slot))
    assert [post(room, path, **GOOD[path]).status_code for _ in range(2)] == [303, 303]
    assert acts(room).count(act) == 1
    assert (room.session.scalar(select(func.count()).select_from(Slot)) > before) == (path != "/hp/ganti")
    log = room.get("sari", f"/orang/{room.desk.budi.ref}/akses").text
    assert {"/jam": "Changed the time of the check-ins", "/tempat": "Wrote down another place",
            "/lama": "Changed the length of the follow-up", "/hp/ganti": "Wrote down a new number for texts"}[path] in log  # fmt: skip


@pytest.mark.parametrize(
    ("path", "changed", "fault", "kept"),
    [
        ("/jam", {"hour": "19:40"}, "outside it no text leaves", 'value="19:40"'),
        ("/jam", {"hour": "sore"}, "Write the time like 09.00.", 'value="sore"'),
        ("/tempat", {"province": "ZZ"}, "Choose a place from the list.", ""),
        ("/lama", {"days": "59"}, "Choose between 60 and 240 days.", 'value="59"'),
        ("/lama", {"days": "panjang"}, "Choose between 60 and 240 days.", 'value="panjang"'),
        ("/hp/ganti", {"number": "12"}, "This is no Indonesian mobile number.", 'value="12"'),
        ("/hp/ganti", {"kind": ""}, "Choose whose phone it is.", 'value="0813 5555 0001"'),
        ("/hp/ganti", {"old": ""}, "Choose what happens to the number", 'value="0813 5555 0001"'),
        ("/hp/ganti", {"proof": " "}, "Write down when and how the person gave", 'value="0813 5555 0001"'),
        ("/pulang", {"left_on": "2026-11-01"}, "is not closed yet. Close it first", ""),
        ("/pulang", {"left_on": "kemarin"}, "This is no date.", ""),
        ("/pulang", {"left_on": "2026-11-17"}, "This is too far ahead.", ""),
        ("/pulang", {"left_on": "2026-07-05"}, "These 120 days would be over already.", ""),
    ],
)
def test_a_fault_is_said_beside_its_field_and_changes_nothing(room, desk, path, changed, fault, kept):
    before = room.session.scalar(select(func.count()).select_from(Slot))
    answer = post(room, path, **(GOOD.get(path, {}) | changed))
    assert answer.status_code == 400
    assert fault in answer.text
    assert kept in answer.text
    assert room.session.scalar(select(func.count()).select_from(Slot)) == before
    person = room.session.get_one(Person, desk.budi.id)
    assert (person.preferred_hour, person.zone, len(person.phones)) == (None, "Asia/Jakarta", 1)


def test_an_empty_hour_means_that_of_the_plan(room, desk):
    post(room, "/jam", hour="16.30")
    assert room.session.get_one(Person, desk.budi.id).preferred_hour == "16:30"
    post(room, "/jam", hour="")
    assert room.session.get_one(Person, desk.budi.id).preferred_hour is None


def test_the_new_last_day_stands_on_the_page(room):
    post(room, "/lama", days="150")
    assert "11 March 2027" in room.get("sari", f"/orang/{room.desk.budi.ref}/data").text


def test_a_number_whose_holder_stopped_our_texts_is_not_made_the_first(room, desk):
    post(room, "/hp/baru", number="0813 5555 0001", kind="own")
    second = room.session.scalars(select(Phone).where(Phone.person_id == desk.budi.id, Phone.rank == 1)).one()
    numbers.silence(desk.session, NOW, second.number_id, "page")
    room.keep()
    for path, fields in (("/hp/utama", {"phone": second.id}), ("/hp/ganti", GOOD["/hp/ganti"])):
        answer = post(room, path, **fields)
        assert answer.status_code == 400
        assert "Messages to this number were stopped." in answer.text


def test_somebody_who_came_out_again_is_followed_anew(room, desk):
    post(room, "/tutup", outcome="back_in_care", sure="1")
    page = room.get("sari", f"/orang/{desk.budi.ref}/data").text
    assert "Has come out again" in page and "Extend or shorten" not in page
    assert post(room, "/pulang", left_on="2026-11-01").status_code == 303
    windows = room.session.scalars(select(Window).where(Window.person_id == desk.budi.id)).all()
    assert [one.outcome for one in windows] == ["back_in_care", None]
    planned = select(func.count()).where(Slot.window_id == windows[1].id, Slot.state == SlotState.PLANNED)
    assert room.session.scalar(planned) == 21
    again = post(room, "/pulang", left_on="2026-11-01")
    assert again.status_code == 400  # the second click opens nothing
    assert room.session.scalar(select(func.count()).where(Window.person_id == desk.budi.id)) == 2
