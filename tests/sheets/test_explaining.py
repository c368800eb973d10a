"""Every code has a sentence in both languages, and every sentence can be said."""

import re
import tomllib
from importlib.resources import files

import pytest

from companion.sheets import Code, Reason, explain
from companion.sheets.explaining import why
from companion.sheets.judging import DAYS_AHEAD

SENTENCES = tomllib.loads(files("companion.sheets").joinpath("explanations.toml").read_text(encoding="utf-8"))
PARAMS = {
    Code.FORMULA: {"column": "Nama"},
    Code.PHONE_DAMAGED: {"seen": "6.28E+12"},
    Code.LEFT_NO_SUCH_DAY: {"seen": "31/02/2026"},
    Code.LEFT_UNREADABLE: {"seen": "kemarin"},
    Code.LEFT_AHEAD: {"days": DAYS_AHEAD},
    Code.WINDOW_OVER: {"days": 120},
    Code.SAME_AS_ROW: {"row": 34},
    Code.NUMBER_SHARED: {"row": 34},
    Reason.OPEN_QUOTE: {"row": 34},
}


def test_there_is_a_sentence_for_every_code_and_for_nothing_else():
    assert set(SENTENCES) == {code.value for code in [*Code, *Reason]}
    assert all(set(said) == {"why", "id", "en"} for said in SENTENCES.values())


@pytest.mark.parametrize("code", [*Code, *Reason])
def test_a_sentence_says_all_it_promises_in_both_languages(code):
    params = PARAMS.get(code, {})
    for said in (explain(code, params, "id"), explain(code, params, "en"), why(code, params)):
        assert not re.search("[{}]", said)
    for language in ("id", "en"):
        assert explain(code, params, language).endswith(".")


def test_a_damaged_number_is_explained_with_what_to_do():
    said = explain(Code.PHONE_DAMAGED, {"seen": "6.28E+12"}, "id")
    assert "6.28E+12" in said
    assert "Teks" in said


def test_braces_in_a_cell_are_only_quoted():
    assert '"{x}"' in explain(Code.LEFT_UNREADABLE, {"seen": "{x}"}, "id")
