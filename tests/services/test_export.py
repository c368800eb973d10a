"""Rows for other people's scripts: exact columns, random refs, never a row id (design 6)."""

import pytest
from sqlalchemy import select

from companion.channels.protocol import Reason as Why
from companion.channels.protocol import Refused
from companion.models import Alert, Answer, Institution, Message, Person, Slot, Window
from companion.rules.states import Family, Level, Within
from companion.services import alerts, export
from tests.cast import NOW
from tests.engine.scene import BUDI, DAY, HOUR, MINUTE, YUSUF

COLUMNS = {
    "people": "ref,institution,caseworker,zone,left_on,status,window_status,day",
    "slots": "slot,person_ref,generation,seq,due_at,asked_at,miss_at,closes_at,state,reason,answered_at",
    "messages": "ref,slot,person_ref,purpose,step,channel,state,reason,attempts,planned_for,first_attempt_at,state_at,"
    "carrier_sid",
    "alerts": "alert,person_ref,list,level,state,why,opened_at,deadline_at,caseworker,outcome",
    "answers": "slot,person_ref,at,proven,mood,urge,confidence,situation,sleep,use,contact,unsafe",
}


@pytest.fixture
def lived(scene):
    """A day on which everybody was asked, Yusuf was not reached, and Budi answered."""
    scene.at(NOW)
    scene.carrier.refuses = {YUSUF: Refused(Why.NUMBER_INVALID, 21211)}
    scene.at(scene.due_together())
    said = {"mood": 2, "urge": 8, "confidence": 3, "situation": "coming", "sleep": 1, "use": "rather_not",
            "contact": "soon", "unsafe": True, "calm": False, "codes": ["R4"]}  # fmt: skip
    with scene.database.write() as session:
        slot = session.scalars(
            select(Slot).where(Slot.person_id == scene.people.budi).order_by(Slot.seq)
        ).first()
        session.add(
            Answer(
                institution_id=scene.people.melati, person_id=scene.people.budi, slot_id=slot.id, at=scene.clock.at,
                proven=True, said=said,
            )
        )  # fmt: skip
    return scene


def rows(scene, kind, **how):
    with scene.database.read() as session:
        return list(export.rows(session, kind, scene.clock.at, **how))


def ids(scene):
    """Every row id of every table that could slip through."""
    found = set()
    with scene.database.read() as session:
        for model in (Person, Slot, Message, Alert, Window, Institution):
            found |= set(session.scalars(select(model.id)))
    return found


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_columns_are_exactly_those_that_were_promised(lived, kind):
    assert ",".join(export.columns(kind)) == COLUMNS[kind]
    assert all(set(row) == set(COLUMNS[kind].split(",")) for row in rows(lived, kind))
    assert rows(lived, kind)


NUMBERS = {"generation", "seq", "step", "attempts", "day", "mood", "urge", "confidence", "sleep"}


@pytest.mark.parametrize("kind", COLUMNS)
def test_no_row_id_is_among_them(lived, kind):
    for row in rows(lived, kind):
        for name, value in row.items():
            if name not in NUMBERS:
                assert not (isinstance(value, int) and not isinstance(value, bool)), (name, value)
                assert not (isinstance(value, str) and value.isdigit()), (name, value)


@pytest.mark.parametrize("kind", COLUMNS)
def test_nobody_is_named(lived, kind):
    said = str(rows(lived, kind))
    for secret in ("Budi", "Santoso", "Wati", "Yusuf", BUDI[1:], "1990"):
        assert secret not in said


def test_references_join_the_kinds(lived):
    people = {row["ref"] for row in rows(lived, "people")}
    slots = {row["slot"] for row in rows(lived, "slots")}
    assert {row["person_ref"] for row in rows(lived, "slots")} == people
    for kind in ("messages", "answers"):
        for row in rows(lived, kind):
            assert row["slot"] in slots | {None}
            assert row["person_ref"] in people | {None}
    assert {row["person_ref"] for row in rows(lived, "alerts")} <= people


