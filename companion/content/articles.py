"""The family reading: text files, each with its sources and the month it was last reviewed.

A file is TOML between two `+++` lines, then the body in the marks of `blocks`. Whatever is missing, odd or unsafe in a
file is refused with the file's name, because the person who reads that error edits texts, not code.

The texts lie in `articles/` beside this module. That folder has no `__init__.py`, so the module keeps the name.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from companion.content.blocks import Block, BlockKind, parse_blocks
from companion.content.load import read

HERE = Path(__file__).with_suffix("")
LANGUAGES = ("id", "en")
HOLD_BACK = {"id": "Yang sebaiknya ditahan dulu", "en": "What to hold back for now"}

# Each of these signs is one GSM-7 septet, so 38 characters are 38 septets in the weekly text (texts 3). No digits:
# a week count betrays (design 2.5).
SMS_TITLE = re.compile(r"[A-Za-z .,:'/()-]{1,38}")


class BrokenArticle(ValueError):
    """A content file says something that cannot be shown. The message begins with the file's name."""


class NoArticle(LookupError):
    """There is no such reading in such a language."""


class Category(StrEnum):
    """The five family services of the field (seed 004)."""

    HOME_CARE = "home_care"
    FAMILY_PRESERVATION = "family_preservation"
    PARENTING_SKILLS = "parenting_skills"
    PSYCHOEDUCATION = "psychoeducation"
    FAMILY_COUNSELLING = "family_counselling"


class Strength(StrEnum):
    """How far a source carries. Our judgement: the marks in evidence say how well a source was read."""

    STRONG = "strong"  # groups chosen by lot, many studies put together, or an office speaking about itself
    MODERATE = "moderate"  # people followed over time, or experts who agreed
    WEAK = "weak"  # small, second-hand, or about something close by
    PRACTICE = "practice"  # experience or our own judgement; nobody has measured it


@dataclass(frozen=True)
class Source:
    """Where a claim comes from, in words a family can read; `ids` are for reviewers and never shown."""

    ids: tuple[str, ...]
    who: str
    what: str
    strength: Strength
    year: int | None = None  # None: the copy that was read bears no year, or it is our own judgement


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Something to read. `minutes` is for a tired reader; `reviewed` is a month, its day always 1."""

    language: str
    title: str
    minutes: int
    blocks: tuple[Block, ...]
    sources: tuple[Source, ...]
    reviewed: date

    @property
    def words(self) -> int:
        """How many words the body has: headings, paragraphs, lists and sentences to try."""
        return sum(len(block.text.split()) for block in self.blocks)


@dataclass(frozen=True, kw_only=True)
class Article(Reading):
    """One week of the family curriculum: the body, one action with its choices, one question."""

    week: int
    category: Category
    sms_title: str
    action: str
    choices: tuple[str, ...]
    question: str


@dataclass(frozen=True)
class Planned:
    """A week of the curriculum, written or still to come. The first category leads."""

    week: int
    titles: Mapping[str, str]
    categories: tuple[Category, ...]
    written: bool


@cache
def article(week: int, language: str) -> Article:
    """One week's reading, weeks counted from 1. Raises NoArticle, or BrokenArticle with the file's name."""
    name = f"{language}/{_file(week)}"
    return parse_article(_stored(name, language), name, week, language)


@cache
def tonight(language: str) -> Reading:
    """What to do tonight, neutral enough for an anonymous visitor of the help page. Raises as `article` does."""
    name = f"{language}/tonight.md"
    return parse_reading(_stored(name, language), name, language)


@cache
def weeks() -> tuple[int, ...]:
    """The weeks that can be read in every language, in order, however many there will be."""
    return tuple(planned.week for planned in curriculum() if planned.written)


@cache
def curriculum() -> tuple[Planned, ...]:
    """All weeks, also those still to come, so that a family sees where the road leads (evidence 5)."""
    with _named("curriculum.toml"):
        return tuple(
            Planned(
                week=row["week"],
                titles={language: row[language] for language in LANGUAGES},
                categories=tuple(Category(value) for value in row["categories"]),
                written=all((HERE / language / _file(row["week"])).exists() for language in LANGUAGES),
            )
            for row in read("articles/curriculum.toml")["weeks"]
        )


def category_name(category: Category, language: str) -> str:
    """The category as a family reads it; in Indonesian it keeps the field's own term."""
    return read("articles/names.toml")["categories"][category][language]


