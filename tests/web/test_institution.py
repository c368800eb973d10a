"""The supervisor's pages: what needs them, who has whom, the hours and the numbers."""

import re

import pytest
from sqlalchemy import select

from companion.models import EngineState, Institution, Person, Staff
from companion.rules.states import Level
from companion.rules.terms import Step
from companion.services import institutions
from tests.services.desk import DAY, HOUR, NOW


def overview(room, login="tuti"):
    return room.get(login, "/institusi").text


PAGES = ["/institusi", "/institusi/orang", "/institusi/jam"]


@pytest.mark.parametrize("path", PAGES)
def test_these_pages_are_the_supervisors(room, path):
    assert room.get("tuti", path).status_code == 200
    assert room.get("sari", path).status_code == 403


POSTS = ["/institusi/orang", "/institusi/jam", "/institusi/nomor"]


@pytest.mark.parametrize("path", POSTS)
def test_only_a_supervisor_changes_anything_here(room, path):
    assert room.post("sari", path).status_code == 403


@pytest.mark.parametrize("act", ["alihkan", "berhalangan"])
def test_the_staff_of_another_institution_do_not_exist(room, desk, act):
    assert room.post("tuti", f"/institusi/petugas/{desk.rudi.ref}/{act}").status_code == 404
    assert room.post("tuti", f"/institusi/petugas/tidak-ada/{act}").status_code == 404


def test_an_institution_sees_only_itself(room, desk):
    desk.alert(desk.joko, level=Level.RED).deadline_at = NOW - HOUR
    page = overview(room)
    assert "Rumah Damai" in page
    for stranger in ("Joko", "Rudi", "Griya"):
        assert stranger not in page
    assert "Everything is within its time." in page


def test_what_is_late_stands_first_with_who_has_it(room, desk):
    desk.alert(desk.budi, level=Level.RED).deadline_at = NOW - 2 * HOUR
    page = overview(room)
    assert "late by 2 hours" in page and "Budi S." in page and "Sari Melati" in page


