"""The help-now page: life first, honest about its lines, silent about everything else (texts 6, domain 3)."""

import re
from datetime import date, timedelta

import pytest

from companion.content import Unsayable, help_page, read, words
from companion.rules.words import forbidden

TODAY = date(2026, 11, 22)
LINK = {"nomor": "021-555", "jam_kerja": "Senin-Jumat 08.00-16.00", "waktu": "Senin 08.00 WIB"}
FILLERS = {"tanggal": "22 November", "igd": "RSUD", "batas": "Senin sebelum 09.00 WIB"}
VOICES = pytest.mark.parametrize("voice", words.VOICES)


def lines(shown):
    return [part.line for section in shown for part in section.parts if part.line]


@VOICES
def test_help_begins_with_119_and_112(voice):
    shown = help_page.sections(voice)
    assert shown[0].key == "emergency"
    assert [one.link for one in lines(shown)[:2]] == ["tel:119", "tel:112"]


@VOICES
def test_help_stands_in_its_order_and_folds_only_the_rest(voice):
    shown = help_page.sections(voice, LINK)
    assert [section.key for section in shown] == [
        "emergency",
        "life",
        "violence",
        "pull",
        "us",
        "family",
        "other",
    ]
    assert [section.key for section in shown if section.folded] == ["other"]


@VOICES
def test_the_police_are_not_on_the_page(voice):
    everything = str(read("help.toml")) + str(read("helplines.toml"))
    numbers = [one.number for one in lines(help_page.sections(voice, LINK))]
    assert "110" not in numbers
    assert not re.search(r"\b110\b|polisi|police", everything, re.IGNORECASE)


@VOICES
def test_help_before_sign_in_has_no_drug_word(voice):
    shown = help_page.sections(voice, LINK)
    texts = [section.heading for section in shown] + [
        part.text for section in shown for part in section.parts
    ]
    texts += [f"{one.name} {one.whom} {one.cost} {one.area}" for one in lines(shown)]
    kinds = {kind for text in texts for kind, _ in forbidden(text)}
    # The rest of the list is about texts on a phone: "penegak hukum" and "konsultasi pemulihan" are said here on purpose.
    assert not kinds & {"drugs", "authority", "worker", "stigma", "religion", "longing"}


@VOICES
def test_without_a_link_nobody_learns_which_institution_it_is(voice):
    us = next(section for section in help_page.sections(voice) if section.key == "us")
    assert [part.key for part in us.parts] == ["no_link"]
    told_more = next(section for section in help_page.sections(voice, LINK) if section.key == "us")
    assert [part.key for part in told_more.parts] == ["number", "from_page", "ask_contact", "no_link"]
    assert told_more.parts[0].text.startswith("021-555 · Senin-Jumat")


def test_a_link_without_its_hours_is_an_error():
    with pytest.raises(Unsayable):
        help_page.sections("anda", {"nomor": "021-555"})


@VOICES
def test_every_line_says_for_whom_what_it_costs_and_where(voice):
    shown = lines(help_page.sections(voice, LINK))
    assert {one.key for one in shown} == set(read("helplines.toml")["line"])
    for one in shown:
        assert all((one.number, one.name, one.whom, one.cost, one.area))
        assert one.link.startswith("tel:" if one.action == "call" else "https://")
        assert one.action == "open" or one.link == "tel:" + re.sub(r"\D", "", one.number)


def test_a_line_is_stale_after_90_days_or_if_never_rung():
    rung = help_page.line("119", "anda", {"119": TODAY})
    assert not rung.stale(TODAY)
    assert not rung.stale(TODAY + timedelta(days=90))
    assert rung.stale(TODAY + timedelta(days=91))
    assert help_page.line("119", "anda").stale(TODAY)
    known = help_page.line("184", "anda")
    assert known.checked == date(2026, 2, 19)
    assert known.stale(known.checked)  # somebody wrote about it; nobody of ours rang it


def test_the_foot_has_a_date_only_when_every_line_was_rung():
    every = dict.fromkeys(read("helplines.toml")["line"], TODAY)
    oldest = {**every, "171": TODAY - timedelta(days=30)}
    assert help_page.checked_on(help_page.sections("anda", rung=every), TODAY) == TODAY
    assert help_page.checked_on(help_page.sections("anda", rung=oldest), TODAY) == TODAY - timedelta(days=30)
    assert help_page.checked_on(help_page.sections("anda", rung=oldest), TODAY + timedelta(days=61)) is None
    assert help_page.checked_on(help_page.sections("anda"), TODAY) is None
    assert help_page.checked_on((), TODAY) is None


@pytest.mark.parametrize("key", [*read("help.toml")["say"], *read("helplines.toml")["words"]])
def test_the_sentences_of_the_help_pages_speak_all_voices(key):
    said = {voice: help_page.say(key, voice, **FILLERS) for voice in words.VOICES}
    assert all(said.values())


def test_an_unknown_line_or_voice_is_an_error():
    with pytest.raises(Unsayable):
        help_page.line("110", "anda")
    with pytest.raises(Unsayable):
        help_page.sections("id")


def test_a_teen_is_sent_to_grown_ups_and_not_called_anda():
    shown = [section for section in help_page.sections("kamu", LINK) if section.key != "family"]
    texts = " ".join([s.heading for s in shown] + [part.text for s in shown for part in s.parts])
    assert "orang dewasa yang kamu percaya" in texts
    assert not re.search(r"\bAnda\b|\btidak\b", texts)
