"""The supervisor's texts: what leaves, own words checked and proposed, and a second person's yes or no."""

import re
from html import unescape

import pytest
from sqlalchemy import update

from companion.models import Institution, Wording
from companion.rules.terms import Purpose, Role
from companion.services import wording_views, wordings
from companion.trials.statements import counted
from tests.services.desk import NOW
from tests.web.staff_room import StaffRoom

HERE = "/institusi/teks/invitation/a"
ID = "{pengirim}: hai {sapaan}, ada waktu untuk isi kabar? {tautan}"
EN = "{pengirim}: hi {sapaan}, time for your update? {tautan}"


@pytest.fixture
def room(database):
    room = StaffRoom(database)
    room.desk.bayu = room.desk._staff(room.desk.damai, "bayu", "Bayu Prakoso", Role.SUPERVISOR)
    room.keep()
    yield room
    room.close()


def write(room, login="bayu", act="usulkan", path=HERE, *, seen=0, follow=False, indonesia=ID, inggris=EN):
    return room.post(
        login, path, follow=follow, indonesia=indonesia, inggris=inggris, lakukan=act, sesudah=str(seen)
    )


def versions(room, path=HERE):
    place = wordings.place(*path.split("/")[-2:])
    return wording_views.history(room.session, room.desk.tuti, place)


def proposal(room, **how):
    assert write(room, **how).status_code == 303
    return versions(room)[0].ref


def decide(room, login, ref, act, **fields):
    return room.post(login, f"/institusi/teks/versi/{ref}/{act}", **fields)


def said(page):
    return [unescape(one) for one in re.findall(r'class="bubble">([^<]*)<', page)]


# --- the list -------------------------------------------------------------------------------------------------------


def test_every_text_stands_there_as_it_leaves_in_both_languages(room):
    page = room.get("tuti", "/institusi/teks").text
    bubbles = said(page)
    assert len(bubbles) == 2 * len(wordings.places())
    assert "Sahabat: hello Rina, time for your short update. It takes a minute. Busy? Just skip it: http://localhost/c/Ab3dE6gH9kLm" in bubbles  # fmt: skip
    assert not any("{" in one for one in bubbles)
    for purpose in Purpose:
        assert f'<h2 id="{purpose}">' in page


def test_own_words_say_who_approved_them_and_when(room):
    ref = proposal(room)
    assert "proposed: waits for you" in room.get("tuti", "/institusi/teks").text
    assert "proposed: waits for a second person" in room.get("bayu", "/institusi/teks").text
    decide(room, "tuti", ref, "setujui")
    page = room.get("bayu", "/institusi/teks").text
    assert "approved by Tuti Handayani, today" in page
    assert "Sahabat: hai Rina, ada waktu untuk isi kabar? http://localhost/c/Ab3dE6gH9kLm" in said(page)


def test_they_are_the_supervisors_and_each_institution_has_its_own(room):
    ref = proposal(room)
    for path in ("/institusi/teks", HERE):
        assert room.get("sari", path).status_code == 403
        assert "hai" not in room.get("rudi", path).text
    assert write(room, "sari").status_code == 403
    for act in ("setujui", "tolak", "ambil", "buang", "kembali"):
        assert decide(room, "rudi", ref, act, alasan="x").status_code == 404
        assert decide(room, "sari", ref, act).status_code == 403
    assert versions(room)[0].state == "proposed"


@pytest.mark.parametrize("path", ["invitation/c", "greeting/a", "staff_urgent/b"])
def test_a_text_that_does_not_exist_is_not_there(room, path):
    assert room.get("tuti", f"/institusi/teks/{path}").status_code == 404
    assert write(room, path=f"/institusi/teks/{path}").status_code == 404


def statements(room, path) -> int:
    """How many statements one page costs."""
    client = room.as_("tuti")
    with counted(room.database) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_pages_cost_the_same_however_many_texts_have_own_words(room):
    before = statements(room, "/institusi/teks")
    for place in wordings.places()[:6]:
        assert write(room, path=f"/institusi/teks/{place.purpose}/{place.variant}").status_code == 303
    assert statements(room, "/institusi/teks") == before <= 4
    assert statements(room, HERE) <= 5
    assert statements(room, "/institusi") <= 10


# --- writing --------------------------------------------------------------------------------------------------------


def test_the_form_begins_with_what_leaves_now(room):
    page = room.get("tuti", HERE).text
    assert "{pengirim}: halo {sapaan}, waktunya isi kabar." in page
    assert "These words came with the program and are approved." in page


