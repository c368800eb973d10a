"""Both languages, whole: the Indonesian catalogue is complete, and no sentence escapes it."""

import re
import subprocess
import sys
import tomllib
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from companion import i18n
from companion.content import outbound
from companion.content import words as checkin_words
from tests.whole import routes
from tests.whole.test_pages import pages, viewers

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "translations" / "id" / "LC_MESSAGES" / "messages.po"


def read(path):
    with path.open("rb") as file:
        return read_po(file, locale="id")


def test_the_indonesian_catalogue_is_complete():
    missing = [
        message.id for message in read(CATALOGUE)
        if message.id and (message.fuzzy or not all([message.string] if isinstance(message.string, str) else message.string))
    ]  # fmt: skip
    assert not missing, f"translate these in {CATALOGUE.name}: {missing[:5]}"


def test_placeholders_are_the_same_in_both_languages():
    for message in read(CATALOGUE):
        if message.id:
            errors = [str(error) for error in message.check()]
            assert not errors, (message.id, errors)


def test_indonesian_has_one_plural_form():
    assert read(CATALOGUE).num_plurals == 1
    with i18n.speaking("id"):
        assert i18n.ngettext("%(n)s day", "%(n)s days", 1) == "1 hari"
        assert i18n.ngettext("%(n)s day", "%(n)s days", 3) == "3 hari"


def test_the_template_catalogue_equals_the_source(tmp_path):
    """What stands in code and templates and what the translators see are the same sentences."""
    fresh = tmp_path / "messages.pot"
    subprocess.run(
        [
            Path(sys.executable).with_name("pybabel"), "-q", "extract", "-F", "translations/babel.cfg", "-k", "_l",
            "-k", "lazy", "--no-location", "--sort-output", "--no-wrap", "-o", fresh, "companion", "templates",
        ],
        cwd=ROOT, check=True,
    )  # fmt: skip
    wanted = {str(message.id) for message in read(fresh) if message.id}
    has = {str(message.id) for message in read(CATALOGUE) if message.id}
    assert wanted == has, (
        f"run `make messages`; new: {sorted(wanted - has)[:3]}, gone: {sorted(has - wanted)[:3]}"
    )


class Marking(i18n.NullTranslations):
    """A language that wraps every sentence, so what is not wrapped was forgotten."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, many, n):
        return f"⟦{one if n == 1 else many}⟧"


STAYS = {
    "Bahasa Indonesia",
    "English",
    "Jakarta",
    "Makassar",
    "Jayapura",
    "WIB",
    "WITA",
    "WIT",
    "HP",
    "PIN",
    "SMS",
    "CSV",
    "XLSX",
}
"""Names of languages, towns, zones and things that are the same everywhere."""
DATA = re.compile(
    r"\b(?:Budi|Santoso|Wati|Lestari|Sari|Dewi|Ratna|Tono|Ibu|Contoh|Melati|Balai|klien\.csv|berkas|Rina|Bayu)\b",
    re.IGNORECASE,
)


@pytest.fixture
def marked(monkeypatch):
    """Every sentence of the catalogue marked, and dates without words."""
    marking = Marking()
    monkeypatch.setattr(i18n, "catalogue", lambda language: marking)
    monkeypatch.setattr(i18n, "format_date", lambda *args, **kw: "0")
    monkeypatch.setattr(i18n, "zone_name", lambda *args: "WIB")


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def known_words() -> list[re.Pattern]:
    """What stands in content files in both languages: sentences with a source of their own, checked there."""
    found = []
    for path in [*(ROOT / "companion").rglob("*.toml")]:
        for text in _strings(tomllib.loads(path.read_text(encoding="utf-8"))):
            if re.search("[A-Za-z]{3}", text):
                parts = [re.escape(part) for part in re.split(r"\{\w+\}|\*\*", " ".join(text.split()))]
                found.append(re.compile(".*?".join(parts)))
    for key in outbound.every():
        pieces = re.split(r"\{\{ \w+ \}\}", DATA.sub(" ", outbound.source(*key)))
        found.append(re.compile(".*?".join(map(re.escape, pieces)) + ".*"))
    return sorted(found, key=lambda pattern: -len(pattern.pattern))


def text_nodes(html: str) -> list[str]:
    html = re.sub(r"<(title|style|script|svg)[\s>].*?</\1>", " ", html, flags=re.DOTALL)
    html = re.sub(r"<option[^>]*>.*?</option>", " ", html, flags=re.DOTALL)  # provinces and people are data
    nodes = re.split(
        r"</?(?:p|div|li|h\d|dt|dd|a|button|span|label|legend|td|th|summary|section|small)[^>]*>", html
    )
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", node)).split()) for node in nodes]


def stray_words(node: str, known) -> list[str]:
    while "⟦" in node:
        shorter = re.sub("⟦[^⟦⟧]*⟧", " ", node)
        if shorter == node:
            break
        node = shorter
    node = DATA.sub(" ", node)
    if not re.search("[A-Za-z]{3}", node):
        return []
    for pattern in known:
        node = pattern.sub(" ", node)
    return [word for word in re.findall(r"[A-Za-z]{3,}", node) if word not in STAYS]


@pytest.mark.parametrize("whole", ["sqlite"], indirect=True)  # words come out of no database
@pytest.mark.parametrize(
    "door",
    ["auth", "enrolment", "importing", "cases", "person", "contacts", "institution", "texts", "calendar"],
)
def test_no_words_of_staff_pages_escape_translation(whole, clients, marked, door):
    """Staff pages are made of catalogue sentences and data; whatever else is on them was forgotten."""
    app, here = whole
    for rule in pages(app):
        if rule.endpoint.split(".")[0] != door:
            continue
        for role in viewers(app, rule):
            answer = clients[role].get(routes.url(app, rule, here))
            if answer.status_code == 200:
                _no_stray_words(answer.text, f"{rule.rule} as {role}")


def _no_stray_words(html: str, where: str) -> None:
    known = known_words()
    stray = [word for node in text_nodes(html) for word in stray_words(node, known)]
    assert not stray, f"not translated on {where}: {stray[:8]}"


@pytest.mark.parametrize("voice", ["anda", "kamu", "en"])
def test_the_check_in_speaks_in_every_voice(voice):
    assert checkin_words.say("heading", voice)
