"""The thank-you after a check-in: it fits, and is shown once, to the browser that sent it (design 6, texts 2)."""

import base64
from datetime import timedelta

import pytest

from companion.models import Phone, Signal
from tests.services.centre import NIGHT, NOW
from tests.web.guests import fields, rows, text


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("own", {"here": "1"}, "Terima kasih sudah menyapa."),
        ("own", {"mood": "4", "urge": "1", "confidence": "9", "use": "no"}, "Senang mendengarnya."),
        ("last", {"mood": "4", "urge": "1", "confidence": "9", "use": "no"}, "Senang mendengarnya."),
        ("own", {"urge": "7", "confidence": "6"}, "Kami akan menyapa paling lambat Kamis sebelum 10.31 WIB."),
        ("own", {"use": "yes"}, "Takaran yang dulu biasa bisa mematikan."),
        ("own", {"contact": "week"}, "dengan cara yang Anda pilih"),
        ("own", {"mood": "3"}, "Sampai kabar berikutnya, "),
        ("shared", {"mood": "1", "sleep": "1"}, "Sampai kabar berikutnya, "),
        ("late", {"mood": "3"}, "Kapan pun datangnya, tetap berarti."),
        ("teen", {"urge": "7"}, "Makasih sudah cerita apa adanya."),
        ("own", {"unsafe": "1"}, "sudah dikirim ke petugas jaga pukul 10.30. Kami menghubungi paling lambat"),
    ],
)
def test_the_thank_you_fits_is_shown_once_and_only_to_the_browser_that_sent_it(
    app, client, url, name, data, said
):
    client.post(url(name), data=data)
    stranger = app.test_client()
    assert said not in text(stranger.get(url(name)))
    assert "Kabar ini sudah kami terima" in text(stranger.get(url(name)))
    assert said in text(client.get(url(name)))
    assert said not in text(client.get(url(name)))
    assert "Kabar ini sudah kami terima" in text(client.get(url(name)))


def test_without_a_next_check_in_nothing_is_said_of_one(client, url):
    client.post(url("last"), data={"mood": "3"})
    said = text(client.get(url("last")))
    assert "kabarnya sudah kami terima." in said
    assert "Sampai" not in said


def test_at_night_the_page_says_honestly_that_nobody_is_there(client, url, clock):
    clock.at = NIGHT
    client.post(url("own"), data={"unsafe": "1"})
    said = text(client.get(url("own")))
    assert "saat ini tidak ada petugas yang berjaga" in said
    assert "paling lambat besok sebelum 12.00 WIB" in said


def test_the_cookie_is_closed_short_lived_and_for_this_link_only(client, url, guests):
    response = client.post(url("own"), data={"use": "yes"})
    cookie = response.headers["Set-Cookie"]
    value = cookie.split(";")[0].removeprefix("kabar=")
    assert b"used" not in base64.urlsafe_b64decode(value)
    for part in ("Max-Age=120", "HttpOnly", f"Path={url('own')}", "SameSite=Strict"):
        assert part in cookie
    client.set_cookie("kabar", value, path=url("late"))
    assert "Takaran" not in text(client.get(url("late")))


def test_the_thank_you_is_gone_after_two_minutes(client, url, clock):
    client.post(url("own"), data={"use": "yes"})
    clock.at = NOW + timedelta(seconds=121)
    assert "Takaran" not in text(client.get(url("own")))


def test_a_cookie_of_somebodys_own_making_is_ignored(client, url):
    for value in ("", "x", "bm90IG91cnM=", "é"):
        client.set_cookie("kabar", value, path=url("own"))
        assert client.get(url("own")).status_code == 200


def test_a_head_request_does_not_use_the_thank_you_up(client, url):
    client.post(url("own"), data={"here": "1"})
    client.head(url("own"))
    assert "Terima kasih sudah menyapa." in text(client.get(url("own")))


def test_after_not_safe_two_questions_may_be_answered_or_left(client, url, database, guests):
    client.post(url("own"), data={"unsafe": "1"})
    page = client.get(url("own"))
    assert {"about", "may_call"} <= fields(page)
    assert client.post(url("own"), data={"about": "orang", "may_call": "no"}).status_code == 303
    after = client.get(url("own"))
    assert "SAPA 129" in text(after)
    assert "about" not in fields(after)
    (signal,) = rows(database, Signal)
    assert (signal.values["about"], signal.values["way"]) == ("orang", "no")
    phone = rows(database, Phone, Phone.id == guests["own"].phone.id)[0]
    assert (phone.may_call, phone.safe_way) == (False, "not_here")


def test_on_a_shared_phone_what_was_added_is_not_repeated_on_the_screen(client, url):
    client.post(url("shared"), data={"unsafe": "1"})
    client.get(url("shared"))
    client.post(url("shared"), data={"about": "orang"})
    said = text(client.get(url("shared")))
    assert "sudah dikirim ke petugas jaga" in said
    assert "SAPA" not in said
