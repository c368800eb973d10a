"""Messages of which nobody knows whether they left: look-ups, and leases that are over (design 4.2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.channels.protocol import NotAnswered, Reason, Status, Unsure
from companion.clock import SetClock
from companion.engine import settle
from companion.engine.tick import tick
from companion.models import Alert, Message
from companion.rules.states import AlertState, MessageState
from companion.services import handover, outbox
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, SECOND, WATI
from tests.engine.settling import LEFT, come, know

# --- look-ups -------------------------------------------------------------------------------------------------------


def test_one_hit_settles_it(scene, unsure):
    know(scene, unsure)
    scene.at(unsure.due_at + 2 * MINUTE)
    message = scene.message(unsure)
    assert (message.state, message.carrier_sid) == (MessageState.SENT, LEFT)


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.UNDELIVERED])
def test_a_hit_that_has_got_further_is_taken_as_it_is(scene, unsure, status):
    know(scene, unsure, status=status)
    scene.at(unsure.due_at + 2 * MINUTE)
    assert scene.message(unsure).state.value == status.value


@pytest.mark.parametrize(
    ("reason", "silenced", "unusable"),
    [(Reason.OPTED_OUT, True, False), (Reason.NUMBER_DEAD, False, True), (Reason.CARRIER, False, False)],
)
def test_what_a_hit_says_about_the_number_stays_on_the_number(scene, unsure, reason, silenced, unusable):
    """A look-up is no worse than a receipt: nothing more goes to whoever has opted out."""
    know(scene, unsure, status=Status.UNDELIVERED, reason=reason)
    scene.at(unsure.due_at + 2 * MINUTE)
    number = scene.number(scene.people.budi)
    assert scene.message(unsure).reason == reason
    assert (number.silenced_at is not None, number.unusable_at is not None) == (silenced, unusable)


def test_two_hits_settle_nothing(scene, unsure):
    know(scene, unsure)
    know(scene, unsure, "SM" + "b" * 32)
    scene.at(unsure.due_at + 2 * MINUTE)
    scene.at(unsure.due_at + 20 * MINUTE)
    assert (scene.message(unsure).state, scene.message(unsure).absences) == (MessageState.UNSURE, 0)


def test_a_text_we_know_of_already_is_no_hit(scene, unsure):
    """The reminder carries the same link as the invitation."""
    know(scene, unsure)
    come(scene, unsure, Status.SENT)
    scene.carrier.refuses = {BUDI: Unsure()}
    scene.at(unsure.remind_at)
    scene.at(unsure.remind_at + 2 * MINUTE)
    reminder = scene.message(unsure, 1)
    assert (reminder.state, reminder.absences) == (MessageState.UNSURE, 1)


def test_absent_twice_is_sent_again_once_and_never_more(scene, unsure):
    scene.at(unsure.due_at + 2 * MINUTE)
    assert scene.message(unsure).absences == 1
    scene.at(unsure.due_at + 15 * MINUTE - SECOND)
    assert len(scene.carrier.bodies(BUDI)) == 1
    scene.carrier.refuses = {BUDI: Unsure()}
    scene.at(unsure.due_at + 15 * MINUTE)
    message = scene.message(unsure)
    assert (len(scene.carrier.bodies(BUDI)), message.resent, message.state) == (2, True, MessageState.UNSURE)
    scene.carrier.known = {}
    for minutes in range(20, 180, 5):
        scene.at(unsure.due_at + minutes * MINUTE)
    assert len(scene.carrier.bodies(BUDI)) == 2
    assert scene.slot(unsure.id).asked_at == unsure.due_at  # the first attempt may have gone out


def test_a_look_up_that_the_carrier_did_not_answer_proves_nothing(scene, unsure):
    scene.carrier.look_up_fails = NotAnswered()
    for minutes in range(2, 60, 2):
        scene.at(unsure.due_at + minutes * MINUTE)
    assert (scene.message(unsure).absences, scene.message(unsure).state) == (0, MessageState.UNSURE)
    scene.carrier.look_up_fails = None
    scene.at(unsure.due_at + HOUR)
    assert len(scene.carrier.bodies(BUDI)) == 1  # one answered look-up is not two


def test_a_text_that_has_grown_stale_is_not_sent_again(scene, unsure):
    scene.change(Message, scene.message(unsure).id, expires_at=unsure.due_at + 15 * MINUTE)
    scene.at(unsure.due_at + 2 * MINUTE)
    scene.at(unsure.due_at + 15 * MINUTE)
    assert (scene.message(unsure).state, len(scene.carrier.bodies(BUDI))) == (MessageState.UNSURE, 1)


def test_after_an_hour_a_person_decides_once(scene, unsure):
    scene.carrier.look_up_fails = NotAnswered()
    for minutes in (*range(2, 60, 3), 59):
        scene.at(unsure.due_at + minutes * MINUTE)
    assert scene.alerts(scene.people.budi) == []
    scene.at(unsure.due_at + 60 * MINUTE)
    scene.at(unsure.due_at + 65 * MINUTE)
    assert [signal.code for signal in scene.signals(scene.people.budi)] == ["D2"]
    message = scene.message(unsure)
    assert scene.write(outbox.decide, scene.clock.at, message.id, sent=False)
    assert not scene.write(outbox.decide, scene.clock.at, message.id, sent=True)
    assert (scene.message(unsure).state, scene.message(unsure).reason) == (MessageState.REFUSED, "decided")


def test_nobody_is_asked_again_every_hour_about_the_same_text(scene, unsure):
    scene.carrier.look_up_fails = NotAnswered()
    scene.at(unsure.due_at + 61 * MINUTE)
    scene.change(Alert, scene.alerts(scene.people.budi)[0].id, state=AlertState.CLOSED, look_at=None)
    for hours in (2, 3, 4):
        scene.at(unsure.due_at + hours * HOUR + 2 * MINUTE)
    assert len(scene.alerts(scene.people.budi)) == 1


def test_looking_up_ends_after_a_day(scene, unsure):
    scene.carrier.look_up_fails = NotAnswered()
    scene.at(unsure.due_at + DAY + MINUTE)
    assert scene.message(unsure).look_at is None


def test_one_message_whose_look_up_breaks_is_parked_alone(scene, unsure, monkeypatch):
    monkeypatch.setattr(scene.carrier, "find", lambda *given: 1 / 0)
    report = scene.at(unsure.due_at + 2 * MINUTE)
    assert report.did["parked"] == 1
    assert scene.message(unsure).look_at == scene.clock.at + HOUR


def test_slow_look_ups_let_the_state_steps_have_their_turn(scene, monkeypatch):
    """Design 3: the carrier may take fifteen seconds for each; a red alert must climb meanwhile."""
    scene.carrier.refuses = {BUDI: Unsure(), WATI: Unsure()}
    due_at = scene.due_together()
    scene.at(due_at)
    scene.carrier.refuses = {}
    seconds = iter(range(0, 1000, 6))
    monkeypatch.setattr(scene.clock, "stopwatch", lambda: next(seconds), raising=False)
    assert settle.settle_due(scene.house, due_at + 2 * MINUTE)["tried"] == 1
    assert settle.settle_due(scene.house, due_at + 2 * MINUTE)["tried"] == 1
    monkeypatch.undo()
    assert {message.absences for message in scene.messages(state=MessageState.UNSURE)} == {1}


@pytest.mark.parametrize("settled", ["by a receipt", "by another worker"])
def test_a_text_that_somebody_else_was_faster_with_is_not_looked_up_again(scene, unsure, settled):
    message, now = scene.message(unsure), unsure.due_at + 2 * MINUTE
    if settled == "by a receipt":
        come(scene, unsure, Status.DELIVERED)
    else:
        settle.look_up(scene.house, message, now)
    scene.carrier.look_up_fails = AssertionError("looked up twice")
    settle.look_up(scene.house, message, now)
    assert scene.message(unsure).absences == (settled == "by another worker")


# --- leases ---------------------------------------------------------------------------------------------------------


def test_a_lease_that_is_over_makes_the_message_unsure_and_the_slot_asked(scene, taken):
    scene.at(taken.started_at + 60 * SECOND)
    assert scene.messages(id=taken.message_id)[0].state is MessageState.SENDING  # machine time has not moved
    over = scene.clock.machine() - SECOND
    scene.change(Message, taken.message_id, lease_until=over)
    report = scene.at(taken.started_at + 80 * SECOND, send=False)
    assert report.did["unsure"] == 1
    message = scene.messages(id=taken.message_id)[0]
    assert message.state is MessageState.UNSURE
    assert scene.slot(taken.slot_id).asked_at == taken.started_at


@pytest.mark.parametrize(("seconds", "ended"), [(59, 0), (60, 1)])
def test_a_lease_ends_by_the_clock_of_machines_that_the_house_was_handed(scene, taken, seconds, ended):
    class Machines(SetClock):
        def machine(self):
            return taken.machine_at + seconds * SECOND

    later = taken.started_at + 60 * SECOND
    report = tick(replace(scene.house, clock=Machines(later)), send=False, lived=True)
    assert report.did["unsure"] == ended


def test_a_sender_slower_than_its_lease_still_knows_better(scene, taken):
    scene.change(Message, taken.message_id, state=MessageState.UNSURE)
    assert scene.write(handover.accepted, taken, LEFT, scene.clock.at)
    assert scene.messages(id=taken.message_id)[0].state is MessageState.SENT


def test_an_attempt_that_was_overtaken_by_a_newer_one_changes_nothing(scene, taken):
    scene.change(Message, taken.message_id, attempts=2)
    assert not scene.write(handover.unsure, taken, scene.clock.at)
    assert scene.messages(id=taken.message_id)[0].state is MessageState.SENDING


def test_machine_time_is_kept_beside_pretended_time(scene):
    slot = scene.asked(scene.people.budi)
    message = scene.message(slot)
    assert message.last_attempt_at == slot.due_at
    assert abs(message.machine_at - scene.clock.machine()) < timedelta(minutes=5)
