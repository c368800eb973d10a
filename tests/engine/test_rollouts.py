"""Running windows go over to a new plan: one transaction each, resumed after a crash, once (issue 3, failures 27)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat

import pytest
from sqlalchemy import event, select, update

from companion.clock import SetClock
from companion.db import Database
from companion.engine import rollouts
from companion.models import Parked, Person, PlanVersion, Rollout, Slot, Staff, Window
from companion.rules.plan import PlanSettings
from companion.rules.states import SlotState, WindowState
from companion.rules.terms import PersonStatus
from companion.services import changes, pauses, plan_versions
from companion.services import rollouts as begun
from tests import cast
from tests.cast import NOW
from tests.engine.scene import DAY, HOUR, SECOND

LONGEST_ROUND = 60.0
"""Seconds; a busy machine must not end the rounds that these tests expect whole."""
THREE_A_WEEK = PlanSettings(early_days=(1, 3, 5), hour="16:00")
"""Budi and Wati left three days ago: eleven check-ins lie ahead in weeks 1-4, and thirteen after them."""


def set_plan(scene, settings=THREE_A_WEEK, *, follow=True, at=NOW):
    with scene.database.write() as session:
        ratna = session.get_one(Staff, scene.people.ratna)
        base = plan_versions.latest(session, ratna.institution_id)[0].number
        assert plan_versions.store(session, at, ratna, base, settings, "lebih sering di awal") is None
        return follow and begun.begin(session, at, ratna)


def slots(scene, person_id):
    return Counter(slot.state.value for slot in scene.slots(person_id))


def versions(scene):
    """The plan version and generation of Budi's, Wati's and Yusuf's window."""
    people = (scene.people.budi, scene.people.wati, scene.people.yusuf)
    with scene.database.read() as session:
        rows = session.execute(
            select(Window.person_id, PlanVersion.version, Window.generation)
            .join(PlanVersion, PlanVersion.id == Window.plan_version_id)
            .where(Window.person_id.in_(people))
        )
        found = {row.person_id: (row.version, row.generation) for row in rows}
    return [found[one] for one in people]


def rollout(scene):
    with scene.database.read() as session:
        return session.scalars(select(Rollout).order_by(Rollout.id.desc())).first()


def test_what_is_promised_goes_over_and_nobody_elses_does(scene):
    set_plan(scene)
    scene.at(NOW)
    assert versions(scene) == [(2, 2), (2, 2), (1, 1)]
    for person_id in (scene.people.budi, scene.people.wati):
        assert slots(scene, person_id) == {"cancelled": 20, "planned": 24}
    assert slots(scene, scene.people.yusuf) == {"planned": 20}
    done = rollout(scene)
    assert (done.moved, done.total, done.ended_at, done.look_at) == (2, 2, NOW, None)


def test_those_who_keep_theirs_keep_it_and_the_next_to_come_has_the_new_one(scene):
    set_plan(scene, follow=False)
    scene.at(NOW)
    assert versions(scene) == [(1, 1), (1, 1), (1, 1)]
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        new = cast.graduate(
            session, budi.institution, session.get_one(Staff, scene.people.sari), name="Ani", e164="+6281200000077"
        )  # fmt: skip
        window = session.scalars(select(Window).where(Window.person_id == new.id)).one()
        assert window.plan_version.version == 2


def test_a_tick_takes_only_so_many_and_the_next_one_goes_on(scene):
    set_plan(scene)
    did = rollouts.roll_on(scene.house, NOW, 1)
    assert (did["looked"], did["rolled"]) == (1, 1)
    assert versions(scene)[:2] == [(2, 2), (1, 1)]
    assert rollout(scene).look_at == NOW + SECOND
    assert rollouts.roll_on(scene.house, NOW, 1) == Counter()
    rollouts.roll_on(scene.house, NOW + SECOND, 1)
    assert versions(scene)[:2] == [(2, 2), (2, 2)]
    assert rollout(scene).ended_at == NOW + SECOND


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(rollouts, "LONGEST_ROUND", LONGEST_ROUND)


class Watched(SetClock):
    """A clock whose stopwatch shows what a test wants to have passed."""

    def __init__(self, seconds):
        super().__init__(NOW)
        self.seconds = iter(seconds)

    def stopwatch(self):
        return next(self.seconds)


def test_a_slow_database_ends_the_round_early(scene):
    """Whatever a window costs, an urgent text does not wait for a plan."""
    set_plan(scene)
    slow = replace(scene.house, clock=Watched([0.0, LONGEST_ROUND + 0.1]))
    assert rollouts.roll_on(slow, NOW)["looked"] == 1, "but one goes over, or it would never end"
    assert rollout(scene).look_at == NOW + SECOND


