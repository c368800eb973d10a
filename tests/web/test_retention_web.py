"""The supervisor's page of what is kept how long (design 2.12, texts 7)."""

import re

import pytest
from sqlalchemy import select

from companion.models import Audit, Deletion, RetentionRule
from companion.rules.retention import SETTABLE, Kept
from companion.rules.states import WindowState
from companion.services import retention
from tests.services.desk import DAY, NOW

PATH = "/institusi/simpan"
BECAUSE = "Peraturan lembaga nomor 7 tahun 2026, kepala lembaga, 3 Januari 2026"


def fields(**changed):
    return {kind.value: str(limits.default) for kind, limits in SETTABLE.items()} | changed


def held(room, institution=None):
    room.session.expire_all()
    return retention.days(room.session, (institution or room.desk.damai).id)


def rules(room):
    return room.session.scalars(select(RetentionRule).order_by(RetentionRule.id)).all()


@pytest.mark.parametrize("login", ["sari", "rudi"])
def test_it_is_the_supervisors_of_this_institution(room, login):
    room.desk.rudi.role = "supervisor"
    room.post("tuti", PATH, **fields(answers="60"))
    if login == "sari":
        assert room.get(login, PATH).status_code == 403
        assert room.post(login, PATH, **fields(answers="5")).status_code == 403
    else:
        assert 'value="90"' in room.get(login, PATH).text
    assert held(room)[Kept.ANSWERS] == 60


def test_defaults_stand_there_and_nothing_is_due_yet(room):
    page = room.get("tuti", PATH).text
    values = {kind: re.search(rf'name="{kind}"[^>]*value="(\d+)"', page)[1] for kind in SETTABLE}
    assert values == {"sixth": "30", "answers": "90", "worries": "90", "records": "730"}
    assert page.count("Nothing is due in the next 30 days.") == len(Kept)
    assert page.count("Nothing has been deleted yet.") == len(Kept)
    assert "past its last day" not in page


def test_shorter_needs_no_reason_and_is_written_into_the_log(room):
    assert room.post("tuti", PATH, **fields(sixth="14", answers="0")).status_code == 303
    assert (held(room)[Kept.SIXTH], held(room)[Kept.ANSWERS]) == (14, 0)
    acts = room.session.scalars(select(Audit.act).where(Audit.staff_id == room.desk.tuti.id)).all()
    assert {"retention_set:sixth", "retention_set:answers"} <= set(acts)
    assert held(room, room.desk.elsewhere)[Kept.SIXTH] == 30


def test_a_second_click_stores_nothing_more(room):
    for _ in range(2):
        assert room.post("tuti", PATH, **fields(sixth="20")).status_code == 303
    assert len(rules(room)) == 1


def test_longer_needs_a_reason_in_writing_and_shows_it(room):
    refused = room.post("tuti", PATH, **fields(records="1000", reason="perlu"))
    assert refused.status_code == 400 and "needs a reason in writing" in refused.text
    assert 'value="1000"' in refused.text and ">perlu</textarea>" in refused.text
    assert rules(room) == []
    assert room.post("tuti", PATH, **fields(records="1000", reason=BECAUSE)).status_code == 303
    assert BECAUSE in room.get("tuti", PATH).text
    raw = room.session.connection().exec_driver_sql("SELECT reason FROM retention_rule").scalar()
    assert b"lembaga" not in raw
    assert room.post("tuti", PATH, **fields(records="730")).status_code == 303
    assert BECAUSE not in room.get("tuti", PATH).text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"sixth": "13"}, "At least 14 days"), ({"sixth": "366", "reason": BECAUSE}, "At most 365 days"),
        ({"answers": ""}, "Write a number of days"), ({"answers": "-1"}, "Write a number of days"),
        ({"answers": "tiga"}, "Write a number of days"),
        ({"records": "200", "answers": "201", "reason": BECAUSE}, "cannot go before the answers"),
        ({"records": "179"}, "At least 180 days"), ({"sixth": "31"}, "longer than the usual 30 days"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_stored(room, changed, says):
    refused = room.post("tuti", PATH, **fields(**changed))
    assert refused.status_code == 400 and says in refused.text
    assert rules(room) == []


@pytest.mark.parametrize("changed", [{"sixth": "14"}, {"sixth": "30"}, {"records": "180", "answers": "90"}])
def test_the_edges_are_taken(room, changed):
    assert room.post("tuti", PATH, **fields(**changed)).status_code == 303


def test_what_is_due_and_what_went_last_is_told(room):
    window = room.desk.window(room.desk.budi)
    window.state, window.closed_at = WindowState.CLOSED, NOW - 70 * DAY
    room.session.add(
        Deletion(institution_id=room.desk.damai.id, kind=Kept.SIXTH, day=(NOW - DAY).date(), n=3)
    )
    page = room.get("tuti", PATH).text
    assert page.count("Of one person in the next 30 days.") == 2, "its links, and its answers"
    assert "Last: 3 on 1 November 2026." in page


def test_windows_past_their_last_day_that_nobody_closed_are_named(room):
    room.desk.window(room.desk.budi).ends_at = NOW
    assert "One follow-up is past its last day and not closed." in room.get("tuti", PATH).text
    assert "past" not in re.sub("<[^>]*>", "", room.get("sari", "/kasus").text).lower()


def test_the_page_costs_the_same_whatever_the_caseload(room):
    from sqlalchemy import event

    def count():
        asked = []
        browser = room.as_("tuti")
        listen = lambda *given: asked.append(given[2])
        event.listen(room.database.reader, "before_cursor_execute", listen)
        assert browser.get(PATH).status_code == 200
        event.remove(room.database.reader, "before_cursor_execute", listen)
        return len([one for one in asked if one.startswith("SELECT")])

    first = count()
    for n in range(30):
        window = room.desk.window(room.desk.graduate(f"Orang{n}", room.desk.sari))
        window.state, window.closed_at = WindowState.CLOSED, NOW - 100 * DAY
    assert count() == first <= 10
