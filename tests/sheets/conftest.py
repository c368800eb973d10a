"""Builders of sheets as offices make them."""

import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

TODAY = date(2026, 11, 22)
DATA = Path(__file__).parent / "data"

LABELS = ["Nama", "No HP", "Provinsi", "Tgl Lahir", "Tgl Selesai", "Nama Keluarga", "Setuju dihubungi"]
BUDI = ["Budi Lubis", "082151819093", "Sumbar", "22-9-1983", "27-08-2026", "Ratna Lubis", "Ya"]
WATI = ["Wati Siregar", "0895500474395", "Bali", "1990-11-19", "24.10.2026", "Joko Siregar", "ya"]


@pytest.fixture
def today() -> date:
    return TODAY


def as_csv(rows, delimiter=";", encoding="utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*sheets, merged=(), hidden=()) -> bytes:
    """One workbook of these lists of rows; cells may be of any type openpyxl knows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Lembar {number}")
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
        if number in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def person(**changes) -> list[str]:
    """Budi's row with some cells changed, by label ("No HP" is `no_hp`)."""
    at = {label.casefold().replace(" ", "_"): place for place, label in enumerate(LABELS)}
    row = list(BUDI)
    for name, value in changes.items():
        row[at[name]] = value
    return row
