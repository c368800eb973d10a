"""Why the system says so: whole, in both languages, and never a score, a colour or a guess (texts 5)."""

import re

import pytest

from companion.content import Unsayable, placeholders, read, reasons, words
from companion.rules.states import VoidReason

VALUES = {
    "when": "Selasa 09.10", "about": "hidup", "channel": "page", "deadline": "16.00 WIB", "n": 9, "limit": 7,
    "value": 8, "usual": 3.0, "confidence": 2, "usual_confidence": 6.5, "d1": "1 Mei", "d2": "4 Mei", "d3": "8 Mei",
    "cause": "number_dead", "danger": "violence", "situation": ["uang", "sepi"], "date": "4 Mei", "hours": 24,
    "answered": 7, "asked": 8, "trouble": "rumah", "burdens": 14, "strengths": 9, "heaviest": "tidur, uang, rumah",
    "other": {"code": "A2_value", "value": 7}, "a": {"code": "A2_value", "value": 8}, "b": {"code": "A8"},
    "phase": "silent", "start": "09.00", "end": "11.00", "fault": "budget",
    "open": ["silence", "data"],
}  # fmt: skip
CODES = (
    "R1_button", "R1_question", "R1_words", "R2", "R2_unknown", "R3", "R4", "R5_silence",
    "R5_last_heard", "R5_undelivered", "R6", "A1", "A2_value", "A2_rise", "A3_value", "A3_fall", "A4",
    "A5_phq", "A5_mood", "A6", "A7", "A8", "A9", "A10", "A11", "two_ambers", "amber_twice",
    "X_opt_out", "X_only_hello", "X_pause_ends", "X_turns_18", "X_is_18", "X_handed_over", "X_not_taken", "X_our_gap", "M1", "U1", "U2", "S1", "D1",
    "D2",
)  # fmt: skip


def told(code, language, **changed):
    way = "not_me" if code == "X_opt_out" else "message"
    return reasons.reason(code, language, **VALUES | {"way": way} | changed)


def test_every_rule_has_its_reason():
    assert reasons.codes() == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_reason_has_both_languages_and_the_same_places(code):
    row = read("reasons.toml")["reason"][code]
    assert placeholders(row["id"]) == placeholders(row["en"]) == reasons.needs(code)
    for kind in ("without", "teen"):
        assert placeholders(row.get(f"id_{kind}", "")) == placeholders(row.get(f"en_{kind}", ""))
        assert (f"id_{kind}" in row) is (f"en_{kind}" in row)
    assert all(reasons.first_step(code, language) for language in ("id", "en"))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("teen", [False, True])
def test_a_reason_is_whole_sentences_without_score_colour_or_guess(code, language, teen):
    said = told(code, language, teen=teen)
    assert re.fullmatch(r"[A-Z0-9].*\.", said)
    assert not re.search(r"[{}]|  |\bNone\b", said)
    judging = (
        r"skor|score|merah|kuning|hijau|\bred\b|amber|yellow|green|risiko|\brisk|kambuh|relapse|gagal|failed"
    )
    assert not re.search(judging, said, re.IGNORECASE)


@pytest.mark.parametrize("code", CODES)
def test_a_reason_without_one_of_its_values_is_not_said(code):
    row = read("reasons.toml")["reason"][code]
    softened = set(row.get("usual", ())) | {row.get("without")} | {"about", "way", "situation", "trouble"}
    for missing in reasons.needs(code) - softened:
        with pytest.raises(Unsayable):
            told(code, "id", **{missing: None})


@pytest.mark.parametrize("code", CODES)
def test_a_teen_is_never_compared_with_the_usual(code):
    assert not re.search("biasanya|pembanding", told(code, "id", teen=True))
    assert not re.search("usual|compare", told(code, "en", teen=True))


def test_a_reason_says_the_value_and_the_usual_value():
    assert told("A2_value", "id") == "Sugesti 8 (biasanya 3), Selasa 09.10."
    assert told("A2_value", "en") == "Urge 8 (usual 3), Selasa 09.10."
    assert told("A2_value", "id", usual=0) == "Sugesti 8 (biasanya 0), Selasa 09.10."
    assert told("A2_value", "id", usual=None) == "Sugesti 8 (belum ada pembanding), Selasa 09.10."
    assert told("A2_value", "en", usual=None) == "Urge 8 (nothing to compare yet), Selasa 09.10."
    assert told("A2_value", "id", teen=True, usual=None) == "Sugesti 8, Selasa 09.10."


