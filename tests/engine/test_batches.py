"""One bad row must not stop the others (failures 23)."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, insert, literal, select, update

from companion import crypto
from companion.engine.batches import StateStep, park, work_off
from companion.engine.tick import STEPS, Exit
from companion.models import FamilyMember, Parked, Slot
from companion.rules.states import SlotState
from companion.services import endings, invitations
from tests.cast import NOW
from tests.engine.scene import HOUR, MINUTE, SECOND

MANY = 200


@pytest.fixture
def crowd(scene):
    """200 more check-ins of Budi's, all due at once; gives their ids."""
    with scene.database.write() as session:
        model = session.scalars(select(Slot).where(Slot.person_id == scene.people.budi)).first()
        same = {
            "institution_id": model.institution_id,
            "person_id": model.person_id,
            "window_id": model.window_id,
        }
        due_at = NOW + 3 * HOUR
        rows = [
            same | {
                "ref": crypto.token(), "generation": 99, "seq": n, "due_at": due_at, "look_at": due_at,
                "give_up_at": due_at + 24 * HOUR, "closes_at": due_at + 48 * HOUR, "state": SlotState.PLANNED,
            }
            for n in range(MANY)
        ]  # fmt: skip
        session.execute(insert(Slot), rows)
        return list(session.scalars(select(Slot.id).where(Slot.generation == 99).order_by(Slot.id)))


def poison(step, model, bad_id):
    """The step as it is, but one row makes it raise."""

    def run(session, now, limit):
        due = session.execute(step.pick(now, limit)).all()
        if any(row.id == bad_id for row in due):
            raise KeyError("somebody's name")
        return step.run(session, now, limit)

    return StateStep(step.name, model, run, step.pick)


def test_one_poisoned_row_among_two_hundred_is_parked_and_the_others_are_done(scene, crowd, caplog):
    step = StateStep("open", Slot, invitations.invite_due, invitations.slots_to_open)
    bad = crowd[77]
    now = NOW + 3 * HOUR
    did = work_off(scene.database, poison(step, Slot, bad), now)
    assert (did["opened"], did["parked"]) == (MANY - 1, 1)
    assert scene.slot(bad).state is SlotState.PLANNED
    assert scene.slot(bad).look_at == now + HOUR
    [parked] = scene._all(select(Parked))
    assert (parked.kind, parked.row_id, parked.reason, parked.until) == ("open", bad, "KeyError", now + HOUR)
    assert parked.institution_id == scene.people.melati
    assert "somebody" not in caplog.text


def test_it_is_tried_again_after_an_hour_and_not_before(scene, crowd):
    step = StateStep("open", Slot, invitations.invite_due, invitations.slots_to_open)
    now = NOW + 3 * HOUR
    work_off(scene.database, poison(step, Slot, crowd[3]), now)
    assert work_off(scene.database, step, now + HOUR - SECOND)["opened"] == 0
    assert work_off(scene.database, step, now + HOUR)["opened"] == 1


def test_a_row_that_stays_bad_is_parked_again_on_the_same_line(scene, crowd):
    step = StateStep("open", Slot, invitations.invite_due, invitations.slots_to_open)
    for hours in (3, 4, 5):
        work_off(scene.database, poison(step, Slot, crowd[3]), NOW + hours * HOUR)
    [parked] = scene._all(select(Parked))
    assert parked.at == NOW + 5 * HOUR


def test_two_bad_rows_are_both_found(scene, crowd):
    step = StateStep("open", Slot, invitations.invite_due, invitations.slots_to_open)
    both = poison(poison(step, Slot, crowd[3]), Slot, crowd[150])
    did = work_off(scene.database, both, NOW + 3 * HOUR)
    assert (did["opened"], did["parked"]) == (MANY - 2, 2)


def test_a_row_that_cannot_even_be_opened_is_parked(scene):
    """The fault may lie in the very columns that loading the row would decrypt."""
    with scene.database.write() as session:
        session.execute(
            insert(FamilyMember.__table__).values(
                ref="r", institution_id=scene.people.melati, person_id=scene.people.budi, language="id", token="t",
                name=literal(b"rubbish", LargeBinary), pin_hash="x", session_key="s", first_week_at=NOW,
                texted_week=0, invited_at=NOW, look_at=NOW,
            )
        )  # fmt: skip
    report = scene.at(NOW + MINUTE)
    assert (report.did["parked"], report.exit) == (1, Exit.ALARM)


def test_a_batch_is_halved_no_further_than_the_bad_row_needs(scene, crowd):
    """After the fault the batches grow again: the others do not pay for it one by one."""
    step = StateStep("open", Slot, invitations.invite_due, invitations.slots_to_open)
    calls = Counter()

    def counted(session, now, limit):
        calls["run"] += 1
        return poison(step, Slot, crowd[0]).run(session, now, limit)

    work_off(scene.database, StateStep("open", Slot, counted, step.pick), NOW + 3 * HOUR)
    assert calls["run"] < 20


def test_every_step_picks_in_an_order_that_has_no_ties(scene):
    """Halving finds the bad row only if the same row comes first each time."""
    for step in STEPS:
        order = step.pick(NOW, 1)._order_by_clauses
        if step.name != "family":
            assert [clause.key for clause in order][-1] == "id", step.name


def test_nothing_due_costs_one_empty_batch(scene):
    step = StateStep("settle", Slot, endings.settle_due, endings.slots_to_settle)
    assert work_off(scene.database, step, NOW) == Counter()


def test_a_parked_row_that_was_dealt_with_meanwhile_is_left_alone(scene):
    slot = scene.next_slot(scene.people.budi)
    with scene.database.write() as session:
        session.execute(
            update(Slot).where(Slot.id == slot.id).values(state=SlotState.CANCELLED, look_at=None)
        )
    park(scene.database, "open", Slot, slot.id, NOW + timedelta(days=9), ValueError())
    assert scene.slot(slot.id).look_at is None