def test_a_crash_in_the_middle_of_a_window_leaves_it_whole_and_it_goes_over_once(scene):
    set_plan(scene)
    inserts = []

    def die_at_the_second(connection, cursor, statement, *_rest):
        if statement.startswith("INSERT INTO slot"):
            inserts.append(statement)
            if len(inserts) == 2:
                raise KeyboardInterrupt

    event.listen(scene.database.writer, "before_cursor_execute", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        rollouts.roll_on(scene.house, NOW)
    event.remove(scene.database.writer, "before_cursor_execute", die_at_the_second)
    assert versions(scene)[:2] == [(2, 2), (1, 1)]
    assert slots(scene, scene.people.wati) == {"planned": 20}
    assert rollout(scene).moved == 1
    rollouts.roll_on(scene.house, NOW)
    assert versions(scene)[:2] == [(2, 2), (2, 2)]
    assert (rollout(scene).moved, rollout(scene).ended_at) == (2, NOW)


def test_two_workers_take_each_window_over_once(scene):
    for number in range(6):
        with scene.database.write() as session:
            budi = session.get_one(Person, scene.people.budi)
            cast.graduate(
                session, budi.institution, session.get_one(Staff, scene.people.sari),
                name=f"Orang {'abcdef'[number]}", e164=f"+62812000001{number:02}",
            )  # fmt: skip
    set_plan(scene)
    other = Database(scene.database.url.render_as_string(hide_password=False))
    houses = [
        replace(scene.house, database=one, clock=Watched(repeat(0.0))) for one in (scene.database, other)
    ]
    with ThreadPoolExecutor(2) as pool:
        did = sum(pool.map(lambda one: rollouts.roll_on(one, NOW), houses), Counter())
    other.dispose()
    assert did["rolled"] == 8
    with scene.database.read() as session:
        generations = session.scalars(
            select(Window.generation).where(Window.institution_id == scene.people.melati)
        ).all()
    assert generations == [2] * 8
    assert (rollout(scene).moved, rollout(scene).ended_at) == (8, NOW)


def test_a_window_that_cannot_go_over_is_parked_and_tried_again_after_an_hour(scene):
    with scene.database.write() as session:
        session.execute(update(Person).where(Person.id == scene.people.budi).values(zone="Asia/Atlantis"))
    set_plan(scene)
    assert rollouts.roll_on(scene.house, NOW) == Counter(looked=2, parked=1, rolled=1)
    assert versions(scene)[:2] == [(1, 1), (2, 2)]
    with scene.database.read() as session:
        parked = session.scalars(select(Parked)).one()
        assert (parked.kind, parked.institution_id) == ("rollout", scene.people.melati)
    assert rollout(scene).look_at == NOW + HOUR
    with scene.database.write() as session:
        session.execute(update(Person).where(Person.id == scene.people.budi).values(zone="Asia/Jakarta"))
    rollouts.roll_on(scene.house, NOW + HOUR)
    assert versions(scene)[:2] == [(2, 2), (2, 2)]
    assert rollout(scene).ended_at == NOW + HOUR


def test_a_third_plan_overtakes_a_rollout_that_is_under_way(scene):
    set_plan(scene)
    rollouts.roll_on(scene.house, NOW, 1)
    set_plan(scene, PlanSettings(hour="09:00"), at=NOW + SECOND)
    rollouts.roll_on(scene.house, NOW + SECOND)
    assert versions(scene)[:2] == [(3, 3), (3, 2)]
    with scene.database.read() as session:
        assert all(one.ended_at for one in session.scalars(select(Rollout)))


def test_to_let_them_follow_twice_is_to_let_them_follow_once(scene):
    set_plan(scene)
    with scene.database.write() as session:
        assert not begun.begin(session, NOW, session.get_one(Staff, scene.people.ratna))
    rollouts.roll_on(scene.house, NOW)
    assert versions(scene)[:2] == [(2, 2), (2, 2)]


def test_a_length_of_ones_own_is_kept_and_another_goes_with_the_plan(scene):
    with scene.database.write() as session:
        budi, sari = session.get_one(Person, scene.people.budi), session.get_one(Staff, scene.people.sari)
        window = session.scalars(select(Window).where(Window.person_id == budi.id)).one()
        changes.set_days(session, NOW, sari, budi, window, 150)
    set_plan(scene, PlanSettings(window_days=90, contact_days=(3, 30)))
    scene.at(NOW)
    assert [scene.window(one).days for one in (scene.people.budi, scene.people.wati)] == [150, 90]


def test_nobody_is_ended_by_a_shorter_plan_or_begun_again_by_a_longer_one(scene):
    day_100 = NOW + 97 * DAY
    over = scene.window(scene.people.wati)
    scene.change(Window, over.id, ends_at=day_100 - SECOND)
    set_plan(scene, PlanSettings(window_days=60, contact_days=(3, 30)), at=day_100)
    rollouts.roll_on(scene.house, day_100)
    assert scene.window(scene.people.budi).days == 120
    assert versions(scene)[:2] == [(2, 2), (1, 1)]
    assert (rollout(scene).total, rollout(scene).moved) == (1, 1)


def test_who_may_not_be_asked_is_not_asked_by_a_new_plan(scene):
    scene.change(Person, scene.people.wati, status=PersonStatus.DIED)
    with scene.database.write() as session:
        budi, sari = session.get_one(Person, scene.people.budi), session.get_one(Staff, scene.people.sari)
        window = session.scalars(select(Window).where(Window.person_id == budi.id)).one()
        pauses.begin(session, NOW, sari, budi, window, NOW + 14 * DAY, "asked")
    died = slots(scene, scene.people.wati)
    set_plan(scene)
    rollouts.roll_on(scene.house, NOW)
    assert slots(scene, scene.people.wati) == died
    first = min(slot.due_at for slot in scene.slots(scene.people.budi) if slot.state is SlotState.PLANNED)
    assert first >= NOW + 14 * DAY
    assert scene.window(scene.people.budi).state is WindowState.PAUSED


def test_a_tick_with_nothing_to_take_over_asks_nothing_more(scene):
    """The question whether a rollout is due is part of the tick's one question; it costs no statement of its own."""
    asked = []
    event.listen(scene.database.reader, "before_cursor_execute", lambda *given: asked.append(given[2]))
    scene.at(NOW)
    assert sum("FROM rollout" in statement for statement in asked) == 2  # what is due, and what is left


def test_slots_of_a_window_that_went_over_are_sent_as_ever(scene):
    set_plan(scene)
    scene.at(NOW)
    slot = scene.asked(scene.people.budi)
    assert slot.state is SlotState.OPEN
    with scene.database.read() as session:
        assert session.scalars(select(Slot.generation).where(Slot.id == slot.id)).one() == 2
