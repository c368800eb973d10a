"""The example sheet of an institution, row by row as a person judged it (made for 22 November 2026)."""

import csv
import io

import pytest

from companion.sheets import judge, read, write_report
from tests.sheets.conftest import DATA

EXPECTED = list(
    csv.DictReader(io.StringIO((DATA / "graduates-messy.expected.csv").read_text(encoding="utf-8")))
)


@pytest.mark.parametrize("name", ["graduates-messy.csv", "graduates-messy.xlsx"])
def test_every_row_of_the_example_gets_the_expected_verdict_number_zone_and_date(name, today):
    verdicts = judge(read((DATA / name).read_bytes(), name), today)
    report = list(csv.DictReader(io.StringIO(write_report(verdicts))))
    assert [{key: line[key] for key in EXPECTED[0]} for line in report] == EXPECTED


def test_both_forms_of_the_example_give_the_same_people(today):
    forms = ("graduates-messy.csv", "graduates-messy.xlsx")
    of_csv, of_xlsx = (judge(read((DATA / name).read_bytes(), name), today) for name in forms)
    assert of_csv == of_xlsx


def test_details_of_the_example_are_read_too(today):
    name = "graduates-messy.csv"
    by_row = {verdict.row: verdict.entry for verdict in judge(read((DATA / name).read_bytes(), name), today)}
    assert by_row[16].name == "Wayan Hidayat"
    assert (by_row[5].sex, by_row[36].sex, by_row[18].sex) == ("male", "female", "female")
    assert by_row[42].second_e164 == by_row[42].family_e164 == "+6285201098326"
    assert (by_row[5].guardian_name, by_row[5].relation, by_row[5].family_consent) == (
        "Ratna Kurniawan", "Suami", True,
    )  # fmt: skip
    assert by_row[12].family_consent is False
