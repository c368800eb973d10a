"""What a database refuses or does not answer: a status that is one, our own page, and the way to help."""

import io

import pytest
from sqlalchemy import select, text

from companion import create_app
from companion.db import Database
from companion.models import ImportDraft
from tests.carriers import RecordingChannel
from tests.conftest import CONFIG
from tests.web.office import browser, post, token_in

NUL = "\0"


@pytest.fixture(
    params=["sqlite:///{}/no/such/place.db", "postgresql:///companion?host={}"], ids=["file", "server"]
)
def lost(request, tmp_path, clock):
    """The pages of a house whose database is not there."""
    nowhere = Database(request.param.format(tmp_path))
    made = create_app(CONFIG, clock=clock, database=nowhere, channels={"sms": RecordingChannel()})
    yield made
    nowhere.dispose()


@pytest.mark.parametrize("path", ["/c/abcdefghijkl", "/f/abcdefghijkl"])
def test_a_database_that_cannot_be_reached_is_told_on_a_page_that_leads_to_help(lost, path):
    answer = lost.test_client().get(path)
    assert answer.status_code == 500
    assert "<h1" in answer.text and "/bantuan" in answer.text


@pytest.mark.parametrize(
    ("path", "status"), [("/bantuan", 200), ("/tidak-ada", 404), ("/kasus", 500), ("/c/abcdefghijkl", 500)]
)
def test_whoever_is_signed_in_finds_help_when_the_database_fails(office, database, path, status):
    sari = browser(office, "sari")
    with database.write() as session:
        for table in ("staff", "link"):
            session.execute(text(f"ALTER TABLE {table} RENAME TO lost_{table}"))
    answer = sari.get(path)
    assert answer.status_code == status
    assert "<h1" in answer.text and "/bantuan" in answer.text


def test_a_database_that_cannot_be_reached_is_an_alarm_and_not_a_broken_page(lost):
    answer = lost.test_client().get("/health")
    body = answer.get_json()
    assert (answer.status_code, body["status"], body["alarms"]) == (503, "alarm", ["no_database"])
    assert body["version"]


@pytest.mark.parametrize(
    "path", ["/c/%00", "/c/abcdef%00ghijkl", "/c/abcdef%00ghijkl/berhenti", "/f/%00", "/k/a%00"]
)
def test_an_address_with_a_nul_leads_nowhere(office, path):
    assert office.test_client().get(path).status_code == 404


def test_a_nul_in_a_query_is_taken_out(office):
    assert office.test_client().get("/bantuan?dari=abc%00def").status_code == 200


def test_a_nul_in_a_form_is_taken_out(office):
    assert post(office.test_client(), "/masuk", login=f"sia{NUL}pa", password="salah").status_code == 401
    assert post(office.test_client(), "/masuk", login=f"sa{NUL}ri", password=f"salah{NUL}").status_code == 401
    assert browser(office, f"{NUL}sari").get("/kasus").status_code == 200


def test_a_nul_in_the_name_of_a_file_is_taken_out(office):
    sari = browser(office, "sari")
    sheet = (io.BytesIO(b"Nama;No HP;Tanggal Keluar\nAni;081377000001;20/11/2026\n"), "kli\0en.csv")
    data = {"csrf_token": token_in(sari.get("/impor").text), "file": sheet}
    assert sari.post("/impor", data=data).status_code == 303
    with office.extensions["database"].read() as session:
        assert session.scalars(select(ImportDraft.filename)).one() == "klien.csv"
