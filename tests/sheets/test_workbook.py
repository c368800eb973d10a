"""XLSX: cells of every type, several sheets, and files made to harm."""

import io
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl.worksheet.formula import ArrayFormula

from companion.sheets import Code, Reason, Unreadable, judge, read
from tests.sheets.conftest import BUDI, LABELS, WATI, as_csv, as_xlsx, person

ENTITY = '<!DOCTYPE x [<!ENTITY boom SYSTEM "file:///etc/passwd">]>'


def verdicts_of(data: bytes, today: date):
    return judge(read(data, "klien.xlsx"), today)


def reason_of(data: bytes) -> Reason:
    with pytest.raises(Unreadable) as fault:
        read(data, "klien.xlsx")
    return fault.value.reason


def repacked(data: bytes, part: str, change) -> bytes:
    """The workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def test_numbers_and_dates_typed_as_such_are_read_as_they_look(today):
    row = person(no_hp=82151819093, tgl_lahir=date(1983, 9, 22), tgl_selesai=datetime(2026, 8, 27, 0, 0))
    (verdict,) = verdicts_of(as_xlsx([["No", *LABELS], [1, *row]]), today)
    assert (verdict.code, verdict.entry.e164) == (Code.OK, "+6282151819093")
    assert (verdict.entry.born_on, verdict.entry.left_on) == (date(1983, 9, 22), date(2026, 8, 27))


def test_a_day_kept_as_a_bare_serial_number_is_that_day(today):
    (verdict,) = verdicts_of(as_xlsx([LABELS, person(tgl_selesai=46261)]), today)
    assert verdict.entry.left_on == date(2026, 8, 27)


@pytest.mark.parametrize("value", [6.28e12, 6280000000000, 8.12e10, 81200000000, "6.28E+12"])
def test_a_number_that_lost_its_digits_is_refused_however_the_workbook_keeps_it(value, today):
    (verdict,) = verdicts_of(as_xlsx([LABELS, person(no_hp=value)]), today)
    assert verdict.code is Code.PHONE_DAMAGED


def test_a_whole_number_kept_as_a_fraction_loses_nothing(today):
    (verdict,) = verdicts_of(as_xlsx([LABELS, person(no_hp=82151819093.0)]), today)
    assert verdict.entry.e164 == "+6282151819093"


def test_a_tick_box_is_a_yes_and_a_clock_time_an_hour(today):
    row = [*person(setuju_dihubungi=True), time(9, 30)]
    (verdict,) = verdicts_of(as_xlsx([[*LABELS, "Jam dihubungi"], row]), today)
    assert (verdict.code, verdict.entry.preferred_hour) == (Code.OK, "09:30")
    (refused,) = verdicts_of(as_xlsx([LABELS, person(setuju_dihubungi=False)]), today)
    assert refused.code is Code.NO_CONSENT


def test_formulas_are_seen_as_formulas_and_not_as_what_they_last_gave(today):
    rows = [
        LABELS,
        person(nama='=HYPERLINK("http://x","Budi")'),
        person(tgl_selesai="=TODAY()"),
        person(nama=ArrayFormula("A4", "=UPPER(B4)")),
        person(nama="#NAME?"),
    ]
    assert {verdict.code for verdict in verdicts_of(as_xlsx(rows), today)} == {Code.FORMULA}


def test_a_running_number_worked_out_by_the_sheet_harms_nobody(today):
    rows = [["No", *LABELS], ["=ROW()-1", *BUDI], ["=A2+1", *WATI]]
    assert [verdict.code for verdict in verdicts_of(as_xlsx(rows), today)] == [Code.OK, Code.OK]


def test_title_rows_and_merged_cells_above_the_header_are_passed_over(today):
    rows = [
        ["DAFTAR KLIEN SELESAI LAYANAN"], ["Nama lembaga: IPWL contoh", None, "Telp: 0752-12345"], [],
        LABELS, BUDI,
    ]  # fmt: skip
    sheet = read(as_xlsx(rows, merged=["A1:G1"]), "klien.xlsx")
    assert sheet.header_row == 4
    assert [verdict.row for verdict in judge(sheet, today)] == [5]


def test_a_header_of_two_lines_with_merged_groups_is_read_as_one(today):
    rows = [
        ["No", "Nama", "No HP", "Keluarga", None, None, "Tgl Selesai", "Setuju dihubungi"],
        [None, None, None, "Nama", "Hubungan", "HP", None, None],
        [1, "Budi Lubis", "082151819093", "Ratna", "Ibu", "0881579754323", "27-08-2026", "Ya"],
    ]
    sheet = read(as_xlsx(rows, merged=["D1:F1", "A1:A2", "B1:B2"]), "klien.xlsx")
    (verdict,) = judge(sheet, today)
    assert (sheet.header_row, verdict.row) == (2, 3)
    assert (verdict.entry.name, verdict.entry.e164) == ("Budi Lubis", "+6282151819093")
    assert (verdict.entry.guardian_name, verdict.entry.family_e164) == ("Ratna", "+62881579754323")


def test_the_first_sheet_with_a_header_is_read_and_hidden_ones_are_not():
    notes, people = [["Petunjuk pengisian"], ["Isi semua kolom"]], [LABELS, BUDI]
    assert read(as_xlsx(notes, people), "klien.xlsx").rows[0][1][0] == "Budi Lubis"
    assert read(as_xlsx([LABELS, WATI], people, hidden=[0]), "klien.xlsx").rows[0][1][0] == "Budi Lubis"


def test_if_no_sheet_will_do_the_nearest_one_says_what_it_lacks():
    assert reason_of(as_xlsx([["Petunjuk"]], [LABELS[:1] + LABELS[2:]])) is Reason.NO_PHONE_COLUMN
    assert reason_of(as_xlsx([])) is Reason.NO_HEADER


def test_a_row_far_down_the_sheet_is_not_dropped_silently():
    data = repacked(
        as_xlsx([LABELS, BUDI]), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="2"', b'r="900000"')
    )
    assert reason_of(data) is Reason.TOO_MANY_ROWS


def test_a_row_number_beyond_any_sheet_does_not_make_the_reader_count_for_ever():
    data = repacked(
        as_xlsx([LABELS, BUDI]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'r="2"', b'r="99999999999"'),
    )
    assert reason_of(data) is Reason.TOO_MANY_ROWS


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_any_part_and_encoding(part, encoding):
    def poisoned(xml: bytes) -> bytes:
        text = xml.decode().split("?>", 1)[-1]
        return f'<?xml version="1.0" encoding="{encoding}"?><!-- {"x" * 9000} -->{ENTITY}{text}'.encode(
            encoding
        )

    assert reason_of(repacked(as_xlsx([LABELS, BUDI]), part, poisoned)) is Reason.NOT_A_SHEET


def test_a_part_that_unpacks_to_more_than_any_list_is_refused_before_it_is_unpacked():
    out = io.BytesIO(as_xlsx([LABELS, BUDI]))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/media/a.xml", "w") as part,
    ):
        for _ in range(81):
            part.write(b" " * 1_000_000)
    assert len(out.getvalue()) < 200_000
    assert reason_of(out.getvalue()) is Reason.TOO_BIG


def test_an_encrypted_or_broken_or_foreign_archive_is_named_for_what_it_is():
    good = as_xlsx([LABELS, BUDI])
    locked = bytearray(good)
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = locked.find(mark)
        locked[at + place] |= 1
    assert reason_of(bytes(locked)) is Reason.PASSWORD
    assert reason_of(good[: len(good) // 2]) is Reason.NOT_A_SHEET
    assert reason_of(repacked(good, "xl/workbook.xml", lambda xml: xml[:50])) is Reason.NOT_A_SHEET
    assert reason_of(repacked(good, "xl/worksheets/sheet1.xml", lambda xml: xml[:200])) is Reason.NOT_A_SHEET
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("klien.csv", as_csv([LABELS, BUDI]))
    assert reason_of(other.getvalue()) is Reason.NOT_A_SHEET
