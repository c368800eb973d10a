"""Answers: taken once, in time or late, and never lowering what is not proven (design 2.3, 2.4, 4.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select

from companion.content import reasons
from companion.models import Alert, Answer, Audit, FamilyMember, Link, Message, Phone, Signal, Slot, Window
from companion.rules.staff_hours import promise
from companion.rules.states import (
    AlertState,
    Family,
    Level,
    MessageState,
    SlotState,
    VoidReason,
    WindowState,
    Within,
)
from companion.rules.terms import LinkKind, Purpose
from companion.services import alerts, answers, new_links, numbers, outbox, slots, windows
from companion.services.answers import DoorState
from companion.services.institutions import staff_hours
from tests.services.centre import HOUR, NIGHT, NOW, Centre

CALM = {"mood": 4, "urge": 1, "confidence": 8, "situation": "no", "use": "no", "sleep": 3, "contact": "no"}
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def session(database):
    with database.sessions() as session:
        yield session


@pytest.fixture
def centre(session):
    return Centre(session)


@pytest.fixture
def budi(centre):
    return centre.guest()


def tell(session, guest, said, now=NOW, **how):
    door = answers.look(session, guest.token, now)
    return answers.receive(session, door, said, now, **how)


def slot_of(session, guest) -> Slot:
    return session.get_one(Slot, guest.slot.id, populate_existing=True)


def raised(session, guest) -> dict[Family, Alert]:
    rows = session.scalars(
        select(Alert).where(Alert.person_id == guest.person.id).execution_options(populate_existing=True)
    )
    return {alert.family: alert for alert in rows}


def codes(session, alert) -> list[str]:
    return list(session.scalars(select(Signal.code).where(Signal.alert_id == alert.id).order_by(Signal.id)))


def said_by(session, guest) -> list[Answer]:
    return list(
        session.scalars(select(Answer).where(Answer.person_id == guest.person.id).order_by(Answer.id))
    )


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
    assert session.scalars(select(Message.state)).all() == [MessageState.CANCELLED]
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


# --- a call for help is never refused -------------------------------------------------------------------------------


def _closed_window(session, centre, guest):
    windows.close(session, NOW, guest.window, outcome="done", staff_id=None)


STATES = {
    "open": lambda session, centre, guest: None,
    "received": lambda session, centre, guest: tell(session, guest, CALM),
    "missed": lambda session, centre, guest: setattr(guest.slot, "state", SlotState.MISSED),
    "cancelled": lambda session, centre, guest: setattr(guest.slot, "state", SlotState.CANCELLED),
    "expired": lambda session, centre, guest: setattr(guest.slot, "closes_at", NOW),
    "paused": lambda session, centre, guest: slots.pause(session, NOW, guest.window, NOW + 3 * DAY, "rest"),
    "opted out": lambda session, centre, guest: numbers.silence(session, NOW, guest.phone.number_id, "page"),
    "window closed": _closed_window,
    "unassigned shared number": lambda session, centre, guest: centre.share_number(guest),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("call", "code"), [({"unsafe": True}, "R1_button"), ({"contact": "soon"}, "R2")])
def test_a_call_for_help_is_red_in_every_state(session, centre, state, call, code):
    wati = centre.guest()
    STATES[state](session, centre, wati)
    session.flush()
    received = tell(session, wati, call)
    alert = raised(session, wati)[Family.SAFETY]
    if state == "unassigned shared number" and code == "R2":
        code = "R2_unknown"
    assert (alert.level, codes(session, alert)) == (Level.RED, [code])
    assert alert.window_id == wati.window.id
    assert alert.deadline_at == promise(NOW, staff_hours(centre.institution))
    assert received.thanks == ("unsafe" if "unsafe" in call else "talk")
    assert received.promise.by == alert.deadline_at
    assert received.promise.told_at == NOW
    assert session.scalars(select(Message.staff_id).where(Message.alert_id == alert.id)).all() == [
        centre.sari.id
    ]


def test_pressing_twice_in_a_minute_is_one_signal_and_one_text_and_later_a_second_signal(session, budi):
    for at in (NOW, NOW + SECOND, NOW + 2 * SECOND, NOW + HOUR):
        tell(session, budi, {"unsafe": True}, at)
    alert = raised(session, budi)[Family.SAFETY]
    # The first is the answer itself, the next two fall into one minute, the last stands for itself.
    assert codes(session, alert) == ["R1_button"] * 3
    assert session.scalar(select(func.count()).select_from(Message).where(Message.alert_id == alert.id)) == 1


def test_at_night_nobody_is_said_to_have_been_told(session, centre):
    wati = centre.guest()
    received = tell(session, wati, {"unsafe": True}, NIGHT)
    assert received.promise.told_at is None
    # 08.00 and four working hours: nothing earlier would be true.
    assert received.promise.by.isoformat() == "2026-11-25T05:00:00+00:00"


def test_with_nobody_to_text_nobody_is_said_to_have_been_told(session, centre, budi):
    centre.sari.phone = centre.supervisor.phone = None
    assert tell(session, budi, {"unsafe": True}).promise.told_at is None


def test_who_has_taken_it_was_told(session, centre, budi):
    tell(session, budi, {"unsafe": True}, NIGHT)
    alert = raised(session, budi)[Family.SAFETY]
    alerts.claim(session, NIGHT + HOUR, alert.id, centre.sari)
    session.expire_all()
    assert tell(session, budi, {"unsafe": True}, NIGHT + 2 * HOUR).promise.told_at == NIGHT + HOUR


@pytest.mark.parametrize("level", [Level.NONE, Level.AMBER])
def test_at_night_an_older_alert_is_no_proof_that_somebody_was_told(session, centre, level):
    wati = centre.guest()
    alerts.raise_(
        session, NOW, window=wati.window, institution=centre.institution, family=Family.SAFETY, level=level,
        signals=[("A1", level, {})], about="test", caseworker_id=centre.sari.id,
    )  # fmt: skip
    alert = raised(session, wati)[Family.SAFETY]
    alerts.claim(session, NOW + HOUR, alert.id, centre.sari)
    session.expire_all()
    assert tell(session, wati, {"unsafe": True}, NIGHT).promise.told_at is None


def test_who_types_a_red_answer_has_the_alert_that_was_theirs(session, centre):
    wati = centre.guest()
    door = answers.look_at_slot(session, wati.slot.id, NOW)
    alerts.raise_(
        session, NOW, window=wati.window, institution=centre.institution, family=Family.SAFETY,
        level=Level.AMBER, signals=[("A1", Level.AMBER, {})], about="test", caseworker_id=centre.sari.id,
    )  # fmt: skip
    alerts.claim(session, NOW, raised(session, wati)[Family.SAFETY].id, centre.sari)
    session.expire_all()
    answers.receive(session, door, CALM | {"unsafe": True}, NOW, by_staff_id=centre.sari.id)
    session.expire_all()
    alert = raised(session, wati)[Family.SAFETY]
    assert (alert.level, alert.state, alert.claimed_by) == (Level.RED, AlertState.CLAIMED, centre.sari.id)
    texts = select(Message.state).where(Message.alert_id == alert.id)
    assert set(session.scalars(texts)) <= {MessageState.CANCELLED}


def test_a_promise_that_has_passed_is_not_made_again(session, centre, budi):
    tell(session, budi, {"unsafe": True})
    later = NOW + DAY
    by = tell(session, budi, {"unsafe": True}, later).promise.by
    assert by == promise(later, staff_hours(centre.institution))


def test_what_is_added_to_a_call_stands_on_its_signal(session, budi):
    tell(session, budi, {"unsafe": True})
    received = tell(session, budi, {"about": "hidup", "may_call": "no"}, NOW + SECOND)
    signal = session.scalars(select(Signal)).one()
    assert signal.values["about"] == "hidup"
    assert signal.values["way"] == "no"
    assert "not_this_phone" in signal.values["also"]
    assert received.thanks == "unsafe"
    phone = session.get_one(Phone, budi.phone.id, populate_existing=True)
    assert (phone.safe_way, phone.may_call) == ("not_here", False)


def test_what_is_added_after_the_alert_was_closed_is_a_new_call(session, centre, budi):
    tell(session, budi, {"unsafe": True})
    alert = raised(session, budi)[Family.SAFETY]
    alerts.claim(session, NOW, alert.id, centre.sari)
    alerts.close(session, NOW, alert.id, centre.sari, "reached", True)
    session.expire_all()
    tell(session, budi, {"about": "orang"}, NOW + HOUR)
    again = session.scalars(select(Alert).where(Alert.state == AlertState.OPEN)).one()
    assert (again.family, again.level) == (Family.SAFETY, Level.RED)


def test_a_wish_to_be_called_leaves_the_check_in_open_when_only_that_is_taken(session, budi):
    door = answers.look(session, budi.token, NOW)
    answers.call_for_help(session, door, {"contact": "soon", "mood": 1}, NOW)
    assert slot_of(session, budi).state is SlotState.OPEN
    assert said_by(session, budi) == []
    assert Family.SAFETY in raised(session, budi)


# --- the safe way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "before", "said", "after"),
    [
        ("own", None, "message", "message"),
        ("own", "not_here", "usual", "usual"),
        ("shared", None, "usual", "usual"),
        ("shared", "usual", "not_here", "not_here"),
        ("shared", "not_here", "usual", "not_here"),
        ("shared", "message", "call", "message"),
        ("shared", "message", "not_here", "not_here"),
    ],
)
def test_the_safe_way_is_kept_and_only_the_person_loosens_it(session, centre, kind, before, said, after):
    wati = centre.guest(kind)
    wati.phone.safe_way = before
    session.flush()
    tell(session, wati, {"safe_way": said})
    assert session.get_one(Phone, wati.phone.id, populate_existing=True).safe_way == after


# --- what is kept can be said ---------------------------------------------------------------------------------------

EVERYTHING = [
    {"unsafe": True, "about": "badan", "may_call": "message"},
    {"contact": "soon"},
    {"use": "yes", "contact": "no"},
    {"urge": 9, "confidence": 2},
    {"contact": "week", "urge": 7, "confidence": 4, "harder": "yes"},
    {"situation_kind": ["rumah", "hilang"], "mood": 1, "sleep": 1, "use": "rather_not", "urge": 6},
    {
        "situation_kind": ["rumah"],
        "mood": 2,
        "sleep": 2,
        "use": "rather_not",
        "urge": 7,
        "safe_way": "not_here",
    },
    {"here": True, "contact": "no"},
    {"here": True},
    {"here": True},
]


@pytest.mark.parametrize("born_on", [date(1990, 1, 1), date(2011, 1, 1)], ids=["adult", "teen"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_reason_that_is_kept_can_be_said(session, centre, born_on, language):
    wati = centre.guest(born_on=born_on)
    for day, said in enumerate(EVERYTHING):
        wati.token = centre.link(wati.person, LinkKind.FRESH)
        tell(session, wati, said, NOW + day * DAY)
    kept = list(session.scalars(select(Signal)))
    for signal in kept:
        values = dict(signal.values)
        also, teen = values.pop("also"), values.pop("teen")
        when = {"when": "kemarin"} if "when" in reasons.needs(signal.code) else {}
        assert reasons.reason(signal.code, language, teen=teen, also=also, **values, **when)
    found = {signal.code for signal in kept}
    assert {"R1_button", "R2", "R3", "R4", "A1", "A8", "A11", "X_only_hello"} <= found
    assert ({"two_ambers", "amber_twice", "A10", "A6"} <= found) is (born_on.year == 1990)


def test_the_reason_for_a_shared_number_says_how_many_have_it(session, centre, budi):
    centre.share_number(budi)
    tell(session, budi, {"contact": "soon"})
    signal = session.scalars(select(Signal)).one()
    assert signal.code == "R2_unknown"
    assert signal.values["n"] == 2
    assert "no_pin" in signal.values["also"]


# --- a new link -----------------------------------------------------------------------------------------------------


def texts(session):
    return list(
        session.scalars(select(Message).where(Message.purpose == Purpose.NEW_LINK).order_by(Message.id))
    )


def ask_new_link(session, guest, now):
    return new_links.send(session, answers.look(session, guest.token, now), now)


def test_a_new_link_goes_to_the_phone_on_file_once_in_24_hours(session, centre, budi):
    slots.cancel_open(session, NOW, budi.window.id, "test")
    for after in (timedelta(), HOUR, DAY - SECOND):
        assert ask_new_link(session, budi, NOW + after) >= NOW + after
    assert len(texts(session)) == 1
    ask_new_link(session, budi, NOW + DAY)
    first, second = texts(session)
    assert first.number_id == second.number_id == budi.phone.number_id
    fresh = session.scalars(select(Link).where(Link.token == first.token)).one()
    assert (fresh.kind, fresh.expires_at) == (LinkKind.FRESH, NOW + 7 * DAY)


def test_a_new_link_is_the_one_of_the_newest_open_check_in(session, centre, budi):
    old = centre.link(budi.person, LinkKind.FRESH, expires_at=NOW)
    new_links.send(session, answers.look(session, old, NOW), NOW)
    assert texts(session)[0].token == budi.token


def test_whoever_answers_needs_no_new_link_any_more(session, centre, budi):
    """Else it would arrive tomorrow as if nothing had been said."""
    ask_new_link(session, budi, NOW)
    tell(session, budi, CALM)
    (message,) = texts(session)
    session.refresh(message)
    assert (message.state, message.reason, message.look_at) == (MessageState.CANCELLED, "answered", None)


def test_whoever_calls_for_help_by_an_old_link_still_gets_the_new_one(session, centre, budi):
    ask_new_link(session, budi, NOW)
    budi.slot.closes_at = NOW
    session.flush()
    assert tell(session, budi, {"unsafe": True}).thanks == "unsafe"
    (message,) = texts(session)
    session.refresh(message)
    assert message.state is MessageState.PLANNED


def test_a_link_that_was_made_for_another_number_is_not_sent_to_the_one_on_file_now(session, centre, budi):
    """Behind it the messages to the old number would be stopped, and its answers taken for the person's own."""
    budi.phone.rank = 1
    other = numbers.attach(session, budi.person, "+6281299990000", "shared")
    session.expire(budi.person, ["phones"])
    ask_new_link(session, budi, NOW)
    (message,) = texts(session)
    behind = answers.look(session, message.token, NOW)
    assert message.number_id == other.number_id == behind.number_id
    assert not behind.proven


def test_the_same_is_said_where_no_phone_is_on_file(session, centre, budi):
    slots.cancel_open(session, NOW, budi.window.id, "test")
    with_phone = ask_new_link(session, budi, NOW)
    session.delete(texts(session)[0])
    session.delete(budi.phone)
    session.flush()
    session.expire_all()
    assert ask_new_link(session, budi, NOW) == with_phone
    assert texts(session) == []


def test_at_night_a_new_link_is_promised_for_the_morning(session, budi):
    slots.cancel_open(session, NOW, budi.window.id, "test")
    assert ask_new_link(session, budi, NIGHT).isoformat() == "2026-11-25T01:00:00+00:00"


def test_the_window_stays_closed_when_somebody_calls_for_help_after_it(session, centre, budi):
    _closed_window(session, centre, budi)
    tell(session, budi, {"unsafe": True})
    session.flush()
    assert session.get_one(Window, budi.window.id, populate_existing=True).state is WindowState.CLOSED
