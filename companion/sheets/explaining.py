"""The sentence behind each code, and how to mend what it means."""

import tomllib
from functools import cache
from importlib.resources import files

from companion.sheets.verdicts import Code, Reason


def explain(code: Code | Reason, params: dict, language: str) -> str:
    """What happened and what to do now, for somebody with the sheet open. `language` is id or en."""
    return _sentences()[code][language].format_map(params)


def why(code: Code | Reason, params: dict) -> str:
    """The short English words of a report that scripts read; stable."""
    return _sentences()[code]["why"].format_map(params)


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("companion.sheets").joinpath("explanations.toml").read_text(encoding="utf-8"))
