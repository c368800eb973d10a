"""What is done from the work list: taking, giving, putting off and closing an alert, and deciding whether a text left."""

import pytest

from companion.models import Message
from companion.rules.states import AlertState, Family, MessageState
from companion.rules.terms import Purpose
from tests.services.desk import DAY, HOUR, NOW
from tests.web.staff_room import names

# --- taking, giving, putting off, closing ---------------------------------------------------------------------------


def stored(room, alert):
    room.session.expire_all()
    return room.session.get_one(type(alert), alert.id)


def test_of_two_who_take_an_alert_the_second_reads_who_has_it(room, desk):
    alert = desk.alert(desk.budi)
    first = room.post("tuti", f"/peringatan/{alert.ref}/ambil", follow=True)
    assert "You have it now." in first.text
    second = room.post("sari", f"/peringatan/{alert.ref}/ambil", follow=True, kembali="daftar")
    assert "Tuti Handayani was faster and has this now." in second.text
    assert stored(room, alert).claimed_by == desk.tuti.id
    again = room.post("tuti", f"/peringatan/{alert.ref}/ambil", follow=True)
    assert "You have this already." in again.text


def test_a_colleague_receives_what_is_handed_over_and_then_sees_the_person(room, desk):
    alert = desk.alert(desk.budi)
    assert room.get("dewi", f"/orang/{desk.budi.ref}").status_code == 404
    answer = room.post("sari", f"/peringatan/{alert.ref}/serahkan", follow=True, kepada=desk.dewi.ref)
    assert "Handed over to Dewi Lestari." in answer.text
    assert room.get("dewi", f"/orang/{desk.budi.ref}").status_code == 200
    assert names(room.get("dewi", "/kasus")) == ["Budi S."]


def test_nothing_is_handed_to_another_institution_or_to_nobody(room, desk):
    alert = desk.alert(desk.budi)
    for ref in (desk.rudi.ref, "", "tidak-ada", desk.sari.ref):
        answer = room.post("sari", f"/peringatan/{alert.ref}/serahkan", kepada=ref)
        assert answer.status_code == 400
        assert "Choose who takes it on." in answer.text
    assert stored(room, alert).claimed_by is None


def test_an_alert_is_put_off_with_a_day_and_a_reason(room, desk):
    alert = desk.alert(desk.budi)
    path = f"/peringatan/{alert.ref}/tunda"
    for fields, fault in (
        ({"sampai": "2026-11-05"}, "Say why it can wait."),
        ({"sampai": "2026-11-02", "alasan": "away"}, "Choose a day that is still to come."),
        ({"sampai": "besok", "alasan": "away"}, "Choose a day that is still to come."),
        ({"sampai": "2026-11-17", "alasan": "away"}, "That is too far away"),
        ({"alasan": "away"}, "Choose a day that is still to come."),
    ):
        answer = room.post("sari", path, **fields)
        assert answer.status_code == 400
        assert fault in answer.text
    assert stored(room, alert).state is AlertState.OPEN
    kept = room.post("sari", path, sampai="2026-11-17", alasan="away").text
    assert 'value="2026-11-17"' in kept and '<option value="away" selected>' in kept
    assert room.post("sari", path, sampai="2026-11-05", alasan="away").status_code == 303
    assert stored(room, alert).state is AlertState.SNOOZED
    assert names(room.get("sari", "/kasus")) == []


def test_an_alert_that_needs_a_conversation_cannot_be_closed_without_one(room, desk):
    alert = desk.alert(desk.budi)
    answer = room.post("sari", f"/peringatan/{alert.ref}/tutup", hasil="spoke")
    assert answer.status_code == 400
    assert "only after a conversation that went well" in answer.text
    assert stored(room, alert).state is not AlertState.CLOSED


def test_closing_asks_how_it_ended_and_whether_it_was_of_use(room, desk):
    alert = desk.alert(desk.budi, Family.DATA, code="D1", values={"way": "bukan_saya"})
    assert "Was this alert useful?" in room.get("sari", f"/orang/{desk.budi.ref}").text
    missing = room.post("sari", f"/peringatan/{alert.ref}/tutup", berguna="ya")
    assert missing.status_code == 400
    assert "Choose how it ended." in missing.text
    assert (
        room.post("sari", f"/peringatan/{alert.ref}/tutup", hasil="corrected", berguna="tidak").status_code
        == 303
    )
    closed = stored(room, alert)
    assert (closed.state, closed.outcome, closed.useful) == (AlertState.CLOSED, "corrected", False)
    again = room.post("sari", f"/peringatan/{alert.ref}/tutup", hasil="corrected", follow=True)
    assert again.status_code == 200


def test_a_caseworker_cannot_close_what_a_colleague_holds(room, desk):
    alert = desk.alert(desk.budi, Family.DATA, code="D1", values={"way": "bukan_saya"})
    room.post("tuti", f"/peringatan/{alert.ref}/ambil")
    answer = room.post("sari", f"/peringatan/{alert.ref}/tutup", follow=True, hasil="corrected")
    assert "Tuti Handayani was faster and has this now." in answer.text
    assert stored(room, alert).state is AlertState.CLAIMED


ACTS = ("ambil", "serahkan", "tunda", "tutup")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("login", ["dewi", "rudi"])
def test_somebody_elses_alert_does_not_exist(room, desk, act, login):
    alert = desk.alert(desk.budi)
    assert room.post(login, f"/peringatan/{alert.ref}/{act}").status_code == 404
    assert room.post("sari", f"/peringatan/tidak-ada/{act}").status_code == 404
    assert room.as_("sari").get(f"/peringatan/{alert.ref}/{act}").status_code == 405


# --- texts to decide about ------------------------------------------------------------------------------------------


@pytest.fixture
def unsure(room, desk):
    row = Message(
        institution_id=desk.damai.id, purpose=Purpose.INVITATION, subject="slot:1", person_id=desk.budi.id,
        number_id=desk.budi.phones[0].number_id, state=MessageState.UNSURE, planned_for=NOW - 2 * HOUR,
        expires_at=NOW + DAY, state_at=NOW, last_attempt_at=NOW - 2 * HOUR, attempts=1,
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    desk.alert(desk.budi, Family.DATA, code="D2", values={}, about=f"message:{row.id}")
    room.keep()
    return row


@pytest.mark.parametrize(("said", "state"), [("ya", MessageState.SENT), ("tidak", MessageState.REFUSED)])
def test_a_person_decides_whether_a_text_left(room, desk, unsure, said, state):
    assert "Take it as sent" in room.get("sari", "/kasus", daftar="putuskan").text
    assert room.post("sari", f"/pesan/{unsure.ref}/putuskan", terkirim=said).status_code == 303
    assert stored(room, unsure).state is state
    again = room.post("sari", f"/pesan/{unsure.ref}/putuskan", follow=True, terkirim="ya")
    assert "Somebody has decided this already." in again.text
    assert stored(room, unsure).state is state


def test_a_decision_needs_a_yes_or_a_no_and_the_right_person(room, desk, unsure):
    assert room.post("sari", f"/pesan/{unsure.ref}/putuskan").status_code == 400
    assert room.post("sari", f"/pesan/{unsure.ref}/putuskan", terkirim="mungkin").status_code == 400
    assert room.post("dewi", f"/pesan/{unsure.ref}/putuskan", terkirim="ya").status_code == 404
    assert stored(room, unsure).state is MessageState.UNSURE
