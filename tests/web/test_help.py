"""Help now: life first, anonymous, small, and it sends nothing to anybody (texts 6)."""

import re
from datetime import date, timedelta

import html5lib
import pytest
from sqlalchemy import select

from companion.clock import SetClock
from companion.models import Alert, Institution
from companion.rules.states import Family
from tests.services.centre import NIGHT, NOW, Centre

DRUG_WORDS = re.compile("narkoba|napza|rehab|bnn|pecandu|sakau|adiksi|drug", re.IGNORECASE)


@pytest.fixture
def clock():
    return SetClock(NOW)


@pytest.fixture
def tokens(database):
    with database.write() as session:
        centre = Centre(session)
        return {
            "own": centre.guest().token,
            "teen": centre.guest(born_on=date(NOW.year - 15, 1, 1)).token,
            "english": centre.guest(language="en").token,
        }


def tree(response):
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(response.get_data(as_text=True))


def text(response) -> str:
    return " ".join("".join(tree(response).find(".//main").itertext()).split())


PAGES = ("/bantuan", "/bantuan/sepuluh-menit", "/bantuan/malam-ini", "/")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_sign_in_no_script_and_names_nobody(client, tokens, path, language):
    response = client.get(f"{path}?bahasa={language}")
    page = tree(response)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert page.get("lang") == language
    assert len(page.findall(".//h1")) == 1
    assert page.findall(".//script") == []
    html = response.get_data(as_text=True)
    assert "Damai" not in html
    assert "+62" not in html
    assert not DRUG_WORDS.search(html)
    assert " style=" not in html


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["Ada yang gawat sekarang?", "Ada pikiran menyakiti diri", "Ada yang menyakiti", "Dorongannya",
              "Bicara dengan kami", "Anda keluarga?"]),
        ("?bahasa=en", ["Is it an emergency?", "Thoughts of hurting", "Does somebody hurt", "Is the pull",
                        "Talk to us", "Are you family?"]),
    ],
)  # fmt: skip
def test_life_comes_first(client, query, order):
    headings = [heading.text for heading in tree(client.get("/bantuan" + query)).findall(".//main//h2")]
    assert len(headings) == len(order)
    assert all(heading.startswith(start) for heading, start in zip(headings, order, strict=True))


def test_every_line_says_for_whom_at_what_cost_where_and_whether_we_are_sure(client):
    page = tree(client.get("/bantuan"))
    lines = page.findall(".//div[@class='helpline']")
    assert len(lines) >= 9
    for line in lines:
        link, notes = line.find("a"), "".join(line.find("p").itertext())
        assert link.get("href").startswith(("tel:", "https://"))
        assert notes.count("·") >= 3
        assert "diperiksa" in notes or "belum kami pastikan lagi" in notes
    assert [line.find("a").get("href") for line in lines[:2]] == ["tel:119", "tel:112"]
    assert "diperiksa 1 Maret 2025, belum kami pastikan lagi" in " ".join(
        text(client.get("/bantuan")).split()
    )


def test_no_line_of_the_police_is_shown(client):
    hrefs = {a.get("href") for a in tree(client.get("/bantuan")).findall(".//a")}
    assert "tel:110" not in hrefs


def test_opened_from_a_link_it_shows_the_number_without_the_name(client, tokens):
    response = client.get(f"/bantuan?dari={tokens['own']}")
    said = text(response)
    assert "0811-7001-122 · Senin-Jumat 08.00-16.00 WIB." in said
    assert "tel:+628117001122" in {a.get("href") for a in tree(response).findall(".//main//a")}
    assert "Damai" not in response.get_data(as_text=True)


def test_an_institution_without_a_number_still_says_when_it_reads(client, tokens, database):
    with database.write() as session:
        for institution in session.scalars(select(Institution)):
            institution.contact_number = None
    said = text(client.get(f"/bantuan?dari={tokens['own']}"))
    assert "Senin-Jumat 08.00-16.00 WIB" in said
    assert "Telepon kami" not in said


