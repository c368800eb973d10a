"""A person's follow-up by its forms: consent, pause and end, what is the supervisor's, and what a refused form keeps."""

import re
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from companion.models import Alert, Consent, Person, Slot
from companion.rules.states import AlertState, Level, SlotState, WindowState
from companion.rules.terms import PersonStatus
from companion.services import numbers
from tests.services.desk import NOW
from tests.web.staff_room import card

# --- consent, pause, end --------------------------------------------------------------------------------------------


def test_consent_is_recorded_with_its_proof_and_check_ins_begin(room, desk):
    ani = desk.graduate("Ani Lestari", desk.sari, consent=False)
    room.keep()
    path = f"/orang/{ani.ref}/izin"
    answer = room.post("sari", path, purpose="follow_up")
    assert answer.status_code == 400
    assert "Write down where the written consent lies." in answer.text
    assert room.post("sari", path, purpose="everything", proof="berkas 3").status_code == 400
    assert room.post("sari", path, purpose="follow_up", proof="berkas 3").status_code == 303
    assert desk.session.scalar(select(func.count()).where(Slot.person_id == ani.id)) > 0
    again = room.post("sari", path, follow=True, purpose="follow_up", proof="berkas 3")
    assert "This consent was on file already." in again.text


def test_a_yes_on_this_page_says_nothing_about_the_number_which_is_asked_about(room, desk):
    ani = desk.graduate("Ani Lestari", desk.sari, consent=False)
    room.keep()
    room.post("sari", f"/orang/{ani.ref}/izin", purpose="follow_up", proof="berkas 3")
    desk.session.expire_all()
    assert ani.phones[0].confirmed_at is None
    assert (
        "Asked by text; invitations wait for the answer." in room.get("sari", f"/orang/{ani.ref}/data").text
    )
    assert "One short text goes to this number first" in room.get("sari", f"/klien/{ani.ref}/berikutnya").text


def test_where_the_number_was_stopped_a_yes_says_that_no_check_in_is_planned(room, desk):
    ani = desk.graduate("Ani Lestari", desk.sari, consent=False)
    numbers.silence(desk.session, NOW, ani.phones[0].number_id, "page")
    room.keep()
    path = f"/orang/{ani.ref}/izin"
    said = "Messages to their number were stopped, so no check-ins are planned."
    assert said not in room.post("sari", path, follow=True, purpose="family", proof="berkas 3").text
    answer = room.post("sari", path, follow=True, purpose="follow_up", proof="berkas 3").text
    assert "Consent is on file. " + said in answer
    next_steps = room.get("sari", f"/klien/{ani.ref}/berikutnya").text
    assert said in next_steps and "No check-in lies ahead" not in next_steps
    assert desk.session.scalar(select(func.count()).where(Slot.person_id == ani.id)) == 0


def test_a_withdrawn_consent_ends_what_was_promised_on_it(room, desk):
    room.post("sari", f"/orang/{desk.budi.ref}/izin/cabut", purpose="follow_up")
    ahead = select(func.count()).where(Slot.person_id == desk.budi.id, Slot.state == SlotState.PLANNED)
    assert desk.session.scalar(ahead) == 0
    standing = select(Consent.purpose).where(
        Consent.person_id == desk.budi.id, Consent.withdrawn_at.is_(None)
    )
    assert desk.session.scalars(standing).all() == []
    assert room.post("sari", f"/orang/{desk.budi.ref}/izin/cabut", purpose="x").status_code == 400


def test_a_pause_has_an_end_and_a_reason(room, desk):
    path = f"/orang/{desk.budi.ref}/jeda"
    for fields, fault in (
        ({"reason": "asked"}, "Say until when."),
        ({"until": "2026-11-02", "reason": "asked"}, "Choose a day that is still to come."),
        ({"until": "2026-11-17", "reason": "asked"}, "At most 14 days"),
        ({"until": "kapan-kapan", "reason": "asked"}, "Say until when."),
        ({"until": "2026-11-05"}, "Choose a reason."),
    ):
        answer = room.post("sari", path, **fields)
        assert answer.status_code == 400
        assert fault in answer.text
    assert room.post("sari", path, until="2026-11-16", reason="asked").status_code == 303
    assert desk.window(desk.budi).state is WindowState.PAUSED
    assert "Paused until" in card(room)
    room.post("sari", f"/orang/{desk.budi.ref}/lanjut")
    desk.session.expire_all()
    assert desk.window(desk.budi).state is WindowState.ACTIVE