def test_people_say_where_they_stand(lived):
    [budi] = [row for row in rows(lived, "people", identify=True) if row["name"] == "Budi Santoso"]
    assert (budi["institution"], budi["caseworker"], budi["zone"], budi["left_on"], budi["day"]) == (
        "melati", "sari", "Asia/Jakarta", "2026-11-20", 5,
    )  # fmt: skip
    assert (budi["status"], budi["window_status"], budi["e164"]) == ("enrolled", "active", BUDI)


def test_names_and_numbers_only_when_asked_for(lived):
    assert export.columns("people", identify=True) == [*COLUMNS["people"].split(","), "e164", "name"]
    assert export.columns("slots", identify=True) == COLUMNS["slots"].split(",")
    assert all({"e164", "name"}.isdisjoint(row) for row in rows(lived, "people"))


def test_messages_say_what_became_of_them(lived):
    states = {
        row["person_ref"]: (row["state"], row["reason"]) for row in rows(lived, "messages") if row["slot"]
    }
    assert sorted(str(state) for state, _ in states.values()) == ["refused", "sent", "sent"]
    refused = next(row for row in rows(lived, "messages") if row["state"] == "refused")
    assert (refused["reason"], refused["attempts"], refused["carrier_sid"]) == ("number_invalid", 1, None)


def test_answers_are_what_was_said_and_nothing_of_ours(lived):
    [answer] = rows(lived, "answers")
    assert (answer["mood"], answer["urge"], answer["use"], answer["unsafe"], answer["proven"]) == (
        2, 8, "rather_not", True, True,
    )  # fmt: skip
    assert "calm" not in answer


@pytest.mark.parametrize(
    ("family", "listed"),
    [
        (Family.SILENCE, "silence"),
        (Family.UNDELIVERED, "undelivered"),
        (Family.SYSTEM, "system"),
        (Family.STRUGGLING, "struggling"),
        (Family.SAFETY, "struggling"),
        (Family.WORRY, "struggling"),
        (Family.DATA, "decide"),
    ],
)
def test_every_family_of_alerts_has_its_list(scene, family, listed):
    with scene.database.write() as session:
        window = session.scalars(select(Window).where(Window.person_id == scene.people.budi)).one()
        alerts.raise_(
            session, NOW, window=window, institution=session.get_one(Institution, scene.people.melati),
            family=family, level=Level.AMBER, signals=[("A2_value", Level.AMBER, {"value": 7, "usual": 3})],
            about="x", within=Within.DAYS_2,
        )  # fmt: skip
    [row] = rows(scene, "alerts")
    assert (row["list"], row["level"], row["state"], row["caseworker"]) == (listed, "amber", "open", "sari")
    assert "7" in row["why"]
    assert row["deadline_at"] == NOW + 2 * DAY


def test_one_institution_at_a_time_if_wished(lived):
    assert {row["institution"] for row in rows(lived, "people", institution="kenanga")} == {"kenanga"}
    assert len(rows(lived, "slots", institution="kenanga")) == 20


@pytest.mark.parametrize(("since", "until", "n"), [(0, 1, 1), (1, 2, 0), (-1, 0, 0)])
def test_since_is_included_and_until_is_not(lived, since, until, n):
    at = lived.slots(lived.people.budi)[0].due_at
    found = rows(lived, "slots", institution="kenanga", since=at + since * MINUTE, until=at + until * MINUTE)
    assert len(found) == n


def test_a_person_with_two_windows_has_two_lines(lived):
    lived.change(Window, lived.window(lived.people.budi).id, state="closed")
    with lived.database.write() as session:
        from companion.services import enrol

        enrol.open_window(session, NOW + HOUR, session.get(Person, lived.people.budi), NOW.date())
    mine = [row["window_status"] for row in rows(lived, "people", identify=True) if row["e164"] == BUDI]
    assert mine == ["closed", "active"]
    assert ids(lived)
