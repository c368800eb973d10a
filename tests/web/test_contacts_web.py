"""Writing down how a call went: tiles, one tap more, saved once."""

import re

import pytest
from sqlalchemy import func, select

from companion.content import results as words
from companion.models import Alert, Answer, Contact, Message, Phone, Task
from companion.rules.results import Code
from companion.rules.states import AlertState, Family, Level
from companion.rules.terms import PhoneKind, TaskKind, TaskState
from tests.services.desk import HOUR, NOW

KEY = "k" * 12


def tiles(room, login="sari", **query):
    return room.get(login, f"/orang/{room.desk.budi.ref}/hasil", **query)


def form(room, code, login="sari", **query):
    return room.get(login, f"/orang/{room.desk.budi.ref}/hasil", kode=code, **query)


def save(room, code, login="sari", **fields):
    return room.post(login, f"/orang/{room.desk.budi.ref}/hasil", code=code, **({"once": KEY} | fields))


def contacts(room) -> list[Contact]:
    room.session.expire_all()
    return list(room.session.scalars(select(Contact).order_by(Contact.id)))


def test_all_results_are_tiles_most_used_first(room):
    page = tiles(room, login="tuti").text
    shown = re.findall(
        r'kode=([a-z_]+)"><b>([^<]+)</b>', page.replace("&amp;", "&").replace("&bahasa=en", "")
    )
    if not shown:
        shown = re.findall(r"kode=([a-z_]+)[^>]*><b>([^<]+)</b>", page)
    assert [code for code, _label in shown] == [one.code for one in words.results()]
    assert dict(shown)["spoke_well"] == "Spoke, doing well"


def test_not_reached_is_no_tile_for_a_caseworker(room):
    assert "kode=not_reached" not in tiles(room).text
    assert "kode=not_reached" in tiles(room, login="tuti").text


@pytest.mark.parametrize("code", [code.value for code in Code])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_result_has_its_form_with_what_it_needs(room, code, language):
    page = form(room, code, login="tuti", language=language)
    assert page.status_code == 200
    assert words.result(code).label[language] in page.text.replace("&#39;", "'")
    assert re.search(r'name="once" value="[\w-]{8,40}"', page.text)
    assert words.note_hint(language)[1:] in page.text


def test_a_result_that_does_not_exist_is_not_found(room):
    assert form(room, "relapsed").status_code == 404
    assert save(room, "relapsed").status_code == 400
    assert save(room, "spoke_well", once="").status_code == 400
    assert save(room, "spoke_well", once="x" * 41).status_code == 400


def test_two_taps_save_a_result(room, desk):
    alert = desk.alert(desk.budi)
    page = form(room, "no_answer", peringatan=alert.ref).text
    assert "Next: today 13.00" in page
    assert f'name="peringatan" value="{alert.ref}"' in page
    key = re.search(r'name="once" value="([\w-]+)"', page)[1]
    answer = save(room, "no_answer", once=key, peringatan=alert.ref)
    assert (answer.status_code, answer.location) == (303, f"/orang/{desk.budi.ref}?bahasa=en")
    stored = contacts(room)[0]
    assert (stored.code, stored.next_at, stored.alert_id) == ("no_answer", NOW + 3 * HOUR, alert.id)


def test_a_second_click_writes_nothing(room, desk):
    save(room, "no_answer")
    again = room.post("sari", f"/orang/{desk.budi.ref}/hasil", follow=True, code="no_answer", once=KEY)
    assert "nothing was written twice" in again.text
    assert len(contacts(room)) == 1
    tasks = select(func.count()).where(Task.kind == TaskKind.FOLLOW_UP, Task.state == TaskState.PLANNED)
    assert room.session.scalar(tasks) == 1


def test_the_key_of_one_person_stores_nothing_for_another(room, desk):
    save(room, "no_answer")
    answer = room.post("dewi", f"/orang/{desk.wati.ref}/hasil", follow=True, code="no_answer", once=KEY)
    assert answer.status_code == 200
    assert [one.person_id for one in contacts(room)] == [desk.budi.id]


