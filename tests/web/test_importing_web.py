"""The import in the browser: nothing stored before a yes, nobody stored twice, and a dead storing goes on."""

import io
import threading
from datetime import timedelta
from pathlib import Path

import html5lib
import pytest
from sqlalchemy import event, func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from companion.models import Audit, Consent, ImportDraft, Institution, Person, Slot, Staff
from companion.rules.terms import ConsentPurpose
from companion.services import importing
from companion.web import import_work
from tests.cast import NOW
from tests.web.office import browser, post, token_in

DATA = Path(__file__).parent.parent / "sheets" / "data"
HEADER = "Nama;No HP;Tanggal keluar;Setuju dihubungi;Keluarga;HP Keluarga;Setuju keluarga dilibatkan"
SMALL = f"""{HEADER}
Nur'aini O'Brien;0813 5550 0001;20-11-2026;Ya;Rina;0813 5550 0009;Ya
Joko Susilo;0813 5550 0002;20-11-2026;Ya;;;
Tanpa Izin;0813 5550 0003;20-11-2026;belum;;;
Joko Susilo;0813 5550 0002;20-11-2026;Ya;;;
"""
OPEN_QUOTE = SMALL.replace("Nur'aini", '"Nur').encode()
STORE = {"consent": "have", "consent_ref": "map biru"}


@pytest.fixture
def office(app, people):
    import_work._judged.clear()
    yield app
    settle()


@pytest.fixture
def sari(office):
    return browser(office, "sari")


def settle():
    """Wait for the storing in the background."""
    for thread in threading.enumerate():
        if thread.name.startswith("import-"):
            thread.join(30)


def upload(client, content, name="daftar.csv"):
    content = content.encode() if isinstance(content, str) else content
    fields = {
        "csrf_token": token_in(client.get("/impor").text),
        "file": FileStorage(io.BytesIO(content), name),
    }
    boundary, body = encode_multipart(fields)  # by hand: the test client leaves its temporary file open
    return client.post("/impor", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def many(n, first=0):
    return "\n".join(
        [HEADER, *(f"Orang Nomor {i:03};0813 5560 {i:04};20-11-2026;Ya;;;" for i in range(first, first + n))]
    )


def store(client, path, **fields):
    answer = post(client, f"{path}/simpan", page=path, **(STORE | fields))
    settle()
    return answer


def rows(app, statement):
    with app.extensions["database"].read() as session:
        return list(session.scalars(statement))


def enrolled(app):
    return rows(app, select(func.count()).select_from(Person))[0]


def draft(app) -> ImportDraft:
    return rows(app, select(ImportDraft).order_by(ImportDraft.id.desc()))[0]


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


def test_a_yes_stores_the_good_rows_with_their_consent(office, sari, people):
    path = upload(sari, SMALL).location
    before = enrolled(office)
    assert store(sari, path).status_code == 303
    assert enrolled(office) == before + 2
    aini, joko = rows(office, select(Person).order_by(Person.id.desc()).limit(2))[::-1]
    assert aini.name == "Nur'aini O'Brien" and aini.caseworker_id == people.sari
    proofs = rows(office, select(Consent).where(Consent.person_id.in_((aini.id, joko.id))))
    assert {(one.person_id, one.purpose, one.proof) for one in proofs} == {
        (aini.id, ConsentPurpose.FOLLOW_UP, "map biru"),
        (aini.id, ConsentPurpose.FAMILY, "map biru"),
        (joko.id, ConsentPurpose.FOLLOW_UP, "map biru"),
    }
    assert rows(office, select(Slot).where(Slot.person_id == joko.id))
    assert "import_confirmed" in rows(office, select(Audit.act))
    assert "2 orang" in sari.get(path + "?bahasa=id").text or "2 people" in sari.get(path).text


def test_without_the_forms_everybody_is_enrolled_and_nothing_is_promised(office, sari):
    store(sari, upload(sari, SMALL).location, consent="later", consent_ref="")
    joko = rows(office, select(Person).order_by(Person.id.desc()))[0]
    assert rows(office, select(Consent).where(Consent.person_id == joko.id)) == []
    assert rows(office, select(Slot).where(Slot.person_id == joko.id)) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"consent": ""}, "consent"), ({"consent_ref": " "}, "consent_ref"), ({"consent": "maybe"}, "consent")],
)
def test_a_yes_without_an_answer_about_the_forms_stores_nobody(office, sari, fields, field):
    path = upload(sari, SMALL).location
    answer = post(sari, f"{path}/simpan", page=path, **(STORE | fields))
    assert answer.status_code == 400 and f'id="{field}-error"' in answer.text
    assert draft(office).state == "preview"


def test_a_second_yes_starts_nothing(office, sari):
    path = upload(sari, SMALL).location
    store(sari, path)
    after = enrolled(office)
    token = token_in(sari.get("/impor").text)
    assert sari.post(f"{path}/simpan", data={"csrf_token": token} | STORE).status_code == 303
    settle()
    assert enrolled(office) == after


def test_the_same_file_twice_changes_nothing(office, sari):
    store(sari, upload(sari, SMALL).location)
    after = enrolled(office)
    page = sari.get(upload(sari, SMALL).location).text
    assert "consent_ref" not in page  # nobody to store, so no form to store them
    assert enrolled(office) == after


