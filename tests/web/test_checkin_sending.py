"""What a phone sends from the check-in page is taken once, and a call for help out of any form (design 6, texts 2)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from companion.models import Alert, Answer, Signal, Slot
from companion.rules.states import Family, SlotState
from companion.services import answers
from tests.web.guests import everything, forms, rows, text, tree


def test_an_answer_leads_back_to_the_same_address_and_is_stored_once(client, url, database, guests):
    for mood in ("4", "1"):
        response = client.post(url("own"), data={"mood": mood, "situation_kind": ["uang", "rumah"]})
        assert (response.status_code, response.headers["Location"]) == (303, url("own"))
    (stored,) = rows(database, Answer)
    assert stored.said == {"mood": 4, "situation_kind": ["rumah", "uang"]} | {
        "calm": False, "codes": ["A8"],
    }  # fmt: skip
    assert rows(database, Slot, Slot.id == guests["own"].slot.id)[0].state is SlotState.ANSWERED


def test_twenty_submits_at_once_make_one_answer(app, url, database):
    def submit(number):
        return app.test_client().post(url("own"), data={"mood": str(number % 5 + 1)}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(submit, range(20))) == {303}
    assert len(rows(database, Answer)) == 1


def test_an_answer_to_what_is_taken_back_at_that_moment_is_not_confirmed(
    client, url, database, guests, monkeypatch
):
    """Between the look at the door and the claim somebody may stop the texts; on PostgreSQL that is no rare moment."""
    look = answers.look

    def taken_back_meanwhile(session, token, now):
        door = look(session, token, now)
        session.get_one(Slot, guests["own"].slot.id).state = SlotState.CANCELLED
        session.flush()
        return door

    monkeypatch.setattr(answers, "look", taken_back_meanwhile)
    response = client.post(url("own"), data={"mood": "4"})
    assert response.status_code == 410
    assert rows(database, Answer) == []


def test_a_form_needs_neither_a_cookie_nor_a_token_of_its_own(app, url):
    bare = app.test_client(use_cookies=False)
    page = bare.get(url("own"))
    assert "Set-Cookie" not in page.headers
    assert "csrf" not in page.get_data(as_text=True)
    assert bare.post(url("own"), data={"here": "1"}).status_code == 303
    after = text(bare.get(url("own")))
    assert "Kabar ini sudah kami terima. Terima kasih." in after


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("own", {}),
        ("own", {"mood": ""}),
        ("own", {"nonsense": "1"}),
        ("own", {"here": "yes"}),
        ("shared", {"urge": "9", "use": "yes"}),
        ("shared", {"urge": "99"}),
    ],
)
def test_nothing_chosen_is_said_kindly_and_stores_nothing(client, url, database, name, data):
    before = everything(database)
    response = client.post(url(name), data=data)
    assert response.status_code == 400
    assert "Belum ada yang dipilih. Satu saja cukup" in text(response)
    assert everything(database) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"mood": "6"}, {"mood": "0"}, {"urge": "11"}, {"urge": "-1"}, {"confidence": "3.5"}, {"sleep": "5"},
        {"situation": "maybe"}, {"situation_kind": ["uang", "bank"]}, {"use": "tell"}, {"contact": "now"},
        {"safe_way": "<script>"}, {"sleep": "٣"},
    ],
)  # fmt: skip
def test_a_bad_value_stores_nothing_and_keeps_what_was_typed(client, url, database, wrong):
    before = everything(database)
    response = client.post(url("own"), data={"confidence": "7", "mood": "2"} | wrong)
    assert response.status_code == 400
    assert everything(database) == before
    kept = {
        (element.get("name"), element.get("value"))
        for element in tree(response).findall(".//main//input[@checked]")
    }
    good = {"mood": "2", "confidence": "7"}
    assert {(name, value) for name, value in good.items() if name not in wrong} <= kept
    field = tree(response).find(f".//*[@id='{next(iter(wrong))}-error']")
    assert field is not None
    assert "Kabarnya belum terkirim" in text(response) or "Nothing has been sent yet" in text(response)


@pytest.mark.parametrize("name", ["own", "shared"])
def test_a_call_for_help_is_taken_out_of_a_broken_form(client, url, database, name):
    response = client.post(url(name), data={"unsafe": "1", "mood": "99", "sleep": "2"})
    assert response.status_code == 303
    assert [alert.family for alert in rows(database, Alert)] == [Family.SAFETY]
    assert rows(database, Answer)[0].said["sleep"] == 2
    assert "mood" not in rows(database, Answer)[0].said


def test_a_wish_to_be_called_soon_is_taken_out_of_a_broken_form_which_stays_open(client, url, database):
    response = client.post(url("own"), data={"contact": "soon", "mood": "99"})
    assert response.status_code == 400
    assert "Kami akan menghubungi Anda paling lambat hari ini sebelum 14.31 WIB" in text(response)
    assert [alert.family for alert in rows(database, Alert)] == [Family.SAFETY]
    assert rows(database, Answer) == []
    assert client.post(url("own"), data={"contact": "soon", "mood": "2"}).status_code == 303
    assert rows(database, Answer)[0].said["mood"] == 2


@pytest.mark.parametrize("name", ["own", "shared", "two", "late", "closed"])
@pytest.mark.parametrize("call", [{"unsafe": "1"}, {"contact": "soon"}])
def test_a_call_for_help_is_taken_before_and_after_the_answer_and_when_the_link_is_old(
    client, url, database, name, call
):
    client.post(url(name), data={"mood": "4"})
    assert client.post(url(name), data=call).status_code == 303
    assert [alert.family for alert in rows(database, Alert)] == [Family.SAFETY]


def test_the_received_page_keeps_both_calls_for_help(client, url):
    client.post(url("own"), data={"mood": "4"})
    client.get(url("own"))
    page = client.get(url("own"))
    buttons = {(b.get("name"), b.get("value")) for b in tree(page).findall(".//main//form//button")}
    assert {("unsafe", "1"), ("contact", "soon")} == buttons
    assert all(form.get("method") == "post" for form in forms(page))


def test_the_answers_of_twenty_repeats_of_help_are_one_answer_and_few_signals(client, url, database):
    for _ in range(20):
        client.post(url("own"), data={"unsafe": "1"})
    assert len(rows(database, Answer)) == 1
    assert len(rows(database, Alert)) == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Signal)) == 2
