"""Which files are read, and what is said of those that are not."""

import pytest

from companion.sheets import Reason, Unreadable, judge, read
from companion.sheets.meanings import Meaning
from companion.sheets.reading import MOST_BYTES, MOST_ROWS
from tests.sheets.conftest import BUDI, LABELS, WATI, as_csv, as_xlsx


def reason_of(data: bytes, filename: str = "klien.csv") -> Reason:
    with pytest.raises(Unreadable) as fault:
        read(data, filename)
    return fault.value.reason


def names_in(data: bytes, filename: str = "klien.csv") -> list[str]:
    sheet = read(data, filename)
    return [cells[sheet.columns[Meaning.NAME]] for _, cells in sheet.rows if cells]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b";;;;\n;;;;\n"])
def test_an_empty_file_is_called_empty(data):
    assert reason_of(data) is Reason.EMPTY


def test_a_file_of_ten_megabytes_is_read_and_one_byte_more_is_not():
    data = as_csv([LABELS, BUDI])
    padding = ((b" " * 99_999 + b"\n") * 110)[: MOST_BYTES - len(data)]
    assert names_in(data + padding) == ["Budi Lubis"]
    assert reason_of(data + padding + b" ") is Reason.TOO_BIG


def test_millions_of_empty_lines_are_not_read_to_the_end():
    assert reason_of(as_csv([LABELS, BUDI]) + b"\n" * 5_000_000) is Reason.TOO_MANY_ROWS


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04 not a zip at all",
     b"<html><table><tr><td>Nama</td><td>HP</td></tr></table>", b"{\\rtf1 Nama;HP}"],
)  # fmt: skip
def test_other_kinds_of_files_are_no_sheets_whatever_they_are_called(data):
    assert reason_of(data, "klien.csv") is Reason.NOT_A_SHEET
    assert reason_of(data, "klien.xlsx") is Reason.NOT_A_SHEET


def test_old_and_locked_excel_files_are_told_apart():
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert reason_of(old, "klien.xls") is Reason.OLD_EXCEL
    assert reason_of(old + "EncryptedPackage".encode("utf-16-le"), "klien.xlsx") is Reason.PASSWORD


def test_without_a_header_nothing_is_guessed():
    assert reason_of(as_csv([BUDI, WATI])) is Reason.NO_HEADER
    assert reason_of(b"Selamat pagi, ini daftar klien kami.\nTerima kasih.\n") is Reason.NO_HEADER


def test_a_sheet_without_names_or_numbers_says_which_column_is_missing():
    assert reason_of(as_csv([LABELS[1:], BUDI[1:]])) is Reason.NO_NAME_COLUMN
    assert reason_of(as_csv([LABELS[:1] + LABELS[2:], BUDI[:1] + BUDI[2:]])) is Reason.NO_PHONE_COLUMN


def test_the_familys_phone_is_not_taken_for_the_persons():
    rows = [["Nama Lengkap", "HP Keluarga", "Provinsi"], ["Budi", "082151819093", "Bali"]]
    assert reason_of(as_csv(rows)) is Reason.NO_PHONE_COLUMN


def test_twenty_thousand_rows_are_read_and_one_more_is_not():
    full = as_csv([LABELS] + [["x"]] * MOST_ROWS)
    assert len(read(full, "klien.csv").rows) == MOST_ROWS
    assert reason_of(full + b"x\n") is Reason.TOO_MANY_ROWS
    assert len(read(full + b";;\n" * 5, "klien.csv").rows) == MOST_ROWS


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_dialect_of_csv_is_read(delimiter, encoding, today):
    rows = [["Daftar klien, IPWL; contoh"], LABELS, ["José Nur'aini", *BUDI[1:]]]
    sheet = read(as_csv(rows, delimiter, encoding), "klien.csv")
    (verdict,) = judge(sheet, today)
    assert (verdict.row, verdict.verdict, verdict.entry.name) == (3, "ok", "José Nur'aini")


def test_a_line_that_names_the_separator_is_obeyed_and_not_counted():
    sheet = read(b"sep=,\r\n" + as_csv([LABELS, BUDI], ","), "klien.csv")
    assert (sheet.header_row, sheet.rows[0][0]) == (1, 2)


def test_the_ending_of_the_name_decides_only_between_equals():
    line = "Nama\tNo HP\nBudi\t082151819093\n"
    assert names_in(line.encode(), "klien.tsv") == ["Budi"]
    assert names_in(line.encode(), "klien.csv") == ["Budi"]


def test_lines_inside_quotes_stay_one_cell_and_rows_are_counted_as_on_the_screen():
    rows = [LABELS, [*BUDI[:5], "Ratna\nLubis", "Ya"], WATI]
    assert [row for row, _ in read(as_csv(rows), "klien.csv").rows] == [2, 3]


def test_a_quote_that_never_closes_swallows_nobody_unseen():
    lines = as_csv([LABELS, BUDI, WATI, BUDI, WATI]).decode().splitlines()
    lines[2] = lines[2].replace("Wati", '"Wati')
    with pytest.raises(Unreadable) as fault:
        read("\n".join(lines).encode(), "klien.csv")
    assert (fault.value.reason, fault.value.params) == (Reason.OPEN_QUOTE, {"row": 3})


def test_a_quote_that_swallows_a_whole_file_is_found_too():
    lines = as_csv([LABELS, *[BUDI] * 4000]).decode().splitlines()
    lines[1] = lines[1].replace("Budi", '"Budi')
    assert reason_of("\n".join(lines).encode()) is Reason.OPEN_QUOTE


def test_empty_rows_between_people_are_rows_but_a_formatted_tail_is_not():
    nothing = [""] * len(LABELS)
    short = read(as_csv([LABELS, BUDI, nothing, WATI, nothing]), "klien.csv")
    assert [row for row, _ in short.rows] == [2, 3, 4, 5]
    long = read(as_csv([LABELS, BUDI, nothing, WATI, *[nothing] * 500]), "klien.csv")
    assert [row for row, _ in long.rows] == [2, 3, 4]


def test_columns_that_are_not_used_are_named_before_anything_is_stored():
    sheet = read(as_csv([["No", *LABELS, "Catatan"], ["1", *BUDI, "x"]]), "klien.csv")
    assert sheet.unused == ("No", "Catatan")


def test_a_sheet_does_not_print_the_people_in_it():
    assert "Budi" not in repr(read(as_csv([LABELS, BUDI]), "klien.csv"))
    assert "Budi" not in repr(read(as_xlsx([LABELS, BUDI]), "klien.xlsx"))
