"""An article file becomes blocks; a broken one is refused, and the error begins with its name."""

import pytest

from companion.content import articles
from companion.content.articles import BrokenArticle
from companion.content.blocks import BlockKind, Span

GOOD = """+++
title = "Judul"
category = "home_care"
minutes = 5
sms_title = "Judul pendek"
action = "Coba satu hal."
choices = ["Ini", "Itu"]
question = "Apa yang menolong?"
reviewed = "2026-11"

[[sources]]
ids = ["evidence S1"]
who = "Seseorang"
year = 2020
what = "Sebuah penelitian."
strength = "weak"
+++

## Satu

Kalimat dengan **kata tebal** di tengah
dan sambungannya.

- satu
- dua

> "Kalimat satu."

## Dua

Isi.

## Yang sebaiknya ditahan dulu

Isi.
"""


def parse(text):
    return articles.parse_article(text, "id/week-99.md", 99, "id")


def test_a_file_becomes_blocks_with_its_bold_words_marked():
    heading, paragraph, items, say, *_ = parse(GOOD).blocks
    assert (heading.kind, heading.text) == (BlockKind.HEADING, "Satu")
    assert paragraph.lines == (
        (Span("Kalimat dengan "), Span("kata tebal", bold=True), Span(" di tengah dan sambungannya.")),
    )
    assert (items.kind, len(items.lines), items.text) == (BlockKind.LIST, 2, "satu dua")
    assert (say.kind, say.text) == (BlockKind.SAY, '"Kalimat satu."')
    assert parse(GOOD).words == 20


@pytest.mark.parametrize(
    ("good", "broken"),
    [
        ("+++\ntitle", "title"),
        ('title = "Judul"\n', ""),
        ('title = "Judul"', 'title = ""'),
        ('title = "Judul"', 'title = "Judul"\nauthor = "x"'),
        ("minutes = 5", 'minutes = "5"'),
        ("minutes = 5", "minutes ="),
        ("home_care", "homecare"),
        ('"2026-11"', '"November 2026"'),
        ('strength = "weak"', 'strength = "80"'),
        ('who = "Seseorang"\n', ""),
        ('["Ini", "Itu"]', '["Ini"]'),
        ('["Ini", "Itu"]', '["Ini", "Itu", "Sana", "Sini"]'),
        ("Apa yang menolong?", "Apa? Siapa?"),
        ("Apa yang menolong?", "Apa yang menolong"),
        ("Judul pendek", "x" * 39),
        ("Judul pendek", "Judul minggu 3"),
        ("Judul pendek", "Judul \u2013 pendek"),
        ("## Dua\n\nIsi.\n\n", ""),
        ("## Dua", "## Dua\n\n## Tiga\n\n## Empat\n\n## Lima"),
        ("Yang sebaiknya ditahan dulu", "Yang lain"),
        ('> "Kalimat satu."\n\n', ""),
        ("**kata tebal**", "**kata tebal"),
        ("**kata tebal**", "<b>kata tebal</b>"),
        ("**kata tebal**", "[kata](https://example.org)"),
        ("**kata tebal**", "*kata*"),
        ("## Dua", "### Dua"),
        ("- satu\n- dua", "1. satu\n2. dua"),
        ("sambungannya.\n\n- satu", "sambungannya.\n- satu"),
        ("- satu\n- dua", "- satu\ndua"),
        ("## Dua\n\n", "## Dua\n"),
    ],
)
def test_a_broken_file_is_refused_and_named(good, broken):
    assert good in GOOD
    with pytest.raises(BrokenArticle, match=r"^id/week-99\.md: "):
        parse(GOOD.replace(good, broken, 1))


@pytest.mark.parametrize("sms_title", ["x", "x" * 38])
def test_an_sms_title_may_have_up_to_38_letters(sms_title):
    assert parse(GOOD.replace("Judul pendek", sms_title)).sms_title == sms_title


def test_a_reading_of_no_week_is_refused_and_named_too():
    with pytest.raises(BrokenArticle, match=r"^id/tonight\.md: .*category"):
        articles.parse_reading(GOOD, "id/tonight.md", "id")
