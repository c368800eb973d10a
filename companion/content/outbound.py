"""The texts that go to phones, as they come with the program: templates/texts/PURPOSE.VARIANT.LANGUAGE.txt (texts 3).

Their words are filled in and checked by `rules.words`; an institution may put its own version in their place.
"""

from functools import cache
from pathlib import Path

from companion.content.load import Unsayable

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "texts"
LANGUAGES = ("id", "en")


@cache
def _all() -> dict[tuple[str, str, str], str]:
    found = {}
    for path in sorted(FOLDER.glob("*.txt")):
        purpose, variant, language = path.stem.split(".")
        found[purpose, variant, language] = path.read_text(encoding="utf-8").removesuffix("\n")
    return found


def source(purpose: str, variant: str, language: str) -> str:
    """One text with its placeholders `{{ s }}`. Raises Unsayable when there is none."""
    try:
        return _all()[purpose, variant, language]
    except KeyError:
        raise Unsayable(f"no text {purpose}.{variant}.{language}") from None


def variants(purpose: str) -> tuple[str, ...]:
    """The variants that a purpose has, `("a", "b")` or `("a",)`. Raises Unsayable for an unknown purpose."""
    names = tuple(dict.fromkeys(variant for known, variant, _ in _all() if known == purpose))
    if not names:
        raise Unsayable(f"no text for {purpose}")
    return names


def every() -> tuple[tuple[str, str, str], ...]:
    """All texts by purpose, variant and language."""
    return tuple(_all())
