"""Handing over by its pages: offered on one side, decided on the other, and nobody sees more than they need."""

import pytest
from sqlalchemy import func, select

from companion.models import Audit, Person, Slot, Window
from companion.rules.states import Family, Level, TransferState
from companion.trials.statements import counted
from tests.web.handing import GOOD, accept, address, facts, newest, offer, over_there

pytestmark = pytest.mark.usefixtures("elsewhere")

SECRET = ("Santoso", "1980", "0812", "berkas 31", "Urge 7")
"""What the other side has no business with before it accepts."""


# --- offering -------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_other_institutions_by_name_and_province_only(room):
    page = facts(room)
    assert '<option value="sinar">Griya Sinar, Jawa Barat</option>' in page
    assert 'value="damai"' not in page


@pytest.mark.parametrize("login", ["sari", "tuti"])
def test_the_caseworker_or_the_supervisor_offers_somebody_and_takes_it_back(room, login):
    assert offer(room, login).status_code == 303
    page = facts(room, login)
    assert "Offered to Griya Sinar, today. They can accept until" in page
    assert "Hand over to another institution" not in page
    assert room.post(login, f"/orang/{room.desk.budi.ref}/serah/batal").status_code == 303
    assert "Hand over to another institution" in facts(room, login)
    assert newest(room).state is TransferState.WITHDRAWN


@pytest.mark.parametrize("path", ["/serah", "/serah/batal"])
def test_nobody_offers_somebody_elses_graduate(room, path):
    answers = [room.post(login, f"/orang/{room.desk.budi.ref}{path}", **GOOD) for login in ("dewi", "rudi")]
    assert [one.status_code for one in answers] == [404, 404]
    assert newest(room) is None


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"institution": ""}, "Choose the institution that is to go on."),
        ({"institution": "damai"}, "Choose the institution that is to go on."),
        ({"proof": " "}, "Write down where the person&#39;s own consent to this lies."),
    ],
)
def test_a_fault_is_said_beside_its_field_and_what_was_typed_is_kept(room, changed, fault):
    answer = offer(room, **changed)
    assert answer.status_code == 400
    assert fault in answer.text
    assert "Suka ditelepon sore." in answer.text
    assert newest(room) is None


def test_under_18_the_guardian_is_asked_for_too(room, desk):
    assert "guardian-proof" not in facts(room)
    desk.budi.born_on = "2010-01-01"
    assert "guardian-proof" in facts(room)
    answer = offer(room)
    assert answer.status_code == 400 and "Under 18 the guardian has to agree too." in answer.text
    assert offer(room, guardian="surat ibu").status_code == 303


def test_what_is_urgent_is_said_to_those_who_can_close_it(room, desk):
    offer(room)
    desk.alert(desk.budi, Family.SAFETY, Level.RED)
    for path in ("", "/data"):
        page = room.get("sari", f"/orang/{desk.budi.ref}{path}").text
        assert "They cannot accept yet: something urgent is open." in page
    answer = accept(room)
    assert answer.status_code == 400
    assert "Something urgent is being dealt with there just now." in answer.text
    assert newest(room).state is TransferState.OFFERED


# --- deciding -------------------------------------------------------------------------------------------------------


def test_an_offer_is_noticed_by_the_supervisor_it_is_made_to_and_by_nobody_else(room):
    assert "Nobody is offered to you." in room.get("rudi", "/institusi/serah-terima").text
    offer(room)
    for path in ("/kasus", "/institusi"):
        assert "asks you to go on with one person" in room.get("rudi", path).text
        assert "asks you to go on" not in room.get("tuti", path).text
    assert "asks you to go on" not in room.get("sinta", "/kasus").text
    assert "Budi" in room.get("rudi", "/institusi/serah-terima").text


def test_before_it_is_accepted_no_more_is_read_than_is_needed(room, desk):
    desk.alert(desk.budi)
    offer(room)
    for path in ("/institusi/serah-terima", address(room)):
        page = room.get("rudi", path).text
        assert "Budi" in page and "Rumah Damai" in page
        assert not [word for word in SECRET if word in page]
    assert "Suka ditelepon sore." in room.get("rudi", address(room)).text
    assert room.get("rudi", f"/orang/{desk.budi.ref}").status_code == 404


