"""Who turns 18 is asked for a yes of their own in time, and nobody wonders why the texts stopped (design 2.14)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from companion.models import Consent, Institution, Person, Slot, Staff, Window
from companion.rules.states import AlertState, Family, Level, SlotState
from companion.rules.terms import ConsentPurpose, PersonStatus
from companion.services import alerts, changes, closing, consents, enrol, numbers, of_age, slots, windows
from tests import cast
from tests.cast import NOW
from tests.engine.scene import DAY, SECOND
from tests.services.handed import accept, offer, ready

BORN = date(2008, 12, 16)
TURNS = NOW.replace(hour=17) + 22 * DAY
"""16 December 2026, midnight in Jakarta; NOW is 23 November."""
AHEAD = TURNS - 14 * DAY
GUARDIAN, ASSENT, OWN = ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT, ConsentPurpose.FOLLOW_UP


@pytest.fixture
def dita(scene) -> int:
    """17 years old, followed up with the yes of her guardian and her own."""
    return teenager(scene)


def teenager(scene, given=(GUARDIAN, ASSENT), **fields) -> int:
    fields = {"name": "Dita Ayu", "called": "Dita", "e164": "+6281200000071", "born_on": BORN} | fields
    with scene.database.write() as session:
        melati, sari = session.get(Institution, scene.people.melati), session.get(Staff, scene.people.sari)
        person = cast.graduate(session, melati, sari, consent=False, **fields)
        for purpose in given:
            enrol.record_consent(session, NOW, person, purpose, "berkas 12")
    return person.id


def record(scene, person_id, purpose, at):
    with scene.database.write() as session:
        enrol.record_consent(session, at, session.get_one(Person, person_id), purpose, "berkas 13")


def codes(scene, person_id) -> list[str]:
    return [signal.code for signal in scene.signals(person_id) if signal.code.endswith("18")]


def data(scene, person_id):
    return [alert for alert in scene.alerts(person_id) if alert.family is Family.DATA]


def live(scene, until):
    """Day by day, as the engine does."""
    at = scene.clock.at
    while at < until:
        at = min(at + DAY, until)
        scene.at(at)


def test_two_weeks_ahead_the_caseworker_sees_a_line_and_on_the_day_it_has_a_clock(scene, dita):
    scene.at(AHEAD - SECOND)
    assert codes(scene, dita) == []
    scene.at(AHEAD)
    (alert,) = data(scene, dita)
    assert (codes(scene, dita), alert.level, alert.deadline_at) == (["X_turns_18"], Level.NONE, None)
    scene.at(TURNS - SECOND)
    assert data(scene, dita)[0].level is Level.NONE
    scene.at(TURNS)
    (alert,) = data(scene, dita)
    assert codes(scene, dita) == ["X_turns_18", "X_is_18"]
    assert (alert.level, alert.state) == (Level.AMBER, AlertState.OPEN)
    assert alert.deadline_at > TURNS
    live(scene, TURNS + 5 * DAY)
    assert len(codes(scene, dita)) == 2


def test_from_that_day_on_nothing_is_promised_and_no_fault_of_ours_is_made_up(scene, dita):
    live(scene, TURNS + 9 * DAY)
    after = [slot for slot in scene.slots(dita) if slot.due_at >= TURNS]
    assert after
    assert {(slot.state, slot.reason) for slot in after} == {(SlotState.CANCELLED, "own_consent")}
    assert Family.SYSTEM not in [alert.family for alert in scene.alerts(dita)]


def test_with_their_own_yes_the_check_ins_go_on(scene, dita):
    scene.at(TURNS)
    record(scene, dita, OWN, TURNS + DAY)
    ahead = [slot for slot in scene.slots(dita) if slot.state is SlotState.PLANNED]
    assert ahead
    live(scene, ahead[0].due_at)
    assert scene.slot(ahead[0].id).asked_at is not None


def test_a_check_in_that_was_asked_before_takes_its_answer_and_does_not_stand_in_the_way(scene, dita):
    last = [slot for slot in scene.slots(dita) if slot.due_at < TURNS][-1]
    live(scene, last.due_at)
    scene.change(Slot, last.id, closes_at=TURNS + 5 * DAY, miss_at=TURNS + DAY, look_at=TURNS + DAY)
    scene.at(TURNS)
    assert scene.slot(last.id).state is SlotState.OPEN
    record(scene, dita, OWN, TURNS)
    assert any(slot.state is SlotState.PLANNED for slot in scene.slots(dita))


def test_a_yes_of_their_own_in_time_needs_no_line(scene, dita):
    record(scene, dita, OWN, NOW + DAY)
    live(scene, TURNS + DAY)
    assert codes(scene, dita) == []
    assert any(slot.state is SlotState.PLANNED for slot in scene.slots(dita))


def test_it_is_asked_again_on_the_day_if_that_yes_was_taken_back_meanwhile(scene, dita):
    record(scene, dita, OWN, NOW + DAY)
    scene.at(AHEAD)
    with scene.database.write() as session:
        enrol.withdraw_consent(session, AHEAD + DAY, session.get_one(Person, dita), OWN)
    scene.at(TURNS)
    assert codes(scene, dita) == ["X_is_18"]


@pytest.mark.parametrize(("no", "asked"), [(TURNS - SECOND, ["X_is_18"]), (TURNS, [])])
def test_whoever_took_their_yes_back_as_an_adult_is_not_asked_again_where_they_go_on(scene, dita, no, asked):
    ready(scene)
    record(scene, dita, OWN, NOW + DAY)
    with scene.database.write() as session:
        assert enrol.withdraw_consent(session, no, session.get_one(Person, dita), OWN)
    at = TURNS + DAY
    live(scene, at)
    assert offer(scene, at=at, person=dita) is None
    here = accept(scene, at=at)
    live(scene, at + DAY)
    assert codes(scene, here) == asked


def test_nor_here_when_the_follow_up_is_made_longer(scene, dita):
    scene.at(TURNS)
    record(scene, dita, OWN, TURNS)
    with scene.database.write() as session:
        sari, person = session.get_one(Staff, scene.people.sari), session.get_one(Person, dita)
        enrol.withdraw_consent(session, TURNS + DAY, person, OWN)
        assert consents.standing(session, dita) == {GUARDIAN}
        alert = data(scene, dita)[0]
        alerts.claim(session, TURNS + DAY, alert.id, sari)
        alerts.close(session, TURNS + DAY, alert.id, sari, "spoke", None)
        window = session.get_one(Window, scene.window(dita).id)
        assert changes.set_days(session, TURNS + DAY, sari, person, window, 150) is None
    scene.at(TURNS + DAY)
    assert codes(scene, dita) == ["X_is_18"]


def test_a_line_that_was_closed_before_the_day_is_there_again_on_it(scene, dita):
    scene.at(AHEAD)
    with scene.database.write() as session:
        sari = session.get_one(Staff, scene.people.sari)
        alerts.claim(session, AHEAD, data(scene, dita)[0].id, sari)
        alerts.close(session, AHEAD, data(scene, dita)[0].id, sari, "corrected", None)
    scene.at(TURNS)
    assert [alert.level for alert in data(scene, dita)] == [Level.NONE, Level.AMBER]


def test_a_line_that_was_put_off_over_the_birthday_wakes_on_it(scene, dita):
    """Put off for an opt-out that is to be talked about: the check-ins end meanwhile for another reason."""
    said = AHEAD + DAY
    scene.at(said)
    with scene.database.write() as session:
        numbers.silence(session, said, scene.number_id(dita), "page")
    (alert,) = data(scene, dita)
    with scene.database.write() as session:
        sari = session.get_one(Staff, scene.people.sari)
        alerts.claim(session, said, alert.id, sari)
        assert alerts.snooze(session, said, alert.id, sari, said + 14 * DAY, "other")
    live(scene, TURNS - SECOND)
    assert data(scene, dita)[0].state is AlertState.SNOOZED
    scene.at(TURNS)
    (alert,) = data(scene, dita)
    assert (alert.state, codes(scene, dita)[-1]) == (AlertState.OPEN, "X_is_18")
    assert alert.deadline_at > TURNS


def test_a_pause_over_the_birthday_hides_nothing(scene, dita):
    with scene.database.write() as session:
        window = session.get_one(Window, scene.window(dita).id)
        slots.pause(session, NOW, window, TURNS + 10 * DAY, "asked")
    live(scene, TURNS + 10 * DAY)
    assert codes(scene, dita) == ["X_turns_18", "X_is_18"]


def test_whoever_comes_out_again_is_looked_at_again(scene, dita):
    """The day came while nobody followed them."""
    with scene.database.write() as session:
        windows.close(
            session, NOW, session.get_one(Window, scene.window(dita).id), outcome="stable", staff_id=None
        )
    scene.at(TURNS)
    assert codes(scene, dita) == []
    with scene.database.write() as session:
        enrol.open_window(session, TURNS + DAY, session.get_one(Person, dita), TURNS.date())
    scene.at(TURNS + DAY)
    assert codes(scene, dita) == ["X_is_18"]


def test_nobody_is_asked_for_check_ins_that_are_over_by_then_unless_they_go_on(scene, dita):
    left_on = scene.window(dita).left_on
    scene.change(Window, scene.window(dita).id, ends_at=TURNS, days=(BORN.replace(year=2026) - left_on).days)
    live(scene, TURNS + DAY)
    assert codes(scene, dita) == []
    with scene.database.write() as session:
        sari, person = session.get_one(Staff, scene.people.sari), session.get_one(Person, dita)
        window = session.get_one(Window, scene.window(dita).id)
        assert changes.set_days(session, TURNS + DAY, sari, person, window, 120) is None
    scene.at(TURNS + DAY)
    assert codes(scene, dita) == ["X_is_18"]


def test_an_opt_out_on_the_very_day_and_the_engine_do_not_lock_each_other_out(scene, dita):
    """An opt-out takes the check-ins first, and after them the same line."""
    scene.at(AHEAD)
    with ThreadPoolExecutor(1) as pool:
        with scene.database.write() as session:
            slots.cancel_open(session, TURNS, scene.window(dita).id, "opt_out")
            looking = pool.submit(scene.write, of_age.look_at_consents, TURNS, 10)
            with pytest.raises(TimeoutError):
                looking.result(timeout=0.5)
            numbers.silence(session, TURNS, scene.number_id(dita), "page")
        assert looking.result(timeout=20)["looked"] == 1
    assert codes(scene, dita) == ["X_turns_18", "X_is_18"]


@pytest.mark.parametrize("given", [(GUARDIAN,), (OWN,), ()])
def test_where_no_check_in_hangs_on_a_guardians_yes_nothing_is_asked(scene, given):
    person_id = teenager(scene, given)
    live(scene, TURNS + DAY)
    assert codes(scene, person_id) == []


@pytest.mark.parametrize("status", [PersonStatus.DIED, PersonStatus.WITHDRAWN])
def test_nobody_is_asked_who_died_or_wants_no_more_follow_up(scene, dita, status):
    scene.change(Person, dita, status=status)
    live(scene, TURNS + DAY)
    assert codes(scene, dita) == []


def test_a_death_that_was_none_hides_the_birthday_no_longer(scene, dita):
    scene.change(Person, dita, status=PersonStatus.DIED)
    scene.at(TURNS)
    with scene.database.write() as session:
        ratna, window = session.get_one(Staff, scene.people.ratna), scene.window(dita)
        person, window = session.get_one(Person, dita), session.get_one(Window, window.id)
        assert closing.deny_end(session, TURNS + DAY, person, window, ratna) is None
    scene.at(TURNS + DAY)
    assert codes(scene, dita) == ["X_is_18"]


def test_nobody_else_is_looked_at(scene, dita):
    scene.at(TURNS)
    assert codes(scene, scene.people.budi) == []
    with scene.database.read() as session:
        assert session.query(Consent).filter(Consent.look_at.is_not(None)).count() == 0


@pytest.mark.parametrize(
    ("born", "day"),
    [(date(2008, 2, 29), date(2026, 3, 1)), (date(2008, 12, 16), date(2026, 12, 16)), (None, None)],
)
def test_the_day_of_turning_18(born, day):
    person = Person(born_on=born and born.isoformat(), zone="Asia/Jayapura")
    assert consents.of_age_on(person) == day
    if day:
        midnight = consents.start_of(day, person.zone)
        assert midnight + timedelta(hours=9) == midnight.replace(
            year=day.year, month=day.month, day=day.day, hour=0
        )
        assert consents.is_teen(person, midnight - SECOND)
        assert not consents.is_teen(person, midnight)
