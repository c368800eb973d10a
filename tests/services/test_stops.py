"""The stop switch: with a reason and an end; lifting wakes what waited (design 2.6, failures 38)."""

import pytest
from sqlalchemy import select

from companion.models import EngineState
from companion.rules.states import MessageState
from companion.rules.terms import Lane, Purpose
from companion.services import outbox, stops
from tests.cast import NOW, later
from tests.engine.scene import BUDI, DAY, MINUTE, SECOND, YUSUF


@pytest.fixture
def stopped(scene):
    """Melati is stopped until Friday, and everybody's check-in fell due."""
    scene.at(NOW)
    until = later(days=4)
    scene.write(stops.stop, NOW, institution_id=scene.people.melati, reason="banjir", until=until)
    scene.at(scene.due_together())
    return scene


def test_it_works_at_the_next_hand_over_for_that_institution_only(stopped):
    assert (len(stopped.carrier.bodies(BUDI)), len(stopped.carrier.bodies(YUSUF))) == (0, 1)


def test_lifting_lets_what_waited_leave_at_once(stopped):
    assert stopped.write(stops.lift, stopped.clock.at, institution_id=stopped.people.melati) == 1
    stopped.at(stopped.clock.at + SECOND)
    assert len(stopped.carrier.bodies(BUDI)) == 1


def test_it_ends_by_itself(scene):
    scene.at(NOW)
    due_at = scene.due_together()
    scene.write(stops.stop, NOW, institution_id=None, reason="x", until=due_at + MINUTE)
    scene.at(due_at)
    scene.at(due_at + MINUTE)
    assert len(scene.carrier.bodies(BUDI)) == 1


def test_lifting_all_does_not_lift_what_one_institution_has_stopped(stopped):
    assert stopped.write(stops.lift, stopped.clock.at, institution_id=None) == 0
    stopped.at(stopped.clock.at + MINUTE)
    assert stopped.carrier.bodies(BUDI) == []


def test_while_another_stop_stands_lifting_one_changes_nothing(stopped):
    stopped.write(stops.stop, NOW, institution_id=None, reason="x", until=later(days=9))
    stopped.write(stops.lift, stopped.clock.at, institution_id=stopped.people.melati)
    stopped.at(stopped.clock.at + MINUTE)
    assert stopped.carrier.bodies(BUDI) == []
    assert stopped.messages(person_id=stopped.people.budi)[0].state is MessageState.PLANNED


def test_lifting_all_also_lifts_what_a_restore_had_stopped(scene):
    scene.at(NOW)
    scene.change(EngineState, 1, restored_at=NOW)
    assert scene.write(stops.lift, NOW, institution_id=None) == 1
    assert scene.write(stops.lift, NOW, institution_id=None) == 0


def test_standing_are_those_not_lifted_and_not_over(scene):
    for days in (1, 2):
        scene.write(stops.stop, NOW, institution_id=None, reason=f"{days}", until=NOW + days * DAY)
    with scene.database.read() as session:
        assert [stop.reason for stop in stops.standing(session, NOW + DAY)] == ["2"]
        assert len(stops.standing(session, NOW + DAY - SECOND)) == 2


def test_lifting_a_province_lifts_only_that_one_and_lifting_all_lifts_every_province(scene):
    for province in ("SB", "BA", None):
        scene.write(stops.stop, NOW, institution_id=None, province=province, reason="x", until=NOW + DAY)
    assert scene.write(stops.lift, NOW, institution_id=None, province="SB") == 1
    assert scene.write(stops.lift, NOW, institution_id=None, province="SB") == 0
    assert scene.write(stops.lift, NOW, institution_id=None) == 2


def test_lifting_a_province_leaves_a_restore_stopped(scene):
    scene.at(NOW)
    scene.change(EngineState, 1, restored_at=NOW)
    scene.write(stops.stop, NOW, institution_id=None, province="SB", reason="x", until=NOW + DAY)
    assert scene.write(stops.lift, NOW, institution_id=None, province="SB") == 1
    assert scene._all(select(EngineState))[0].restored_at == NOW


def test_an_institution_feels_its_own_stops_and_those_of_all(scene):
    for institution_id, reason in (
        (scene.people.melati, "own"),
        (scene.people.other, "other"),
        (None, "all"),
    ):
        scene.write(stops.stop, NOW, institution_id=institution_id, reason=reason, until=NOW + DAY)
    with scene.database.read() as session:
        seen = stops.standing(session, NOW, scene.people.melati)
    assert [one.reason for one in seen] == ["own", "all"]


@pytest.mark.parametrize(("everything", "state"), [(False, MessageState.SENT), (True, MessageState.PLANNED)])
def test_an_urgent_text_to_staff_is_held_only_by_a_stop_of_everything(scene, everything, state):
    """A flood may last for days; somebody who is not safe cannot wait for its end."""
    places = [None] if everything else [scene.people.melati]
    for institution_id in places:
        scene.write(stops.stop, NOW, institution_id=institution_id, reason="banjir", until=NOW + DAY)
    if not everything:
        scene.write(stops.stop, NOW, institution_id=None, province="SB", reason="banjir", until=NOW + DAY)
    scene.write(
        outbox.promise, NOW, institution_id=scene.people.melati, purpose=Purpose.STAFF_URGENT, subject="alert:1",
        expires_at=NOW + DAY, lane=Lane.URGENT, staff_id=scene.people.sari, token="abcdefghijkl",
    )  # fmt: skip
    scene.at(NOW)
    assert scene.messages(subject="alert:1")[0].state is state
