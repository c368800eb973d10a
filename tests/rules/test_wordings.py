"""What an institution may put in place of a shipped text, and what forbids saving it (failures 50-51; texts 3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from companion import i18n
from companion.content import read
from companion.content.articles import article, weeks
from companion.rules import wordings, words
from companion.rules.terms import Purpose
from companion.rules.wordings import Finding, Flaw
from companion.rules.words import FaultKind

LINK = wordings.longest_link("https://s.id")
GOOD = {
    "id": "{{ app }}: halo {{ s }}, isi kabar sebentar: {{ u }}",
    "en": "{{ app }}: hello {{ s }}, a short update: {{ u }}",
}


def found(purpose=Purpose.INVITATION, app="Sahabat", **changed):
    return wordings.check(purpose, GOOD | changed, app, LINK)


def kinds(**changed):
    return {(finding.kind, finding.language) for finding in found(**changed)}


def test_words_without_a_fault_may_be_proposed():
    assert found() == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_both_languages_have_to_be_there(language):
    assert (Flaw.EMPTY, language) in kinds(**{language: ""})


# --- places ---------------------------------------------------------------------------------------------------------


def test_people_write_words_in_braces_and_a_source_is_kept():
    typed = "{pengirim}: halo {sapaan}, sampai {hari} pukul {jam}, {judul}: {tautan}"
    source = "{{ app }}: halo {{ s }}, sampai {{ h }} pukul {{ j }}, {{ t }}: {{ u }}"
    assert wordings.source_of(typed) == source
    assert wordings.typed(source) == typed


@pytest.mark.parametrize("typed", ["{ Sapaan }", "{{sapaan}}", "{{ s }}", "{SAPAAN}"])
def test_a_place_is_understood_however_it_is_written(typed):
    assert wordings.source_of(typed) == "{{ s }}"


def test_quotes_dashes_and_blanks_are_made_plain_and_what_cannot_be_sent_stays_to_be_named():
    assert wordings.source_of(" “halo” – \n apa\u00a0kabar  🙂 ") == '"halo" - apa kabar 🙂'


@pytest.mark.parametrize(
    ("purpose", "word"),
    [
        (Purpose.INVITATION, "jam"), (Purpose.INVITATION, "judul"), (Purpose.FAMILY_WEEKLY, "sapaan"),
        (Purpose.STAFF_LATE, "sapaan"), (Purpose.FIRST, "hari"), (Purpose.INVITATION, "nama"),
    ],
)  # fmt: skip
def test_a_place_that_this_purpose_cannot_fill_is_named(purpose, word):
    text = wordings.source_of(f"{{pengirim}}: kabar {{{word}}} ya: {{tautan}}")
    code = {code: code for code in wordings.WRITTEN} | {word: code for code, word in wordings.WRITTEN.items()}
    unknown = Finding(Flaw.UNKNOWN_PLACE, "id", code.get(word, word))
    assert unknown in wordings.check(purpose, {"id": text, "en": text}, "Sahabat", LINK)


def test_no_name_goes_to_a_number_that_nobody_has_confirmed():
    """A stranger may hold it (failures 40)."""
    assert Finding(Flaw.UNKNOWN_PLACE, "id", "s") in found(Purpose.CHECK_NUMBER)


def test_both_languages_have_the_same_places():
    lost = found(en="{{ app }}: your update: {{ u }}")
    assert lost == [Finding(Flaw.UNEVEN, "en", "s")]


def test_a_text_says_who_writes():
    assert kinds(id="halo {{ s }}, isi kabar: {{ u }}") == {(Flaw.NO_SENDER, "id")}


@pytest.mark.parametrize(
    "text",
    [
        "{{ app }}: halo {{ s }}, isi kabar",
        "{{ app }}: halo {{ s }}, {{ u }} isi kabar",
        "{{ app }}: halo {{ s }}, isi kabar: {{ u }}.",
        "{{ app }}: halo {{ s }}, isi kabar:{{ u }}",
        "{{ app }}: halo {{ s }}, {{ u }} atau {{ u }}",
        "{{ app }}: halo {{ s }}, lihat www.lain.id atau {{ u }}",
    ],
)
def test_the_link_ends_the_text_once(text):
    assert (FaultKind.LINK, "id") in kinds(id=text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ app }}: halo {{ s }}, isi {kabar: {{ u }}",
        "{{ app }}: halo {{ s }}, isi }} kabar: {{ u }}",
        "{{ app }}: halo {{ s|upper }}, kabar: {{ u }}",
        "{{ app }}: halo {{ s }} , isi kabar: {{ u }}",
        "{{ app }}: halo {{ s }},, isi kabar: {{ u }}",
        "{{ app }}: halo {{ s }}, null kabar: {{ u }}",
    ],
)
def test_a_hole_is_found(text):
    assert (FaultKind.GAP, "id") in kinds(id=text)


def test_a_sign_that_makes_a_text_dearer_is_named():
    assert found(id="{{ app }}: halo {{ s }}🙂, kabar✓ ya🙂: {{ u }}") == [
        Finding(FaultKind.NOT_GSM7, "id", "🙂✓")
    ]


@pytest.mark.parametrize(("run", "wrong"), [("119", False), ("1234", True)])
def test_a_run_of_four_digits_is_found(run, wrong):
    text = f"{{{{ app }}}}: halo {{{{ s }}}}, telepon {run} ya: {{{{ u }}}}"
    assert ((FaultKind.DIGITS, "id") in kinds(id=text)) is wrong


# --- forbidden words ------------------------------------------------------------------------------------------------

TABLES = [name for name, table in read("forbidden.toml").items() if isinstance(table, Mapping)]


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_word_of_each_forbidden_kind_is_named_with_its_kind(kind, language):
    word = next(iter(next(iter(read("forbidden.toml")[kind].values()))))
    text = GOOD[language].replace(": {{ u }}", f" {word}: {{{{ u }}}}")
    named = [one for one in found(**{language: text}) if one.kind is FaultKind.FORBIDDEN]
    assert {(one.language, one.about) for one in named} == {(language, kind)}
    assert word in " ".join(one.detail for one in named)


def test_a_count_of_weeks_is_forbidden_and_a_date_is_not():
    counted = found(id="{{ app }}: halo {{ s }}, sudah 7 minggu ya: {{ u }}")
    assert [(one.kind, one.about) for one in counted] == [(FaultKind.FORBIDDEN, "count")]
    dated = "{{ app }}: {{ s }}, sampai {{ h }}: {{ u }}"
    assert found(id=dated, en=dated) == []


# --- length ---------------------------------------------------------------------------------------------------------


def padded(septets: int) -> dict[str, str]:
    """Both languages with exactly so many septets when the longest stands in every place."""
    source = "{{ app }}: {{ s }}, sampai {{ h }}: {{ u }}"
    return {
        language: source.replace(
            "sampai", "sampai " + "x" * (septets - 1 - wordings.septets(source, language, "Sahabat", LINK))
        )
        for language in ("id", "en")
    }


@pytest.mark.parametrize(("septets", "over"), [(159, []), (160, []), (161, ["1", "1"]), (200, ["40", "40"])])
def test_a_text_fits_one_segment_with_the_longest_in_every_place(septets, over):
    said = padded(septets)
    assert wordings.septets(said["id"], "id", "Sahabat", LINK) == septets
    assert [one.detail for one in found(**said) if one.kind is FaultKind.TOO_LONG] == over


def test_a_sign_of_two_septets_counts_twice():
    said = {language: text.replace("x", "€", 1) for language, text in padded(160).items()}
    assert [one.detail for one in found(**said)] == ["1", "1"]


def test_a_longer_name_of_the_institutions_app_counts():
    said = padded(160)
    assert found(**said) == []
    assert {one.kind for one in found(app="Sahabatku", **said)} == {FaultKind.TOO_LONG}


def test_a_long_address_counts_and_a_short_one_is_taken_for_32_letters():
    assert len(wordings.longest_link("https://s.id")) == 32
    assert wordings.longest_link("https://kabar.contoh.or.id") == "https://kabar.contoh.or.id/c/Ab3dE6gH9kLm"


def test_nothing_longer_can_ever_stand_in_a_place():
    longest = {
        language: {p: len(w) for p, w in wordings.LONGEST[language].items()} for language in ("id", "en")
    }
    noon = datetime(2026, 1, 1, 5, tzinfo=ZoneInfo("UTC"))
    for language, lengths in longest.items():
        assert lengths["s"] == words.SAPAAN_LETTERS == len(words.sapaan("Kusumawati", language))
        assert lengths["t"] == 38  # the bound of every title
        assert all(len(article(week, language).sms_title) <= 38 for week in weeks())
        days = [i18n.sms_day(noon + timedelta(days=n), "Asia/Jakarta", language) for n in range(366)]
        assert max(map(len, days)) <= lengths["h"]
        zones = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
        assert max(len(i18n.clock_time(noon, zone)) for zone in zones) == lengths["j"]


def test_every_fault_of_a_finished_text_is_a_finding_too():
    """Whatever would keep a text from leaving keeps it from being saved."""
    texts = ["{{ app }}: rehab {{ u }}", "{{ app }}: 12345 {{ u }}", "{{ app }}", "{{ app }}: a , b {{ u }}"]
    for text in texts:
        said = words.fill(text, app="Sahabat", u=LINK)
        assert {fault.kind for fault in words.faults(said, LINK)} <= {one.kind for one in found(id=text)}
