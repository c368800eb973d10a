"""The family reads: sixteen weeks, what they have opened and chosen, and never a word about the graduate."""

import re

import html5lib
import pytest
from sqlalchemy import select

from companion.content import articles
from companion.models import FamilyMember, Institution, Reading
from tests.cast import NOW
from tests.web.office import post, rows
from tests.web.reading_at_home import BETRAYING, WEEK, change

pytestmark = pytest.mark.usefixtures("agreed")


def test_the_list_shows_all_sixteen_weeks_and_links_what_is_open(phone):
    page = phone.get("/keluarga").text
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    listed = [node for node in tree.iter("ol") if "weeks" in (node.get("class") or "")]
    assert len(list(listed[0])) == 16
    opened = {int(found) for found in re.findall(r'href="/keluarga/minggu/(\d+)"', page)}
    assert opened - {9, 10} == {week for week in articles.weeks() if week <= 3}


def test_a_week_that_has_not_come_or_is_not_written_is_not_there(phone):
    for week in (4, 16, 17, 0):
        assert phone.get(f"/keluarga/minggu/{week}").status_code == 404
        assert post(phone, f"/keluarga/minggu/{week}", page="/keluarga").status_code == 404


def test_a_reading_shows_its_sentence_to_try_its_choices_its_question_and_its_sources(phone):
    page = phone.get("/keluarga/minggu/1?bahasa=id").text
    article = articles.article(1, "id")
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    words = " ".join("".join(tree.itertext()).split())
    for part in (article.title, article.action, article.question, *article.choices, article.sources[0].who):
        assert part in words
    assert "Coba katakan:" in words or "Try saying:" in words
    assert page.count("<h1") == 1
    html5lib.HTMLParser(strict=True).parse(page)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_written_week_can_be_shown(office, phone, rina, language):
    change(office, FamilyMember, rina.id, first_week_at=NOW - 20 * WEEK)
    for week in articles.weeks():
        assert phone.get(f"/keluarga/minggu/{week}?bahasa={language}").status_code == 200
    assert phone.get(f"/keluarga/malam-ini?bahasa={language}").status_code == 200


PLACES = ("/keluarga", "/keluarga/minggu/1", "/keluarga/malam-ini")


@pytest.mark.parametrize("path", PLACES)
def test_who_is_worried_finds_whom_to_call_and_when(office, phone, rina, path):
    """The reading says "call us": the number has to stand there, without the institution's name."""
    change(office, Institution, rina.institution_id, contact_number="+622150001234")
    page = phone.get(f"{path}?bahasa=id").text
    assert 'href="tel:+622150001234">Telepon (021) 50001234<' in page
    assert "Senin-Jumat 08.00-16.00 WIB" in page
    change(office, Institution, rina.institution_id, contact_number=None)
    page = phone.get(f"{path}?bahasa=id").text
    assert "tel:+62" not in page
    assert "kartu saku" in page


def test_opening_and_marking_are_remembered(office, phone):
    phone.get("/keluarga/minggu/1")
    phone.get("/keluarga/minggu/1")
    assert [(one.week, one.read_at) for one in rows(office, select(Reading))] == [(1, None)]
    answer = post(phone, "/keluarga/minggu/1", choice="1")
    assert (answer.status_code, answer.location) == (303, "/keluarga")
    assert [(one.choice, one.read_at) for one in rows(office, select(Reading))] == [(1, NOW)]
    page = html5lib.parse(phone.get("/keluarga/minggu/1").text, namespaceHTMLElements=False)
    chosen = [node.get("value") for node in page.iter("input") if node.get("checked") is not None]
    assert chosen == ["1"]


def test_reading_without_choosing_is_reading_too(office, phone):
    assert post(phone, "/keluarga/minggu/1").status_code == 303
    assert rows(office, select(Reading))[0].choice is None


@pytest.mark.parametrize("choice", ["3", "-1", "x", "", "1.0", "٢"])
def test_a_choice_that_is_not_one_is_not_taken(office, phone, choice):
    answer = post(phone, "/keluarga/minggu/1", choice=choice)
    assert answer.status_code == 400 and 'id="choice-error"' in answer.text
    assert rows(office, select(Reading))[0].read_at is None


def test_letters_stay_large_for_the_session(phone):
    assert 'class="prose big"' not in phone.get("/keluarga/minggu/1").text
    assert 'class="prose big"' in phone.get("/keluarga/minggu/1?huruf=besar").text
    assert 'class="prose big"' in phone.get("/keluarga/malam-ini").text
    assert 'class="prose big"' not in phone.get("/keluarga/minggu/1?huruf=biasa").text
    page = phone.get("/keluarga/minggu/1?bahasa=en").text
    larger = re.search(r'href="([^"]+huruf=besar[^"]*)"', page)[1].replace("&amp;", "&")
    assert '<html lang="en"' in phone.get(larger).text and 'class="prose big"' in phone.get(larger).text


@pytest.mark.parametrize("path", ["/keluarga", "/keluarga/minggu/1", "/keluarga/malam-ini"])
def test_help_is_one_tap_away_and_nothing_says_whose_family_it_is(phone, path):
    page = phone.get(path).text
    assert 'href="tel:119"' in page and 'href="tel:112"' in page and 'href="/bantuan' in page
    assert not re.search("budi|santoso|melati", page, re.IGNORECASE)
    assert not BETRAYING.search(re.search("<title>(.*?)</title>", page)[1])
    assert page.count("<h1") == 1


def test_nothing_of_the_familys_pages_is_kept_by_the_browser(phone):
    assert phone.get("/keluarga/minggu/1").headers["Cache-Control"] == "no-store"
