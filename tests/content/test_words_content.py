"""The words of the check-in and its thank-you texts: complete in every voice, and nothing that harms (texts 2)."""

import re
from collections.abc import Mapping
from datetime import date

import pytest

from companion.content import Unsayable, placeholders, read, words
from companion.content.load import fill
from companion.rules.words import forbidden

TODAY = date(2026, 11, 22)
FILES = (
    "checkin.toml",
    "thanks.toml",
    "reasons.toml",
    "results.toml",
    "help.toml",
    "helplines.toml",
    "forbidden.toml",
)
LINK = {"nomor": "021-555", "jam_kerja": "Senin-Jumat 08.00-16.00", "waktu": "Senin 08.00 WIB"}
FILLERS = LINK | {
    "batas": "hari ini sebelum 16.00 WIB",
    "hari": "Kamis",
    "jam": "09.10",
    "petugas": "Kak Rini",
}


def said_everywhere(value):
    """Every string below a table, whatever its depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from said_everywhere(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from said_everywhere(inner)


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_where_its_words_come_from_and_since_when(name):
    table = read(name)
    assert table["source"]
    assert table["date"] <= TODAY


def test_words_are_read_once_and_cannot_be_changed():
    table = read("checkin.toml")
    assert read("checkin.toml") is table
    with pytest.raises(TypeError):
        table["say"]["title"]["en"] = "Check"
    assert isinstance(table["question"]["mood"]["options"], tuple)


@pytest.mark.parametrize("name", FILES)
def test_typing_is_plain(name):
    strange = {char for text in said_everywhere(read(name)) for char in text if ord(char) > 126}
    assert strange <= {"·"}


def test_filling_takes_one_pass_and_leaves_no_hole():
    assert fill("Sampai {hari}.", {"hari": "{jam}"}) == "Sampai {jam}."
    assert fill("{n}", {"n": 0}) == "0"
    for hole in ({}, {"hari": None}, {"hari": ""}):
        with pytest.raises(Unsayable, match="hari"):
            fill("Sampai {hari}.", hole)


# --- check-in -------------------------------------------------------------------------------------------------------

SENTENCES = sorted(words.sentences())


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_is_said_in_every_voice_with_the_same_fillers(key):
    entry = words.sentences()[key]
    needed = placeholders(entry["anda"])
    for voice in (*words.VOICES, "en_teen"):
        said = words.say(key, voice, **FILLERS)
        assert said
        assert "{" not in said
        assert placeholders(words.pick(words.sentences(), key, voice)) == needed


@pytest.mark.parametrize("key", SENTENCES)
def test_only_what_a_stranger_reads_has_no_kamu(key):
    entry = words.sentences()[key]
    assert ("kamu" in entry) is not entry.get("stranger", False)
    assert entry.get("stranger", False) is key.startswith(("not_me_", "number_"))


def test_a_teen_reads_the_polite_words_where_a_stranger_may_read():
    assert words.say("not_me_heading", "kamu") == words.say("not_me_heading", "anda")


@pytest.mark.parametrize(
    ("key", "voice", "fillers"),
    [("hello", "anda", {}), ("intro", "Anda", {}), ("intro", "id", {}), ("hours", "anda", {}),
     ("hours", "anda", {"jam_kerja": ""}), ("thanks.calm", "kamu", {"batas": "besok"}), ("thanks.good", "en", {})],
)  # fmt: skip
def test_an_unknown_key_or_voice_or_a_missing_filler_is_an_error(key, voice, fillers):
    with pytest.raises(Unsayable):
        words.say(key, voice, **fillers)


def test_kamu_is_not_made_up_for_words_that_lack_it():
    with pytest.raises(Unsayable):
        words.pick({"greeting": {"anda": "Halo", "en": "Hello"}}, "greeting", "kamu")


@pytest.mark.parametrize("key", SENTENCES)
def test_voices_are_not_mixed(key):
    entry = words.sentences()[key]
    if key == "other_language":
        return
    assert not re.search(r"\b(?:kamu|aku|nggak|gimana|banget)\b", entry["anda"])
    assert not re.search(r"\b(?:Anda|Saya|Bagaimana)\b", entry.get("kamu", ""))


def test_nobody_is_shouted_at():
    assert not any("!" in text for name in FILES[:2] for text in said_everywhere(read(name)))


FIELDS = {
    "mood": "5 4 3 2 1",
    "urge": "0 1 2 3 4 5 6 7 8 9 10",
    "confidence": "0 1 2 3 4 5 6 7 8 9 10",
    "situation": "no past coming both",
    "situation_kind": "teman ajakan rumah pasangan uang kerja hilang perasaan sepi senang lain",
    "sleep": "4 3 2 1",
    "use": "no yes rather_not",
    "harder": "no yes rather_not",
    "contact": "no week soon",
    "safe_way": "usual call message not_here",
    "about": "hidup orang badan dorongan lain",
    "may_call": "now message no",
}


def test_the_questions_are_those_of_the_form_in_their_order():
    assert words.question_names() == tuple(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("voice", ["anda", "kamu", "en", "en_teen"])
def test_a_question_sends_the_values_of_the_form_and_has_words_for_each(name, voice):
    question = words.question(name, voice, batas="besok")
    values = FIELDS[name].replace("yes rather", "yes tell rather") if name == "harder" else FIELDS[name]
    teen = voice in ("kamu", "en_teen")
    assert [o.value for o in question.options] == (values if teen else FIELDS[name]).split()
    assert question.ask
    assert len({o.label for o in question.options}) == len(question.options)
    assert question.multiple is (name == "situation_kind")
    assert bool(question.scale) is (name in ("urge", "confidence"))


@pytest.mark.parametrize("name", FIELDS)
def test_all_parts_of_a_question_speak_all_voices(name):
    entry = read("checkin.toml")["question"][name]
    for part in ("ask", "help", "scale"):
        assert part not in entry or set(words.VOICES) <= entry[part].keys()
    for option in entry.get("options", ()):
        assert option["value"] == "tell" or set(words.VOICES) <= option.keys()


def test_the_promise_in_a_question_needs_its_hour():
    assert (
        words.question("contact", "en", batas="today 16.00 WIB")
        .options[2]
        .label.endswith("by today 16.00 WIB")
    )
    with pytest.raises(Unsayable):
        words.question("contact", "en")
    with pytest.raises(Unsayable):
        words.question("weight")
    with pytest.raises(Unsayable):
        words.question("mood", "id")


# --- thank-you texts ------------------------------------------------------------------------------------------------


def test_a_shared_phone_shows_only_neutral_thanks():
    neutral = {name for name in read("thanks.toml")["thanks"] if words.is_neutral(name)}
    assert neutral == {
        "heading", "hello", "short", "talk", "unsafe_on_duty", "unsafe_nobody", "late", "opened_again",
    }  # fmt: skip
    with pytest.raises(Unsayable):
        words.is_neutral("good")


def test_a_text_that_may_be_seen_by_a_bystander_betrays_nothing():
    keys = ["heading", "hello", "short", "talk", "late", "opened_again"]
    for voice in words.VOICES:
        assert forbidden(" ".join(words.thanks(key, voice, **FILLERS) for key in keys)) == ()


def test_every_bold_part_is_closed():
    for name in ("thanks.toml", "help.toml"):
        for text in said_everywhere(read(name)):
            assert "".join(piece for piece, _ in words.parts(text)) == text.replace("**", "")


def test_bold_parts_are_told_apart():
    assert words.parts("a **b** c") == (("a ", False), ("b", True), (" c", False))
    assert words.parts("**b**") == (("b", True),)
    with pytest.raises(ValueError, match="not closed"):
        words.parts("a **b")


@pytest.mark.parametrize("name", ["unsafe_on_duty", "unsafe_nobody", "used_safety"])
@pytest.mark.parametrize("voice", words.VOICES)
def test_texts_about_danger_name_the_emergency_number(name, voice):
    assert "119" in words.thanks(name, voice, **FILLERS)
