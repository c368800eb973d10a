"""The enrolment form where it cannot be stored: the fault is told beside its field, and what was typed is kept."""

from datetime import timedelta

import html5lib
import pytest

from tests.cast import NOW
from tests.web.enrolling import YES, enrolled, newest, send
from tests.web.office import browser


@pytest.mark.parametrize("missing", ["paper_follow_up", "by_follow_up", "on_follow_up"])
def test_a_yes_without_its_proof_is_not_taken(office, sari, missing):
    before = enrolled(office)
    answer = send(sari, **(YES | {missing: ""}))
    assert answer.status_code == 400 and f'id="{missing}-error"' in answer.text
    assert enrolled(office) == before


@pytest.mark.parametrize(
    ("signed", "status"), [("2026-11-22", 303), ("2026-11-23", 303), ("2026-11-24", 400)]
)
def test_nothing_was_signed_tomorrow(sari, signed, status):
    assert send(sari, **(YES | {"on_follow_up": signed})).status_code == status


@pytest.mark.parametrize(
    ("born_on", "status"), [("2008-11-24", 400), ("2008-11-23", 303), ("2008-11-22", 303)]
)
def test_a_guardian_is_named_up_to_the_eighteenth_birthday(sari, born_on, status):
    answer = send(sari, born_on=born_on)
    assert answer.status_code == status
    assert ('id="guardian_name-error"' in answer.text) == (status == 400)


@pytest.mark.parametrize(
    ("left_on", "status"),
    [
        ("2026-12-07", 303), ("2026-12-08", 400), ("2026-07-27", 303), ("2026-07-26", 400),
        ("", 400), ("kemarin", 400), ("2026-02-31", 400), ("20-11-2026", 303),
    ],
)  # fmt: skip
def test_the_day_of_leaving_lies_within_the_follow_up(sari, left_on, status):
    answer = send(sari, left_on=left_on)
    assert answer.status_code == status
    assert ('id="left_on-error"' in answer.text) == (status == 400)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "  ,. "), ("e164", ""), ("e164", "021-3423667"), ("e164", "0812"),
        ("e164", "6.28E+11"), ("e164", "0813 5550 0001 / 0813 5550 0002"), ("e164", "<b>"),
        ("second_e164", "abc"), ("family_e164", "123"), ("phone_kind", ""), ("phone_kind", "tetangga"),
        ("opioid", "mungkin"), ("born_on", "1800-01-01"), ("born_on", "2027-01-01"), ("born_on", "x"),
        ("safe_to", "08:00"), ("safe_from", "25:00"), ("preferred_hour", "08:00"), ("preferred_hour", "17:00"),
        ("preferred_hour", "20:00"),
    ],
)  # fmt: skip
def test_a_fault_is_told_beside_its_field_and_nothing_is_stored(office, sari, field, value):
    before = enrolled(office)
    answer = send(sari, **{field: value})
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text or f'href="#{field}"' in answer.text
    assert enrolled(office) == before


def test_what_was_typed_is_kept_word_for_word(sari):
    page = send(sari, left_on="", called="D'Arcy <3", **YES).text
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    values = {
        node.get("name"): node.get("value")
        for node in tree.iter("input")
        if node.get("type") in ("text", "tel")
    }
    assert values["name"] == "Nur'aini O'Brien" and values["called"] == "D'Arcy <3"
    assert values["e164"] == "0813 5550 0001" and values["paper_follow_up"] == "map hijau 12"
    chosen = {node.get("name") for node in tree.iter("input") if node.get("checked") is not None}
    assert {"consent_follow_up", "phone_kind", "opioid", "language"} <= chosen


def test_a_family_named_with_a_number_needs_a_name(sari):
    answer = send(sari, family_e164="0813 5550 0009")
    assert answer.status_code == 400 and 'id="guardian_name-error"' in answer.text


def test_somebody_who_is_here_already_is_shown_to_their_own_caseworker(office, sari, clock):
    send(sari)
    clock.at = NOW + timedelta(hours=1)
    answer = send(sari, called="Lain")
    assert answer.status_code == 409 and f"/orang/{newest(office).ref}" in answer.text
    assert newest(office).called == "Aini"


def test_a_colleagues_person_is_not_shown_but_the_way_is_told(office, sari):
    send(browser(office, "dewi"))
    answer = send(sari)
    assert answer.status_code == 409 and f"/orang/{newest(office).ref}" not in answer.text
    assert "atasan" in answer.text or "supervisor" in answer.text
