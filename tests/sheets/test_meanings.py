"""What a column says, told from its label, and where the header stands."""

import pytest

from companion.sheets.header import find_header
from companion.sheets.meanings import Meaning, meaning_of


def meant(label: str) -> str | None:
    found = meaning_of(label)
    return found[0].value if found else None


LABELS = {
    "name": "Nama|NAMA LENGKAP|Nama Klien|Nama PM|nama_residen|Full name|Client name|Name|Klien",
    "called": "Nama Panggilan|Sapaan|Nickname|Preferred name",
    "sex": "JK|L/P|Jenis Kelamin (L/P)|Sex|Gender",
    "born": "Tgl Lahir|TTL|Tempat, Tgl. Lahir|Date of birth|DOB|Tanggal lahir (dd/mm/yyyy)",
    "phone": "No. HP|HP|Nomor HP/WhatsApp|No WA aktif|Telepon|No. Telp|Mobile number|Phone|Cell phone|Handphone|"
    "Nomor telepon yang bisa dihubungi|No. HP (milik sendiri)",
    "second_phone": "HP 2|No HP lain|Nomor alternatif WA|Second phone",
    "phone_kind": "Kepemilikan HP|Status HP|HP milik sendiri / dipakai bersama|Phone ownership",
    "province": "Provinsi|PROPINSI|Prov.|Provinsi domisili|Province|Alamat|Address",
    "left_on": "Tgl Selesai Rehab|Tanggal Keluar|Tgl. Pulang|Tanggal selesai program|Discharge date|Left on|"
    "Date of discharge|Tgl terminasi|End of programme|Selesai",
    "family_name": "Nama Keluarga|Nama Orang Tua/Wali|Wali|Guardian name|Family member's name|Next of kin",
    "relation": "Hubungan|Hub. dgn klien|Hubungan keluarga|Relationship|Relation to client",
    "family_phone": "HP Keluarga|No. Telp Orang Tua/Wali|Kontak Darurat|Nomor WA keluarga|Family phone|"
    "Guardian mobile|No HP keluarga klien|HP Suami/Istri",
    "consent": "Setuju dihubungi|Bersedia dihubungi (Ya/Tidak)|Persetujuan (Ya/No)|Consent to contact|Consent",
    "family_consent": "Setuju keluarga dilibatkan|Apakah keluarga boleh dilibatkan?|Family consent|"
    "Consent to involve family",
    "hour": "Jam dihubungi|Jam boleh dihubungi|Waktu yang aman untuk dihubungi|Preferred hour|Best time to call",
    "opioid": "Riwayat opioid|Opioid history",
}
NOT_OURS = (
    "No|No. Rekam Medis|NIK|No. KK|Usia|Keterangan|Catatan|Notes|Tempat Lahir|Tanggal Masuk|Alasan keluar|"
    "Status keluar|Nama Konselor|HP Konselor|No HP pendamping|Nama Lembaga|Alamat Keluarga|Telp. Rumah|"
    "Tanggal Persetujuan|Persetujuan Wali|Nama Ibu Kandung|Zat|Timestamp|Email|Pekerjaan"
)


@pytest.mark.parametrize(("meaning", "labels"), LABELS.items())
def test_labels_are_understood_by_meaning(meaning, labels):
    assert {label: meant(label) for label in labels.split("|")} == dict.fromkeys(labels.split("|"), meaning)


@pytest.mark.parametrize("label", NOT_OURS.split("|"))
def test_columns_about_something_else_are_left_alone(label):
    assert meant(label) is None


def test_a_surer_label_wins_over_a_vaguer_one_whatever_the_order():
    header = find_header([["Telepon", "Nama", "Klien", "No. HP", "Alamat", "Provinsi"]])
    assert header.columns == {Meaning.PHONE: 3, Meaning.NAME: 1, Meaning.PROVINCE: 5}


def test_of_equal_labels_the_first_counts():
    assert find_header([["Nama", "HP", "Nama", "HP"]]).columns == {Meaning.NAME: 0, Meaning.PHONE: 1}


def test_a_letterhead_is_not_taken_for_the_header():
    rows = [
        ["Nama lembaga: contoh", "Telp: 0752"],
        ["Provinsi: Sumbar", "Kontak: contoh"],
        ["Nama", "HP", "JK"],
    ]
    assert find_header(rows).index == 2


def test_a_single_known_word_makes_no_header():
    assert find_header([["Nama"], ["Budi"]]) is None