def test_what_has_climbed_and_is_held_is_not_also_said_to_be_with_nobody(room, desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    alert.step = Step.BANNER
    nobody = '"tag grey">taken by nobody<'
    assert nobody in overview(room)
    room.post("sari", f"/peringatan/{alert.ref}/ambil")
    page = overview(room)
    assert "Sari Melati has it" in page and nobody not in page


def test_unassigned_people_are_shown_and_given_to_a_caseworker(room, desk):
    desk.graduate("Nina Baru", desk.tuti)
    assert "Nina B." in overview(room)
    page = room.get("tuti", "/institusi/orang", pilih="belum").text
    assert re.findall(r'class="who"[^>]*>([^<]+)<', page) == ["Nina B."]
    nina = room.session.scalars(select(Person).order_by(Person.id.desc())).first()
    refused = room.post("tuti", "/institusi/orang", follow=True, orang=nina.ref, kepada=desk.rudi.ref)
    assert "Choose who takes this person on." in refused.text
    room.post("tuti", "/institusi/orang", orang=nina.ref, kepada=desk.sari.ref)
    room.session.expire_all()
    assert room.session.get_one(Person, nina.id).caseworker_id == desk.sari.id
    assert "Everybody has a caseworker." in overview(room)
    elsewhere = room.post("tuti", "/institusi/orang", orang=desk.joko.ref, kepada=desk.sari.ref)
    assert elsewhere.status_code == 404


def test_a_caseload_over_the_norm_says_so(room, desk):
    for number in range(9):
        desk.graduate(f"Orang{number}", desk.sari, consent=False)
    assert "more than the norm" not in overview(room)
    desk.graduate("Kesebelas", desk.sari, consent=False)
    assert "11 people, more than the norm" in overview(room)


def test_all_people_of_one_caseworker_are_handed_over_at_once(room, desk):
    path = f"/institusi/petugas/{desk.sari.ref}/alihkan"
    for ref in ("", desk.sari.ref, desk.rudi.ref):
        refused = room.post("tuti", path, kepada=ref)
        assert refused.status_code == 400
        assert "Choose a colleague who takes them on." in refused.text
    done = room.post("tuti", path, follow=True, kepada=desk.dewi.ref)
    assert "1 people are with Dewi Lestari now." in done.text
    assert room.get("dewi", f"/orang/{desk.budi.ref}").status_code == 200


def test_somebody_is_away_until_a_day_and_back_again(room, desk):
    path = f"/institusi/petugas/{desk.sari.ref}/berhalangan"
    for day, fault in (("2026-11-02", "Choose a day that is still to come."), ("kapan", "This is no date.")):
        refused = room.post("tuti", path, sampai=day)
        assert refused.status_code == 400
        assert fault in refused.text and f'value="{day}"' in refused.text
    room.post("tuti", path, sampai="2026-11-05")
    assert "away until" in overview(room)
    there = re.search(r'id="there".*?</section>', overview(room), re.DOTALL)[0]
    assert "Sari" not in there and "Dewi Lestari" in there
    room.post("tuti", path, sampai="")
    room.session.expire_all()
    assert room.session.get_one(Staff, desk.sari.id).away_until is None


def test_outside_working_hours_the_page_says_honestly_who_is_there(room, desk):
    room.clock.at = NOW + 10 * HOUR
    assert "Nobody. Whoever asks for help now is told so honestly" in overview(room)
    desk.damai.duty_number, desk.damai.on_call = "+628111222333", True
    assert "Urgent texts go to the duty number." in overview(room)


def test_the_engine_is_told_of_in_plain_words(room, desk):
    assert "The engine has never run. Nothing is sent." in overview(room)
    state = room.session.scalars(select(EngineState)).first() or EngineState(id=1)
    state.last_tick_at = NOW - HOUR
    room.session.add(state)
    assert "The engine last ran 1 hour" in overview(room)
    state.last_tick_at = NOW
    assert "The engine is running." in overview(room)


# --- hours ----------------------------------------------------------------------------------------------------------


def week(**changed) -> dict[str, str]:
    fields = {
        f"{edge}-{day}-{place}": "" for edge in ("start", "end") for day in range(7) for place in range(2)
    }
    for day in range(5):
        fields |= {f"start-{day}-0": "08.00", f"end-{day}-0": "16.00"}
    return fields | changed


def hours(room):
    room.session.expire_all()
    return institutions.staff_hours(room.session.get_one(Institution, room.desk.damai.id))


def test_the_hours_are_shown_and_stored_as_they_are_written(room):
    page = room.get("tuti", "/institusi/jam").text
    assert page.count('value="08.00"') == 5
    saved = room.post(
        "tuti", "/institusi/jam", **week(**{"end-4-0": "11.30", "start-4-1": "13:15", "end-4-1": "16.00"})
    )
    assert saved.status_code == 303
    friday = NOW + 4 * DAY
    assert hours(room).on_duty(friday)  # 10.00
    assert not hours(room).on_duty(friday + 2 * HOUR)
    assert hours(room).on_duty(friday + 4 * HOUR)
    assert 'value="13.15"' in room.get("tuti", "/institusi/jam").text


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"start-0-0": "16.00", "end-0-0": "08.00"}, "Each piece must begin before it ends"),
        ({"start-0-0": "08.00", "end-0-0": ""}, "Fill in both times like 08.00, or neither."),
        ({"start-0-0": "pagi"}, "Fill in both times like 08.00, or neither."),
        ({"start-0-1": "15.00", "end-0-1": "17.00"}, "Each piece must begin before it ends"),
    ],
)
def test_hours_that_cannot_be_are_refused_beside_their_day(room, changed, fault):
    before = hours(room).to_json()
    refused = room.post("tuti", "/institusi/jam", **week(**changed))
    assert refused.status_code == 400
    assert fault in refused.text
    assert hours(room).to_json() == before


def test_somebody_has_to_be_there_once_a_week(room):
    nothing = {name: "" for name in week()}
    refused = room.post("tuti", "/institusi/jam", **nothing)
    assert refused.status_code == 400
    assert "Somebody has to be there at least once a week." in refused.text


def test_numbers_are_stored_as_they_can_be_dialled(room, desk):
    refused = room.post("tuti", "/institusi/nomor", duty="12", contact="")
    assert refused.status_code == 400
    assert 'value="12"' in refused.text
    lonely = room.post("tuti", "/institusi/nomor", duty="", contact="", on_call="1")
    assert "Somebody can be on call only at a duty number." in lonely.text
    room.post("tuti", "/institusi/nomor", duty="0811 9999 0001", contact="0811-9999-0002", on_call="1")
    room.session.expire_all()
    stored = room.session.get_one(Institution, desk.damai.id)
    assert (stored.duty_number, stored.contact_number, stored.on_call) == (
        "+6281199990001",
        "+6281199990002",
        True,
    )


def test_the_number_people_ring_may_be_a_landline_and_the_one_that_is_texted_may_not(room, desk):
    office = "(021) 5000-1234"
    answer = room.post("tuti", "/institusi/nomor", duty="", contact=office)
    assert answer.status_code == 303
    room.session.expire_all()
    assert room.session.get_one(Institution, desk.damai.id).contact_number == "+622150001234"
    page = room.get("tuti", "/institusi/jam").text
    shown = re.search('name="contact"[^>]*value="([^"]+)"', page)[1]
    assert room.post("tuti", "/institusi/nomor", duty="", contact=shown).status_code == 303
    refused = room.post("tuti", "/institusi/nomor", duty=office, contact="12")
    assert refused.status_code == 400
    assert "no Indonesian mobile number" in refused.text
    assert "no Indonesian telephone number" in refused.text