def test_a_check_shows_the_longest_and_keeps_nothing(room):
    answer = write(room, act="periksa")
    assert answer.status_code == 200
    longest = "Sahabat: hai Kusumawati, ada waktu untuk isi kabar? http://localhost/c/Ab3dE6gH9kLmx"
    assert len(longest.rsplit(" ", 1)[1]) == 32
    assert longest in said(answer.text)
    assert f"{len(longest)} of 160 signs" in answer.text
    assert versions(room) == []


def test_a_draft_is_kept_and_nobody_is_asked(room):
    assert "Kept as a draft." in write(room, act="simpan", follow=True).text
    assert versions(room)[0].state == "draft"
    page = room.get("tuti", HERE).text
    assert "hai {sapaan}" in page and "Propose" in page


def test_the_second_click_makes_no_second_version(room):
    assert [write(room).status_code for _ in range(2)] == [303, 303]
    assert [one.version for one in versions(room)] == [1]


def test_somebody_who_was_overtaken_keeps_what_they_typed(room):
    write(room, "bayu", "simpan")
    late = write(room, "tuti", "simpan", indonesia=ID.replace("hai", "halo"), seen=0)
    assert late.status_code == 409
    assert "Somebody has changed this text meanwhile." in late.text
    assert "{pengirim}: halo {sapaan}, ada waktu" in late.text
    assert write(room, "tuti", "simpan", indonesia=ID.replace("hai", "halo"), seen=1).status_code == 303


FAULTS = {
    "Write this language too": {"inggris": ""},
    "Too long by": {"indonesia": ID.replace("kabar", "kabar " * 20)},
    "A plain text cannot carry 🙂": {"indonesia": ID.replace("?", "🙂?")},
    "“rehab” tells a bystander where somebody has been": {"indonesia": ID.replace("kabar", "kabar rehab")},
    "“narkoba” tells a bystander": {"indonesia": ID.replace("kabar", "kabar narkoba")},
    "“bnn” names an authority": {"indonesia": ID.replace("kabar", "kabar BNN")},
    "“pendamping” names our work": {"indonesia": ID.replace("kabar", "kabar pendamping")},
    "“doa” speaks of religion": {"indonesia": ID.replace("kabar", "kabar doa")},
    "“gagal” can be read as a reproach": {"indonesia": ID.replace("kabar", "kabar gagal")},
    "“sober” hurts people": {"inggris": EN.replace("update", "sober update")},
    "“kangen” can be taken for a love letter": {"indonesia": ID.replace("kabar", "kabar kangen")},
    "Carriers block “nomor”": {"indonesia": ID.replace("kabar", "kabar nomor")},
    "“minggu ke-3” counts time": {"indonesia": ID.replace("kabar", "kabar minggu ke-3")},
    "Four or more digits in a row": {"indonesia": ID.replace("kabar", "kabar 12345")},
    "End the text with {tautan}": {"indonesia": ID.replace(" {tautan}", "")},
    "There is a hole": {"indonesia": ID.replace("hai", "hai {")},
    "Begin with {pengirim}": {"indonesia": ID.replace("{pengirim}: ", "")},
    "This text has no {jam}. What it has: {pengirim}, {sapaan}, {hari}, {tautan}.": {
        "indonesia": ID.replace("kabar", "kabar {jam}"), "inggris": EN.replace("update", "update {jam}"),
    },
    "Only the other language has {sapaan}": {"inggris": EN.replace(" {sapaan}", "")},
}  # fmt: skip


@pytest.mark.parametrize("sentence", FAULTS)
@pytest.mark.parametrize("act", ["periksa", "usulkan"])
def test_what_is_wrong_is_said_with_how_to_mend_it(room, sentence, act):
    typed = FAULTS[sentence]
    answer = write(room, act=act, **typed)
    assert answer.status_code == 400
    page = unescape(answer.text)
    assert sentence in page
    assert all(text in page for text in typed.values() if text)
    assert versions(room) == []


# --- the second person ----------------------------------------------------------------------------------------------


def test_a_second_person_approves_and_the_words_leave(room):
    ref = proposal(room)
    page = room.get("tuti", HERE).text
    assert "By Bayu Prakoso, today 10.00." in page and "Approve: texts leave in these words" in page
    done = decide(room, "tuti", ref, "setujui", follow=True).text
    assert "Approved. From now on texts leave in these words." in done
    assert "Written by Bayu Prakoso, approved by Tuti Handayani, today." in done


