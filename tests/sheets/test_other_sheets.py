"""Sheets as other institutions make them: other words, other orders, other programs."""

from datetime import date, datetime

from companion.rules.terms import Opioid, PhoneKind
from companion.sheets import Code, judge, read
from tests.sheets.conftest import as_csv, as_xlsx


def judged(data: bytes, filename: str, today: date) -> dict[int, tuple]:
    """(code, number, zone, leaving date) by row."""
    return {
        verdict.row: (verdict.code, *((entry.e164, entry.zone, entry.left_on) if entry else ()))
        for verdict in judge(read(data, filename), today)
        for entry in [verdict.entry]
    }


def test_an_english_sheet_with_commas_and_its_header_in_the_first_row(today):
    rows = [
        ["Discharge date", "Consent to contact", "Full name", "Sex", "Mobile number", "Date of birth", "Province",
         "Guardian name", "Relationship", "Guardian phone", "Family consent", "Notes"],
        ["27 Aug 2026", "Yes", "Nur'aini Simanjuntak", "F", "+62 821-5181-9093", "July 6, 1993", "West Sumatra",
         "Agus Tabuni", "Father", "0881 1147 10497", "No", "- called on Monday, will ring back"],
        ["Sep 13, 2026", "No", "Bayu O'Connor", "M", "0822 8465 63212", "3 Nov 1990", "Bali", "", "", "", "", ""],
        ["2026-10-02", "agreed", "Made Manurung", "M", "081-2152427316", "2012-01-01", "Papua", "", "", "", "", "x"],
    ]  # fmt: skip
    assert judged(as_csv(rows, ","), "clients.csv", today) == {
        2: (Code.OK, "+6282151819093", "Asia/Jakarta", date(2026, 8, 27)),
        3: (Code.NO_CONSENT,),
        4: (Code.MINOR_ALONE,),
    }


def test_a_sheet_with_tabs_in_utf_16_as_excel_calls_unicode_text(today):
    rows = [
        ["REKAP KLIEN PASCAREHABILITASI"], [], ["Bulan: November"],
        ["NO.", "NAMA KLIEN", "L/P", "TTL", "NO. WA AKTIF", "ALAMAT", "TGL. PULANG", "BERSEDIA DIHUBUNGI (YA/TIDAK)",
         "JAM", "HP MILIK SENDIRI / BERSAMA", "RIWAYAT OPIOID", "NAMA PANGGILAN", "WALI"],
        ["1", "BUDI LUBIS, SH", "L", "Padang, 12 Mei 1990", "0821-5181-9093", "Jl. Melati 3, Padang, Sumbar",
         "Kamis, 27 Agustus 2026", "YA", "16.00", "sendiri", "ya", "BUDI", ""],
        ["2", "WATI", "P", "Medan 1-2-85", "0895500474395 / 0812", "Jl. Bali 7, Medan", "24 Okt 26", "YA", "malam",
         "bergantian dengan ibu", "", "", "-"],
    ]  # fmt: skip
    data = as_csv(rows, "\t", "utf-16")
    assert judged(data, "rekap.txt", today) == {
        5: (Code.OK, "+6282151819093", "Asia/Jakarta", date(2026, 8, 27)),
        6: (Code.TWO_NUMBERS, "+62895500474395", None, date(2026, 10, 24)),
    }
    budi, wati = (verdict.entry for verdict in judge(read(data, "rekap.txt"), today))
    assert (budi.name, budi.called, budi.born_on) == ("Budi Lubis", "Budi", date(1990, 5, 12))
    assert (budi.preferred_hour, budi.phone_kind, budi.opioid) == ("16:00", PhoneKind.OWN, Opioid.YES)
    assert (wati.born_on, wati.preferred_hour, wati.guardian_name) == (date(1985, 2, 1), None, None)
    assert (wati.phone_kind, wati.opioid) == (PhoneKind.SHARED, Opioid.UNKNOWN)


def test_a_workbook_with_true_dates_and_numbers_under_merged_titles(today):
    rows = [
        ["KEMENTERIAN CONTOH"], ["DAFTAR PENERIMA MANFAAT"], [],
        ["No", "Nama PM", "Tanggal Lahir", "Nomor HP", "Tgl Selesai Program", "Propinsi", "Persetujuan",
         "Hub. Keluarga", "Nama Orang Tua/Wali", "No. Telp Orang Tua/Wali", "Keterangan"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)", "(10)", "(11)"],
        [1, "ROSA D'ARCY", datetime(1990, 11, 3), 82151819093, datetime(2026, 9, 13), "Kal. Timur", "setuju", "Ibu",
         "MARIA D'ARCY", 6281144710497, "=B6&\" oke\""],
        [2, "Yohanes", date(2010, 1, 1), 82284656321, date(2026, 10, 2), "NTT", "setuju", None, None, None, None],
        [3, "Komang", date(1988, 1, 1), 6.28e12, date(2026, 10, 2), "Bali", "setuju", None, None, None, None],
        [], [None, None, None, None, None, None, None, None, "Mengetahui,"], [None, "Kepala Balai"],
    ]  # fmt: skip
    data = as_xlsx(rows, merged=["A1:K1", "A2:K2"])
    assert judged(data, "pm.xlsx", today) == {
        5: (Code.HEADER_AGAIN,),
        6: (Code.OK, "+6282151819093", "Asia/Makassar", date(2026, 9, 13)),
        7: (Code.MINOR_ALONE,),
        8: (Code.PHONE_DAMAGED,),
        9: (Code.EMPTY_ROW,),
        10: (Code.NO_NAME,),
        11: (Code.NO_PHONE,),
    }
    entry = next(verdict.entry for verdict in judge(read(data, "pm.xlsx"), today) if verdict.entry)
    assert (entry.name, entry.guardian_name, entry.relation) == ("Rosa D'Arcy", "Maria D'Arcy", "Ibu")
    assert (entry.born_on, entry.family_e164) == (date(1990, 11, 3), "+6281144710497")


def test_answers_of_an_online_form_with_questions_as_headers(today):
    rows = [
        ["Cap waktu", "Nama lengkap klien", "Nomor HP/WhatsApp yang dapat dihubungi", "Tanggal lahir klien",
         "Tanggal keluar dari lembaga", "Di provinsi mana klien tinggal?", "Apakah klien bersedia dihubungi lewat WA?",
         "Nama anggota keluarga", "Nomor HP keluarga", "Apakah keluarga boleh dilibatkan?"],
        ["20/11/2026 9:12:33", "Komang Tabuni", "0857 2330 805", "16/08/1985", "02/11/2026", "Kalimantan Timur",
         "Ya, bersedia", "Rizky Tabuni", "0821978464936", "Ya"],
    ]  # fmt: skip
    assert judged(as_csv(rows, ","), "form.csv", today) == {
        2: (Code.OK, "+628572330805", "Asia/Makassar", date(2026, 11, 2))
    }
    (verdict,) = judge(read(as_csv(rows, ","), "form.csv"), today)
    assert (verdict.entry.family_e164, verdict.entry.family_consent) == ("+62821978464936", True)
