"""The picture of a run: whole, readable by a browser, and true to what was counted."""

import re
from xml.etree import ElementTree

import pytest

from companion.trials import drawing, simulate
from companion.trials.figures import ENDS, count

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def seen():
    return simulate.simulate(20, 10, seed=3, faults=True)


@pytest.fixture
def picture(seen, tmp_path):
    path = tmp_path / "there" / "run.svg"
    drawing.draw(drawing.by_day(seen), "20 graduates & 10 days", path)
    return ElementTree.parse(path).getroot()


def bars(picture, colour):
    return [
        one
        for one in picture.iter(f"{SVG}rect")
        if one.get("fill") == colour and float(one.get("width")) != 12
    ]


def test_the_bars_of_all_days_add_up_to_the_ends_that_were_counted(seen, picture):
    counted = count(seen)["slots"]
    height = {
        end: sum(float(bar.get("height")) for bar in bars(picture, drawing.COLOURS[end])) for end in ENDS
    }
    most = int(next(text.text for text in picture.iter(f"{SVG}text") if re.fullmatch(r"\d+", text.text)))
    inside = {slot.state for slot in seen.rows["slot"] if seen.begin <= slot.due_at < seen.end}
    for end in inside & set(ENDS):
        due = [
            slot for slot in seen.rows["slot"] if slot.state == end and seen.begin <= slot.due_at < seen.end
        ]
        assert height[end] / drawing.HIGH * most == pytest.approx(len(due), abs=0.6)
    assert counted["answered"] > 0 and height["answered"] > 0


def test_every_trouble_of_the_plan_is_to_be_seen(seen, picture):
    for event in seen.events:
        assert bars(picture, drawing.BANDS[event.kind]), event.kind


def test_the_heading_is_words_and_never_markup(picture):
    assert "20 graduates & 10 days" in [text.text for text in picture.iter(f"{SVG}text")]


def test_two_houses_are_drawn_as_one(seen):
    one = drawing.by_day(seen)
    both = drawing.together([one, one])
    assert (both.begin, both.days, both.events) == (one.begin, one.days, one.events)
    assert both.texts.total() == 2 * one.texts.total() > 0
    assert both.reds.total() == 2 * one.reds.total() > 0
    assert {day: ends.total() for day, ends in both.ends.items()} == {
        day: 2 * ends.total() for day, ends in one.ends.items()
    }