def strength_name(strength: Strength, language: str) -> str:
    """How strong a source is, in plain words."""
    return read("articles/names.toml")["strengths"][strength][language]


def parse_article(text: str, name: str, week: int, language: str) -> Article:
    """Parse a week's file. Raises BrokenArticle, beginning with `name`, for anything missing, odd or unsafe."""
    own = {"category": str, "sms_title": str, "action": str, "choices": list, "question": str}
    with _named(name):
        front, common = _front(text, own)
        special = {field: front[field] for field in own} | {
            "category": Category(front["category"]),
            "choices": tuple(front["choices"]),
        }
        parsed = Article(**common, **special, week=week, language=language)
        _check(parsed)
        return parsed


def parse_reading(text: str, name: str, language: str) -> Reading:
    """Parse a file that belongs to no week. Raises BrokenArticle as `parse_article` does."""
    with _named(name):
        _, common = _front(text, {})
        return Reading(**common, language=language)


def _file(week: int) -> str:
    return f"week-{week:02d}.md"


def _stored(name: str, language: str) -> str:
    if language not in LANGUAGES or not (HERE / name).exists():
        raise NoArticle(name)
    return (HERE / name).read_text(encoding="utf-8")


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenArticle(f"{name}: {error}") from error


def _front(text: str, own: Mapping[str, type]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The front matter with its types checked, and of it what every reading has, parsed."""
    match text.split("+++\n", 2):
        case ["", head, body]:
            front = tomllib.loads(head)
        case _:
            raise ValueError("front matter between two lines of +++ is missing")
    wanted = {"title": str, "minutes": int, "reviewed": str, "sources": list} | own
    if wanted.keys() != front.keys():
        raise ValueError(f"missing or unknown fields: {', '.join(sorted(wanted.keys() ^ front.keys()))}")
    for field, kind in wanted.items():
        if not isinstance(front[field], kind) or not front[field]:
            raise ValueError(f"{field} is empty or not of type {kind.__name__}")
    return front, {
        "title": front["title"],
        "minutes": front["minutes"],
        "reviewed": date.fromisoformat(f"{front['reviewed']}-01"),
        "sources": tuple(_source(**table) for table in front["sources"]),
        "blocks": parse_blocks(body),
    }


def _source(*, ids: list[str], who: str, what: str, strength: str, year: int | None = None) -> Source:
    return Source(tuple(ids), who, what, Strength(strength), year)


def _check(parsed: Article) -> None:
    """Hold an article to the shape families learn to expect: sections, a sentence to try, one thing to do."""
    headings = [block.text for block in parsed.blocks if block.kind is BlockKind.HEADING]
    faults = {
        "three to five sections are wanted": not 3 <= len(headings) <= 5,
        f'the section "{HOLD_BACK[parsed.language]}" is wanted': HOLD_BACK[parsed.language] not in headings,
        "a sentence to try is wanted": all(block.kind is not BlockKind.SAY for block in parsed.blocks),
        "two or three choices are wanted": not 2 <= len(parsed.choices) <= 3,
        "one question, ending in ?, is wanted": parsed.question.find("?") != len(parsed.question) - 1,
        "sms_title wants 1 to 38 plain letters, no digits": not SMS_TITLE.fullmatch(parsed.sms_title),
    }
    for fault, found in faults.items():
        if found:
            raise ValueError(fault)
