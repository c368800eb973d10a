"""How a follow-up ends or rests: ends a supervisor makes sure of, closing over nothing red, and pauses with an end."""

import pytest
from sqlalchemy import select

from companion.models import Alert, Task
from companion.rules.results import Code
from companion.rules.states import AlertState, Family, Level, SlotState, WindowState
from companion.rules.terms import PersonStatus, TaskState
from companion.services import closing, contacts, pauses, supervision
from companion.services.contacts import Entry
from tests.services.desk import DAY, NOW, SECOND


def note(desk, code, by=None, who=None, now=NOW):
    desk.session.flush()
    desk.session.expire_all()
    who = who or desk.budi
    entry = Entry(code=code, once=f"{code}{now}")
    here = contacts.setting(desk.session, now, by or desk.sari, who, desk.window(who), entry)
    contacts.note(desk.session, here, entry)
    desk.session.flush()
    desk.session.expire_all()


# --- ends that are provisional --------------------------------------------------------------------------------------


def test_a_death_waits_for_a_supervisor_and_is_then_final(desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    note(desk, Code.DIED)
    found = supervision.unsettled(desk.session, desk.tuti)
    assert [(one.name, one.status, one.by) for one in found] == [
        ("Budi S.", PersonStatus.DIED, NOW + 2 * DAY)
    ]
    assert supervision.unsettled(desk.session, desk.rudi) == []
    assert closing.confirm_end(desk.session, NOW, desk.budi, desk.window(desk.budi), desk.sari) == "status"
    assert closing.confirm_end(desk.session, NOW, desk.budi, desk.window(desk.budi), desk.tuti) is None
    desk.session.expire_all()
    assert desk.window(desk.budi).outcome == "died"
    assert desk.session.get_one(Alert, alert.id).state is AlertState.CLOSED
    assert supervision.unsettled(desk.session, desk.tuti) == []


def test_a_death_that_was_not_so_makes_the_person_one_who_is_not_reached(desk):
    note(desk, Code.DIED)
    assert closing.deny_end(desk.session, NOW, desk.budi, desk.window(desk.budi), desk.tuti) is None
    desk.session.flush()
    desk.session.expire_all()
    assert desk.budi.status is PersonStatus.NOT_REACHED
    window = desk.window(desk.budi)
    assert window.state is WindowState.ACTIVE
    assert window.look_at is not None
    assert desk.tasks(desk.budi, state=TaskState.PLANNED)
    assert supervision.unsettled(desk.session, desk.tuti) == []


def test_a_death_that_is_confirmed_is_not_denied_from_an_older_page(desk):
    """Nobody would follow somebody whose follow-up is over."""
    note(desk, Code.DIED)
    assert closing.confirm_end(desk.session, NOW, desk.budi, desk.window(desk.budi), desk.tuti) is None
    assert closing.deny_end(desk.session, NOW, desk.budi, desk.window(desk.budi), desk.tuti) == "status"
    desk.session.flush()
    desk.session.expire_all()
    assert (desk.budi.status, desk.window(desk.budi).outcome) == (PersonStatus.DIED, "died")


@pytest.mark.parametrize("code", [Code.DIED, Code.REFUSED])
def test_what_a_supervisor_has_to_make_sure_of_is_closed_by_nobody_else(desk, code):
    """A mistaken death would be final, and nobody would look for the person again."""
    note(desk, code)
    window = desk.window(desk.budi)
    for by in (desk.sari, desk.tuti):
        assert closing.close_window(desk.session, NOW, desk.budi, window, by, "stable") == "provisional"
    assert len(supervision.unsettled(desk.session, desk.tuti)) == 1
    assert closing.deny_end(desk.session, NOW, desk.budi, window, desk.tuti) is None
    desk.session.flush()
    desk.session.expire_all()
    assert desk.budi.status is PersonStatus.NOT_REACHED


def test_a_withdrawal_that_was_not_so_promises_no_texts_without_consent(desk):
    note(desk, Code.REFUSED)
    closing.deny_end(desk.session, NOW, desk.budi, desk.window(desk.budi), desk.tuti)
    desk.session.flush()
    from companion.models import Slot

    ahead = select(Slot.id).where(Slot.person_id == desk.budi.id, Slot.state == SlotState.PLANNED)
    assert desk.session.scalars(ahead).all() == []
    assert desk.session.scalars(select(Task.id).where(Task.state == TaskState.PLANNED)).first()


# --- closing the window ---------------------------------------------------------------------------------------------


def test_a_window_cannot_be_closed_over_something_red(desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    other = desk.alert(desk.budi, Family.SILENCE, code="M1")
    close = lambda: closing.close_window(
        desk.session, NOW, desk.budi, desk.window(desk.budi), desk.sari, "stable"
    )
    assert close() == "red"
    note(desk, Code.SPOKE_WELL)
    assert (
        closing.close_alert(
            desk.session, NOW, desk.session.get_one(Alert, alert.id), desk.sari, "spoke", True
        )
        is None
    )
    desk.session.expire_all()
    assert close() is None
    desk.session.expire_all()
    assert desk.window(desk.budi).state is WindowState.CLOSED
    assert desk.session.get_one(Alert, other.id).state is AlertState.CLOSED
    assert desk.tasks(desk.budi, state=TaskState.PLANNED) == []
    assert close() == "closed"


def test_a_useful_alert_is_remembered_as_such(desk):
    alert = desk.alert(desk.budi, Family.DATA)
    closing.close_alert(desk.session, NOW, alert, desk.sari, "corrected", False)
    stored = desk.session.get_one(Alert, alert.id, populate_existing=True)
    assert (stored.outcome, stored.useful, stored.closed_by) == ("corrected", False, desk.sari.id)


# --- pauses ---------------------------------------------------------------------------------------------------------

PAUSES = [
    (None, "asked", ("until", "needed")),
    (NOW, "asked", ("until", "past")),
    (NOW + SECOND, "asked", None),
    (NOW + 14 * DAY, "asked", None),
    (NOW + 14 * DAY + SECOND, "asked", ("until", "far")),
    (NOW + DAY, "karena", ("reason", "reason")),
]


@pytest.mark.parametrize(("until", "reason", "fault"), PAUSES)
def test_what_is_wrong_with_a_pause(until, reason, fault):
    assert pauses.fault(until, reason, NOW, supervisor=False) == fault


def test_a_supervisor_may_pause_for_sixty_days():
    assert pauses.fault(NOW + 60 * DAY, "asked", NOW, supervisor=True) is None
    assert pauses.fault(NOW + 60 * DAY + SECOND, "asked", NOW, supervisor=True) == ("until", "far")


def test_ending_a_pause_brings_back_who_was_in_an_institution(desk):
    note(desk, Code.IN_INSTITUTION)
    assert pauses.end(desk.session, NOW, desk.sari, desk.budi, desk.window(desk.budi))
    desk.session.flush()
    desk.session.expire_all()
    assert desk.budi.status is PersonStatus.ENROLLED
    assert desk.window(desk.budi).state is WindowState.ACTIVE
    assert not pauses.end(desk.session, NOW, desk.sari, desk.budi, desk.window(desk.budi))