def test_a_look_at_the_offer_stands_in_the_access_log_that_the_person_can_see(room, desk):
    offer(room)
    room.get("rudi", address(room))
    room.get("rudi", address(room))
    looks = select(func.count()).where(Audit.act == "transfer_read", Audit.person_id == desk.budi.id)
    assert room.session.scalar(looks) == 1
    log = room.get("sari", f"/orang/{desk.budi.ref}/akses").text
    assert "Looked at the offer from the other institution" in log and "Rudi Hartono" in log


@pytest.mark.parametrize("act", ["", "/terima", "/tolak"])
def test_an_offer_to_somebody_else_does_not_exist(room, desk, act):
    offer(room)
    visit = room.get if act == "" else room.post
    assert visit("tuti", address(room, act)).status_code == 404
    assert visit("sinta", address(room, act)).status_code == 403
    assert newest(room).state is TransferState.OFFERED


def test_who_accepts_chooses_a_caseworker_of_their_own(room, desk):
    offer(room)
    assert "Choose who is to follow this person here." in accept(room, to="sari").text
    before = room.session.scalar(select(func.count()).select_from(Person))
    answer = accept(room)
    here = over_there(room)
    assert (answer.status_code, answer.location.split("?")[0]) == (303, f"/orang/{here.ref}")
    assert here.caseworker_id == desk.sinta.id
    assert accept(room).status_code == 303  # the second click finds that it is no longer open
    assert room.session.scalar(select(func.count()).select_from(Person)) == before + 1


def test_a_reason_is_needed_to_decline_and_those_who_offered_read_it(room, desk):
    offer(room)
    answer = room.post("rudi", address(room, "/tolak"), reason=" ")
    assert answer.status_code == 400 and "Write down why" in answer.text
    assert room.post("rudi", address(room, "/tolak"), reason="Petugas kami penuh.").status_code == 303
    for page in (facts(room), room.get("sari", f"/orang/{desk.budi.ref}").text):
        assert "Griya Sinar declined, today." in page and "Petugas kami penuh." in page
    assert "Petugas kami penuh." in room.get("tuti", "/institusi/serah-terima").text
    assert (
        room.session.scalars(select(Window).where(Window.person_id == desk.budi.id)).one().state == "active"
    )
    assert room.session.scalar(
        select(func.count()).where(Slot.person_id == desk.budi.id, Slot.state == "planned")
    )


def test_an_offer_that_is_gone_says_so_and_leads_to_the_list(room):
    offer(room)
    where = address(room)
    room.post("sari", f"/orang/{room.desk.budi.ref}/serah/batal")
    answers = [
        room.get("rudi", where), accept(room), room.post("rudi", f"{where}/tolak", reason="penuh"),
        room.post("rudi", f"{where}/tolak", reason=""),
    ]  # fmt: skip
    assert [one.status_code for one in answers] == [303] * 4
    said = room.post("rudi", f"{where}/tolak", follow=True, reason="").text
    assert "This offer is no longer open." in said and "Write down why" not in said


@pytest.mark.parametrize("state", ["nothing", "offered", "accepted"])
def test_the_pages_cost_at_most_ten_statements(room, desk, state):
    others = [desk.graduate(f"Orang{number}", desk.sari) for number in range(12)]
    if state != "nothing":
        for person in others:
            room.keep()
            room.post("sari", f"/orang/{person.ref}/serah", **GOOD)
        offer(room)
    if state == "accepted":
        accept(room)
    paths = [("sari", f"/orang/{desk.budi.ref}"), ("sari", f"/orang/{desk.budi.ref}/data"), ("tuti", "/institusi"),
             ("tuti", "/institusi/serah-terima"), ("rudi", "/institusi/serah-terima"), ("rudi", "/kasus"),
             ("rudi", "/institusi")]  # fmt: skip
    paths += [("rudi", address(room))] if state == "offered" else []
    paths += [("sinta", f"/orang/{over_there(room).ref}")] if state == "accepted" else []
    for login, path in paths:
        client = room.as_(login)
        with counted(room.database) as statements:
            assert client.get(path).status_code == 200
        assert len(statements) <= 10, (path, len(statements))
