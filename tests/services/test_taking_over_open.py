"""An offer is accepted while something stands open there: it goes along, and nobody goes along with something urgent."""

import pytest
from sqlalchemy import select

from companion.models import Alert, Gap, GapCall, Signal, Window
from companion.rules.states import AlertState, Family, Level, TransferState, WindowState, Within
from companion.services import pauses, transfer_views
from tests.engine.scene import DAY, HOUR
from tests.services.handed import accept, ledger, newest, offer, raise_alert, ready, record, taken_over
from tests.services.promised import DAY_20, act


@pytest.fixture
def scene(scene):
    return ready(scene)


def test_a_pause_goes_along_with_its_end(scene):
    until = DAY_20 + 10 * DAY
    act(scene, pauses.begin, until, "travel")
    here = taken_over(scene)
    now = record(scene, here)
    assert (now.state, now.paused_until, now.pause_reason, now.look_at) == (
        WindowState.PAUSED,
        until,
        "travel",
        until,
    )
    assert min(slot.due_at for slot in scene.slots(here)) >= until


def test_silence_goes_on_counting_where_it_stood(scene):
    heard = DAY_20 - 5 * DAY
    was = scene.window(scene.people.budi)
    scene.change(Window, was.id, heard_at=heard, heard_how="answer")
    here = taken_over(scene)
    now = record(scene, here)
    assert (now.heard_at, now.heard_how) == (heard, "answer")
    assert now.look_at == heard + 7 * DAY
    scene.at(now.look_at, send=False)
    reds = scene._all(select(Alert).where(Alert.person_id == here, Alert.level == Level.RED))
    assert [one.family for one in reds] == [Family.SILENCE]


def test_what_stood_open_there_is_closed_there_and_said_here_with_a_clock(scene):
    raise_alert(scene, Family.STRUGGLING, Level.AMBER, within=Within.DAYS_2)
    raise_alert(scene, Family.SILENCE, Level.NONE, code="M1")
    here = taken_over(scene)
    there = scene.alerts(scene.people.budi)
    assert {(one.state, one.outcome) for one in there} == {(AlertState.CLOSED, "referred")}
    (alert,) = scene.alerts(here)
    assert (alert.family, alert.level, alert.state) == (Family.DATA, Level.AMBER, AlertState.OPEN)
    assert alert.deadline_at == DAY_20 + 4 * DAY  # Thursday; two working days later is Monday
    (signal,) = scene._all(select(Signal).where(Signal.alert_id == alert.id))
    assert (signal.code, signal.values) == ("X_handed_over", {"open": ["struggling", "silence"]})


def test_a_call_that_was_owed_after_a_gap_is_not_lost(scene):
    with scene.database.write() as session:
        gap = Gap(began_at=DAY_20 - 3 * HOUR, ended_at=DAY_20 - HOUR)
        session.add(gap)
        session.flush()
        session.add(
            GapCall(
                institution_id=scene.people.melati,
                gap_id=gap.id,
                person_id=scene.people.budi,
                why="first_days",
            )
        )
    here = taken_over(scene)
    assert newest(scene).summary["open"] == ["system"]
    assert scene._all(select(GapCall.done_at)) == [DAY_20]
    assert len(scene.alerts(here)) == 1


def test_nobody_is_taken_over_while_something_urgent_is_open_and_the_senders_are_told(scene):
    offer(scene)
    alert_id = raise_alert(scene, Family.SAFETY, Level.RED, within=Within.HOURS_4)
    before = ledger(scene, scene.people.budi)
    assert accept(scene) == "red"
    assert ledger(scene, scene.people.budi) == before
    assert newest(scene).state is TransferState.OFFERED
    with scene.database.read() as session:
        assert transfer_views.around(session, DAY_20, scene.people.budi).story.blocked
    scene.change(Alert, alert_id, state=AlertState.CLOSED)
    assert isinstance(accept(scene), int)
