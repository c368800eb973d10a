"""The gate's hours, calendar and cap, from the rows to the answer, in three zones (design 3, failures 9-12, 17)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from companion.models import Message, Person, Window
from companion.rules.states import MessageState
from companion.rules.terms import Purpose
from companion.services import gate, outbox
from tests import cast
from tests.engine.scene import DAY, HOUR, MINUTE, SECOND

ZONES = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}


def ask(scene, at, purpose=Purpose.WE_RANG, subject="test"):
    scene.write(
        outbox.promise, cast.NOW, institution_id=scene.people.melati, purpose=purpose, subject=subject, at=at,
        expires_at=at + 9 * DAY, person_id=scene.people.budi, number_id=scene.number_id(scene.people.budi),
        token="abcdefghijkl",
    )  # fmt: skip
    message = scene.messages(subject=subject)[0]
    scene.write(gate.take, message.id, at, at, "https://s.id")
    message = scene.messages(id=message.id)[0]
    return (message.state.value, message.held_because, message.look_at)


def local(day, hour, minute, zone="Asia/Jakarta", second=0):
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=ZONES[zone])


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ((7, 59, 59), "planned"), ((8, 0, 0), "sending"), ((19, 39, 59), "sending"), ((19, 40, 0), "planned"),
        ((22, 57, 0), "planned"), ((2, 0, 0), "planned"),
    ],
)  # fmt: skip
def test_texts_leave_between_eight_and_twenty_to_eight_in_the_recipients_zone(scene, zone, moment, state):
    scene.change(Person, scene.people.budi, zone=zone)
    hour, minute, second = moment
    found = ask(scene, local(24, hour, minute, zone, second))
    assert found[:2] == (state, None if state == "sending" else "hours")
    if state == "planned":
        day = 24 if hour < 8 else 25
        assert found[2] == local(day, 8, 0, zone)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("moment", "state"), [((11, 29), "sending"), ((11, 30), "planned"), ((13, 15), "sending")]
)
def test_friday_noon_is_left_in_peace(scene, zone, moment, state):
    scene.change(Person, scene.people.budi, zone=zone)
    found = ask(scene, local(27, *moment, zone))
    assert found[0] == state
    if state == "planned":
        assert found[2] == local(27, 13, 15, zone)


@pytest.mark.parametrize(
    ("province", "at", "state"),
    [
        (None, datetime(2026, 12, 25, 3, 0, tzinfo=UTC), "planned"),  # Natal
        ("BA", datetime(2027, 3, 8, 3, 0, tzinfo=UTC), "planned"),  # Nyepi, in Bali only
        ("JK", datetime(2027, 3, 8, 3, 0, tzinfo=UTC), "sending"),
        (None, datetime(2027, 3, 10, 3, 0, tzinfo=UTC), "planned"),  # Idulfitri
        (None, datetime(2027, 3, 12, 3, 0, tzinfo=UTC), "sending"),
        (None, datetime(2027, 2, 9, 10, 30, tzinfo=UTC), "planned"),  # Ramadan, 17.30
        (None, datetime(2027, 2, 9, 9, 30, tzinfo=UTC), "sending"),
    ],
)
def test_days_and_hours_that_stay_quiet(scene, province, at, state):
    scene.change(Person, scene.people.budi, province=province)
    scene.change(Window, scene.window(scene.people.budi).id, left_on=date(2026, 12, 1), days=240)
    assert ask(scene, at)[0] == state


# --- the cap --------------------------------------------------------------------------------------------------------


def spend(scene, at, state=MessageState.SENT, person=None, first=None):
    """A text of whatever purpose to Budi's number."""
    with scene.database.write() as session:
        session.add(
            Message(
                institution_id=scene.people.other, purpose=Purpose.CHECK_NUMBER, subject=f"spent:{at}:{state}",
                person_id=person, number_id=scene.number_id(scene.people.budi), state=state, planned_for=at,
                expires_at=at, state_at=at, first_attempt_at=first or at, last_attempt_at=at,
            )
        )  # fmt: skip


NOON = local(26, 12, 0)


@pytest.mark.parametrize(
    ("at", "state"),
    [(NOON - HOUR, "planned"), (local(26, 0, 0), "planned"), (local(26, 0, 0) - SECOND, "sending")],
)
def test_one_text_a_local_day_to_a_number_whatever_for(scene, at, state):
    spend(scene, at)
    found = ask(scene, NOON)
    assert found[:2] == (state, None if state == "sending" else "cap")
    if state == "planned":
        assert found[2] == local(27, 8, 0)


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        (MessageState.SENT, True),
        (MessageState.DELIVERED, True),
        (MessageState.UNSURE, True),
        (MessageState.UNDELIVERED, False),
        (MessageState.REFUSED, False),
        (MessageState.CANCELLED, False),
        (MessageState.EXPIRED, False),
    ],
)
def test_counted_is_what_left_or_may_have(scene, state, counted):
    spend(scene, NOON - HOUR, state)
    assert (ask(scene, NOON)[0] == "planned") == counted


def test_what_counts_is_the_day_on_which_it_left_not_the_day_it_was_first_tried(scene):
    """Tried in vain yesterday evening, sent this morning: that was today's text."""
    spend(scene, NOON - HOUR, first=NOON - DAY)
    assert ask(scene, NOON)[:2] == ("planned", "cap")


@pytest.mark.parametrize(("texts", "state"), [(3, "sending"), (4, "planned")])
def test_four_in_seven_local_days_in_the_first_weeks(scene, texts, state):
    for days in range(1, texts + 1):
        spend(scene, NOON - days * DAY)
    assert ask(scene, NOON)[0] == state


def test_the_seven_days_are_local_and_today_is_one_of_them(scene):
    for days in (1, 2, 3):
        spend(scene, NOON - days * DAY)
    spend(scene, local(20, 0, 0) - SECOND)  # a second before the first of the seven days
    assert ask(scene, NOON)[0] == "sending"


@pytest.mark.parametrize(
    ("weeks", "texts", "state"), [(3, 3, "sending"), (4, 3, "planned"), (4, 2, "sending")]
)
def test_then_three(scene, weeks, texts, state):
    scene.change(
        Window, scene.window(scene.people.budi).id, left_on=date(2026, 11, 26) - timedelta(weeks=weeks)
    )
    for days in range(1, texts + 1):
        spend(scene, NOON - days * DAY)
    assert ask(scene, NOON)[0] == state


def test_over_the_cap_it_waits_until_the_oldest_falls_out(scene):
    for days in (2, 3, 4, 5):
        spend(scene, NOON - days * DAY)
    assert ask(scene, NOON)[2] == local(28, 8, 0)  # Saturday the 21st leaves the seven days on the 28th


def test_a_link_that_was_asked_for_is_never_held_but_counts(scene):
    spend(scene, NOON - HOUR)
    assert ask(scene, NOON, Purpose.NEW_LINK, "asked")[0] == "sending"
    scene.change(Message, scene.messages(subject="asked")[0].id, state=MessageState.SENT)
    assert ask(scene, NOON + 9 * MINUTE)[:2] == ("planned", "cap")


def test_the_cap_belongs_to_the_number_also_across_institutions_and_people(scene):
    spend(scene, NOON - HOUR, person=scene.people.yusuf)
    assert ask(scene, NOON)[:2] == ("planned", "cap")
