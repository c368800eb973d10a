"""Each rule of the rows, just before, at and after its boundary; the first fault of a row is told."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.rules.numbers import MOBILE
from companion.rules.terms import PhoneKind
from companion.sheets import Code, Entry, RowVerdict, Sheet, Verdict, explain, identity, judge, read
from companion.sheets.cells import tidy
from companion.sheets.meanings import Meaning
from tests.sheets.conftest import BUDI, LABELS, TODAY, WATI, as_csv, person


def verdicts_of(*rows, labels=LABELS, **options) -> list[RowVerdict]:
    return judge(read(as_csv([labels, *rows]), "klien.csv"), TODAY, **options)


def verdict_of(**changes) -> RowVerdict:
    (verdict,) = verdicts_of(person(**changes))
    return verdict


def left(days_ago: int) -> str:
    return (TODAY - timedelta(days=days_ago)).strftime("%d/%m/%Y")


def test_a_whole_row_is_ok_and_gives_a_person():
    verdict = verdict_of()
    assert (verdict.row, verdict.verdict, verdict.code, verdict.params) == (2, Verdict.OK, Code.OK, {})
    assert verdict.entry == Entry(
        name="Budi Lubis", e164="+6282151819093", left_on=date(2026, 8, 27), born_on=date(1983, 9, 22),
        zone="Asia/Jakarta", province="SB", guardian_name="Ratna Lubis",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days_ago", "code"),
    [(120, Code.WINDOW_OVER), (119, Code.OK), (0, Code.OK), (-14, Code.OK), (-15, Code.LEFT_AHEAD)],
)
def test_the_window_is_open_from_day_0_to_day_119_and_two_weeks_before(days_ago, code):
    assert verdict_of(tgl_selesai=left(days_ago)).code is code


def test_another_length_of_window_moves_its_last_day():
    assert [verdicts_of(person(tgl_selesai=left(ago)), window_days=60)[0].code for ago in (59, 60)] == [
        Code.OK, Code.WINDOW_OVER,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [("", Code.LEFT_MISSING), ("31/02/2026", Code.LEFT_NO_SUCH_DAY), ("bulan lalu", Code.LEFT_UNREADABLE)],
)
def test_a_leaving_date_must_be_a_day(text, code):
    assert verdict_of(tgl_selesai=text).code is code


@pytest.mark.parametrize(("born", "code"), [("23/11/2008", Code.MINOR_ALONE), ("22/11/2008", Code.OK)])
def test_whoever_is_under_18_today_needs_a_guardian(born, code):
    assert verdict_of(tgl_lahir=born, nama_keluarga="").code is code
    assert verdict_of(tgl_lahir=born, nama_keluarga="Tidak ada").code is code
    assert verdict_of(tgl_lahir=born).code is Code.OK


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.BORN_MISSING),
        ("sekitar 40", Code.BORN_UNREADABLE),
        ("31/02/1990", Code.BORN_UNREADABLE),
        ("23/11/2026", Code.BORN_UNREADABLE),
        ("21/11/1925", Code.BORN_UNREADABLE),
        ("1-2-90", Code.OK),
    ],
)
def test_a_birth_date_that_cannot_be_used_is_a_warning_and_not_stored(text, code):
    verdict = verdict_of(tgl_lahir=text)
    assert verdict.code is code
    assert (verdict.entry.born_on is None) == (code is not Code.OK)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.NO_PHONE),
        ("6.28E+12", Code.PHONE_DAMAGED),
        ("0897604", Code.PHONE_TOO_SHORT),
        ("08123456789012", Code.PHONE_TOO_LONG),
        ("021-3423667", Code.PHONE_NOT_MOBILE),
        ("0812l345678", Code.PHONE_UNREADABLE),
    ],
)
def test_a_number_that_cannot_be_written_to_is_an_error(text, code):
    verdict = verdict_of(no_hp=text)
    assert (verdict.verdict, verdict.code, verdict.entry) == (Verdict.ERROR, code, None)


def test_consent_must_be_a_clear_yes():
    assert [verdict_of(setuju_dihubungi=text).code for text in ("", "belum", "Tidak", "SETUJU")] == [
        Code.NO_CONSENT, Code.NO_CONSENT, Code.NO_CONSENT, Code.OK,
    ]  # fmt: skip


def test_a_sheet_without_a_consent_column_enrols_nobody():
    (verdict,) = verdicts_of(BUDI[:-1], labels=LABELS[:-1])
    assert verdict.code is Code.NO_CONSENT


def test_the_first_fault_of_a_row_is_told_and_mending_it_shows_the_next():
    faulty = person(nama="=1+1", no_hp="", tgl_selesai="", tgl_lahir="1-1-2012", setuju_dihubungi="")
    faulty[5] = ""
    order = []
    for label, mended in [
        (0, ""),
        (0, "Budi"),
        (1, BUDI[1]),
        (4, left(200)),
        (4, left(9)),
        (5, "Ratna"),
        (6, "Ya"),
    ]:
        order.append(verdicts_of(faulty)[0].code)
        faulty[label] = mended
    assert order == [
        Code.FORMULA, Code.NO_NAME, Code.NO_PHONE, Code.LEFT_MISSING, Code.WINDOW_OVER, Code.MINOR_ALONE,
        Code.NO_CONSENT,
    ]  # fmt: skip
    assert verdicts_of(faulty)[0].code is Code.OK


def test_empty_rows_repeated_headers_and_column_numbers_are_skipped():
    numbered = [f"({place})" for place in range(1, len(LABELS) + 1)]
    verdicts = verdicts_of(numbered, BUDI, [""] * 7, ["-"] * 7, LABELS, WATI)
    assert [(verdict.row, verdict.code) for verdict in verdicts] == [
        (2, Code.HEADER_AGAIN), (3, Code.OK), (4, Code.EMPTY_ROW), (5, Code.EMPTY_ROW), (6, Code.HEADER_AGAIN),
        (7, Code.OK),
    ]  # fmt: skip
    assert {verdicts[0].verdict, verdicts[2].verdict} == {Verdict.SKIP}


def test_a_row_with_only_its_running_number_is_empty():
    assert verdicts_of(["7", *[""] * 7], labels=["No", *LABELS])[0].code is Code.EMPTY_ROW


def test_a_formula_names_its_column():
    assert verdict_of(provinsi="=A1").params == {"column": "Provinsi"}
    assert verdict_of(no_hp="+62 821 5181 9093").code is Code.OK


def test_the_same_person_is_taken_once_however_name_and_number_are_spelled():
    again = person(nama="BUDI LUBIS, S.E.", no_hp="+62 821-5181-9093", tgl_lahir="22 September 1983")
    first, second = verdicts_of(BUDI, again)
    assert first.code is Code.OK
    assert (second.verdict, second.code, second.params) == (Verdict.DUPLICATE, Code.SAME_AS_ROW, {"row": 2})
    assert second.entry is None


def test_the_same_person_with_a_new_number_is_still_the_same_person():
    assert verdicts_of(BUDI, person(no_hp="085201098326"))[1].code is Code.SAME_AS_ROW


def test_where_a_birth_date_is_missing_name_and_number_tell_who_it_is():
    assert verdicts_of(BUDI, person(tgl_lahir=""))[1].code is Code.SAME_AS_ROW
    assert verdicts_of(person(tgl_lahir=""), BUDI)[1].code is Code.SAME_AS_ROW
    assert verdicts_of(BUDI, person(tgl_lahir="1-1-1990"))[1].code is Code.NUMBER_SHARED
    assert verdicts_of(BUDI, person(tgl_lahir="", no_hp=WATI[1]))[1].code is Code.BORN_MISSING


def test_a_row_that_was_refused_does_not_stand_in_the_way_of_the_mended_one():
    assert [verdict.code for verdict in verdicts_of(person(setuju_dihubungi=""), BUDI)] == [
        Code.NO_CONSENT, Code.OK,
    ]  # fmt: skip


def test_whoever_is_stored_already_is_a_duplicate():
    stored = {identity(verdict_of().entry)}
    first, second = verdicts_of(BUDI, WATI, known=lambda entry: identity(entry) in stored)
    assert (first.verdict, first.code, first.entry) == (Verdict.DUPLICATE, Code.ALREADY_STORED, None)
    assert second.code is Code.OK


def test_the_identity_is_name_and_birth_date_or_the_number_without_one():
    entry = verdict_of().entry
    assert identity(entry) == identity(verdict_of(no_hp=WATI[1], provinsi="Bali").entry)
    assert identity(entry) != identity(verdict_of(tgl_lahir="23-9-1983").entry)
    assert identity(verdict_of(tgl_lahir="").entry) != identity(verdict_of(tgl_lahir="", no_hp=WATI[1]).entry)


def test_a_number_of_two_people_is_shared_for_both():
    labels = [*LABELS, "Kepemilikan HP"]
    rows = [[*BUDI, "milik sendiri"], [*person(nama="Wati Siregar"), "milik sendiri"]]
    first, second = verdicts_of(*rows, labels=labels)
    assert (first.code, first.entry.phone_kind) == (Code.OK, PhoneKind.SHARED)
    assert (second.code, second.params) == (Code.NUMBER_SHARED, {"row": 2})
    assert second.entry.phone_kind is PhoneKind.SHARED


def test_a_number_that_is_also_the_familys_is_shared():
    labels = [*LABELS, "HP Keluarga", "Kepemilikan HP"]
    (verdict,) = verdicts_of([*BUDI, "+62 821 5181 9093", "milik sendiri"], labels=labels)
    assert verdict.entry.phone_kind is PhoneKind.SHARED


def test_a_phone_is_own_where_the_sheet_says_so_and_open_where_it_says_nothing():
    labels = [*LABELS, "Kepemilikan HP"]
    assert verdicts_of([*BUDI, "milik sendiri"], labels=labels)[0].entry.phone_kind is PhoneKind.OWN
    assert verdict_of().entry.phone_kind is None


def test_warnings_keep_the_person_and_the_further_ones_are_kept_too():
    verdict = verdict_of(no_hp="082151819093 / 085201098326", provinsi="Antah Berantah", tgl_lahir="")
    assert (verdict.verdict, verdict.code) == (Verdict.WARNING, Code.TWO_NUMBERS)
    assert verdict.also == (Code.PROVINCE_UNKNOWN, Code.BORN_MISSING)
    assert (verdict.entry.second_e164, verdict.entry.zone) == ("+6285201098326", None)


def test_a_second_column_of_numbers_gives_the_second_number():
    (verdict,) = verdicts_of([*BUDI, "085201098326"], labels=[*LABELS, "HP 2"])
    assert (verdict.code, verdict.entry.second_e164) == (Code.OK, "+6285201098326")


def test_a_familys_number_that_cannot_be_used_is_a_warning():
    (verdict,) = verdicts_of([*BUDI, "0812"], labels=[*LABELS, "HP Keluarga"])
    assert (verdict.code, verdict.entry.family_e164) == (Code.FAMILY_PHONE_UNREADABLE, None)


def test_neither_a_verdict_nor_an_entry_prints_the_person():
    shown = repr(verdicts_of(BUDI, person(no_hp="6.28E+12"), person(tgl_selesai="31/02/2026")))
    assert not any(said in shown for said in ("Budi", "Ratna", "9093", "1983", "6.28E+12", "31/02"))


anything = st.text(max_size=40) | st.sampled_from(
    [*BUDI, *WATI, "=1", "-", "'", "6.28E+12", "+62 812 345 678 atau 0813", "L", "jam 9", "milik sendiri"]
)


@given(
    st.lists(st.lists(anything | st.dates(), max_size=len(Meaning)), max_size=6),
    st.permutations(list(Meaning)),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_whatever_the_cells_hold_each_row_gets_a_verdict_and_nobody_a_wrong_number(rows, meanings, today):
    columns = {meaning: place for place, meaning in enumerate(meanings)}
    tidied = tuple((number, tuple(tidy(cell) for cell in row)) for number, row in enumerate(rows, 2))
    verdicts = judge(Sheet(1, columns, tuple(meanings), tidied), today)
    assert [verdict.row for verdict in verdicts] == [number for number, _ in tidied]
    for verdict in verdicts:
        assert explain(verdict.code, verdict.params, "id")
        assert all(explain(code, {}, "en") for code in verdict.also)
        assert (verdict.entry is not None) == (verdict.verdict in (Verdict.OK, Verdict.WARNING))
        if verdict.entry:
            entry = verdict.entry
            assert MOBILE.fullmatch(entry.e164)
            assert 0 <= (today - entry.left_on).days + 14 < 134
            assert all(e is None or MOBILE.fullmatch(e) for e in (entry.second_e164, entry.family_e164))
