"""How our own service is, in plain words, and a supervisor's brakes."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.engine import alarms, parking
from companion.models import Audit, ChannelHold, EngineState, Institution, Message, Parked, Slot, Stop
from companion.rules.gate import Because
from companion.rules.states import MessageState
from companion.rules.terms import Purpose
from companion.services import stops
from companion.trials.statements import counted
from companion.web import engine_page
from tests.services.desk import DAY, HOUR, NOW
from tests.web.staff_room import StaffRoom

MINUTE = timedelta(minutes=1)
PATH = "/institusi/mesin"


@pytest.fixture
def room(database):
    room = StaffRoom(database)
    state = room.session.get(EngineState, 1) or EngineState(id=1)
    state.last_tick_at = state.ticked_machine_at = NOW
    room.session.add(state)
    room.keep()
    yield room
    room.close()


def page(room, login="tuti", **query):
    return room.get(login, PATH, **query).text


def text(desk, n=0, **values):
    """One text of the institution as it stands."""
    row = {
        "institution_id": desk.damai.id, "purpose": Purpose.INVITATION, "subject": f"x{n}", "planned_for": NOW,
        "expires_at": NOW + DAY, "state_at": NOW, "state": MessageState.PLANNED, "look_at": NOW + HOUR,
    }  # fmt: skip
    desk.session.add(Message(**(row | values)))


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_it_is_the_supervisors(room):
    assert room.get("tuti", PATH).status_code == 200
    assert room.get("sari", PATH).status_code == 403
    for act in ("berhenti", "lanjutkan", "anggaran", "coba-lagi"):
        assert room.post("sari", f"{PATH}/{act}").status_code == 403


def test_all_is_well(room):
    shown = plain(page(room))
    for sentence in (
        "All is well",
        "less than a minute ago",
        "No text is being held",
        "Nothing is put aside",
    ):
        assert sentence in shown


@pytest.mark.parametrize(("hours", "told"), [(47, False), (48, True)])
def test_words_that_the_carrier_keeps_are_told_of_after_two_days(room, desk, hours, told):
    text(desk, state=MessageState.DELIVERED, state_at=NOW - hours * HOUR, carrier_sid="SM1")
    text(desk, 1, state=MessageState.DELIVERED, state_at=NOW - 3 * DAY, look_at=None, erased_at=NOW - 2 * DAY)
    assert ("Of one text that has ended the carrier still has a copy" in page(room)) is told


def test_an_engine_that_stands_still_says_since_when(room):
    room.clock.at = NOW + 6 * MINUTE
    shown = plain(page(room))
    assert "The engine stands still" in shown and "6 minutes ago" in shown
    assert "All is well" not in shown


def test_what_waits_is_counted_by_reason_with_its_end(room, desk):
    for n in range(3):
        text(desk, n, held_because="hours", look_at=NOW + 2 * HOUR + n * MINUTE)
    text(desk, 3, held_because="cap", look_at=NOW + DAY)
    text(desk, 4, look_at=NOW - MINUTE, held_because="stop")
    text(desk, 5, look_at=NOW + 9 * DAY)
    text(desk, 6, held_because="cap", institution_id=desk.elsewhere.id)
    text(desk, 7, state=MessageState.UNSURE, look_at=None, last_attempt_at=NOW)
    shown = plain(page(room))
    assert "Outside the hours for texts 3 looked at again today 12.00" in shown
    assert "That phone has had its texts for now 1 looked at again tomorrow 10.00" in shown
    assert "In turn, to leave in a moment 1" in shown
    assert "Of one text nobody knows whether it left." in shown


def test_what_is_planned_for_the_next_hour_is_counted(room, desk):
    for n, minutes in enumerate((0, 1, 60, 61)):
        text(desk, n, look_at=NOW + minutes * MINUTE)
    slot = desk.session.scalars(select(Slot).where(Slot.institution_id == desk.damai.id)).first()
    slot.look_at = NOW + 30 * MINUTE
    assert "In the next hour 3 texts are planned." in plain(page(room))


def test_what_is_wrong_is_said_in_plain_words(room, desk):
    desk.session.add(ChannelHold(channel="sms", until=NOW + HOUR, reason="unreachable", since=NOW))
    desk.session.get(EngineState, 1).restored_at = NOW
    shown = plain(page(room))
    assert "The carrier cannot be reached" in shown and "A copy of the data was put back." in shown
    assert "something needs a look" in shown


def test_everything_that_can_be_said_has_words():
    assert set(engine_page.HELD) == set(Because)
    assert set(engine_page.KINDS) == set(parking.MODELS)
    assert set(engine_page.REASONS) == set(stops.Why)
    elsewhere_on_the_page = {"row_parked", "unsure_undecided", "budget_80"}
    assert set(engine_page.ALARMS) == set(alarms.WORDS) - elsewhere_on_the_page


# --- put aside ------------------------------------------------------------------------------------------------------


def parked(desk, kind, row_id, institution=None):
    desk.session.add(
        Parked(
            institution_id=(institution or desk.damai).id, kind=kind, row_id=row_id, reason="KeyError",
            at=NOW - MINUTE, until=NOW + HOUR,
        )
    )  # fmt: skip


def test_a_parked_row_is_named_by_its_work_and_tried_again_at_a_tap(room, desk):
    slot = desk.session.scalars(select(Slot).where(Slot.institution_id == desk.damai.id)).first()
    slot.look_at = NOW + HOUR
    parked(desk, "open", slot.id)
    parked(desk, "open", 99999, desk.elsewhere)
    room.keep()
    shown = plain(page(room))
    assert "opening a check-in 1 since today 09.59 again today 11.00 for the operator: KeyError" in shown
    assert "It is tried again within a minute." in room.post("tuti", f"{PATH}/coba-lagi", follow=True).text
    assert room.session.get_one(Slot, slot.id).look_at == NOW
    assert "Nothing is put aside." in plain(page(room))
    assert "There is nothing to try again." in room.post("tuti", f"{PATH}/coba-lagi", follow=True).text
    elsewhere = room.session.scalars(select(Parked).where(Parked.row_id == 99999)).one()
    assert elsewhere.until == NOW + HOUR


# --- stop -----------------------------------------------------------------------------------------------------------

GOOD = {"alasan": "disaster", "sampai": "2026-11-04", "jam": "08:00", "yakin": "1"}


def stop(room, **fields):
    return room.post("tuti", f"{PATH}/berhenti", **(GOOD | fields))


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"alasan": ""}, "Choose a reason."), ({"alasan": "banjir besar"}, "Choose a reason."),
        ({"sampai": ""}, "Say until when"), ({"sampai": "2026-11-02", "jam": "10:00"}, "Say until when"),
        ({"sampai": "2026-11-16", "jam": "10:01"}, "At most 14 days."), ({"sampai": "besok"}, "This is no date"),
        ({"jam": "25:00"}, "This is no date"), ({"yakin": ""}, "Tick this"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_stop_is_said_and_what_was_typed_stays(room, fields, fault):
    refused = stop(room, **fields)
    assert refused.status_code == 400
    assert fault in refused.text and " open>" in refused.text
    assert f'value="{(GOOD | fields)["sampai"]}"' in refused.text
    assert room.session.scalars(select(Stop)).all() == []


@pytest.mark.parametrize(("day", "clock"), [("2026-11-02", "10:01"), ("2026-11-16", "10:00")])
def test_a_stop_lasts_from_a_minute_to_fourteen_days(room, day, clock):
    assert stop(room, sampai=day, jam=clock).status_code == 303


def test_a_stop_says_who_why_and_until_when_and_is_lifted(room, desk):
    assert stop(room).status_code == 303
    [row] = room.session.scalars(select(Stop)).all()
    assert (row.institution_id, row.province, row.reason, row.staff_id) == (
        desk.damai.id, None, "disaster", desk.tuti.id,
    )  # fmt: skip
    shown = plain(page(room))
    assert "Stopped until Wednesday 08.00" in shown
    assert "Flood, quake or another disaster" in shown and "by Tuti Handayani, today 10.00" in shown
    assert "Texts leave again." in room.post("tuti", f"{PATH}/lanjutkan", follow=True).text
    assert "Stopped until" not in plain(page(room))
    assert (
        "Nothing was stopped by your institution." in room.post("tuti", f"{PATH}/lanjutkan", follow=True).text
    )
    acts = room.session.scalars(select(Audit.act).where(Audit.act.like("stop%")).order_by(Audit.id)).all()
    assert acts == ["stopped", "stop_lifted"]


def test_a_second_click_stops_nothing_twice(room):
    stop(room), stop(room)
    assert len(room.session.scalars(select(Stop)).all()) == 1


def test_a_stop_of_the_operator_is_shown_and_is_not_theirs_to_lift(room, desk):
    stops.stop(room.session, NOW, institution_id=None, reason="uji coba", until=NOW + DAY, province="SB")
    stops.stop(room.session, NOW, institution_id=desk.elsewhere.id, reason="lain", until=NOW + DAY)
    shown = plain(page(room))
    assert "only Sumatera Barat" in shown and "uji coba" in shown and "by the operator" in shown
    assert "lain " not in shown and "Let texts leave again" not in shown
    room.post("tuti", f"{PATH}/lanjutkan")
    assert all(row.lifted_at is None for row in room.session.scalars(select(Stop)))


# --- budget ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "stored"), [("500", 500), ("1.000", 1000), ("0", 0), ("", None)])
def test_the_budget_is_set_and_taken_away(room, desk, typed, stored):
    desk.damai.daily_budget = 7
    assert room.post("tuti", f"{PATH}/anggaran", pesan=typed).status_code == 303
    assert room.session.get_one(Institution, desk.damai.id).daily_budget == stored


@pytest.mark.parametrize("typed", ["-1", "banyak", "1,5", "9999999", "٣"])
def test_what_is_no_number_is_refused_and_kept(room, desk, typed):
    desk.damai.daily_budget = 7
    refused = room.post("tuti", f"{PATH}/anggaran", pesan=typed)
    assert refused.status_code == 400
    assert f'value="{typed}"' in refused.text and "whole number" in refused.text
    assert room.session.get_one(Institution, desk.damai.id).daily_budget == 7


@pytest.mark.parametrize(
    ("used", "says"),
    [
        (79, None),
        (80, "Most texts of today are used up."),
        (99, "Most texts"),
        (100, "The texts of today are used up."),
    ],
)
def test_the_page_and_the_overview_warn_at_80_per_cent_and_at_the_end(room, desk, used, says):
    desk.damai.daily_budget = 100
    for n in range(used):
        text(desk, n, state=MessageState.SENT, look_at=None, last_attempt_at=NOW)
    shown = plain(page(room))
    assert f"Today {used} of 100 are used." in shown
    assert ("used up" in shown) == (says is not None) and (says or "") in shown
    assert ("texts of today are used" in plain(room.get("tuti", "/institusi").text)) == (says is not None)


# --- price, and what machines see -----------------------------------------------------------------------------------


def test_the_page_costs_the_same_whatever_waits(room, desk):
    desk.damai.daily_budget = 100
    room.keep()
    seen = []
    for n in range(2):
        client = room.as_("tuti")
        with counted(room.database) as statements:
            client.get(PATH)
        seen.append(len(statements))
        for row in range(20):
            text(desk, f"{n}{row}", held_because="hours")
            parked(desk, "open", 1000 + row * 10 + n)
    assert seen[0] == seen[1] <= 10


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [({}, 200, "ok"), ({"backed_up_at": NOW - 3 * DAY}, 200, "warning"), ({"restored_at": NOW}, 503, "alarm"),
     ({"ticked_machine_at": NOW - 6 * MINUTE}, 503, "alarm"), ({"ticked_machine_at": NOW - 5 * MINUTE}, 200, "ok")],
)  # fmt: skip
def test_health_is_503_only_when_something_stands_still(room, values, status, word):
    state = room.session.get(EngineState, 1)
    for name, value in values.items():
        setattr(state, name, value)
    room.keep()
    answer = room.app.test_client().get("/health")
    assert (answer.status_code, answer.json["status"]) == (status, word)
    assert bool(answer.json["alarms"]) == (word != "ok")
