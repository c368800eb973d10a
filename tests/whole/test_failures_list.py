"""The list of failures elsewhere is complete here: each case has a test that bears its number, or a written reason."""

import ast
import re
from pathlib import Path

import pytest

from tests.whole.failure_cases import CASES, NOT_OURS

HERE = Path(__file__).parent


def numbers() -> set[int]:
    names = {
        node.name
        for path in HERE.glob("test_failures_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    return {int(found[1]) for name in names if (found := re.match(r"test_case_(\d\d)_", name))}


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_a_test_or_a_reason_why_not(case):
    assert case in numbers() or NOT_OURS.get(case, "").endswith(".")


def test_no_test_bears_a_number_that_is_not_on_the_list():
    assert numbers() <= set(CASES)
    assert NOT_OURS.keys() <= set(CASES)
