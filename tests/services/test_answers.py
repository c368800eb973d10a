"""Answers: taken once, in time or late, and never lowering what is not proven (design 2.3, 2.4, 4.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from companion.models import Answer, Audit, FamilyMember, Message, Window
from companion.rules.states import AlertState, Family, Level, MessageState, SlotState, VoidReason, Within
from companion.rules.terms import LinkKind, Purpose
from companion.services import alerts, answers, outbox, slots
from companion.services.answers import DoorState
from tests.services.answering import CALM, DAY, SECOND, codes, raised, said_by, slot_of, tell
from tests.services.centre import HOUR, NOW

# --- once, in time or late ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("miss_at - 1 s", SlotState.ANSWERED),
        ("miss_at", SlotState.ANSWERED_LATE),
        ("closes_at - 1 s", SlotState.ANSWERED_LATE),
        ("closes_at", SlotState.OPEN),
    ],
)
def test_an_answer_counts_by_the_clock_and_not_by_whether_the_tick_has_run(session, budi, at, state):
    name, *minus = at.split(" - ")
    now = getattr(budi.slot, name) - (SECOND if minus else timedelta())
    received = tell(session, budi, CALM, now)
    slot = slot_of(session, budi)
    assert slot.state is state
    assert received.late is (state is SlotState.ANSWERED_LATE)
    if state is SlotState.OPEN:
        assert slot.answered_at is None
        assert received.thanks is None
    else:
        assert slot.answered_at == now
        assert slot.look_at is None


def test_an_answer_before_its_text_is_recorded_as_sent_is_in_time(session, centre):
    wati = centre.guest(asked=None)
    assert tell(session, wati, CALM).late is False
    assert slot_of(session, wati).state is SlotState.ANSWERED


@pytest.mark.parametrize("state", [SlotState.MISSED, SlotState.UNREACHED, SlotState.VOID])
def test_what_was_given_up_is_still_welcome_and_late(session, centre, state):
    reason = VoidReason.DOWNTIME if state is SlotState.VOID else None
    wati = centre.guest(state=state, reason=reason)
    assert tell(session, wati, CALM).late
    assert slot_of(session, wati).state is SlotState.ANSWERED_LATE
    assert slot_of(session, wati).reason is None


@pytest.mark.parametrize("state", [SlotState.CANCELLED, SlotState.EXCUSED])
def test_what_was_taken_back_takes_no_answer(session, centre, state):
    wati = centre.guest(state=state)
    assert answers.look(session, wati.token, NOW).state is DoorState.CLOSED
    assert tell(session, wati, CALM).thanks is None
    assert slot_of(session, wati).state is state


def test_a_second_submit_changes_nothing(session, budi):
    tell(session, budi, CALM)
    before = [(row.at, row.said) for row in said_by(session, budi)]
    received = tell(session, budi, {"mood": 1, "use": "yes"}, NOW + HOUR)
    assert received.thanks is None
    assert [(row.at, row.said) for row in said_by(session, budi)] == before
    assert raised(session, budi) == {}


@pytest.mark.parametrize("said", [CALM, {"unsafe": True}], ids=["calm", "unsafe"])
@pytest.mark.parametrize("kind", [LinkKind.SLOT, LinkKind.FRESH])
def test_twenty_submits_at_once_make_one_answer_and_none_fails(database, session, centre, budi, kind, said):
    if kind is LinkKind.FRESH:
        budi.token = centre.link(budi.person, LinkKind.FRESH, expires_at=NOW + HOUR)
    session.commit()

    def submit(_):
        with database.write() as own:
            door = answers.look(own, budi.token, NOW)
            return answers.receive(own, door, said, NOW).thanks

    with ThreadPoolExecutor(8) as pool:
        thanked = list(pool.map(submit, range(20)))
    assert len(said_by(session, budi)) == 1
    if said is CALM:
        assert thanked.count("calm") == 1
        assert thanked.count(None) == 19
    else:
        assert set(thanked) == {"unsafe"}
        (alert,) = raised(session, budi).values()
        # The answer's own signal, and one for all repeats of the minute.
        assert codes(session, alert) == ["R1_button", "R1_button"]


def test_a_link_without_a_check_in_takes_one_answer_until_it_ends(session, centre, budi):
    slots.cancel_open(session, NOW, budi.window.id, "test")
    token = centre.link(budi.person, LinkKind.FRESH, expires_at=NOW + HOUR)
    budi.token = token
    assert tell(session, budi, CALM).thanks == "calm"
    assert tell(session, budi, CALM).thanks is None
    assert answers.look(session, token, NOW + 2 * HOUR).state is DoorState.RECEIVED
    assert [row.slot_id for row in said_by(session, budi)] == [None]
    other = centre.link(budi.person, LinkKind.FRESH, expires_at=NOW + HOUR)
    assert answers.look(session, other, NOW + HOUR - SECOND).state is DoorState.OPEN
    assert answers.look(session, other, NOW + HOUR).state is DoorState.CLOSED


@pytest.mark.parametrize(
    ("state", "before_close", "then"),
    [
        (SlotState.OPEN, SECOND, SlotState.ANSWERED),
        (SlotState.MISSED, SECOND, SlotState.ANSWERED_LATE),
        (SlotState.MISSED, timedelta(), SlotState.MISSED),
        (SlotState.EXCUSED, SECOND, SlotState.EXCUSED),
    ],
)
def test_an_answer_by_a_link_of_its_own_answers_the_check_in_that_waits(
    session, centre, budi, state, before_close, then
):
    """Whoever wrote to us after a call that nobody took has not missed the check-in beside it."""
    budi.slot.state, budi.slot.closes_at = state, NOW + before_close
    session.flush()
    own, budi.token = budi.token, centre.link(budi.person, LinkKind.FRESH, expires_at=NOW + HOUR)
    received = tell(session, budi, CALM)
    session.refresh(budi.slot)
    taken = then is not state
    assert (budi.slot.state, received.late) == (then, then is SlotState.ANSWERED_LATE)
    assert received.thanks == "calm"
    assert [row.slot_id for row in said_by(session, budi)] == [budi.slot.id if taken else None]
    for token in (own, budi.token) if taken else (budi.token,):
        assert answers.look(session, token, NOW).state is DoorState.RECEIVED


def test_a_check_in_that_is_not_due_yet_is_not_answered_beforehand(session, centre, budi):
    budi.slot.due_at = NOW + SECOND
    session.flush()
    budi.token = centre.link(budi.person, LinkKind.FRESH, expires_at=NOW + HOUR)
    tell(session, budi, CALM)
    assert [row.slot_id for row in said_by(session, budi)] == [None]
    budi.slot.due_at = NOW
    session.flush()
    budi.token = centre.link(budi.person, LinkKind.FRESH, expires_at=NOW + HOUR)
    tell(session, budi, CALM)
    assert [row.slot_id for row in said_by(session, budi)] == [None, budi.slot.id]


@pytest.mark.parametrize("kind", [LinkKind.STAFF, LinkKind.FAMILY])
def test_a_link_to_another_place_opens_no_check_in(session, centre, budi, kind):
    assert answers.look(session, centre.link(budi.person, kind), NOW) is None


@pytest.mark.parametrize("token", ["", "abcdefghijkl", "x" * 17, "'; --"])
def test_a_token_that_never_was_opens_nothing(session, centre, token):
    assert answers.look(session, token, NOW) is None


# --- what an answer stops -------------------------------------------------------------------------------------------


def test_an_answer_stops_the_ladder_and_starts_the_last_heard_clock_again(session, centre, budi):
    outbox.promise(
        session, NOW, institution_id=centre.institution.id, purpose=Purpose.REMINDER, subject="slot:x", step=1,
        slot_id=budi.slot.id, number_id=budi.phone.number_id, expires_at=NOW + HOUR,
    )  # fmt: skip
    alerts.raise_(
        session, NOW, window=budi.window, institution=centre.institution, family=Family.SILENCE,
        level=Level.AMBER, signals=[("M1", Level.AMBER, {})], about="slot:1", within=Within.DAYS_2,
    )  # fmt: skip
    tell(session, budi, CALM)
    session.flush()
    assert session.scalars(select(Message.state).where(Message.slot_id == budi.slot.id)).all() == [
        MessageState.CANCELLED
    ]
    silence = raised(session, budi)[Family.SILENCE]
    assert (silence.answered_at, silence.deadline_at, silence.state) == (NOW, None, AlertState.OPEN)
    window = session.get_one(Window, budi.window.id, populate_existing=True)
    assert (window.heard_at, window.heard_how, window.look_at) == (NOW, "answer", NOW + 7 * DAY)


def test_a_calm_answer_needs_at_most_eight_statements(session, centre, budi):
    session.commit()
    seen = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement.split()[0])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        door = answers.look(session, budi.token, NOW)
        received = answers.receive(session, door, CALM | {"safe_way": "call"}, NOW)
        session.commit()
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert received.thanks == "calm"
    work = [verb for verb in seen if verb != "BEGIN"]
    assert len(work) <= 8, work


# --- proven or not --------------------------------------------------------------------------------------------------


def test_an_own_phone_of_one_person_is_proven(session, budi):
    assert answers.look(session, budi.token, NOW).proven
    tell(session, budi, CALM)
    assert said_by(session, budi)[0].proven
    assert said_by(session, budi)[0].said["calm"] is True


@pytest.mark.parametrize("why", ["kind", "two people", "family reads on it", "no phone of theirs"])
def test_a_phone_that_others_may_hold_proves_nothing_and_is_never_calm(session, centre, why):
    wati = centre.guest("shared" if why == "kind" else "own")
    if why == "two people":
        centre.share_number(wati)
    if why == "family reads on it":
        session.add(
            FamilyMember(
                institution_id=centre.institution.id, person_id=wati.person.id, name="Ibu",
                number_id=wati.phone.number_id, pin_hash="x", first_week_at=NOW, invited_at=NOW,
            )
        )  # fmt: skip
    if why == "no phone of theirs":
        session.delete(wati.phone)
    session.flush()
    received = tell(session, wati, CALM)
    assert received.thanks == "short"
    stored = said_by(session, wati)[0]
    assert (stored.proven, stored.said["calm"]) == (False, False)


def test_what_is_not_proven_makes_no_usual_value(session, centre, budi):
    for day, urge in enumerate([1, 1, 1]):
        _earlier(session, budi, NOW - (6 - day) * DAY, {"urge": urge}, proven=False)
    tell(session, budi, {"urge": 5, "confidence": 8})
    assert raised(session, budi) == {}, "no usual value to have risen from"


def test_three_proven_answers_make_a_usual_value(session, centre, budi):
    for day, urge in enumerate([1, 1, 1]):
        _earlier(session, budi, NOW - (6 - day) * DAY, {"urge": urge}, proven=True)
    tell(session, budi, {"urge": 5, "confidence": 8})
    assert codes(session, raised(session, budi)[Family.STRUGGLING]) == ["A2_rise"]


def test_answers_from_before_the_leaving_are_not_compared_with(session, centre, budi):
    for day, urge in enumerate([1, 1, 1]):
        _earlier(session, budi, NOW - (20 - day) * DAY, {"urge": urge}, proven=True)
    tell(session, budi, {"urge": 5, "confidence": 8})
    assert raised(session, budi) == {}


def _earlier(session, guest, at, said, *, proven):
    session.add(
        Answer(
            institution_id=guest.person.institution_id, person_id=guest.person.id, at=at, proven=proven,
            token=None, said=said | {"calm": proven, "codes": []},
        )
    )  # fmt: skip
    session.flush()


def test_what_staff_type_while_speaking_is_proven_and_names_them(session, centre):
    wati = centre.guest("shared")
    door = answers.look_at_slot(session, wati.slot.id, NOW)
    received = answers.receive(session, door, CALM, NOW, by_staff_id=centre.sari.id)
    stored = said_by(session, wati)[0]
    assert received.thanks == "calm"
    assert (stored.proven, stored.by_staff_id) == (True, centre.sari.id)
    assert session.get_one(Window, wati.window.id, populate_existing=True).heard_how == "staff"
    noted = session.scalars(select(Audit).where(Audit.act == "answered_for")).one()
    assert (noted.actor, noted.staff_id, noted.person_id) == ("staff", centre.sari.id, wati.person.id)
    assert answers.look(session, wati.token, NOW).state is DoorState.RECEIVED
