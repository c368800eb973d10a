"""Every promise about texts, broken on purpose by a planted text, must be found."""

from dataclasses import replace
from datetime import datetime, time

import pytest

from companion.trials import text_promises
from companion.trials.diary import Did
from tests.trials.planting import DAY, HOUR, MINUTE, at_local, invited, moved, planted


@pytest.mark.parametrize(
    ("day", "moment", "broken"),
    [
        ((2026, 11, 24), time(7, 59), True),
        ((2026, 11, 24), time(8, 0), False),
        ((2026, 11, 24), time(19, 39), False),
        ((2026, 11, 24), time(19, 40), True),
        ((2026, 11, 24), time(22, 57), True),
        ((2026, 11, 27), time(11, 29), False),
        ((2026, 11, 27), time(11, 30), True),
        ((2026, 11, 27), time(13, 15), False),
        ((2026, 12, 25), time(10, 0), True),
        ((2027, 2, 15), time(17, 0), True),
        ((2027, 2, 15), time(16, 59), False),
    ],
)
def test_a_text_outside_the_hours_of_its_reader_is_found(clean, day, moment, broken):
    text, _graduate = invited(clean)
    seen = moved(clean, text, at=at_local(datetime(*day), moment))
    assert bool(list(text_promises.outside_hours(seen))) is broken


def test_a_text_after_the_texts_were_stopped_is_found(clean):
    text, graduate = clean.to_graduates[-1]
    before = [Did(graduate.id, text.at - MINUTE, text.token, text.to)]
    at_once = [Did(graduate.id, text.at, text.token, text.to)]
    assert list(text_promises.after_opt_out(planted(clean, stops=before)))
    assert not list(text_promises.after_opt_out(planted(clean, stops=at_once)))


def test_a_text_that_arrives_twice_is_found(clean):
    text, _graduate = invited(clean)
    again = [*clean.diary.arrivals, replace(text, sid="SM-not-in-the-books", at=text.at + HOUR)]
    assert list(text_promises.twice(planted(clean, arrivals=again)))


def test_the_same_step_promised_twice_is_found(clean):
    rows = [*clean.rows["message"], clean.rows["message"][0]]
    assert list(text_promises.twice(planted(clean, "message", rows)))


def test_a_reminder_of_what_was_answered_is_found(clean):
    text, graduate = invited(clean)
    answers = [*clean.diary.answers, Did(graduate.id, text.at - MINUTE, text.token)]
    assert list(text_promises.after_answer(planted(clean, answers=answers)))


def test_a_second_text_on_one_day_is_found(clean):
    text, _graduate = invited(clean)
    again = [*clean.diary.arrivals, replace(text, at=text.at + HOUR)]
    assert list(text_promises.over_cap(planted(clean, arrivals=again)))


def test_the_fifth_text_of_seven_days_is_found_and_the_fourth_is_not(clean):
    text, graduate = invited(clean)
    start = at_local(graduate.left_on, time(10))
    days = [replace(text, at=start + day * DAY, sid="") for day in (0, 1, 2, 3)]
    assert not list(text_promises.over_cap(planted(clean, arrivals=days)))
    fifth = replace(text, at=start + 6 * DAY, sid="")
    assert list(text_promises.over_cap(planted(clean, arrivals=[*days, fifth])))
    eighth_day = replace(text, at=start + 7 * DAY, sid="")
    assert not list(text_promises.over_cap(planted(clean, arrivals=[*days, eighth_day])))


@pytest.mark.parametrize(
    "body",
    [
        "Sahabat: halo Kak, konselor Anda menunggu kabar: {link}",
        "Sahabat: halo Kak, ini minggu ke 3 Anda: {link}",
        "Sahabat: " + "isi kabar ya, " * 14 + "{link}",
        "Sahabat: halo Kak, isi kabar \N{PERSON WITH FOLDED HANDS}" + " ya" * 20 + ": {link}",
        "Sahabat: halo Kak, {link} ditunggu",
        "Sahabat: halo {name}, isi kabar: {link}",
    ],
)
def test_a_text_that_betrays_is_found(clean, body):
    text, graduate = invited(clean)
    link = text.body.rsplit(" ", 1)[1]
    seen = moved(clean, text, body=body.format(link=link, name=graduate.name))
    assert list(text_promises.wording(seen))
