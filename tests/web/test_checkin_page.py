"""The check-in page as it opens: what is asked, in whose voice, and that looking changes nothing (design 6, texts 2)."""

import re

import pytest

from companion.content.words import question
from companion.models import Answer
from tests.services.centre import NIGHT
from tests.web.guests import everything, fields, forms, rows, text, tree

SENSITIVE = re.compile(
    "sugesti|keyakinan|kebiasaan|goyah|rehab|bnn|narkoba|pendamping|kambuh|damai|dewi", re.IGNORECASE
)
SHORT = {"mood", "sleep", "contact", "safe_way", "here", "unsafe"}
LONG = SHORT | {"urge", "confidence", "situation", "situation_kind", "use"}


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "asked"), [("own", LONG), ("shared", SHORT), ("two", SHORT), ("late", LONG)]
)
def test_a_phone_is_asked_what_may_be_asked_on_it(client, url, name, asked):
    response = client.get(url(name))
    assert response.status_code == 200
    assert fields(response) == asked
    form, *others = forms(response)
    assert not others
    assert form.get("method") == "post"


def test_every_value_of_the_contract_is_offered_and_nothing_is_chosen(client, url):
    page = tree(client.get(url("own")))
    offered = {}
    for element in page.findall(".//main//input"):
        offered.setdefault(element.get("name"), []).append(element.get("value"))
        assert element.get("checked") is None
    scale = [str(number) for number in range(11)]
    assert offered == {
        "mood": ["5", "4", "3", "2", "1"], "urge": scale, "confidence": scale,
        "situation": ["no", "past", "coming", "both"],
        "situation_kind": [option.value for option in question("situation_kind", "anda").options],
        "sleep": ["4", "3", "2", "1"], "use": ["no", "yes", "rather_not"], "contact": ["no", "week", "soon"],
        "safe_way": ["usual", "call", "message", "not_here"],
    }  # fmt: skip


def test_the_enter_key_never_calls_for_help(client, url):
    first = tree(client.get(url("own"))).find(".//main//form//button")
    assert first.get("name") is None
    assert first.get("type") in (None, "submit")


@pytest.mark.parametrize("name", ["shared", "two"])
def test_nothing_on_a_shared_phone_says_what_this_is_about(client, url, name):
    pages = [client.get(url(name)), client.get(url(name) + "/berhenti")]
    client.post(url(name), data={"mood": "1", "urge": "9", "use": "yes", "unsafe": "1"})
    pages += [client.get(url(name)), client.get(url(name))]
    for page in pages:
        assert not SENSITIVE.search(
            page.get_data(as_text=True).replace("takut tidak bisa menahan dorongan", "")
        )
        assert tree(page).find(".//title").text == "Kabar"


def test_no_page_names_the_person_or_the_institution(client, url, guests):
    for name in guests:
        said = text(client.get(url(name)))
        assert "Rusdi" not in said
        assert "Damai" not in said


def test_who_reads_is_told_on_an_own_phone_only(client, url):
    assert "dibaca oleh Sari Dewi" in text(client.get(url("own")))
    assert "Sari" not in text(client.get(url("shared")))


@pytest.mark.parametrize(
    ("name", "query", "words", "language"),
    [
        ("own", "", "Bagaimana kabar Anda beberapa hari ini?", "id"),
        ("teen", "", "Gimana kabar kamu beberapa hari ini?", "id"),
        ("english", "", "How have you been these last few days?", "en"),
        ("english", "?bahasa=id", "Bagaimana kabar Anda beberapa hari ini?", "id"),
        ("teen", "?bahasa=en", "School, or late nights", "en"),
    ],
)
def test_everybody_is_spoken_to_in_their_own_voice(client, url, name, query, words, language):
    response = client.get(url(name) + query)
    assert words in text(response)
    assert tree(response).get("lang") == language


def test_a_teen_is_asked_6b_even_where_6_is_asked(client, url):
    page = client.get(url("teen"))
    assert "harder" in fields(page)
    assert "use" not in fields(page)
    assert "Aku mau cerita langsung aja" in text(page)


def test_the_promise_on_the_page_is_computed_from_staff_hours_and_never_early(client, url, clock):
    # Four working hours from 10.30.07: the full minute after, since 14.30 would be seven seconds too early.
    assert "paling lambat hari ini sebelum 14.31 WIB" in text(client.get(url("own")))
    clock.at = NIGHT
    assert "paling lambat besok sebelum 12.00 WIB" in text(client.get(url("own")))


# --- GET and HEAD ---------------------------------------------------------------------------------------------------


def test_scanners_that_open_the_link_fifty_times_change_nothing(client, url, database):
    before = everything(database)
    for _ in range(25):
        for name in ("own", "shared", "closed"):
            assert client.get(url(name)).status_code in (200, 410)
            assert client.head(url(name)).status_code in (200, 410)
            assert client.get(url(name) + "/berhenti").status_code == 200
    assert everything(database) == before
    assert client.post(url("own"), data={"mood": "4"}).status_code == 303
    assert len(rows(database, Answer)) == 1


# --- the wire -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "br"])
@pytest.mark.parametrize("name", ["own", "shared", "teen", "english", "closed"])
def test_a_first_visit_is_two_requests_of_at_most_15_kb_without_a_script(client, url, name, encoding):
    accept = {"Accept-Encoding": encoding}
    page = client.get(url(name), headers=accept)
    assert page.headers.get("Content-Encoding") == (None if name == "closed" else encoding)
    parsed = tree(client.get(url(name)))
    sheets = [link.get("href") for link in parsed.findall(".//link[@rel='stylesheet']")]
    assert len(sheets) == 1
    fetched = [tag for kind in ("script", "img", "iframe") for tag in parsed.findall(f".//{kind}")]
    icons = [link.get("href") for link in parsed.findall(".//link[@rel='icon']")]
    assert fetched == []
    assert all(icon.startswith("data:") for icon in icons)
    style = client.get(sheets[0], headers=accept, buffered=True)
    heads = sum(len(f"{key}: {value}\r\n") for r in (page, style) for key, value in r.headers)
    on_the_wire = {"page": len(page.data), "style": len(style.data), "headers": heads}
    assert sum(on_the_wire.values()) <= 15_000, on_the_wire
    assert on_the_wire["style"] <= 6_000, on_the_wire


def test_nothing_personal_stays_in_a_cache(client, url):
    assert client.get(url("own")).headers["Cache-Control"] == "no-store"
    assert client.get(url("own")).headers["Referrer-Policy"] == "no-referrer"


def test_nothing_inline_needs_the_policy_to_be_loosened(client, url):
    client.post(url("own"), data={"unsafe": "1"})
    for page in (client.get(url("own")), client.get(url("late")), client.get(url("closed"))):
        html = page.get_data(as_text=True)
        assert " style=" not in html
        assert not re.search(r"\son\w+=", html)
        assert "<style" not in html


def test_every_field_has_a_name_that_can_be_read_aloud(client, url):
    page = tree(client.get(url("own")))
    for field in page.findall(".//main//fieldset"):
        assert "".join(field.find("legend").itertext()).strip()
    for field in page.findall(".//main//label"):
        assert field.find("input") is not None
    assert len(page.findall(".//h1")) == 1