def test_two_previews_of_one_file_store_its_people_once(office, sari):
    one, two = upload(sari, SMALL).location, upload(sari, SMALL).location
    before = enrolled(office)
    store(sari, one)
    store(sari, two)
    assert enrolled(office) == before + 2
    assert draft(office).stored == 0 and draft(office).state == "done"


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


def test_the_messy_sheet_of_an_office_goes_through(office, sari):
    path = upload(sari, (DATA / "graduates-messy.xlsx").read_bytes(), "lulusan.xlsx").location
    before = enrolled(office)
    store(sari, path)
    assert enrolled(office) - before == draft(office).stored == draft(office).total > 150


def test_a_draft_is_not_there_for_anybody_else(office, sari):
    path = upload(sari, SMALL).location
    for login in ("dewi", "ratna", "tono"):
        other = browser(office, login)
        assert other.get(path).status_code == 404
        assert other.get(f"{path}/laporan.csv").status_code == 404
        for act in ("simpan", "lanjutkan", "batal"):
            assert post(other, f"{path}/{act}", page="/impor", **STORE).status_code == 404
    assert draft(office).state == "preview"


def test_a_supervisor_says_who_accompanies(office, people):
    ratna = browser(office, "ratna")
    path = upload(ratna, SMALL).location
    tono, dewi = (rows(office, select(Staff).where(Staff.login == login))[0] for login in ("tono", "dewi"))
    for stranger in ("", tono.ref):
        answer = post(ratna, f"{path}/simpan", page=path, **STORE, caseworker=stranger)
        assert answer.status_code == 400 and 'id="caseworker-error"' in answer.text
    store(ratna, path, caseworker=dewi.ref)
    assert rows(office, select(Person).order_by(Person.id.desc()))[0].caseworker_id == people.dewi


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


def test_the_report_has_a_line_for_every_row_and_a_ref_for_who_was_stored(office, sari):
    path = upload(sari, SMALL).location
    store(sari, path)
    answer = sari.get(f"{path}/laporan.csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == "row,verdict,why,e164,zone,left_on,ref" and len(lines) == 5
    refs = {line.rsplit(",", 1)[1] for line in lines[1:]} - {""}
    assert refs == set(rows(office, select(Person.ref).order_by(Person.id.desc()).limit(2)))


def test_a_storing_that_died_can_go_on_and_stores_nobody_twice(office, sari, clock, monkeypatch):
    path = upload(sari, many(80)).location
    monkeypatch.setattr(import_work, "start", lambda *parts: None)
    store(sari, path)
    database = office.extensions["database"]
    one = draft(office)
    with database.read() as session:
        institution = session.get_one(Institution, one.institution_id)
        verdicts = import_work.as_uploaded(session, one, institution)
    assert import_work._store(database, clock, one, verdicts[:25])
    assert 'http-equiv="refresh" content="2"' in sari.get(path).text
    clock.at = NOW + importing.STALE
    page = sari.get(path).text
    assert "lanjutkan" in page and "refresh" not in page
    monkeypatch.undo()
    before = enrolled(office)
    post(sari, f"{path}/lanjutkan", page=path)
    settle()
    assert enrolled(office) == before + 55
    assert (draft(office).state, draft(office).done, draft(office).stored) == ("done", 80, 80)


def test_while_it_lives_nobody_takes_it_over(office, sari, monkeypatch):
    path = upload(sari, SMALL).location
    started = []
    monkeypatch.setattr(import_work, "start", lambda *parts: started.append(parts))
    store(sari, path)
    post(sari, f"{path}/lanjutkan", page="/impor")
    assert len(started) == 1
    post(sari, f"{path}/batal", page="/impor")
    assert draft(office).state == "storing"


def test_one_row_that_breaks_takes_nobody_down_with_it(office, sari, monkeypatch, caplog):
    whole = importing.bring_in

    def brittle(session, now, institution, newcomer, **more):
        if newcomer.name == "Orang Nomor 030":
            raise RuntimeError("no such luck, Orang Nomor 030")
        return whole(session, now, institution, newcomer, **more)

    monkeypatch.setattr(importing, "bring_in", brittle)
    path = upload(sari, many(40)).location
    store(sari, path)
    one = draft(office)
    assert (one.state, one.done, one.stored) == ("done", 40, 39)
    assert "Orang Nomor" not in caplog.text and "RuntimeError" in caplog.text
    assert "1" in sari.get(path).text


def test_a_storing_that_breaks_as_a_whole_offers_to_go_on_at_once(office, sari, monkeypatch):
    def broken(*parts):
        raise RuntimeError

    monkeypatch.setattr(importing, "finish", broken)
    path = upload(sari, SMALL).location
    store(sari, path)
    monkeypatch.undo()
    assert "lanjutkan" in sari.get(path).text
    post(sari, f"{path}/lanjutkan", page=path)
    settle()
    assert draft(office).state == "done"


def test_two_who_store_at_once_store_each_row_once(office, sari, clock, monkeypatch):
    path = upload(sari, many(60)).location
    monkeypatch.setattr(import_work, "start", lambda *parts: None)
    store(sari, path)
    monkeypatch.undo()
    before = enrolled(office)
    threads = [import_work.start(office.extensions["database"], clock, draft(office).id) for _ in range(2)]
    for thread in threads:
        thread.join(30)
    assert enrolled(office) == before + 60
    assert (draft(office).done, draft(office).stored) == (60, 60)


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
