"""The work list and my people, as a caseworker and a supervisor meet them."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from companion.models import Audit, Message
from companion.rules.states import AlertState, Family, Level, MessageState, Within
from companion.rules.terms import Purpose, TaskState
from companion.trials.statements import counted
from companion.web import headers
from tests.services.desk import DAY, HOUR, NOW
from tests.web.staff_room import StaffRoom


@pytest.fixture
def room(database):
    room = StaffRoom(database)
    yield room
    room.close()


@pytest.fixture
def desk(room):
    return room.desk


def names(page) -> list[str]:
    return re.findall(r"<h2><a href=\"/orang/[^\"]+\">([^<]+)</a></h2>", page.text)


# --- the list -------------------------------------------------------------------------------------------------------


def test_a_line_says_why_until_when_what_was_tried_and_whether_the_phone_may_ring(room, desk):
    desk.alert(desk.budi, level=Level.RED, within=Within.HOURS_4)
    page = room.get("sari", "/kasus").text
    for words in (
        "Budi S.", "day 20 of 120", "Urge 7 (usual 3), today 10.00.", "Be in touch today before 14.00 WIB",
        "since today 10.00", "Own phone: you may call.", "Nobody has tried yet", "Open &amp; call", "Note the result",
    ):  # fmt: skip
        assert words in page, words
    assert "+62" not in page  # a number stands only on the person's own page
    assert "Santoso" not in page


@pytest.mark.parametrize(("due", "says"), [(-1, True), (0, True), (1, False)])
def test_a_task_of_this_afternoon_is_not_said_to_wait_since_then(room, desk, due, says):
    task = desk.tasks(desk.budi, state=TaskState.PLANNED)[0]
    task.due_at = NOW + timedelta(minutes=due)
    when = f"since today {task.due_at.astimezone(ZoneInfo('Asia/Jakarta')):%H.%M}"
    assert (when in room.get("sari", "/kasus").text) is says


def test_the_chips_count_and_filter(room, desk):
    desk.alert(desk.budi)
    desk.alert(desk.budi, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()}, about="slot:1")
    page = room.get("sari", "/kasus").text
    assert re.search(r"daftar=sulit[^>]*>Having a hard time <b>1</b>", page)
    assert re.search(r"daftar=tidak-terkirim[^>]*>Not delivered <b>0</b>", page)
    assert names(room.get("sari", "/kasus", daftar="belum-menjawab")) == ["Budi S."]
    assert "Nobody is on this list." in room.get("sari", "/kasus", daftar="tidak-terkirim").text


def test_a_list_that_does_not_exist_is_all_of_them(room, desk):
    desk.alert(desk.budi)
    assert names(room.get("sari", "/kasus", daftar="entah")) == ["Budi S."]


def test_an_empty_list_is_kind(room):
    assert "Nothing is waiting for you right now." in room.get("sari", "/kasus").text
    assert "Saat ini tidak ada yang menunggu Anda." in room.get("sari", "/kasus", language="id").text


def test_who_follows_nobody_yet_is_told_how_to_begin(room, desk):
    desk.wati.caseworker_id = desk.sari.id
    room.keep()
    page = room.get("dewi", "/kasus").text
    assert "Nobody here yet." in page
    assert 'href="/klien/baru' in page.split("<main", 1)[1]
    for other in ("sari", "tuti"):
        assert "Nobody here yet." not in room.get(other, "/kasus").text


@pytest.mark.parametrize(("login", "path"), [("sari", "/kasus/orang"), ("tuti", "/institusi/orang")])
def test_a_page_beyond_the_last_leads_to_the_first_and_not_to_nobody(room, login, path):
    answer = room.get(login, path, halaman=9)
    assert (answer.status_code, answer.location) == (303, f"{path}?bahasa=en")


def test_a_file_of_ours_has_another_address_once_it_changes(room, tmp_path):
    """Browsers keep it for a week: an upgrade must not show new pages in an old dress."""
    (tmp_path / "style.css").write_text("one")
    before, after = {"filename": "style.css"}, {"filename": "style.css"}
    headers.fingerprints(str(tmp_path))("static", before)
    (tmp_path / "style.css").write_text("two")
    headers.fingerprints(str(tmp_path))("static", after)
    assert before["v"] != after["v"]
    address = re.search('href="(/static/style.css[^"]*)"', room.get("sari", "/kasus").text)[1]
    assert "?v=" in address
    with room.as_("sari").get(address) as answer:
        assert "max-age=604800" in answer.headers["Cache-Control"]


def test_who_has_answered_stands_at_the_end_under_its_own_heading(room, desk):
    from companion.services import alerts

    ani = desk.graduate("Ani Lestari", desk.sari)
    desk.alert(ani, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()})
    alerts.answered(desk.session, NOW, desk.window(ani).id)
    desk.alert(desk.budi)
    page = room.get("sari", "/kasus")
    assert names(page) == ["Budi S.", "Ani L."]
    assert page.text.index("Budi S.") < page.text.index('class="divider"') < page.text.index("Ani L.")
    assert re.search(r'aria-current="true">All <b>1</b>', page.text)


def test_only_a_supervisor_may_look_at_the_whole_institution(room, desk):
    desk.alert(desk.budi)
    desk.alert(desk.wati)
    desk.alert(desk.joko)
    assert names(room.get("sari", "/kasus", lingkup="lembaga")) == ["Budi S."]
    assert names(room.get("tuti", "/kasus")) == []
    assert names(room.get("tuti", "/kasus", lingkup="lembaga")) == ["Budi S.", "Wati K."]
    assert names(room.get("rudi", "/kasus", lingkup="lembaga")) == ["Joko S."]


def test_what_nobody_took_is_said_above_everything(room, desk):
    desk.alert(desk.budi, level=Level.RED).step = "banner"
    assert "has been taken by nobody" in room.get("sari", "/kasus").text


def test_a_page_beyond_the_last_leads_to_the_last(room, desk):
    desk.alert(desk.budi)
    answer = room.get("sari", "/kasus", halaman="99")
    assert (answer.status_code, answer.location) == (303, "/kasus?bahasa=en")
    for nonsense in ("0", "-1", "x", "1e9", "٣", "9" * 40):
        assert room.get("sari", "/kasus", halaman=nonsense).status_code in (200, 303)


def test_the_list_is_paged_by_link(room, desk):
    for number in range(51):
        desk.alert(desk.graduate(f"Orang{number}", desk.sari, consent=False))
    first = room.get("sari", "/kasus")
    assert len(names(first)) == 50
    assert "halaman=2" in first.text
    assert len(names(room.get("sari", "/kasus", halaman=2))) == 1


def test_the_pages_cost_at_most_ten_statements_whatever_the_caseload(room, desk):
    for number in range(30):
        person = desk.graduate(f"Orang{number}", desk.sari, consent=False)
        desk.alert(person)
        desk.alert(person, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()}, about="slot:1")
    client = room.as_("sari")
    budi, tuti = desk.budi.ref, room.as_("tuti")
    for visitor, path in (
        (client, "/kasus"), (client, "/kasus/orang"), (client, "/kasus/orang?cari=orang"),
        (client, f"/orang/{budi}"), (client, f"/orang/{budi}/riwayat"), (client, f"/orang/{budi}/akses"),
        (client, f"/orang/{budi}/data"), (client, f"/orang/{budi}/hasil"), (tuti, "/institusi"),
        (client, f"/orang/{budi}/hasil?kode=spoke_well"), (tuti, "/institusi/orang"), (tuti, "/institusi/jam"),
    ):  # fmt: skip
        with counted(room.database) as asked:
            visitor.get(path)
        assert len(asked) <= 10, (path, len(asked), [one[:90] for one in asked])


def test_the_list_stays_light(room, desk):
    for number in range(50):
        desk.alert(desk.graduate(f"Orang{number}", desk.sari, consent=False))
    assert len(room.get("sari", "/kasus").data) < 120_000  # under 60 kB is asked of what travels compressed


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


# --- my people ------------------------------------------------------------------------------------------------------


def people(page) -> list[str]:
    return [name.strip() for name in re.findall(r'class="who"[^>]*>([^<]+)<', page.text)]


def test_my_people_are_all_of_mine_and_none_of_others(room, desk):
    desk.graduate("Ayu D'Angelo Pratiwi", desk.sari, days_ago=2)
    assert people(room.get("sari", "/kasus/orang")) == ["Ayu P.", "Budi S."]
    assert people(room.get("dewi", "/kasus/orang")) == ["Wati K."]
    assert set(people(room.get("tuti", "/kasus/orang", lingkup="lembaga"))) == {
        "Ayu P.",
        "Wati K.",
        "Budi S.",
    }


def test_a_name_is_found_even_with_an_apostrophe(room, desk):
    desk.graduate("Ayu D'Angelo", desk.sari)
    page = room.get("sari", "/kasus/orang", cari="D'Ang")
    assert people(page) == ["Ayu D."]
    assert 'value="D&#39;Ang"' in page.text
    assert "One person found." in page.text


def test_a_search_of_one_letter_asks_for_more(room):
    assert "Type at least two letters." in room.get("sari", "/kasus/orang", cari="b").text


def test_a_search_that_finds_nobody_says_how_to_go_on(room):
    assert "Nobody by that name." in room.get("sari", "/kasus/orang", cari="zzz").text


def test_an_empty_caseload_says_what_to_do(room):
    assert "Nobody here yet." in room.get("tuti", "/kasus/orang").text


def test_looking_at_lists_is_not_looking_at_a_record(room, desk):
    desk.alert(desk.budi)
    room.get("sari", "/kasus")
    room.get("sari", "/kasus/orang")
    assert room.session.scalars(select(Audit).where(Audit.act == "read")).all() == []


def test_a_closed_follow_up_is_shown_as_such(room, desk):
    window = desk.window(desk.budi)
    window.state, window.closed_at, window.outcome = "closed", NOW, "stable"
    for task in desk.tasks(desk.budi, state=TaskState.PLANNED):
        task.state = TaskState.CANCELLED
    assert "follow-up closed" in room.get("sari", "/kasus/orang").text
    desk.alert(desk.budi, Family.SAFETY, Level.RED, code="R1_button", values={"about": "orang"})
    assert names(room.get("sari", "/kasus")) == ["Budi S."]  # a call for help is never refused