def test_a_follow_up_is_closed_with_an_outcome_and_never_over_something_red(room, desk):
    path = f"/orang/{desk.budi.ref}/tutup"
    alert = desk.alert(desk.budi, level=Level.RED)
    assert "Choose how the follow-up ended." in room.post("sari", path, sure="1").text
    assert "Tick this" in room.post("sari", path, outcome="stable").text
    refused = room.post("sari", path, outcome="stable", sure="1")
    assert refused.status_code == 400
    assert "Something urgent is still open." in refused.text
    assert '<option value="stable" selected>' in refused.text
    desk.session.expire_all()
    assert desk.window(desk.budi).state is WindowState.ACTIVE
    desk.session.get_one(Alert, alert.id).state = AlertState.CLOSED
    assert room.post("sari", path, outcome="stable", sure="1").status_code == 303
    desk.session.expire_all()
    assert desk.window(desk.budi).outcome == "stable"
    assert room.post("sari", path, outcome="stable", sure="1").status_code == 303


def test_what_a_supervisor_has_to_make_sure_of_is_not_closed_by_hand_and_is_asked_once(room, desk):
    page = f"/orang/{desk.budi.ref}"
    desk.budi.status = PersonStatus.DIED
    room.keep()
    facts = room.get("tuti", f"{page}/data").text
    assert "It was not so" in facts and f"{page}/tutup" not in facts
    refused = room.post("sari", f"{page}/tutup", outcome="stable", sure="1")
    assert refused.status_code == 400
    assert "A supervisor first makes sure of what was noted." in refused.text
    assert room.post("tuti", f"{page}/pasti", benar="ya").status_code == 303
    facts = room.get("tuti", f"{page}/data").text
    assert "It was not so" not in facts and "Closed:" in facts


# --- the supervisor -------------------------------------------------------------------------------------------------


def test_a_supervisor_gives_a_person_to_a_caseworker(room, desk):
    path = f"/orang/{desk.budi.ref}/petugas"
    for ref in ("", "tidak-ada", desk.rudi.ref):
        assert "Choose who takes this person on." in room.post("tuti", path, to=ref).text
    room.post("tuti", path, to=desk.dewi.ref)
    desk.session.expire_all()
    assert desk.session.get_one(Person, desk.budi.id).caseworker_id == desk.dewi.id
    assert room.get("sari", f"/orang/{desk.budi.ref}").status_code == 404


@pytest.mark.parametrize(
    ("said", "status", "outcome"), [("ya", "died", "died"), ("tidak", "not_reached", None)]
)
def test_a_supervisor_makes_sure_of_a_death(room, desk, said, status, outcome):
    room.post("sari", f"/orang/{desk.budi.ref}/hasil", code="died", once="a" * 12)
    assert "still has to make sure" in card(room)
    assert "It is so: close the follow-up" in room.get("tuti", f"/orang/{desk.budi.ref}/data").text
    assert "It is so: close" not in room.get("sari", f"/orang/{desk.budi.ref}/data").text
    assert room.post("tuti", f"/orang/{desk.budi.ref}/pasti", benar="mungkin").status_code == 400
    room.post("tuti", f"/orang/{desk.budi.ref}/pasti", benar=said)
    desk.session.expire_all()
    assert desk.session.get_one(Person, desk.budi.id).status == PersonStatus(status)
    assert desk.window(desk.budi).outcome == outcome


def test_only_a_supervisor_lifts_the_lock_after_violence(room, desk):
    room.post("sari", f"/orang/{desk.budi.ref}/hasil", code="violence", once="a" * 12)
    assert "Violence was reported" in card(room)
    room.post("tuti", f"/orang/{desk.budi.ref}/kunci")
    assert "Violence was reported" not in card(room)


# --- dates, and where a refused form stands --------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["2026-11-12", "12/11/2026", "12-11-26", "12 November 2026"])
def test_a_date_is_understood_as_people_write_it(room, desk, typed):
    """Browsers without a date field send what was typed, and our own hint says 31/12/2026."""
    room.post("sari", f"/orang/{desk.budi.ref}/jeda", until=typed, reason="asked")
    window = desk.window(desk.budi)
    assert window.state is WindowState.PAUSED
    assert f"{window.paused_until.astimezone(ZoneInfo('Asia/Jakarta')):%Y-%m-%d}" == "2026-11-12"


REFUSED = [
    "/orang/{person}/jeda",
    "/orang/{person}/hp/baru",
    "/orang/{person}/hasil",
    "/peringatan/{alert}/tunda",
    "/institusi/nomor",
    "/institusi/petugas/{staff}/berhalangan",
]


@pytest.mark.parametrize("path", REFUSED)
def test_the_other_language_of_a_refused_form_can_be_opened(room, desk, path):
    """Many forms are sent to an address that takes nothing but a form; the link to it would end at an error."""
    alert = desk.alert(desk.budi, level=Level.RED)
    room.keep()
    path = path.format(person=desk.budi.ref, alert=alert.ref, staff=desk.sari.ref)
    fields = {"code": "pause", "once": "one-form-1", "sampai": "x", "duty": "12"}
    refused = room.post("tuti", path, **fields)
    assert refused.status_code == 400
    link = re.search('hreflang="id" href="([^"]+)"', refused.text)[1].replace("&amp;", "&")
    there = room.as_("tuti").get(link)
    assert there.status_code == 200
    assert '<html lang="id">' in there.text
