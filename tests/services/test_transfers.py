"""Offering a graduate to another institution: who may be, with whose yes, and that nothing changes until it is taken."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from companion.models import Person, Transfer
from companion.rules.results import WindowOutcome
from companion.rules.states import TransferState
from companion.rules.terms import PersonStatus
from companion.services import transfer_views, transfers
from tests.engine.scene import DAY, SECOND
from tests.services.handed import (
    NOTE,
    accept,
    acts,
    close,
    ledger,
    member,
    newest,
    offer,
    ready,
)
from tests.services.promised import AT_FIRST, DAY_20, rows


@pytest.fixture
def scene(scene):
    return ready(scene)


def seen(scene, login="lina", at=DAY_20):
    with scene.database.read() as session:
        return transfer_views.offered(session, at, member(session, login))


def do(scene, what, login, *given, at=DAY_20):
    with scene.database.write() as session:
        return what(session, at, member(session, login), *given)


def decline(scene, reason="Penuh", at=DAY_20):
    return do(scene, transfers.decline, "lina", newest(scene), reason, at=at)


def withdraw(scene, at=DAY_20):
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        return transfers.withdraw(session, at, member(session, "sari"), budi)


def states(scene):
    return scene._all(select(Transfer.state).order_by(Transfer.id))


def test_an_offer_changes_nothing_for_the_person(scene):
    window = scene.window(scene.people.budi)
    assert offer(scene) is None
    assert rows(scene) == AT_FIRST
    after = scene.window(scene.people.budi)
    assert (after.state, after.look_at, after.generation) == (window.state, window.look_at, window.generation)
    assert acts(scene, scene.people.budi)[-1] == "transfer_offered"


def test_whoever_is_to_decide_sees_the_name_to_say_the_place_the_days_and_the_note_and_nobody_else_does(
    scene,
):
    offer(scene)
    (one,) = seen(scene)
    assert (one.called, one.zone, one.days, one.left) == ("Budi", "Asia/Jakarta", 120, 100)
    assert (one.come_from, one.transfer.note) == ("Balai Melati", NOTE)
    assert seen(scene, "ratna") == []
    with scene.database.read() as session:
        assert transfer_views.one(session, DAY_20, member(session, "ratna"), one.transfer.ref) is None
        assert transfer_views.found(session, member(session, "ratna"), one.transfer.ref) is None
        assert transfer_views.waiting(session, DAY_20, member(session, "lina")) == 1
        assert transfer_views.waiting(session, DAY_20, member(session, "ratna")) == 0


@pytest.mark.parametrize(
    ("said", "fault"),
    [({"to": "melati"}, "place"), ({"to": "tidak-ada"}, "place"), ({"proof": ""}, "proof")],
)
def test_without_a_place_or_the_persons_own_yes_nobody_is_offered(scene, said, fault):
    assert offer(scene, **said) == fault
    assert states(scene) == []


@pytest.mark.parametrize(("born", "needed"), [(date(2008, 12, 11), True), (date(2008, 12, 10), False)])
def test_under_18_the_guardian_says_yes_too(scene, born, needed):
    scene.change(Person, scene.people.budi, born_on=born.isoformat())
    assert offer(scene) == ("guardian" if needed else None)
    if needed:
        assert offer(scene, guardian="surat ibu") is None


@pytest.mark.parametrize("status", [PersonStatus.DIED, PersonStatus.WITHDRAWN, PersonStatus.IN_INSTITUTION])
def test_nobody_who_died_withdrew_or_is_in_an_institution_is_handed_over(scene, status):
    scene.change(Person, scene.people.budi, status=status)
    assert offer(scene) == "status"
    scene.change(Person, scene.people.budi, status=PersonStatus.ENROLLED)
    offer(scene)
    scene.change(Person, scene.people.budi, status=status)
    assert seen(scene) == []
    assert accept(scene) == "status"


def test_what_is_over_is_closed_by_a_person_and_not_handed_over(scene):
    ends_at = scene.window(scene.people.budi).ends_at
    assert offer(scene, at=ends_at) == "over"
    assert offer(scene, at=ends_at - SECOND) is None
    assert newest(scene).expires_at == ends_at
    close(scene, WindowOutcome.STABLE)
    assert offer(scene) == "closed"
    assert accept(scene) == "gone"


def test_a_person_is_offered_to_one_institution_at_a_time(scene):
    assert [offer(scene), offer(scene)] == [None, "open"]
    assert states(scene) == [TransferState.OFFERED]


def test_an_offer_runs_out_by_itself_after_fourteen_days_and_makes_room_for_the_next(scene):
    offer(scene)
    end = DAY_20 + timedelta(days=14)
    assert len(seen(scene, at=end - SECOND)) == 1
    assert seen(scene, at=end) == []
    assert accept(scene, at=end) == "gone"
    assert not decline(scene, at=end)
    assert offer(scene, at=end - SECOND) == "open"
    assert offer(scene, at=end) is None
    assert states(scene) == [TransferState.LAPSED, TransferState.OFFERED]


def test_a_follow_up_that_is_closed_takes_its_offer_along(scene):
    offer(scene)
    close(scene, WindowOutcome.BACK_IN_CARE)
    assert (newest(scene).state, newest(scene).note) == (TransferState.WITHDRAWN, None)
    assert seen(scene) == []


def test_an_offer_that_comes_to_nothing_leaves_nothing_of_the_note(scene):
    offer(scene)
    assert withdraw(scene)
    assert (newest(scene).state, newest(scene).note) == (TransferState.WITHDRAWN, None)
    offer(scene)
    assert decline(scene)
    told = newest(scene)
    assert (told.state, told.note, told.reason) == (TransferState.DECLINED, None, "Penuh")
    assert acts(scene, scene.people.budi)[-3:] == [
        "transfer_withdrawn",
        "transfer_offered",
        "transfer_declined",
    ]
    assert rows(scene) == AT_FIRST


def test_whoever_comes_second_decides_nothing(scene):
    offer(scene)
    assert decline(scene)
    assert [decline(scene), withdraw(scene), accept(scene)] == [False, False, "gone"]
    assert states(scene) == [TransferState.DECLINED]


def test_only_whom_it_was_offered_to_accepts_or_declines(scene):
    offer(scene)
    assert not do(scene, transfers.decline, "ratna", newest(scene), "bukan kami")
    assert accept(scene, by="ratna") == "gone"
    assert ledger(scene, scene.people.budi)["slot planned"] == 15
    assert states(scene) == [TransferState.OFFERED]


def test_both_sides_are_told_what_became_of_it(scene):
    def told(at=DAY_20):
        with scene.database.read() as session:
            said = transfer_views.around(session, at, scene.people.budi).story
            sent = transfer_views.sent(session, at, member(session, "ratna"))
            return said and (said.state, said.other, said.leaving), [one.state for one in sent]

    assert told() == (None, [])
    offer(scene)
    assert told() == ((TransferState.OFFERED, "Balai Kenanga", True), [TransferState.OFFERED])
    lapsed = TransferState.LAPSED
    assert told(DAY_20 + 14 * DAY) == ((lapsed, "Balai Kenanga", True), [lapsed])
    assert told(DAY_20 + 30 * DAY) == (None, [])
