"""Somebody is taken over who was here before, is here already, or is followed elsewhere; and it is one act, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import event, select

from companion.models import (
    Person,
    Staff,
    Transfer,
    Window,
)
from companion.rules.states import (
    TransferState,
    WindowState,
)
from companion.rules.terms import ConsentPurpose, Opioid, PersonStatus
from companion.services import (
    enrol,
    numbers,
    returning,
    taking_over,
    transfer_views,
)
from tests import cast
from tests.engine.scene import DAY
from tests.services.handed import (
    accept,
    consents,
    current,
    ledger,
    newest,
    offer,
    person,
    phones,
    ready,
    record,
    taken_over,
)
from tests.services.promised import DAY_20, act
from tests.services.test_promised_together import break_at


@pytest.fixture
def scene(scene):
    return ready(scene)


# --- who is here already --------------------------------------------------------------------------------------------


def handed_back(scene, here):
    """Kenanga offers the same person to Melati again, a day later."""
    assert offer(scene, person=here, by="tono", to="melati", at=DAY_20 + DAY) is None
    return accept(scene, by="ratna", to="dewi", at=DAY_20 + DAY)


def test_whoever_was_here_before_goes_on_in_their_old_record(scene):
    here = taken_over(scene)
    assert handed_back(scene, here) == scene.people.budi
    back = person(scene, scene.people.budi)
    assert back.caseworker_id == scene.people.dewi
    windows = scene._all(select(Window).where(Window.person_id == back.id).order_by(Window.id))
    assert [one.state for one in windows] == [WindowState.CLOSED, WindowState.ACTIVE]
    assert len(phones(scene, back.id)) == 1
    assert ledger(scene, back.id)["slot planned"] == 15
    assert consents(scene, back.id) == {ConsentPurpose.FOLLOW_UP: "berkas 12"}


def test_a_yes_that_was_taken_back_elsewhere_does_not_stand_in_an_old_record(scene):
    here = taken_over(scene)
    with scene.database.write() as session:
        enrol.withdraw_consent(session, DAY_20, session.get_one(Person, here), ConsentPurpose.FOLLOW_UP)
    handed_back(scene, here)
    assert consents(scene, scene.people.budi) == {}
    assert "slot planned" not in ledger(scene, scene.people.budi)


def test_the_same_number_in_an_old_record_becomes_one(scene):
    here = taken_over(scene)
    with scene.database.write() as session:
        back = session.get_one(Person, scene.people.budi)
        numbers.attach(session, back, "+6281200000001", "shared")
        numbers.attach(session, back, "+6281355550001", "shared", rank=1)
    handed_back(scene, here)
    held = phones(scene, scene.people.budi)
    assert [(one.rank, one.kind) for one in held] == [(0, "own"), (1, "shared")]
    assert phones(scene, here) == []


def twin(scene, **values):
    """Budi has a record at Kenanga too."""
    with scene.database.write() as session:
        tono = session.get_one(Staff, scene.people.tono)
        made = cast.graduate(session, tono.institution, tono, e164="+6281355550009")
        for name, value in values.items():
            setattr(made, name, value)
        return made.id


@pytest.mark.parametrize(
    ("there", "known_here", "then"),
    [
        (Opioid.NO, Opioid.YES, Opioid.YES),
        (Opioid.YES, Opioid.NO, Opioid.YES),
        (Opioid.NO, Opioid.UNKNOWN, Opioid.NO),
        (Opioid.UNKNOWN, Opioid.NO, Opioid.NO),
    ],
)
def test_what_is_known_of_opioids_is_never_lowered(scene, there, known_here, then):
    """By it a slip is urgent in the first four weeks (design 2.10, 4.4)."""
    here = taken_over(scene)
    scene.change(Person, here, opioid=there)
    scene.change(Person, scene.people.budi, opioid=known_here)
    assert handed_back(scene, here) == scene.people.budi
    assert person(scene, scene.people.budi).opioid is then


def test_whoever_is_followed_here_already_is_not_taken_over_twice(scene):
    other = twin(scene)
    before = ledger(scene, other)
    offer(scene)
    assert accept(scene) == "followed"
    assert ledger(scene, other) == before
    assert newest(scene).state is TransferState.OFFERED


def test_whoever_is_entered_here_between_two_lines_is_not_taken_over_twice_either(scene, monkeypatch):
    """An import of the same person commits after the look and before the new record."""
    other = twin(scene)
    before = ledger(scene, other)
    offer(scene)
    monkeypatch.setattr(taking_over, "_known", lambda *_: None)
    assert accept(scene) == "followed"
    assert ledger(scene, other) == before
    assert newest(scene).state is TransferState.OFFERED


def test_a_death_that_was_made_sure_here_is_not_undone_by_an_offer(scene):
    other = twin(scene, status=PersonStatus.DIED)
    scene.change(Window, record(scene, other).id, state=WindowState.CLOSED)
    offer(scene)
    assert accept(scene) == "died"


def test_while_they_are_followed_elsewhere_nobody_opens_a_second_follow_up(scene):
    here = taken_over(scene)
    again = date(2026, 12, 9)
    assert act(scene, returning.come_out_again, again) == "elsewhere"
    scene.change(Window, record(scene, here).id, state=WindowState.CLOSED)
    assert not isinstance(act(scene, returning.come_out_again, again), str)


def test_what_came_along_is_told_until_the_next_leaving(scene):
    def told():
        with scene.database.read() as session:
            around = transfer_views.around(session, DAY_20, here)
            assert around.arrival == around.story
            return around.story

    here = taken_over(scene)
    assert not told().leaving and told().other == "Balai Melati"
    with scene.database.write() as session:
        window = current(session, here)
        window.state = WindowState.CLOSED
        tono, budi = session.get_one(Staff, scene.people.tono), session.get_one(Person, here)
        assert not isinstance(returning.come_out_again(session, DAY_20, tono, budi, date(2026, 12, 9)), str)
    assert told() is None


# --- one act, once --------------------------------------------------------------------------------------------------


def test_two_supervisors_who_accept_at_once_make_one_transfer(scene):
    offer(scene)
    meet = Barrier(2)

    def one(login):
        meet.wait()
        return accept(scene, by=login)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(one, ["lina", "rima"]))
    assert sorted(type(result).__name__ for result in done) == ["int", "str"]
    assert "gone" in done
    assert (
        len(scene._all(select(Person).where(Person.institution_id == scene.people.other))) == 2
    )  # Yusuf, Budi
    assert ledger(scene, next(one for one in done if one != "gone"))["slot planned"] == 15


@pytest.mark.parametrize(
    "beginning", ["UPDATE phone", "INSERT INTO slot", "INSERT INTO alert", "UPDATE link", "INSERT INTO audit"]
)
def test_a_crash_in_between_leaves_them_where_they_were(scene, beginning):
    offer(scene)
    before = ledger(scene, scene.people.budi)
    fail = break_at(scene.database.writer, beginning)
    with pytest.raises(KeyboardInterrupt):
        accept(scene)
    event.remove(scene.database.writer, "before_cursor_execute", fail)
    assert ledger(scene, scene.people.budi) == before
    assert newest(scene).state is TransferState.OFFERED
    assert len(phones(scene, scene.people.budi)) == 1
    assert len(scene._all(select(Transfer))) == 1
    assert isinstance(accept(scene), int)
