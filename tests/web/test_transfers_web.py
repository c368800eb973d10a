"""Handing over by its pages: offered on one side, decided on the other, and nobody sees more than they need."""

import re

import pytest
from sqlalchemy import func, select

from companion.models import (
    Alert,
    Answer,
    Audit,
    Consent,
    Contact,
    Message,
    Person,
    Phone,
    Signal,
    Slot,
    Task,
    Transfer,
    Window,
)
from companion.rules.states import Family, Level, TransferState, WindowState
from companion.rules.terms import Role
from companion.trials.statements import counted
from tests.web.staff_room import StaffRoom

GOOD = {"institution": "sinar", "proof": "berkas 31", "note": "Suka ditelepon sore."}
SECRET = ("Santoso", "1980", "0812", "berkas 31", "Urge 7")
"""What the other side has no business with before it accepts."""


@pytest.fixture
def room(database):
    room = StaffRoom(database)
    room.desk.elsewhere.province = "JB"
    room.desk.sinta = room.desk._staff(room.desk.elsewhere, "sinta", "Sinta Wijaya", Role.CASEWORKER)
    yield room
    room.close()


@pytest.fixture
def desk(room):
    return room.desk


def offer(room, login="sari", **changed):
    return room.post(login, f"/orang/{room.desk.budi.ref}/serah", **(GOOD | changed))


def newest(room) -> Transfer | None:
    return room.session.scalars(select(Transfer).order_by(Transfer.id.desc())).first()


def address(room, act="") -> str:
    return f"/institusi/serah-terima/{newest(room).ref}{act}"


def accept(room, login="rudi", to="sinta"):
    return room.post(login, address(room, "/terima"), to=getattr(room.desk, to).ref)


def facts(room, login="sari"):
    return room.get(login, f"/orang/{room.desk.budi.ref}/data").text


def over_there(room) -> Person:
    found = select(Person).where(
        Person.institution_id == room.desk.elsewhere.id, Person.id != room.desk.joko.id
    )
    return room.session.scalars(found).one()


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


def test_the_new_card_holds_the_note_and_figures_and_the_list_asks_for_a_first_call(room, desk):
    desk.alert(desk.budi)
    offer(room)
    accept(room)
    work = room.get("sinta", "/kasus").text
    assert (
        "Handed over to us by another institution, today 10.00. Still open there: having a hard time." in work
    )
    page = room.get("sinta", f"/orang/{over_there(room).ref}").text
    for words in (
        "Taken over from Rumah Damai, today.",
        "Suka ditelepon sore.",
        "Budi Santoso",
        "Check-ins there:",
    ):
        assert words in page, words


def test_what_came_along_stays_in_sight_while_they_are_offered_onward(room, desk):
    offer(room)
    accept(room)
    here = over_there(room)
    room.post("sinta", f"/orang/{here.ref}/serah", institution="damai", proof="berkas 40", note="Kembali.")
    page = room.get("sinta", f"/orang/{here.ref}").text
    assert "Offered to Rumah Damai, today." in page
    for words in (
        "What came along",
        "Taken over from Rumah Damai, today.",
        "Suka ditelepon sore.",
        "Check-ins there:",
    ):
        assert words in page, words
    assert "Kembali." not in page


def test_the_old_pages_say_who_follows_them_now(room, desk):
    offer(room)
    accept(room)
    card = room.get("sari", f"/orang/{desk.budi.ref}").text
    assert "Followed by Griya Sinar now, since today." in card
    assert "The phone numbers went along with the person." in card and "tel:" not in card
    assert "Moved, followed up elsewhere" in facts(room)
    answer = room.post("sari", f"/orang/{desk.budi.ref}/pulang", left_on="2026-11-01")
    assert answer.status_code == 400 and "Another institution follows them now." in answer.text


