"""The work list, as a caseworker and a supervisor meet it."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from companion.rules.states import Family, Level, Within
from companion.rules.terms import TaskState
from companion.services import numbers
from companion.trials.statements import counted
from companion.web import headers
from tests.services.desk import NOW
from tests.web.staff_room import names


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


@pytest.mark.parametrize(("later", "said"), [(timedelta(0), True), (timedelta(minutes=1), False)])
def test_what_is_late_is_not_called_as_young_as_what_came_after_it(room, desk, later, said):
    """The line names the newer, more urgent thing and the time that the older one was promised for."""
    was_due = NOW - timedelta(hours=3)
    desk.alert(desk.budi, Family.DATA, code="D1", values={}, at=NOW - timedelta(days=3)).deadline_at = was_due
    desk.alert(desk.budi, level=Level.RED, at=was_due + later)
    page = room.get("sari", "/kasus").text
    assert "Late by 3 hours" in page
    assert ("since today 07.00" in page) == said and "since today 07.01" not in page


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


@pytest.mark.parametrize("page", ["orang/{}", "orang/{}/data", "klien/{}/berikutnya"])
def test_where_the_number_was_stopped_the_pages_cost_no_more(room, desk, page):
    client, path = room.as_("sari"), "/" + page.format(desk.budi.ref)
    numbers.silence(desk.session, NOW, desk.budi.phones[0].number_id, "page")
    room.keep()
    with counted(room.database) as asked:
        assert client.get(path).status_code == 200
    assert len(asked) <= 10, (path, [one[:90] for one in asked])


def test_the_list_stays_light(room, desk):
    for number in range(50):
        desk.alert(desk.graduate(f"Orang{number}", desk.sari, consent=False))
    assert len(room.get("sari", "/kasus").data) < 120_000  # under 60 kB is asked of what travels compressed
