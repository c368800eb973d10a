"""After we stood still: deadlines move, and whoever was in trouble is put on a call list (design 4.5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.channels.protocol import NeverLeft
from companion.models import Alert, GapCall, Institution, Person, Staff, Window
from companion.rules.results import Code
from companion.rules.states import AlertState, Family, Level, Within
from companion.services import alerts, contacts, slots
from tests import cast
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE


def raise_for(scene, person_id, family=Family.STRUGGLING, level=Level.AMBER, at=None, within=Within.DAYS_2):
    with scene.database.write() as session:
        window = session.scalars(select(Window).where(Window.person_id == person_id)).one()
        institution = session.get_one(Institution, window.institution_id)
        raised = alerts.raise_(
            session, at or scene.clock.at, window=window, institution=institution, family=family, level=level,
            signals=[("A2_value", level, {"value": 7, "usual": 3})], about=f"test:{person_id}:{family}:{level}",
            within=within,
        )  # fmt: skip
    return raised.alert_id


def old_hands(scene, *person_ids):
    """People who left long ago, so that only their alerts can put them on the list."""
    for person_id in person_ids:
        left_on = (cast.NOW - 50 * DAY).date()
        scene.change(Window, scene.window(person_id).id, left_on=left_on, heard_at=cast.NOW)


def calls(scene):
    return {call.person_id: call.why for call in scene._all(select(GapCall))}


def test_deadlines_and_acknowledgements_move_by_the_overlap(scene):
    alert_id = raise_for(scene, scene.people.budi, level=Level.RED, within=Within.HOURS_4)
    before = next(alert for alert in scene.alerts(scene.people.budi) if alert.id == alert_id)
    scene.after_standing_still(cast.NOW + 40 * MINUTE)
    after = scene.alerts(scene.people.budi)[0]
    assert after.ack_at == before.ack_at + 40 * MINUTE
    assert after.deadline_at == before.deadline_at + 40 * MINUTE
    assert after.look_at == after.ack_at


def test_an_alert_raised_while_we_stood_still_moves_only_by_what_was_left(scene):
    """The pages go on without the worker."""
    raise_for(scene, scene.people.budi, within=Within.HOURS_4, at=cast.later(minutes=30))
    before = scene.alerts(scene.people.budi)[0].deadline_at
    scene.after_standing_still(cast.later(minutes=50))
    assert scene.alerts(scene.people.budi)[0].deadline_at == before + 20 * MINUTE


def test_a_snooze_ends_when_a_person_said(scene):
    alert_id = raise_for(scene, scene.people.budi)
    until = cast.later(hours=3)
    scene.change(Alert, alert_id, state=AlertState.SNOOZED, snoozed_until=until, look_at=until)
    scene.after_standing_still(cast.later(hours=2))
    assert scene.alerts(scene.people.budi)[0].look_at == until


def test_what_was_taken_after_its_deadline_while_we_stood_still_is_looked_at_when_that_has_come_again(scene):
    """The pages go on without the worker. Moved twice, a forgotten red one would climb days too late."""
    alert_id = raise_for(scene, scene.people.budi, level=Level.RED, within=Within.HOURS_4)
    before = scene.alerts(scene.people.budi)[0]
    took_at = before.deadline_at + HOUR
    sari = scene.people.sari
    assert scene.write(lambda session: alerts.claim(session, took_at, alert_id, session.get_one(Staff, sari)))
    back = took_at + 2 * DAY
    scene.after_standing_still(back)
    after = scene.alerts(scene.people.budi)[0]
    assert after.deadline_at == before.deadline_at + (back - cast.NOW)
    assert (after.state, after.look_at) == (AlertState.CLAIMED, after.deadline_at)


def test_what_turned_red_while_we_stood_still_has_a_red_ones_time_from_then(scene):
    """Its first deadline was days ahead; moved by the whole gap, a call for help would climb two days late."""
    raise_for(scene, scene.people.budi)
    turned = cast.NOW + 47 * HOUR
    raise_for(scene, scene.people.budi, level=Level.RED, within=Within.HOURS_4, at=turned)
    before = scene.alerts(scene.people.budi)[0]
    back = turned + HOUR / 2
    scene.after_standing_still(back)
    after = scene.alerts(scene.people.budi)[0]
    assert after.deadline_at == before.deadline_at + HOUR / 2
    assert after.ack_at == after.look_at == before.ack_at + HOUR / 2


def test_a_day_that_was_agreed_in_a_call_while_we_stood_still_stays(scene):
    alert_id = raise_for(scene, scene.people.budi)
    called, back = cast.NOW + HOUR, cast.NOW + 3 * HOUR
    with scene.database.write() as session:
        budi, sari = session.get_one(Person, scene.people.budi), session.get_one(Staff, scene.people.sari)
        entry = contacts.Entry(code=Code.SPOKE_CARE, once="abc")
        window = session.get_one(Window, scene.window(budi.id).id)
        contacts.note(session, contacts.setting(session, called, sari, budi, window, entry), entry)
    before = next(alert for alert in scene.alerts(scene.people.budi) if alert.id == alert_id)
    assert before.state is AlertState.CLAIMED
    assert before.deadline_at == before.look_at > back
    scene.after_standing_still(back)
    after = next(alert for alert in scene.alerts(scene.people.budi) if alert.id == alert_id)
    assert (after.deadline_at, after.look_at) == (before.deadline_at, before.look_at)


def test_what_was_late_before_and_taken_while_we_stood_still_has_the_time_of_whoever_took_it(scene):
    alert_id = raise_for(scene, scene.people.budi, level=Level.RED, within=Within.HOURS_4)
    late = cast.NOW - HOUR
    scene.change(Alert, alert_id, deadline_at=late, look_at=cast.NOW + HOUR)
    sari = scene.people.sari
    assert scene.write(
        lambda session: alerts.claim(session, cast.NOW + MINUTE, alert_id, session.get_one(Staff, sari))
    )
    look_at = scene.alerts(scene.people.budi)[0].look_at
    scene.after_standing_still(cast.NOW + 2 * HOUR)
    after = scene.alerts(scene.people.budi)[0]
    assert (after.deadline_at, after.look_at) == (late, look_at)


@pytest.mark.parametrize(
    ("family", "level", "why"),
    [
        (Family.STRUGGLING, Level.AMBER, "struggling"),
        (Family.SAFETY, Level.RED, "struggling"),
        (Family.SILENCE, Level.NONE, "silent"),
        (Family.SILENCE, Level.RED, "silent"),
        (Family.SYSTEM, Level.NONE, None),
    ],
)
def test_whoever_was_amber_red_or_silent_when_it_began_is_called(scene, family, level, why):
    old_hands(scene, scene.people.budi, scene.people.wati, scene.people.yusuf)
    raise_for(scene, scene.people.budi, family, level, within=None)
    scene.after_standing_still(cast.later(hours=1))
    assert calls(scene) == ({scene.people.budi: why} if why else {})


def test_trouble_that_was_over_or_had_not_begun_is_no_reason_to_call(scene):
    old_hands(scene, scene.people.budi, scene.people.wati, scene.people.yusuf)
    closed = raise_for(scene, scene.people.budi)
    scene.change(Alert, closed, state=AlertState.CLOSED, closed_at=cast.NOW, look_at=None)
    answered = raise_for(scene, scene.people.wati, Family.SILENCE)
    scene.change(Alert, answered, answered_at=cast.NOW, look_at=None)
    raise_for(scene, scene.people.yusuf, at=cast.later(minutes=20))
    scene.after_standing_still(cast.later(hours=1))
    assert calls(scene) == {}


@pytest.mark.parametrize(("days", "called"), [(13, True), (14, False)])
def test_the_first_fourteen_days_are_counted_on_the_persons_own_calendar(scene, days, called):
    """07.00 in Jakarta is still the day before in UTC."""
    old_hands(scene, scene.people.budi, scene.people.wati, scene.people.yusuf)
    began = cast.NOW + timedelta(hours=22, minutes=30)  # Tuesday 07.30 in Jakarta, Tuesday 00.30 UTC
    scene.change(Window, scene.window(scene.people.budi).id, left_on=began.date() - timedelta(days=days))
    scene.at(began - 2 * HOUR)  # Tuesday 05.30 in Jakarta, still Monday in UTC
    scene.after_standing_still(began)
    assert calls(scene) == ({scene.people.budi: "first_days"} if called else {})


def test_nobody_is_called_who_paused_or_whose_follow_up_is_over(scene):
    with scene.database.write() as session:
        window = session.get_one(Window, scene.window(scene.people.budi).id)
        slots.pause(session, cast.NOW, window, cast.later(days=9), "asked")
    scene.change(Window, scene.window(scene.people.wati).id, ends_at=cast.NOW)
    scene.after_standing_still(cast.later(hours=1))
    assert calls(scene) == {scene.people.yusuf: "first_days"}


def test_void_makes_no_line_for_staff(scene):
    scene.carrier.refuses = {BUDI: NeverLeft()}
    scene.after_standing_still(scene.slots(scene.people.budi)[2].due_at + HOUR)
    assert [alert.family for alert in scene.alerts(scene.people.budi)] in ([], [Family.SILENCE])


@pytest.mark.parametrize(
    ("passes", "called", "moved"),
    [
        (HOUR, True, True),
        (0 * HOUR, False, False),  # it had passed when we stopped, and was looked at then
        (6 * HOUR, True, True),
        (6 * HOUR + MINUTE, False, False),
    ],
)
def test_a_silence_that_passed_its_limit_while_we_stood_still_is_called_and_is_red_that_much_later(
    scene, passes, called, moved
):
    old_hands(scene, scene.people.budi, scene.people.wati, scene.people.yusuf)
    window, look_at = scene.window(scene.people.budi), cast.NOW + passes
    scene.change(Window, window.id, look_at=look_at, heard_at=look_at - 10 * DAY)
    scene.after_standing_still(cast.NOW + 6 * HOUR)
    assert calls(scene) == ({scene.people.budi: "silent"} if called else {})
    if moved:
        assert scene.window(scene.people.budi).look_at == look_at + 6 * HOUR
        scene.at(look_at + 6 * HOUR - MINUTE)
        assert scene.alerts(scene.people.budi) == []
        scene.at(look_at + 6 * HOUR)
        assert [alert.level for alert in scene.alerts(scene.people.budi)] == [Level.RED]
