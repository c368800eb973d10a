"""Signing in and out: the same answer to every wrong knock, sessions that end, and nowhere to be lured to."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.models import Audit, Staff
from companion.rules.terms import LinkKind
from companion.services import links, passwords, sign_in
from tests.cast import NOW, PASSWORD
from tests.web.office import browser, post, token_in

SECOND = timedelta(seconds=1)
NEW = "angin di sore hari"


def sign_in_as(client, login="sari", password=PASSWORD, **more):
    return post(client, "/masuk", login=login, password=password, **more)


def rows(app, statement):
    with app.extensions["database"].read() as session:
        return list(session.scalars(statement))


@pytest.mark.parametrize("login", ["sari", "dewi", "ratna", "tono"])
def test_staff_come_to_their_work_list(office, login):
    answer = sign_in_as(office.test_client(), login)
    assert (answer.status_code, answer.location) == (303, "/kasus")


def test_a_login_typed_with_a_capital_is_the_same(office):
    assert sign_in_as(office.test_client(), " Sari ").status_code == 303


def test_unknown_and_wrong_get_the_same_answer_after_the_same_work(office, monkeypatch):
    judged = []
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *pair: judged.append(pair) or matches(*pair))
    client = office.test_client()
    wrong, unknown = sign_in_as(client, "sari", "salah sekali"), sign_in_as(client, "siapa", "salah sekali")
    assert wrong.status_code == unknown.status_code == 401
    bare = [
        answer.text.replace(token_in(answer.text), "").replace(f'value="{login}"', "")
        for answer, login in ((wrong, "sari"), (unknown, "siapa"))
    ]
    assert bare[0] == bare[1]
    assert len(judged) == 2 and all(stored.startswith("$argon2id$") for stored, _ in judged)


def test_what_was_typed_is_kept_and_the_password_is_not(office):
    page = sign_in_as(office.test_client(), "sari's", "rahasia-yang-salah").text
    assert 'value="sari&#39;s"' in page and "rahasia-yang-salah" not in page


def test_no_transaction_is_open_while_a_password_is_judged(office, monkeypatch):
    database = office.extensions["database"]
    seen = []
    matches = passwords.matches

    def judge(*pair):
        seen.append(database.writer.pool.checkedout())
        return matches(*pair)

    monkeypatch.setattr(passwords, "matches", judge)
    client = office.test_client()
    sign_in_as(client)
    post(client, "/sandi", current=PASSWORD, new=NEW, again=NEW)
    assert seen == [0, 0]


def test_the_sixth_try_waits_even_with_the_right_password(office, clock):
    client = office.test_client()
    assert [sign_in_as(client, password="salah").status_code for _ in range(5)] == [401] * 5
    answer = sign_in_as(client)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 15 * 60 + 1
    clock.at = NOW + sign_in.SPAN - SECOND
    assert sign_in_as(client).status_code == 429
    clock.at = NOW + sign_in.SPAN
    assert sign_in_as(client).status_code == 303


def test_the_page_says_when_to_try_again(office):
    client = office.test_client()
    for _ in range(5):
        sign_in_as(client, password="salah")
    assert "09.15 WIB" in sign_in_as(client).text


def test_success_clears_the_count_of_that_login(office):
    client = office.test_client()
    for _ in range(4):
        sign_in_as(client, password="salah")
    sign_in_as(client)
    assert [sign_in_as(office.test_client(), password="salah").status_code for _ in range(5)] == [401] * 5


def test_an_address_that_tries_thirty_names_is_turned_away(office):
    client = office.test_client()
    answers = [sign_in_as(client, f"nama{n}", "salah").status_code for n in range(31)]
    assert answers == [401] * 30 + [429]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.7", "10.0.0.8", False),
        ("2001:db8:1:2::7", "2001:db8:1:2:aaaa::8", True),
        ("2001:db8:1:2::7", "2001:db8:1:3::7", False),
        ("2001:db8::7", "2001:db8::8", True),
        ("2001:db8::7", "2001:db8:0:1::7", False),
        ("::ffff:10.0.0.7", "::ffff:10.0.0.8", False),
    ],
)
def test_a_household_of_ipv6_is_one_address(office, one, other, same):
    from companion.web import auth

    def seen(raw):
        with office.test_request_context(environ_base={"REMOTE_ADDR": raw}):
            return auth.address()

    assert (seen(one) == seen(other)) == same


def test_the_session_begins_anew_at_sign_in(office):
    client = office.test_client()
    client.get("/masuk")
    with client.session_transaction() as planted:
        planted["planted"] = "by somebody else"
        before = planted["csrf_token"]
    sign_in_as(client)
    with client.session_transaction() as after:
        assert "planted" not in after and after.get("csrf_token") != before


def test_the_cookie_names_nobody(office):
    client = browser(office, "sari")
    with client.session_transaction() as held:
        staff = rows(office, select(Staff).where(Staff.login == "sari"))[0]
        assert held["_user_id"] == f"staff:{staff.ref}:{staff.session_key}"
        assert set(held) <= {"_user_id", "_fresh", "_id", "seen", "csrf_token", "language"}


def test_signing_out_needs_a_form_and_ends_the_session(office):
    client = browser(office, "sari")
    assert client.get("/keluar").status_code == 405
    assert client.post("/keluar").status_code == 400
    assert client.get("/sandi").status_code == 200
    assert post(client, "/keluar", page="/sandi").status_code == 303
    assert client.get("/sandi").location == "/masuk?next=/sandi"


@pytest.mark.parametrize("path", ["/sandi", "/klien/baru", "/impor"])
def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(office, path):
    client = office.test_client()
    asked = client.get(path)
    assert (asked.status_code, asked.location) == (303, f"/masuk?next={path}")
    page = client.get(asked.location).text
    answer = client.post(
        "/masuk", data={"csrf_token": token_in(page), "login": "sari", "password": PASSWORD, "next": path}
    )
    assert answer.location == path


def test_a_form_that_was_sent_without_a_session_is_not_returned_to(office):
    client = office.test_client()
    token = token_in(client.get("/masuk").text)
    assert client.post("/sandi", data={"csrf_token": token}).location == "/masuk"


@pytest.mark.parametrize(
    "lure",
    [
        "https://jahat.example/", "//jahat.example/", "/\\jahat.example/", "\\\\jahat.example", "jahat.example",
        "/\t/jahat.example", "/\n//jahat.example", "javascript:alert(1)", "http:/jahat", " /kasus", "",
        "/" + "a" * 500,
    ],
)  # fmt: skip
def test_next_leads_only_to_our_own_pages(office, lure):
    client = office.test_client()
    assert sign_in_as(client, next=lure).location == "/kasus"
    assert browser(office, "sari").get("/masuk", query_string={"next": lure}).location == "/kasus"


def test_next_keeps_its_query(office):
    path = "/impor/x?hasil=error&halaman=2"
    assert sign_in_as(office.test_client(), next=path).location == path


@pytest.mark.parametrize(("idle", "status"), [(8 * 3600 - 1, 200), (8 * 3600, 200), (8 * 3600 + 1, 303)])
def test_a_session_of_staff_idles_for_eight_hours(office, clock, idle, status):
    client = browser(office, "sari")
    clock.at = NOW + timedelta(seconds=idle)
    assert client.get("/sandi").status_code == status


def test_using_it_keeps_a_session_alive(office, clock):
    client = browser(office, "sari")
    for hour in range(1, 20):
        clock.at = NOW + timedelta(hours=hour)
        assert client.get("/sandi").status_code == 200


def test_changing_the_key_in_the_database_ends_every_session(office):
    client = browser(office, "sari")
    with office.extensions["database"].write() as session:
        session.scalars(select(Staff).where(Staff.login == "sari")).one().session_key = "another"
    assert client.get("/sandi").status_code == 303


def test_whoever_left_is_out_at_once(office):
    client = browser(office, "sari")
    with office.extensions["database"].write() as session:
        session.scalars(select(Staff).where(Staff.login == "sari")).one().active = False
    assert client.get("/sandi").status_code == 303
    assert sign_in_as(office.test_client()).status_code == 401


@pytest.mark.parametrize(
    "cookie", ["", "staff", "staff:x", "staff:x:y", "family:x:y", "boss:1:2", "staff:%s:"]
)
def test_a_forged_cookie_is_nobody(office, cookie):
    client = office.test_client()
    client.get("/masuk")
    with client.session_transaction() as held:
        held["_user_id"], held["seen"] = cookie, int(NOW.timestamp())
    assert client.get("/sandi").status_code == 303


def test_a_new_password_keeps_this_session_and_ends_the_others(office):
    here, there = browser(office, "sari"), browser(office, "sari")
    assert post(here, "/sandi", current=PASSWORD, new=NEW, again=NEW).location == "/sandi?sudah=1"
    assert here.get("/sandi?sudah=1").status_code == 200
    assert there.get("/sandi").status_code == 303
    assert sign_in_as(office.test_client()).status_code == 401
    assert sign_in_as(office.test_client(), password=NEW).status_code == 303
    assert "password_changed" in rows(office, select(Audit.act))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"current": "salah", "new": NEW, "again": NEW}, "current"),
        ({"current": PASSWORD, "new": "pendek", "again": "pendek"}, "new"),
        ({"current": PASSWORD, "new": "sari di pagi hari", "again": "sari di pagi hari"}, "new"),
        ({"current": PASSWORD, "new": NEW, "again": NEW + "!"}, "again"),
        ({}, "new"),
    ],
)
def test_a_password_page_with_a_fault_says_where_and_changes_nothing(office, fields, field):
    client = browser(office, "sari")
    answer = post(client, "/sandi", **fields)
    assert answer.status_code == 400 and f'id="{field}-error"' in answer.text
    assert NEW not in answer.text and PASSWORD not in answer.text
    assert sign_in_as(office.test_client()).status_code == 303


def test_guessing_the_old_password_is_counted_too(office):
    client = browser(office, "sari")
    guesses = [
        post(client, "/sandi", current=f"tebakan {n}", new=NEW, again=NEW).status_code for n in range(6)
    ]
    assert guesses == [400] * 5 + [429]


def test_the_link_of_a_text_to_staff_leads_behind_sign_in(office, people):
    with office.extensions["database"].write() as session:
        staff = links.make(session, NOW, LinkKind.STAFF, institution_id=people.melati)
        other = links.make(session, NOW, LinkKind.FRESH, institution_id=people.melati)
    client = office.test_client()
    assert client.get(f"/k/{staff}").location == "/kasus"
    assert client.get(f"/k/{other}").status_code == 404
    assert client.get("/k/tidak-ada").status_code == 404


def test_the_sign_in_page_is_neutral_and_leads_to_help(office):
    page = office.test_client().get("/masuk").text
    assert "<title>Masuk</title>" in page or "<title>Sign in</title>" in page
    assert "/bantuan" in page
    assert not any(word in page.lower() for word in ("narkoba", "rehab", "bnn", "melati"))
