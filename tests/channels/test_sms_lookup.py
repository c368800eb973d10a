"""Looking a text up at the carrier, and erasing the carrier's copy of it."""

from datetime import UTC, datetime, timedelta

import pytest

from companion.channels.protocol import Letter, NotAnswered
from tests.channels.saying import RATNA, http, saying

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_look_up_finds_exactly_the_text_with_our_link(phones, channel):
    for link in ("k7Qx2", "k7Qx3", "m1Ab9"):
        channel.send(Letter(RATNA, f"Halo https://s.id/{link}", link, 60))
    channel.send(Letter("+6281200000001", "Halo https://s.id/k7Qx2", "other", 60))
    (found,) = channel.find(RATNA, LONG_AGO, "https://s.id/k7Qx2")
    assert found.sid == phones.inbox(RATNA)[0]["sid"]
    assert (found.status, found.code, found.body) == ("sent", None, "Halo https://s.id/k7Qx2")
    assert channel.find(RATNA, LONG_AGO, "https://s.id/zzzzz") == []


def test_a_look_up_leaves_out_what_was_created_before(channel, letter):
    channel.send(letter)
    now = datetime.now(UTC)
    assert len(channel.find(RATNA, now - timedelta(seconds=60), letter.body)) == 1
    assert channel.find(RATNA, now + timedelta(seconds=2), letter.body) == []


def test_a_text_still_in_the_carriers_queue_is_not_absent(phones, channel, letter):
    channel.send(letter)
    assert next(iter(phones.texts())).sent is None
    assert len(channel.find(RATNA, LONG_AGO, letter.body)) == 1
    assert not any(name.startswith("DateSent") for name in phones.calls[-1].args)


@pytest.mark.parametrize(
    ("faults", "status", "code", "reason"),
    [
        ({}, "delivered", None, None),
        ({"undelivered": 30003}, "undelivered", 30003, "carrier"),
        ({"undelivered": 30005}, "undelivered", 30005, "number_dead"),
    ],
)
def test_a_look_up_says_how_far_the_text_got_and_why_no_further(
    phones, channel, letter, faults, status, code, reason
):
    phones.set_faults(**faults)
    channel.send(letter)
    phones.flush(lambda *_: None)
    (found,) = channel.find(RATNA, LONG_AGO, letter.body)
    assert (found.status, found.code, found.reason) == (status, code, reason)


def test_a_look_up_reads_every_page(phones, channel, monkeypatch):
    monkeypatch.setattr("companion.channels.sms.PAGE", 2)
    for nth in range(5):
        channel.send(Letter(RATNA, f"Halo {nth}", f"r-{nth}", 60))
    assert [each.body for each in channel.find(RATNA, LONG_AGO, "Halo")] == [
        f"Halo {nth}" for nth in (4, 3, 2, 1, 0)
    ]
    assert len([call for call in phones.calls if call.method == "GET"]) == 3


def test_more_pages_than_we_are_ready_to_read_are_no_answer(channel, monkeypatch):
    monkeypatch.setattr("companion.channels.sms.PAGE", 1)
    monkeypatch.setattr("companion.channels.sms.MOST_PAGES", 2)
    for nth in range(2):
        channel.send(Letter(RATNA, f"Halo {nth}", f"r-{nth}", 60))
    assert len(channel.find(RATNA, LONG_AGO, "Halo")) == 2
    channel.send(Letter(RATNA, "Halo 2", "r-2", 60))
    with pytest.raises(NotAnswered):
        channel.find(RATNA, LONG_AGO, "Halo")


def test_a_look_up_wants_to_know_which_zone_its_time_is_in(channel):
    with pytest.raises(ValueError, match="aware"):
        channel.find(RATNA, datetime(2026, 11, 22), "Halo")


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", b"not json"),
        http("200 OK", b"[]"),
        http("200 OK", b"{}"),
        http("200 OK", b'{"error": []}'),
        http("200 OK", b'{"messages": [], "uri": "/x"}'),
        http("200 OK", b'{"messages": {}, "next_page_uri": null}'),
        http("200 OK", b'{"messages": [{"body": "Halo"}], "next_page_uri": null}'),
        http("302 Found", b'{"messages": [], "next_page_uri": null}', "Location: /elsewhere"),
        http("401 Unauthorized", b'{"code": 20003, "message": "no", "status": 401}'),
        http("429 Too Many Requests", b'{"code": 20429}', "Retry-After: 3"),
        http("503 Service Unavailable", b""),
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b'{"messages": [], "next_page_uri": null}',
    ],
)
def test_nothing_is_concluded_from_a_look_up_the_carrier_did_not_properly_answer(answer, make_channel):
    with saying(answer) as url, pytest.raises(NotAnswered):
        make_channel(api_url=url).find(RATNA, LONG_AGO, "Halo")


def test_an_honest_empty_list_means_absent(make_channel):
    with saying(http("200 OK", b'{"messages": [], "next_page_uri": null}')) as url:
        assert make_channel(api_url=url).find(RATNA, LONG_AGO, "Halo") == []


def test_another_numbers_text_is_not_ours_even_if_the_carrier_lists_it(make_channel):
    record = b'{"to": "+6281200000001", "body": "Halo", "date_created": null, "sid": "SM1", "status": "sent"}'
    with saying(http("200 OK", b'{"messages": [' + record + b'], "next_page_uri": null}')) as url:
        assert make_channel(api_url=url).find(RATNA, LONG_AGO, "Halo") == []


def test_erasing_empties_the_carriers_copy_and_leaves_the_phones(phones, channel, letter):
    sid = channel.send(letter).sid
    phones.flush(lambda *_: None)
    channel.erase(sid)
    assert [text.body for text in phones.texts()] == [""]
    assert phones.inbox(RATNA)[0]["body"] == letter.body
    (known,) = channel.find(RATNA, LONG_AGO, letter.body)  # it may be this one: a restored copy has to ask
    assert (known.sid, known.body) == (sid, "")


def test_erasing_twice_or_what_is_gone_is_fine(phones, channel, letter):
    sid = channel.send(letter).sid
    phones.flush(lambda *_: None)
    channel.erase(sid)
    channel.erase(sid)
    channel.erase("SM" + "0" * 32)


def test_an_erasure_the_carrier_did_not_confirm_is_not_done(phones, channel, make_channel, letter):
    sid = channel.send(letter).sid
    with pytest.raises(NotAnswered) as refused:  # still on its way: the carrier keeps it until it has gone
        channel.erase(sid)
    assert refused.value.code == 20009
    for answer in (http("503 Service Unavailable", b""), http("200 OK", b"no json"), b""):
        with saying(answer) as url, pytest.raises(NotAnswered):
            make_channel(api_url=url).erase(sid)
