"""The phones as a person looks at them, and as other programs do."""

import pytest

from companion.phones.app import links_in

RATNA = "+6281234567890"
TEXT = "Halo, isi kabar di https://s.id/k7Qx2. Atau http://127.0.0.1:5000/c/a-_9?x=1&y=2!"


@pytest.mark.parametrize(
    ("body", "links"),
    [
        (TEXT, ["https://s.id/k7Qx2", "http://127.0.0.1:5000/c/a-_9?x=1&y=2"]),
        ("Tanpa tautan, s.id/k7Qx2 juga bukan", []),
        ("(https://s.id/a)", ["https://s.id/a"]),
        ("javascript:alert(1) ftp://s.id/a", []),
        ("", []),
    ],
)
def test_absolute_links_are_found_without_what_follows_them(body, links):
    assert links_in(body) == links


def test_a_phone_tells_other_programs_what_it_received(carrier):
    sid = carrier.send(body=TEXT).get_json()["sid"]
    (text,) = carrier.get(f"/phones/{RATNA}.json").get_json()
    assert text.keys() == {"sid", "at", "from", "body", "links"}
    assert (text["sid"], text["from"], text["body"]) == (sid, "Sahabat", TEXT)
    assert text["links"] == links_in(TEXT)
    assert text["at"].endswith("Z")


@pytest.mark.parametrize("name", [RATNA, "%2B6281234567890", "6281234567890"])
def test_a_number_may_be_written_with_its_plus_or_without(carrier, name):
    carrier.send()
    assert len(carrier.get(f"/phones/{name}.json").get_json()) == 1
    assert "Halo" in carrier.get(f"/phones/{name}").text


def test_a_phone_nobody_wrote_to_is_empty_and_not_an_error(carrier):
    assert carrier.get("/phones/+6281200000009.json").get_json() == []
    assert "masih kosong" in carrier.get("/phones/+6281200000009").text
    assert "Belum ada" in carrier.get("/phones").text


def test_the_page_of_a_phone_has_its_texts_newest_first_with_links_to_tap(carrier):
    carrier.send(body="Pertama")
    carrier.send(body=TEXT)
    page = carrier.get(f"/phones/{RATNA}").text
    assert page.index("isi kabar") < page.index("Pertama")
    assert (
        '<a href="https://s.id/k7Qx2" target="_blank" rel="noopener noreferrer">https://s.id/k7Qx2</a>.'
        in page
    )
    assert 'href="http://127.0.0.1:5000/c/a-_9?x=1&amp;y=2"' in page


def test_words_of_a_text_are_words_and_nothing_else(carrier):
    carrier.send(body='<script>alert(1)</script> https://s.id/"onclick="x')
    page = carrier.get(f"/phones/{RATNA}").text + carrier.get("/phones").text
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'href="https://s.id/"' in page


def test_the_list_leads_to_every_phone(carrier):
    carrier.send()
    carrier.send("+6281200000001")
    page = carrier.get("/phones").text
    assert page.index("+6281200000001") < page.index(RATNA)
    assert 'href="phones/%2B6281234567890"' in page
    assert carrier.get("/").headers["Location"].endswith("/phones")


def test_pages_run_no_script_and_are_not_kept(carrier):
    headers = carrier.get("/phones").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_a_text_that_counts_as_two_says_so(carrier):
    carrier.send(body="a" * 161)
    assert "2 SMS" in carrier.get(f"/phones/{RATNA}").text


def test_health_counts_and_starting_over_forgets_everything(phones, carrier):
    phones.set_faults(repeat=True)
    carrier.send(StatusCallback="http://127.0.0.1:9/r-1")
    assert carrier.get("/health").get_json() == {"status": "ok", "texts": 1, "pending_callbacks": 3}
    assert carrier.post("/reset").status_code == 200
    assert carrier.get("/health").get_json() == {"status": "ok", "texts": 0, "pending_callbacks": 0}
    assert (phones.inbox(RATNA), phones.calls, carrier.get("/faults").get_json()["repeat"]) == ([], [], 0.0)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("POST", "/phones"), ("GET", "/reset"), ("DELETE", "/faults"), ("GET", "/phones/")],
)
def test_other_addresses_are_not_found(carrier, method, path):
    assert carrier.open(path, method=method).status_code == 404
