"""Single cells: nothing, formulas, yes and no, hours, kinds of phones."""

from datetime import date

import pytest

from companion.rules.terms import Opioid, PhoneKind
from companion.sheets import cells


@pytest.mark.parametrize(
    "text", ["", "  ", "-", "--", "–", "\xa0", "'", "n/a", "Tidak ada", "tdk ada", "nihil"]
)
def test_these_cells_say_nothing(text):
    assert cells.tidy(text) == ""


def test_a_leading_apostrophe_and_the_trick_that_keeps_zeros_are_taken_off():
    assert cells.tidy("'0821") == "0821"
    assert cells.tidy('="0821 5181"') == "0821 5181"
    assert cells.tidy(date(2026, 8, 27)) == date(2026, 8, 27)


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://x","Budi")', "@SUM(1+1)", "+cmd|' /C calc'!A0", "-cmd|' /C calc'!A0", "-Budi",
     "+Budi", "-1+1*cmd|'!A0", "＝1+1", "#NAME?", "#REF!", "+62812(1)=2"],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_a_formula(text):
    assert cells.is_formula(cells.tidy(text))
    assert cells.is_formula(cells.tidy(f"'{text}"))


@pytest.mark.parametrize(
    "text",
    ["+62 821-5181-9093", "+62821/+62822", "-5", "- 5", "(+62) 812", "Budi - Wati", "a@b.id", "1=1", ""],
)
def test_numbers_and_plain_words_are_no_formulas(text):
    assert not cells.is_formula(cells.tidy(text))


def test_in_columns_we_do_not_use_only_what_reaches_out_is_refused():
    assert cells.reaches_out('=HYPERLINK("http://x")')
    assert cells.reaches_out("'=cmd|' /C calc'!A0")
    assert not cells.reaches_out("=A3+1")
    assert not cells.reaches_out("- sudah ditelepon")
    assert not cells.reaches_out(date(2026, 8, 27))


@pytest.mark.parametrize(
    "text", ["Ya", "ya", "Y", "SETUJU", "yes", "1", "✓", "v", "True", "Ya, bersedia dihubungi"]
)
def test_these_are_a_yes(text):
    assert cells.says_yes(text)


@pytest.mark.parametrize(
    "text", ["", "Tidak", "belum", "tidak setuju", "belum setuju", "x", "0", "False", "ya?? cek"]
)
def test_everything_else_is_not(text):
    assert not cells.says_yes(text)


@pytest.mark.parametrize(
    ("text", "sex"),
    [("L", "male"), ("l", "male"), ("Laki-laki", "male"), ("Pria", "male"), ("M", "male"), ("P", "female"),
     ("Perempuan", "female"), ("F", "female"), ("wanita", "female"), ("", None), ("?", None), ("-laki", None)],
)  # fmt: skip
def test_sex_is_read_in_both_languages(text, sex):
    assert cells.read_sex(text) == sex


@pytest.mark.parametrize(
    ("text", "hour"),
    [("8", "08:00"), ("07.59", None), ("10.30", "10:30"), ("jam 10 pagi", "10:00"), ("09.00-11.00", "09:00"),
     ("19:59", "19:59"), ("20.00", None), ("4 sore", "16:00"), ("7 malam", "19:00"), ("9 malam", None),
     ("2 siang", "14:00"), ("3 pm", "15:00"), ("bebas", None), ("", None), ("1000", None)],
)  # fmt: skip
def test_an_hour_is_taken_only_when_texts_may_be_sent_at_it(text, hour):
    assert cells.read_hour(text) == hour


def test_opioid_history_is_unknown_unless_it_is_clear():
    said = {
        text: cells.read_opioid(text) for text in ("Ya", "tidak pernah", "Tidak diketahui?", "", "ya/tidak")
    }
    assert said == {
        "Ya": Opioid.YES, "tidak pernah": Opioid.NO, "Tidak diketahui?": Opioid.UNKNOWN, "": Opioid.UNKNOWN,
        "ya/tidak": Opioid.UNKNOWN,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [("milik sendiri", PhoneKind.OWN), ("own", PhoneKind.OWN), ("dipakai bersama", PhoneKind.SHARED),
     ("sendiri, kadang istri", PhoneKind.SHARED), ("bukan milik sendiri", PhoneKind.SHARED),
     ("HP ibu", PhoneKind.SHARED), ("shared", PhoneKind.SHARED), ("", None), ("Android", None)],
)  # fmt: skip
def test_a_phone_is_own_only_when_nobody_else_is_named(text, kind):
    assert cells.read_phone_kind(text) is kind