def test_a_good_conversation_may_close_what_was_open(room, desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    page = form(room, "spoke_well").text
    assert "Was this alert useful?" in page
    answer = room.post(
        "sari", f"/orang/{desk.budi.ref}/hasil", follow=True, code="spoke_well", once=KEY, peringatan=alert.ref,
        tutup="1", berguna="ya",
    )  # fmt: skip
    assert "Saved and closed." in answer.text
    closed = room.session.get_one(Alert, alert.id)
    assert (closed.state, closed.useful, closed.outcome) == (AlertState.CLOSED, True, "spoke")


def test_without_the_tick_it_stays_open(room, desk):
    alert = desk.alert(desk.budi)
    save(room, "spoke_well", peringatan=alert.ref)
    assert room.session.get_one(Alert, alert.id).state is AlertState.CLAIMED


@pytest.mark.parametrize("code", ["spoke_care", "no_answer", "violence"])
def test_no_other_result_closes_even_with_the_tick(room, desk, code):
    alert = desk.alert(desk.budi)
    assert "Was this alert useful?" not in form(room, code).text
    save(room, code, peringatan=alert.ref, tutup="1")
    assert room.session.get_one(Alert, alert.id).state is not AlertState.CLOSED


def test_an_emergency_is_not_closed_by_the_first_conversation(room, desk):
    alert = desk.alert(desk.budi, Family.SAFETY, Level.RED)
    save(room, "crisis_handed", handler="IGD", peringatan=alert.ref)
    room.clock.at = NOW + 20 * HOUR
    answer = room.post(
        "sari", f"/orang/{desk.budi.ref}/hasil", follow=True, code="spoke_well", once="second key", tutup="1",
        peringatan=alert.ref,
    )  # fmt: skip
    assert "It cannot be closed yet" in answer.text
    assert room.session.get_one(Alert, alert.id).state is AlertState.CLAIMED


FAULTS = [
    ("agreed", {}, "Say which day and what time."),
    ("agreed", {"at": "2026-11-04"}, "Say which day and what time."),
    ("agreed", {"at": "2026-11-02", "at_time": "09:00"}, "This lies in the past."),
    ("agreed", {"at": "31/11/2026", "at_time": "09:00"}, "This is no date."),
    ("agreed", {"at": "0001-01-01", "at_time": "00:00"}, "This is no date."),
    ("agreed", {"at": "9999-12-31", "at_time": "23:59"}, "This is no date."),
    ("agreed", {"at": "2027-06-01", "at_time": "10:00"}, "more than 90 days away"),
    ("pause", {"until": "2026-11-17"}, "At most 14 days"),
    ("crisis_handed", {}, "Write down who has taken over"),
    ("no_answer", {"next_on": "2026-11-09"}, "This is later than usual. Say why."),
    ("no_answer", {"next_on": "2026-11-01"}, "Choose a day that is still to come."),
    ("no_answer", {"note": "x" * 1001}, "At most 1,000 characters."),
    ("moved", {"place": "ZZ"}, "Choose a place from the list."),
    ("slip_told", {"lapse": "drugs"}, "Choose one from the list."),
    ("not_reached", {}, "Only a supervisor sets this"),
]


@pytest.mark.parametrize(("code", "fields", "fault"), FAULTS)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_stored(room, code, fields, fault):
    answer = save(
        room,
        code,
        note=fields.get("note", "catatan saya"),
        **{k: v for k, v in fields.items() if k != "note"},
    )
    assert answer.status_code == 400
    assert fault in answer.text
    assert contacts(room) == []
    if "note" not in fields:
        assert "catatan saya" in answer.text
    assert f'value="{KEY}"' in answer.text  # the same form, so that the second try is the first


def test_a_date_is_moved_later_with_a_reason(room):
    answer = save(room, "no_answer", next_on="2026-11-09", later_reason="holiday")
    assert answer.status_code == 303
    stored = contacts(room)[0]
    assert (stored.later_reason, f"{stored.next_at:%Y-%m-%d %H:%M}") == ("holiday", "2026-11-09 01:00")


def test_the_neutral_text_goes_out_only_where_it_was_ticked(room):
    save(room, "no_answer", we_rang="1")
    assert room.session.scalars(select(Message.purpose)).all() == ["we_rang"]


def test_the_words_that_can_save_a_life_stand_on_the_form_of_a_slip(room):
    assert "This can save a life" in form(room, "slip_told").text
    assert "SAPA 129" in form(room, "violence").text


def test_an_answer_that_was_not_theirs_no_longer_proves_anything(room, desk):
    path = f"/orang/{desk.budi.ref}/hasil/bukan-dia"
    assert "There is no answer yet." in room.post("sari", path, follow=True).text
    row = Answer(
        institution_id=desk.damai.id,
        person_id=desk.budi.id,
        at=NOW,
        proven=True,
        said={"mood": 5, "codes": []},
    )
    desk.session.add(row)
    room.keep()
    assert "no longer counts" in room.post("sari", path, follow=True).text
    room.session.expire_all()
    assert not room.session.get_one(Answer, row.id).proven
    assert room.post("sari", path).status_code == 303


def test_a_number_is_marked_as_shared_in_one_tap(room, desk):
    phone = desk.budi.phones[0]
    other = desk.wati.phones[0]
    path = f"/orang/{desk.budi.ref}/hasil/bersama"
    assert room.post("sari", path, phone=other.id).status_code == 404
    assert room.post("sari", path, phone=phone.id).status_code == 303
    kinds = dict(room.session.execute(select(Phone.person_id, Phone.kind)).all())
    assert (kinds[desk.budi.id], kinds[desk.wati.id]) == (PhoneKind.SHARED, PhoneKind.OWN)


@pytest.mark.parametrize("path", ["", "/bukan-dia", "/bersama"])
@pytest.mark.parametrize("login", ["dewi", "rudi"])
def test_nobody_notes_a_result_for_somebody_elses_graduate(room, desk, path, login):
    answer = room.post(login, f"/orang/{desk.budi.ref}/hasil{path}", code="spoke_well", once=KEY)
    assert answer.status_code == 404
    assert contacts(room) == []
