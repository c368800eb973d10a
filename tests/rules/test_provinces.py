"""Provinces: all 38, however offices abbreviate them, each in its zone (domain 4.6)."""

import re
from zoneinfo import ZoneInfo

import pytest

from companion.rules.provinces import PROVINCES, by_code, find


def test_all_thirty_eight_provinces_are_there_once():
    assert len(PROVINCES) == 38
    assert len({province.code for province in PROVINCES}) == 38
    assert len({province.name for province in PROVINCES}) == 38
    assert all(re.fullmatch("[A-Z]{2}", province.code) for province in PROVINCES)


def test_every_province_is_found_by_its_own_name_in_any_case_and_by_its_code():
    for province in PROVINCES:
        assert find(province.name) is province
        assert find(f"  PROVINSI {province.name.upper()} ") is province
        assert by_code(province.code) is province


def test_every_zone_exists_and_each_of_the_three_has_its_provinces():
    count = dict.fromkeys(("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"), 0)
    for province in PROVINCES:
        assert ZoneInfo(province.zone)
        count[province.zone] += 1
    assert count == {"Asia/Jakarta": 18, "Asia/Makassar": 12, "Asia/Jayapura": 8}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DKI", "DKI Jakarta"),
        ("Jakarta Selatan", "DKI Jakarta"),
        ("DIY", "DI Yogyakarta"),
        ("D.I. Yogyakarta", "DI Yogyakarta"),
        ("Daerah Istimewa Yogyakarta", "DI Yogyakarta"),
        ("Jatim", "Jawa Timur"),
        ("East Java", "Jawa Timur"),
        ("Jabar", "Jawa Barat"),
        ("Sumbar", "Sumatera Barat"),
        ("Sumatra Barat", "Sumatera Barat"),
        ("Sum. Utara", "Sumatera Utara"),
        ("Kep. Riau", "Kepulauan Riau"),
        ("Kepri", "Kepulauan Riau"),
        ("Riau", "Riau"),
        ("Babel", "Kepulauan Bangka Belitung"),
        ("Bangka-Belitung", "Kepulauan Bangka Belitung"),
        ("NTB", "Nusa Tenggara Barat"),
        ("N.T.T.", "Nusa Tenggara Timur"),
        ("Kaltara", "Kalimantan Utara"),
        ("Kal-Sel", "Kalimantan Selatan"),
        ("Sulsel", "Sulawesi Selatan"),
        ("Sultra", "Sulawesi Tenggara"),
        ("Malut", "Maluku Utara"),
        ("Papua Barat Daya", "Papua Barat Daya"),
        ("Papua Barat", "Papua Barat"),
        ("papua", "Papua"),
        ("Prop. Papua Pegunungan", "Papua Pegunungan"),
        ("Padang, Sumbar", "Sumatera Barat"),
        ("Jl. Papua 3, Tebet, Jakarta Selatan", "DKI Jakarta"),
        ("Bandung, Jawa Barat 40123", "Jawa Barat"),
        ("Jawa Barat, Indonesia", "Jawa Barat"),
    ],
)
def test_spellings_of_offices_are_understood(text, name):
    assert find(text).name == name


@pytest.mark.parametrize(
    "text", ["", "-", "  ", "Antah Berantah", "Bandung", "Jl. Papua 3", "Jawa", "Kalimantan", "123"]
)
def test_what_is_no_province_is_not_guessed(text):
    assert find(text) is None
