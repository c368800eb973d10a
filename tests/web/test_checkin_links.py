"""Links that are old, unknown or another person's, as a scanner and a bystander meet them (design 6, texts 2)."""

from datetime import timedelta

import pytest

from companion.models import Alert, Answer, Message, Number
from companion.rules.states import Family
from companion.rules.terms import LinkKind, Purpose
from companion.web.thanks import COOKIE
from tests.services.centre import NOW, Centre
from tests.web.guests import forms, rows, text, tree

DAY = timedelta(days=1)

# --- old and unknown links ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/abcdefghijkl", "/c/abcdefghijkl/berhenti", "/c/x", "/c/" + "y" * 40])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_token_is_a_404_with_the_way_to_help_and_nothing_else(client, guests, path, method):
    response = getattr(client, method)(path, data={"unsafe": "1"})
    assert response.status_code == 404
    assert "Tautan ini sudah lewat waktunya" in text(response)
    assert forms(response) == []
    assert tree(response).find(".//main//a").get("href") == "/bantuan"


def test_an_old_link_is_a_410_with_a_new_link_and_a_call_to_ask_for(client, url, database):
    page = client.get(url("closed"))
    assert page.status_code == 410
    buttons = {button.get("name") for button in tree(page).findall(".//main//form//button")}
    assert buttons == {"new_link", "contact", "unsafe"}
    assert client.post(url("closed"), data={"mood": "3"}).status_code == 410
    assert rows(database, Answer) == []


def test_a_new_link_is_promised_once_and_said_so(client, url, database, guests):
    for _ in range(2):
        assert client.post(url("closed"), data={"new_link": "1"}).status_code == 303
        after = client.get(url("closed"))
        assert after.status_code == 410
        assert "tautan baru sampai paling cepat hari ini pukul 10.31 WIB" in text(after)
    (message,) = rows(database, Message, Message.purpose == Purpose.NEW_LINK)
    assert message.number_id == guests["closed"].phone.number_id
    assert client.get(f"/c/{message.token}").status_code == 200


def test_where_the_texts_were_stopped_no_new_link_is_promised_that_would_not_come(client, url):
    client.post(url("closed") + "/berhenti")
    page = client.get(url("closed"))
    assert page.status_code == 410
    buttons = {button.get("name") for button in tree(page).findall(".//main//form//button")}
    assert buttons == {"contact", "unsafe"}
    assert "/berhenti" not in page.text


def test_a_page_from_before_the_stop_is_told_the_same_and_promised_nothing(client, url, database):
    client.post(url("closed") + "/berhenti")
    page = client.post(url("closed"), data={"new_link": "1"})
    assert page.status_code == 410
    assert "tautan baru sampai" not in text(page) and COOKIE not in page.headers.get("Set-Cookie", "")
    assert rows(database, Message, Message.purpose == Purpose.NEW_LINK) == []


def test_who_asks_to_be_called_over_an_old_link_is_told_until_when(client, url):
    client.post(url("closed"), data={"contact": "soon"})
    said = text(client.get(url("closed")))
    assert "lewat HP yang terdaftar paling lambat hari ini sebelum 14.31 WIB" in said


def test_a_fresh_link_takes_an_answer(client, database, guests):
    with database.write() as session:
        centre = Centre.__new__(Centre)
        centre.session, centre.now = session, NOW
        token = centre.link(guests["own"].person, LinkKind.FRESH, expires_at=NOW + DAY)
    assert client.post(f"/c/{token}", data={"mood": "4"}).status_code == 303
    assert client.post(f"/c/{token}", data={"mood": "1"}).status_code == 303
    assert [row.said["mood"] for row in rows(database, Answer)] == [4]


# --- not me, and stop -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "how"), [("?karena=bukan", "bukan_saya"), ("", "page")])
@pytest.mark.parametrize("name", ["own", "closed"])
def test_one_confirming_press_silences_the_number_at_once(client, url, database, guests, name, query, how):
    links = {a.get("href") for a in tree(client.get(url(name))).findall(".//main//a")}
    assert url(name) + "/berhenti" + query in links
    page = client.get(url(name) + "/berhenti" + query)
    (form,) = forms(page)
    data = {field.get("name"): field.get("value") for field in form.findall(".//input")}
    assert client.post(form.get("action"), data=data).status_code == 303
    number = rows(database, Number, Number.id == guests[name].phone.number_id)[0]
    assert (number.silenced_at, number.silenced_how) == (NOW, how)
    done = client.get(url(name) + "/berhenti")
    assert forms(done) == []
    assert client.post(form.get("action"), data=data).status_code == 303


def test_a_call_for_help_is_taken_after_the_number_was_silenced(client, url, database):
    client.post(url("own") + "/berhenti")
    assert client.get(url("own")).status_code == 410
    assert client.post(url("own"), data={"unsafe": "1"}).status_code == 303
    assert Family.SAFETY in {alert.family for alert in rows(database, Alert)}