def test_each_of_two_usual_values_may_be_missing_alone():
    assert "Sugesti 8 (belum ada pembanding) dan keyakinan 2 (biasanya 6,5)" in told("R4", "id", usual=None)
    assert "confidence 2 (usual 6.5)" in told("R4", "en")
    assert told("R4", "id", teen=True) == "Sugesti 8 dan keyakinan 2 dalam satu jawaban, Selasa 09.10."


@pytest.mark.parametrize(("code", "name"), [("A2_rise", "usual"), ("A3_fall", "usual"), ("A7", "answered")])
def test_a_change_without_anything_to_compare_says_so(code, name):
    assert "elum ada pembanding" in told(code, "id", **{name: None})
    assert "othing to compare yet" in told(code, "en", **{name: None})


def test_somebody_never_heard_of_has_no_last_time():
    assert told("R5_last_heard", "id", channel=None).startswith("9 hari tanpa kabar apa pun sejak")


def test_keys_become_words():
    assert told("R1_button", "id").endswith(
        "Tentang: pikiran menyakiti diri atau mengakhiri hidup. Boleh ditelepon: kirim pesan dulu."
    )
    assert "About: not said. May be called: not said." in told("R1_button", "en", about=None, way=None)
    assert told("A4", "id").startswith(
        "Akan menghadapi urusan uang atau utang dan rasa bosan atau sendirian dan "
    )
    assert "ajakan, masalah di rumah dan hal lain" in told("A4", "id", situation=["ajakan", "rumah", "lain"])
    assert "keadaan yang belum disebut" in told("A4", "id", situation=[])
    assert "sekolah" in told("A4", "id", teen=True, situation=["kerja"])
    assert told("two_ambers", "id").startswith("Dua hal sekaligus: sugesti 8; masalah rumah")
    assert told("A10", "en", other=[{"code": "A6"}, {"code": "A1"}]).endswith(
        "Counts together with: twice chose not to answer and would like to talk this week."
    )


@pytest.mark.parametrize(
    "changed", [{"about": "napza"}, {"way": "later"}, {"also": ["angry"]}, {"language": "jv"}]
)
def test_an_unknown_key_is_an_error(changed):
    language = changed.pop("language", "id")
    with pytest.raises(LookupError):
        told("R1_button", language, **changed)


def test_an_unknown_code_is_an_error():
    for unknown in (lambda: reasons.reason("R9", "id"), lambda: reasons.first_step("R9", "id"),
                    lambda: reasons.short("R1_button", "id"), lambda: reasons.needs("R9")):  # fmt: skip
        with pytest.raises(Unsayable):
            unknown()


@pytest.mark.parametrize(
    "name", ["no_pin", "not_now", "not_this_phone", "opioid", "opioid_unknown", "in_person"]
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_is_true_besides_stands_behind_the_fact(name, language):
    plain = told("R3", language)
    assert re.fullmatch(re.escape(plain) + r" [A-Z].*\.", told("R3", language, also=[name]))


def test_every_kind_and_every_reason_of_ours_has_words():
    value = read("reasons.toml")["value"]
    assert {reason.value for reason in VoidReason} == set(value["fault"])
    for table, question in (("kind", "situation_kind"), ("about", "about"), ("may_call", "may_call")):
        asked = {option.value for option in words.question(question).options}
        assert asked == set(value[table]) - {"none"}


def test_every_amber_can_be_named_inside_another_reason():
    ambers = [code for code in CODES if code.startswith("A")]
    for code in ambers:
        for language in ("id", "en"):
            assert not reasons.short(code, language, value=7).endswith(".")


def test_the_question_after_closing_is_asked_in_both_languages():
    assert reasons.usefulness("id") == ("Apakah peringatan ini berguna?", "ya", "tidak")
    assert len(reasons.usefulness("en")) == 3
