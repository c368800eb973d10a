"""The import before a yes: nothing is stored, every row says what will become of it, and a bad file is explained."""

from datetime import timedelta

import html5lib
import pytest
from sqlalchemy import event, select

from companion.models import ImportDraft
from tests.cast import NOW
from tests.web.office import browser, post, rows, token_in
from tests.web.sheet import SMALL, STORE, draft, enrolled, many, upload

pytestmark = pytest.mark.usefixtures("settled")

OPEN_QUOTE = SMALL.replace("Nur'aini", '"Nur').encode()


def test_a_preview_stores_nobody(office, sari):
    before = enrolled(office)
    answer = upload(sari, SMALL)
    assert answer.status_code == 303
    page = sari.get(answer.location).text
    assert enrolled(office) == before and draft(office).state == "preview"
    for words in ("Nur&#39;aini O&#39;Brien", "+62•••••0001", "Tanpa Izin"):
        assert words in page
    assert "81355500001" not in page and "<h1" in page


def test_every_row_says_what_became_of_it_and_how_to_mend_it(sari):
    page = sari.get(upload(sari, SMALL).location + "?bahasa=id").text
    assert "Belum ada persetujuan untuk dihubungi" in page
    assert "Orang ini sudah ada di baris 3" in page


def test_results_are_counted_and_filter_the_rows(sari):
    path = upload(sari, SMALL).location
    page = sari.get(path, query_string={"hasil": "error"}).text
    assert "Tanpa Izin" in page and "Susilo" not in page
    assert sari.get(path, query_string={"hasil": "apa saja"}).status_code == 200


def test_four_hundred_rows_come_in_pages_of_fifty(office, sari):
    path = upload(sari, many(400)).location
    page = html5lib.parse(sari.get(path, query_string={"halaman": 8}).text, namespaceHTMLElements=False)
    listed = next(node for node in page.iter("ol") if "rows" in (node.get("class") or ""))
    assert len(list(listed)) == 50
    assert "Orang Nomor 399" in sari.get(path, query_string={"halaman": 8}).text
    assert "Orang Nomor 399" in sari.get(path, query_string={"halaman": 999}).text
    assert sari.get(path, query_string={"halaman": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400), (b"\x00\x01\x02", 400), (b"%PDF-1.7", 400), (b"PK\x03\x04 broken", 400), (b"a;b\n1;2", 400),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 400), (OPEN_QUOTE, 400),
        (b"x" * (10 * 1024 * 1024 + 1), 413), (b"x" * (12 * 1024 * 1024), 413),
    ],
    ids=["empty", "binary", "pdf", "broken zip", "no header", "old excel", "open quote", "over 10 MB", "over the form"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_explained_and_forgotten(office, sari, content, status):
    answer = upload(sari, content)
    assert answer.status_code == status and "<h1" in answer.text
    assert rows(office, select(ImportDraft)) == []


def test_no_file_is_no_import(sari):
    token = token_in(sari.get("/impor").text)
    answer = sari.post("/impor", data={"csrf_token": token})
    assert answer.status_code == 400 and 'id="file-error"' in answer.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_letters_arrive_whatever_program_wrote_them(office, sari, encoding):
    path = upload(sari, SMALL.replace("Joko Susilo", "José Süsilo").encode(encoding)).location
    assert "José Süsilo" in sari.get(path).text


def test_a_draft_is_not_there_for_anybody_else(office, sari):
    path = upload(sari, SMALL).location
    for login in ("dewi", "ratna", "tono"):
        other = browser(office, login)
        assert other.get(path).status_code == 404
        assert other.get(f"{path}/laporan.csv").status_code == 404
        for act in ("simpan", "lanjutkan", "batal"):
            assert post(other, f"{path}/{act}", page="/impor", **STORE).status_code == 404
    assert draft(office).state == "preview"


def test_cancelling_deletes_the_file(office, sari):
    path = upload(sari, SMALL).location
    assert post(sari, f"{path}/batal", page=path).status_code == 303
    assert rows(office, select(ImportDraft)) == []
    assert sari.get(path).status_code == 404


def test_yesterdays_drafts_go_with_the_next_upload(office, sari, clock):
    old = upload(sari, SMALL).location
    clock.at = NOW + timedelta(days=1)
    sari = browser(office, "sari")
    upload(sari, SMALL)
    assert sari.get(old).status_code == 404


def test_pages_ask_the_database_a_fixed_number_of_times(office, sari):
    seen = []
    event.listen(office.extensions["database"].reader, "before_cursor_execute", lambda *parts: seen.append(1))

    def asked(path):
        seen.clear()
        sari.get(path)
        return len(seen)

    small, big = upload(sari, SMALL).location, upload(sari, many(300)).location
    assert asked(small) == asked(big) <= 10


def test_the_titles_and_addresses_carry_no_names(sari):
    answer = upload(sari, SMALL)
    assert "Joko" not in answer.location
    page = sari.get(answer.location).text
    html5lib.HTMLParser(strict=True).parse(page)
    assert page.count("<h1") == 1
