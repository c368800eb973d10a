"""A call for help is never refused, and the way we may use is kept (design 2.3, 2.4)."""

import pytest
from sqlalchemy import func, select

from companion.models import Alert, Message, Phone, Signal, Window
from companion.rules.staff_hours import promise
from companion.rules.states import AlertState, Family, Level, MessageState, SlotState, WindowState
from companion.services import alerts, answers, numbers, slots, windows
from companion.services.institutions import staff_hours
from tests.services.answering import CALM, DAY, SECOND, codes, raised, said_by, slot_of, tell
from tests.services.centre import HOUR, NIGHT, NOW


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


def test_the_window_stays_closed_when_somebody_calls_for_help_after_it(session, centre, budi):
    _closed_window(session, centre, budi)
    tell(session, budi, {"unsafe": True})
    session.flush()
    assert session.get_one(Window, budi.window.id, populate_existing=True).state is WindowState.CLOSED


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