@pytest.mark.parametrize("query", ["", "?dari=abcdefghijkl", "?dari=" + "x" * 500, "?dari="])
def test_nobody_else_learns_the_number_or_the_hours(client, tokens, query):
    said = text(client.get("/bantuan" + query))
    assert "08.00" not in said
    assert "0811-7001" not in said
    assert "Nomornya ada di kartu saku." in said
    assert tree(client.get("/bantuan" + query)).findall(".//main//form") == []


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW, "paling cepat besok pukul 08.00 WIB"),
        (NIGHT, "paling cepat besok pukul 08.00 WIB"),
        (NIGHT + timedelta(days=3), "paling cepat Senin pukul 08.00 WIB"),
    ],
)
def test_it_says_when_what_comes_outside_the_hours_is_read(client, tokens, clock, at, words):
    clock.at = at
    assert words in text(client.get(f"/bantuan?dari={tokens['own']}"))


def test_asking_to_be_called_is_a_form_that_the_check_in_page_takes(client, tokens, database):
    page = tree(client.get(f"/bantuan?dari={tokens['own']}"))
    form = page.find(".//main//form")
    button = form.find("button")
    response = client.post(form.get("action"), data={button.get("name"): button.get("value")})
    assert response.status_code == 303
    with database.read() as session:
        assert session.scalars(select(Alert.family)).all() == [Family.SAFETY]


@pytest.mark.parametrize(
    ("name", "words"), [("teen", "satu orang dewasa yang kamu percaya"), ("english", "Do not be alone.")]
)
def test_it_speaks_as_the_page_did_from_which_it_was_opened(client, tokens, name, words):
    assert words in text(client.get(f"/bantuan?dari={tokens[name]}"))


def test_the_way_back_and_to_the_other_help_pages_keeps_the_link(client, tokens):
    token = tokens["own"]
    hrefs = {a.get("href") for a in tree(client.get(f"/bantuan?dari={token}")).findall(".//main//a")}
    assert {
        f"/c/{token}",
        f"/bantuan/sepuluh-menit?dari={token}",
        f"/bantuan/malam-ini?dari={token}",
    } <= hrefs
    for path in ("sepuluh-menit", "malam-ini"):
        back = tree(client.get(f"/bantuan/{path}?dari={token}")).findall(".//main//a")
        assert f"/bantuan?dari={token}" in {a.get("href") for a in back}


def test_what_to_do_tonight_opens_with_the_emergency(client):
    response = client.get("/bantuan/malam-ini")
    hrefs = [a.get("href") for a in tree(response).findall(".//main//a")]
    assert hrefs[:2] == ["tel:119", "tel:112"]
    assert "Ada yang gawat?" in text(response)


@pytest.mark.parametrize("encoding", ["gzip", "br"])
@pytest.mark.parametrize("path", [*PAGES, "dari"])
def test_a_first_visit_is_two_requests_of_at_most_15_kb(client, tokens, path, encoding):
    path = f"/bantuan?dari={tokens['own']}" if path == "dari" else path
    accept = {"Accept-Encoding": encoding}
    page, plain = client.get(path, headers=accept), tree(client.get(path))
    assert page.headers["Content-Encoding"] == encoding
    (sheet,) = [link.get("href") for link in plain.findall(".//link[@rel='stylesheet']")]
    assert [tag for kind in ("script", "img", "iframe") for tag in plain.findall(f".//{kind}")] == []
    assert all(link.get("href").startswith("data:") for link in plain.findall(".//link[@rel='icon']"))
    style = client.get(sheet, headers=accept, buffered=True)
    heads = sum(len(f"{key}: {value}\r\n") for r in (page, style) for key, value in r.headers)
    on_the_wire = {"page": len(page.data), "style": len(style.data), "headers": heads}
    assert sum(on_the_wire.values()) <= 15_000, on_the_wire


def test_quick_exit_leaves_to_a_neutral_place_without_telling_it_from_where(client):
    for path in PAGES:
        exit_link = tree(client.get(path)).find(".//header/a[@class='exit']")
        assert exit_link.get("href") == "https://www.google.com/"
        assert exit_link.get("rel") == "noreferrer"


@pytest.mark.parametrize(
    "query",
    ["endpoint=x", "_method=POST", "_scheme=javascript&_external=1", "_anchor=a", "self=1", "a=1&a=2"],
)
def test_no_word_in_the_address_breaks_the_page_or_its_link_to_the_other_language(client, tokens, query):
    answer = client.get(f"/bantuan?dari={tokens['own']}&{query}")
    assert answer.status_code == 200
    link = re.search('hreflang="en" href="([^"]+)"', answer.text)[1].replace("&amp;", "&")
    assert link == f"/bantuan?dari={tokens['own']}&{query}&bahasa=en"
    assert client.get(link).status_code == 200
