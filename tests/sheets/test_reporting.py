"""The report: one line per row, the same words for scripts, sentences for people, nothing that runs."""

import csv
import io
from datetime import date

import pytest

from companion.sheets import Code, Entry, RowVerdict, Verdict, write_report
from companion.sheets.reporting import guard

BUDI = Entry("Budi Lubis", "+6282151819093", date(2026, 8, 27), zone="Asia/Jakarta")
VERDICTS = [
    RowVerdict(4, Verdict.OK, Code.OK, entry=BUDI),
    RowVerdict(5, Verdict.ERROR, Code.FORMULA, {"column": "=Nama"}),
    RowVerdict(6, Verdict.DUPLICATE, Code.SAME_AS_ROW, {"row": 4}),
]


def test_a_line_gives_what_was_stored_and_under_which_reference():
    lines = write_report(VERDICTS, {4: "k7Qx"}).splitlines()
    assert lines == [
        "row,verdict,why,e164,zone,left_on,ref",
        "4,ok,,+6282151819093,Asia/Jakarta,2026-08-27,k7Qx",
        "5,error,formula in a cell,,,,",
        "6,duplicate,same person as row 4,,,,",
    ]


def test_with_a_language_the_report_says_how_to_mend_a_row():
    rows = list(csv.DictReader(io.StringIO(write_report(VERDICTS, language="id"))))
    assert rows[1]["why"].startswith('Kolom "=Nama" berisi rumus')


def test_the_report_names_nobody():
    assert "Budi" not in write_report(VERDICTS, language="en")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "+62821518190931234"])
def test_what_a_spreadsheet_would_run_is_quoted(text):
    assert guard(text) == f"'{text}"


def test_plain_words_and_numbers_in_e164_stay_as_they_are():
    assert [guard(text) for text in ("Budi", "+6282151819093", "")] == ["Budi", "+6282151819093", ""]
