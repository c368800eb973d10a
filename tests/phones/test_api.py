"""The carrier's API in miniature: what it takes, what it refuses, and what it says of a text."""

import pytest

from companion.phones.api import segments

RATNA = "+6281234567890"


def test_a_text_that_is_taken_gets_a_name_and_waits_in_the_queue(carrier):
    answer = carrier.send()
    assert answer.status_code == 201
    told = answer.get_json()
    assert told["sid"].startswith("SM")
    assert (told["status"], told["to"], told["from"], told["body"]) == ("queued", RATNA, "Sahabat", "Halo")
    assert (told["date_sent"], told["error_code"]) == (None, None)
    assert carrier.follow(told["uri"]).get_json() == told


def test_with_a_messaging_service_a_text_is_accepted_and_has_no_sender_yet(carrier):
    told = carrier.send(From=None, MessagingServiceSid="MG" + "0a" * 16).get_json()
    assert (told["status"], told["from"], told["num_segments"]) == ("accepted", None, "0")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": None}, 21604),
        ({"to": ""}, 21604),
        ({"to": "081234567890"}, 21211),
        ({"to": "+62 812"}, 21211),
        ({"to": "+123456"}, 21211),
        ({"to": "+1234567890123456"}, 21211),
        ({"From": None}, 21603),
        ({"From": "Sahabat Kita"}, 21212),
        ({"From": "1234567890"}, 21212),
        ({"MessagingServiceSid": "MG1", "From": None}, 21705),
        ({"body": None}, 21602),
        ({"body": "a" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 90007),
        ({"ValidityPeriod": "36001"}, 90007),
        ({"ValidityPeriod": "1.5"}, 90007),
        ({"StatusCallback": "kabar"}, 21609),
        ({"StatusCallback": "http://kabar_kita.id/x"}, 21609),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"From": "+15005550001"}, 21212),
        ({"From": "+15005550007"}, 21606),
        ({"From": "+15005550008"}, 21611),
    ],
)
def test_what_the_carrier_refuses_is_refused_with_its_own_code(phones, carrier, fields, code):
    answer = carrier.send(**fields)
    told = answer.get_json()
    assert (answer.status_code, told["status"], told["code"]) == (400, 400, code)
    assert told["more_info"].endswith(str(code))
    assert told["message"]
    assert list(phones.texts()) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"to": "+1234567"},
        {"to": "+123456789012345"},
        {"body": "a" * 1600},
        {"ValidityPeriod": "1"},
        {"ValidityPeriod": "36000"},
        {"From": "+15005550006"},
        {"From": "Sahabat 12&"},
        {"StatusCallback": "https://sahabat.example.id/twilio/status/1"},
    ],
)
def test_what_lies_just_inside_the_bounds_is_taken(carrier, fields):
    assert carrier.send(**fields).status_code == 201


def test_a_wrong_token_or_account_is_turned_away(phones, customer):
    stranger = customer(phones.app, token="wrong")
    for answer in (stranger.send(), stranger.ask(), stranger.get("/2010-04-01/Accounts/AC1/Messages.json")):
        assert (answer.status_code, answer.get_json()["code"]) == (401, 20003)


def test_what_does_not_exist_is_not_found(carrier):
    for path in ("/SM" + "0" * 32, "/SM1/Media"):
        assert carrier.ask(path).get_json()["code"] == 20404


def test_texts_are_listed_newest_first_and_by_number(carrier):
    sids = [carrier.send(to).get_json()["sid"] for to in (RATNA, "+6281200000001", RATNA)]
    assert [text["sid"] for text in carrier.ask().get_json()["messages"]] == sids[::-1]
    assert [text["sid"] for text in carrier.ask(To=RATNA).get_json()["messages"]] == [sids[2], sids[0]]
    assert carrier.ask(To="+6281200000009").get_json()["messages"] == []


def test_pages_join_without_a_gap_or_a_double_while_texts_come_in(carrier):
    sent = [carrier.send(body=f"Halo {nth}").get_json()["sid"] for nth in range(5)]
    page, seen = carrier.ask(To=RATNA, PageSize=2).get_json(), []
    while True:
        seen += [text["sid"] for text in page["messages"]]
        carrier.send(body="baru")
        if page["next_page_uri"] is None:
            break
        page = carrier.follow(page["next_page_uri"]).get_json()
    assert seen == sent[::-1]


@pytest.mark.parametrize("size", ["0", "1001", "x"])
def test_a_page_holds_one_to_a_thousand_texts(carrier, size):
    assert carrier.ask(PageSize=size).status_code == 400


def test_only_texts_that_were_sent_have_a_date_to_filter_by(phones, carrier):
    carrier.send()
    day = carrier.ask().get_json()["messages"][0]["date_created"]
    assert carrier.ask(**{"DateSent>": "2020-01-01"}).get_json()["messages"] == []
    phones.flush(lambda *_: None)
    for query, found in (
        ({"DateSent>": "2020-01-01"}, 1),
        ({"DateSent>": "2999-01-01T00:00:00Z"}, 0),
        ({"DateSent<": "2020-01-01"}, 0),
        ({"DateSent<": "2999-01-01"}, 1),
        ({"DateSent": "2020-01-01"}, 0),
        ({"From": "Sahabat"}, 1),
        ({"From": "Lain"}, 0),
    ):
        assert len(carrier.ask(**query).get_json()["messages"]) == found, (query, day)
    assert carrier.ask(DateSent="yesterday").status_code == 400


def test_erasing_empties_the_carriers_copy_but_not_the_phone(phones, carrier):
    sid = carrier.send().get_json()["sid"]
    assert carrier.change(sid, Body="").get_json()["code"] == 20009
    phones.flush(lambda *_: None)
    assert carrier.change(sid, Body="").get_json()["body"] == ""
    assert carrier.ask(f"/{sid}").get_json()["body"] == ""
    assert phones.inbox(RATNA)[0]["body"] == "Halo"


def test_a_text_can_be_emptied_but_not_rewritten_or_called_back(phones, carrier):
    sid = carrier.send().get_json()["sid"]
    phones.flush(lambda *_: None)
    assert carrier.change(sid, Body="Lain").get_json()["code"] == 20001
    assert carrier.change(sid).get_json()["code"] == 20001
    assert carrier.change(sid, Status="canceled").get_json()["code"] == 30409
    assert carrier.ask(f"/{sid}").get_json()["body"] == "Halo"


def test_a_deleted_text_is_gone_from_the_carrier_but_not_from_the_phone(phones, carrier):
    sid = carrier.send().get_json()["sid"]
    assert carrier.remove(sid).status_code == 409
    phones.flush(lambda *_: None)
    assert carrier.remove(sid).status_code == 204
    assert carrier.ask(f"/{sid}").status_code == 404
    assert carrier.ask().get_json()["messages"] == []
    assert phones.inbox(RATNA)[0]["body"] == "Halo"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 159 + "[", 2),  # counts twice
        ("a" * 158 + "[", 1),
        ("a" * 69 + "’", 1),  # one curly apostrophe makes every character dear (failures 50)
        ("a" * 70 + "’", 2),
        ("🙏" * 35, 1),
        ("🙏" * 36, 2),
        ("", 1),
    ],
)
def test_segments_are_counted_as_a_phone_company_counts_them(body, count):
    assert segments(body) == count