@pytest.mark.parametrize("deleted", [False, True])
def test_the_old_page_says_so_where_the_follow_up_over_there_has_ended_since(room, desk, deleted):
    offer(room)
    accept(room)
    desk.session.expire_all()
    transfer = desk.session.scalars(select(Transfer)).one()
    if deleted:
        transfer.to_person_id = None
    else:
        there = desk.session.scalars(select(Window).where(Window.person_id == transfer.to_person_id)).one()
        there.state = WindowState.CLOSED
    desk.session.commit()
    card = room.get("sari", f"/orang/{desk.budi.ref}").text
    assert "Handed over to Griya Sinar, today. Their follow-up there has ended since." in card
    assert "Followed by" not in card and "lead there" not in card


STILL_DONE = {
    "transfers.offer", "transfers.withdraw", "person_change.come_out_again",  # these say themselves why not
    "person_facts.withdraw",  # a yes may be taken back wherever it stands
    "person_window.assign", "person_window.lift_lock",  # who reads the record, and what the family there may see
    "family_invite.invite",  # refused since the follow-up is closed
}  # fmt: skip
"""What may still be sent about somebody whom another institution has taken over."""


def test_nothing_more_is_written_down_about_somebody_who_is_followed_elsewhere(room, desk):
    offer(room)
    late = room.get("tuti", f"/orang/{desk.budi.ref}/hasil", kode="spoke_well")
    assert late.status_code == 200  # this form is being filled in while they accept
    accept(room)
    before = stored(room)
    for rule in room.app.url_map.iter_rules():
        if not rule.rule.startswith("/orang/<ref>") or "POST" not in rule.methods or len(rule.arguments) > 1:
            continue
        if rule.endpoint in STILL_DONE:
            continue
        answer = room.post(
            "tuti", rule.rule.replace("<ref>", desk.budi.ref), code="violence", once="a" * 12, number="0812 9999 0000",
            purpose="follow_up", proof="berkas", until="2026-11-09", reason="asked", hour="09.00", kind="own",
        )  # fmt: skip
        where = answer.location.split("?")[0] if answer.status_code == 303 else answer.status_code
        assert where == f"/orang/{desk.budi.ref}", rule.endpoint
    assert stored(room) == before
    said = room.post(
        "tuti", f"/orang/{desk.budi.ref}/hasil", follow=True, code="no_answer", once="b" * 12
    ).text
    assert "This person was handed over to another institution, so nothing was saved." in said


def stored(room) -> list[int]:
    """How many rows there are of what a page could write."""
    kinds = (Alert, Answer, Consent, Contact, Message, Phone, Signal, Slot, Task)
    return [room.session.scalar(select(func.count()).select_from(kind)) for kind in kinds]


def test_the_old_pages_offer_nothing_that_is_refused(room, desk):
    offer(room)
    accept(room)
    pages = [room.get("tuti", f"/orang/{desk.budi.ref}{page}").text for page in ("", "/data", "/keluarga")]
    acts = set(re.findall(rf'action="/orang/{desk.budi.ref}/([a-z/]+)', "".join(pages)))
    assert acts == {"izin/cabut", "pulang", "petugas"}
    assert f"/orang/{desk.budi.ref}/hasil" not in "".join(pages)
    assert room.get("tuti", f"/orang/{desk.budi.ref}/hasil").status_code == 303


def test_what_was_heard_there_in_the_last_moment_is_closed_without_a_call(room, desk):
    """They have no number to ring any more; those who follow the person now were told."""
    offer(room)
    accept(room)
    desk.session.expire_all()
    alert = desk.alert(desk.budi, Family.SAFETY, Level.RED)
    page = room.get("tuti", f"/orang/{desk.budi.ref}").text
    assert f"/peringatan/{alert.ref}/tutup" in page and "Note the result" not in page
    room.post("tuti", f"/peringatan/{alert.ref}/tutup", hasil="referred")
    assert room.session.get_one(Alert, alert.id).state == "closed"


def test_where_they_are_now_everything_can_be_written_down(room):
    offer(room)
    accept(room)
    here = over_there(room)
    answer = room.post("sinta", f"/orang/{here.ref}/hasil", code="no_answer", once="c" * 12)
    assert answer.status_code == 303
    assert room.session.scalar(select(func.count(Contact.id)).where(Contact.person_id == here.id)) == 1


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
