"""The import after a yes: the good rows with their consents, nobody twice, and a storing that died goes on."""

from pathlib import Path

import pytest
from sqlalchemy import select

from companion.models import Audit, Consent, Institution, Person, Slot, Staff
from companion.rules.terms import ConsentPurpose
from companion.services import importing
from companion.web import import_work
from tests.cast import NOW
from tests.web.office import browser, post, rows, token_in
from tests.web.sheet import SMALL, STORE, draft, enrolled, many, settle, store, upload

pytestmark = pytest.mark.usefixtures("settled")

DATA = Path(__file__).parent.parent / "sheets" / "data"


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


def test_the_messy_sheet_of_an_office_goes_through(office, sari):
    path = upload(sari, (DATA / "graduates-messy.xlsx").read_bytes(), "lulusan.xlsx").location
    before = enrolled(office)
    store(sari, path)
    assert enrolled(office) - before == draft(office).stored == draft(office).total > 150


def test_a_supervisor_says_who_accompanies(office, people):
    ratna = browser(office, "ratna")
    path = upload(ratna, SMALL).location
    tono, dewi = (rows(office, select(Staff).where(Staff.login == login))[0] for login in ("tono", "dewi"))
    for stranger in ("", tono.ref):
        answer = post(ratna, f"{path}/simpan", page=path, **STORE, caseworker=stranger)
        assert answer.status_code == 400 and 'id="caseworker-error"' in answer.text
    store(ratna, path, caseworker=dewi.ref)
    assert rows(office, select(Person).order_by(Person.id.desc()))[0].caseworker_id == people.dewi


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