def test_the_writer_sees_no_such_button_and_a_forged_form_is_refused(room):
    ref = proposal(room)
    page = room.get("bayu", HERE).text
    assert "Approve: texts leave" not in page
    assert "A second person decides: Tuti Handayani." in page
    for act in ("setujui", "tolak"):
        assert decide(room, "bayu", ref, act, alasan="x").status_code == 403
    assert versions(room)[0].state == "proposed"


def test_a_rejection_needs_a_reason_and_the_writer_reads_it(room):
    ref = proposal(room)
    bare = decide(room, "tuti", ref, "tolak", alasan="  ")
    assert bare.status_code == 400
    assert "Say why, so that it can be written better." in bare.text
    assert decide(room, "tuti", ref, "tolak", alasan="Lebih hangat, ya.").status_code == 303
    page = room.get("bayu", HERE).text
    assert "“Lebih hangat, ya.”" in page and "not approved, Tuti Handayani" in page


def test_whoever_comes_second_finds_it_decided(room):
    ref = proposal(room)
    decide(room, "tuti", ref, "setujui")
    again = decide(room, "tuti", ref, "setujui", follow=True)
    assert "Nothing was changed: this had already been decided." in again.text
    assert decide(room, "tuti", ref, "tolak", alasan="terlambat").status_code == 303
    assert versions(room)[0].state == "approved"


def test_words_that_would_no_longer_fit_are_not_approved(room):
    ref = proposal(room, indonesia=ID.replace("kabar", "kabar " + "x" * 50))
    room.session.get_one(
        Institution, room.desk.damai.id
    ).app_name = "Sahabat Rumah Damai Selamanya Bersama Semua"
    answer = decide(room, "tuti", ref, "setujui")
    assert answer.status_code == 400
    assert "Too long by" in answer.text
    assert versions(room)[0].state == "proposed"


def test_a_proposal_is_taken_back_written_anew_and_given_up(room):
    ref = proposal(room)
    assert decide(room, "bayu", ref, "ambil").status_code == 303
    assert write(room, act="simpan", indonesia=ID.replace("hai", "halo"), seen=1).status_code == 303
    newer = versions(room)[0]
    assert (newer.version, newer.state) == (2, "draft")
    assert decide(room, "bayu", newer.ref, "buang").status_code == 303
    assert "waktunya isi kabar" in room.get("bayu", HERE).text


def test_the_shipped_words_come_back_with_one_click(room):
    ref = proposal(room)
    decide(room, "tuti", ref, "setujui")
    done = decide(room, "bayu", ref, "kembali", follow=True).text
    assert "The words that came with the program leave again." in done
    assert "What was sent in these words stays as it was." in done


def test_an_act_that_does_not_exist_is_not_there(room):
    assert decide(room, "tuti", proposal(room), "hapus").status_code == 404


# --- alone, and in trouble ------------------------------------------------------------------------------------------


def test_the_only_supervisor_is_told_honestly_that_a_second_is_needed_and_how_to_get_one(room):
    room.desk.bayu.active = False
    assert "You are the only supervisor here." in room.get("tuti", "/institusi/teks").text
    page = room.get("tuti", HERE).text
    assert "create-staff, role supervisor" in page
    ref = proposal(room, login="tuti")
    assert "create-staff, role supervisor" in room.get("tuti", HERE).text
    assert decide(room, "tuti", ref, "setujui").status_code == 403


def test_the_overview_says_what_waits(room):
    proposal(room)
    assert "A colleague has proposed own words for a text." in room.get("tuti", "/institusi").text
    assert "has proposed own words" not in room.get("bayu", "/institusi").text


def test_words_that_could_not_be_said_to_somebody_are_shown(room):
    ref = proposal(room)
    decide(room, "tuti", ref, "setujui")
    with room.database.write() as session:
        mine = update(Wording).where(Wording.ref == ref)
        session.execute(mine.values(unsaid_at=NOW, unsaid_why="gap,too_long"))
    page = room.get("tuti", "/institusi/teks").text
    assert "could not be said to somebody (a hole, too long)" in page
    assert "Own words for one text could not be said to everybody" in room.get("tuti", "/institusi").text
    room.session.get_one(Institution, room.desk.damai.id).app_name = "x" * 140
    assert "These words do not fit any more." in room.get("tuti", HERE).text
