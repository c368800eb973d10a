"""What a text on a phone may say (design 2.5, evidence 6, failures 50-51)."""

import pytest

from companion.content import Unsayable, read
from companion.rules import words
from companion.rules.words import Fault, FaultKind

LINK = "https://h.id/c/Ab3dE6gH9k"
GOOD = f"Sahabat: halo Sari, waktunya isi kabar. Satu menit saja: {LINK}"


def kinds(text, link=LINK):
    return {fault.kind for fault in words.faults(text, link)}


# --- forbidden words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        "narkoba", "NARKOTIKA", "napza", "sabu", "sabu-sabu", "sabu2", "nyabu", "menyabu", "shabu",
        "ganja", "putaw", "rehab", "rehabilitasi", "rehabnya", "BNN", "BNNK", "pecandu", "kecanduan",
        "adiksi", "kambuh", "kekambuhan", "relaps", "relapse", "sugesti", "sakau", "urine", "urin",
        "positif", "konselor", "pendamping", "mendampingi", "didampingi", "pendampingan",
        "berdampingan", "doa", "berdoa", "Tuhan", "alhamdulillah", "gagal", "kegagalan",
        "mengecewakan", "melanggar", "bersih", "kotor", "junkie", "penyalahguna", "menyalahgunakan",
        "selamat", "keselamatan", "nomor", "nomornya", "kode", "akun", "password", "token", "dana",
        "dananya", "verifikasi", "rindu", "merindukan", "kangen", "drugs", "addiction", "counsellor",
        "sober", "clean", "rehàb",
    ],
)  # fmt: skip
def test_a_forbidden_word_is_found_with_its_beginnings_and_endings(word):
    assert words.forbidden(f"Sahabat: halo {word}, apa kabar")
    assert FaultKind.FORBIDDEN in kinds(f"Sahabat: halo Sari, {word} ya: {LINK}")


@pytest.mark.parametrize(
    "phrase",
    ["wajib lapor", "Wajib  Lapor", "wajib-lapor", "insya Allah", "kami kangen", "you missed", "minggu ke-3", "minggu 5",
     "minggu kelima", "hari ke 12", "Week 5", "sudah 7 minggu"],
)  # fmt: skip
def test_forbidden_phrases_and_counts_are_found(phrase):
    assert words.forbidden(f"Sahabat: halo, {phrase} ya")


@pytest.mark.parametrize(
    "phrase",
    [
        "sabun", "sabuk", "Sabtu", "Rabu", "sabar", "danau", "perdana", "Danang", "akuntan", "kodok",
        "rehat", "Rehan", "Maluku", "tokek", "kabar", "obat", "berobat", "pelanggan", "Natalia",
        "Amin", "adikmu", "adik", "Salatiga", "noken", "ganjal", "bersama", "urutan", "cantik",
        "kandung", "sampai Minggu 31/12", "jadwal pukul 09.00 minggu pagi", "tanggal 5 minggu depan", "salah orang",
        "itu salah kami", "kira-kira 5 menit", "during", "perhaps", "cleaver",
    ],
)  # fmt: skip
def test_words_that_only_look_alike_are_no_hit(phrase):
    assert words.forbidden(f"Sahabat: halo, {phrase} ya") == ()


def test_every_word_of_the_list_finds_itself():
    for kind, table in read("forbidden.toml").items():
        if kind in ("source", "date", "allowed"):
            continue
        for entries in table.values():
            for entry in entries:
                assert entry in " ".join(word for _, word in words.forbidden(f"halo {entry} ya")), (
                    kind,
                    entry,
                )


# --- faults: one thing broken at a time -----------------------------------------------------------------------------


def test_a_good_text_has_no_fault():
    assert words.faults(GOOD, LINK) == []


BROKEN = {
    FaultKind.TOO_LONG: GOOD.replace("waktunya", "w" * (160 - len(GOOD) + len("waktunya") + 1)),
    FaultKind.NOT_GSM7: f"Sahabat: isi kabar 🙂 ya: {LINK}",
    FaultKind.FORBIDDEN: GOOD.replace("kabar", "kabar napza"),
    FaultKind.DIGITS: GOOD.replace("Satu", "1234"),
    FaultKind.LINK: GOOD + ".",
    FaultKind.GAP: GOOD.replace("Sari", "{{ s }}"),
    FaultKind.SPACES: GOOD.replace("halo Sari", "halo  Sari"),
}


@pytest.mark.parametrize("kind", FaultKind)
def test_one_thing_broken_is_one_fault(kind):
    assert kinds(BROKEN[kind]) == {kind}


def test_a_text_of_160_septets_is_not_too_long():
    assert words.faults(GOOD.replace("waktunya", "w" * (160 - len(GOOD) + len("waktunya"))), LINK) == []


@pytest.mark.parametrize(("run", "ends"), [("119", False), ("112", False), ("1234", True), ("+628123", True)])
def test_runs_of_more_than_three_digits_are_a_fault(run, ends):
    assert (FaultKind.DIGITS in kinds(f"Sahabat: telepon {run} ya: {LINK}")) is ends


def test_digits_and_words_inside_the_link_do_not_count():
    link = "https://h.id/c/12345-dana-9"
    assert words.faults(f"Sahabat: isi kabar: {link}", link) == []


@pytest.mark.parametrize(
    "text",
    [
        f"Sahabat: {LINK} isi kabar",
        f"Sahabat: isi kabar:{LINK}",
        "Sahabat: isi kabar",
        f"Sahabat: lihat https://lain.id dan {LINK}",
        f"Sahabat: lihat www.lain.id dan {LINK}",
    ],
)
def test_the_link_stands_alone_at_the_end(text):
    assert FaultKind.LINK in kinds(text)


def test_no_link_at_all_is_a_fault():
    assert FaultKind.LINK in kinds("Sahabat: isi kabar ", "")


@pytest.mark.parametrize(
    "text",
    [
        f"Sahabat: halo , isi kabar: {LINK}",
        f"Sahabat: , apa kabar: {LINK}",
        f": halo Sari: {LINK}",
        f"Sahabat: halo None, isi kabar: {LINK}",
        f"Sahabat: bisa dipakai sampai : {LINK}",
        f"Sahabat: halo {{{{ s, isi kabar: {LINK}",
    ],
)
def test_a_place_filled_with_nothing_is_a_gap(text):
    assert FaultKind.GAP in kinds(text)


@pytest.mark.parametrize("text", [f" {GOOD}", GOOD.replace(". ", ".\n"), f"{GOOD}\n"])
def test_blanks_where_none_belong_are_a_fault(text):
    assert FaultKind.SPACES in kinds(text)


def test_a_fault_names_what_it_found():
    assert words.faults(BROKEN[FaultKind.FORBIDDEN], LINK) == [Fault(FaultKind.FORBIDDEN, "napza", "drugs")]
    assert words.faults(BROKEN[FaultKind.NOT_GSM7], LINK) == [Fault(FaultKind.NOT_GSM7, "U+1F642")]


# --- sources --------------------------------------------------------------------------------------------------------

SOURCE = "{{ app }}: halo {{ s }}, isi kabar: {{ u }}"


def test_a_source_is_filled_in_one_pass():
    filled = words.fill(SOURCE, app="Sahabat", s="{{ u }}", u=LINK)
    assert filled == f"Sahabat: halo {{{{ u }}}}, isi kabar: {LINK}"


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_source_is_not_filled_with_nothing(nothing):
    with pytest.raises(Unsayable, match="s"):
        words.fill(SOURCE, app="Sahabat", s=nothing, u=LINK)
