"""One person's pages: who may see them, the access log, and the history."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from companion.models import Audit
from companion.rules.states import Family, SlotState
from companion.services import audit
from tests.services.desk import DAY, HOUR, NOW

# --- who may see ----------------------------------------------------------------------------------------------------

PAGES = ("", "/riwayat", "/akses", "/data", "/hasil", "/hasil?kode=spoke_well")


@pytest.mark.parametrize("page", PAGES)
def test_only_their_caseworker_and_the_supervisor_see_a_graduate(room, desk, page):
    path = f"/orang/{desk.budi.ref}{page}"
    seen = {login: room.get(login, path).status_code for login in ("sari", "tuti", "dewi", "rudi")}
    assert seen == {"sari": 200, "tuti": 200, "dewi": 404, "rudi": 404}
    assert room.get("sari", f"/orang/tidak-ada{page}").status_code == 404


POSTS = (
    "/hp",
    "/hp/baru",
    "/hp/utama",
    "/hp/pasti",
    "/hp/tanya",
    "/hp/buka",
    "/hp/aktif",
    "/izin",
    "/izin/cabut",
    "/jeda",
    "/lanjut",
    "/tutup",
)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("login", ["dewi", "rudi"])
def test_nobody_changes_somebody_elses_graduate(room, desk, path, login):
    assert room.post(login, f"/orang/{desk.budi.ref}{path}").status_code == 404


@pytest.mark.parametrize("path", ["/petugas", "/pasti", "/kunci"])
def test_what_is_the_supervisors_is_not_the_caseworkers(room, desk, path):
    assert room.post("sari", f"/orang/{desk.budi.ref}{path}").status_code == 403
    assert room.post("rudi", f"/orang/{desk.budi.ref}{path}").status_code == 404


# --- every look is noted --------------------------------------------------------------------------------------------


def reads(room) -> int:
    room.session.expire_all()
    return room.session.scalar(select(func.count()).select_from(Audit).where(Audit.act == "read"))


def test_every_look_is_in_the_access_log_once_in_ten_minutes(room, desk):
    for page in PAGES:
        room.get("sari", f"/orang/{desk.budi.ref}{page}")
    assert reads(room) == 1
    room.clock.at = NOW + timedelta(minutes=10)
    room.get("sari", f"/orang/{desk.budi.ref}/data")
    assert reads(room) == 2
    room.get("tuti", f"/orang/{desk.budi.ref}")
    assert reads(room) == 3
    log = room.get("sari", f"/orang/{desk.budi.ref}/akses").text
    assert "Tuti Handayani" in log and "Opened the record" in log


def test_a_look_that_was_refused_is_not_a_look(room, desk):
    room.get("dewi", f"/orang/{desk.budi.ref}")
    assert reads(room) == 0


def test_what_family_does_never_stands_in_the_access_log(room, desk):
    audit.note(
        desk.session, NOW, "worry", actor="family", institution_id=desk.damai.id, person_id=desk.budi.id
    )
    page = room.get("sari", f"/orang/{desk.budi.ref}/akses").text
    assert "Family" not in page and "worry" not in page


# --- the history ----------------------------------------------------------------------------------------------------


def test_the_history_tells_every_kind_of_event_newest_first(room, desk):
    desk.slot(desk.budi, SlotState.MISSED, ago=5 * DAY)
    desk.slot(desk.budi, SlotState.VOID, ago=4 * DAY)
    desk.alert(desk.budi, Family.SILENCE, code="M1", at=NOW - HOUR)
    room.post("sari", f"/orang/{desk.budi.ref}/hasil", code="no_answer", once="a" * 12, note="coba sore")
    page = room.get("sari", f"/orang/{desk.budi.ref}/riwayat").text
    places = [
        page.index(words)
        for words in (
            "Not picked up",
            "Came up: Not answered yet",
            "Check-in never left us",
            "Check-in not answered;",
        )
    ]
    assert places == sorted(places)
    for words in ("coba sore", "Consent given: Follow-up by text", "Enrolled", "Sari Melati"):
        assert words in page
    assert "Check-in planned" not in page


def test_a_check_in_counts_as_unanswered_from_when_it_was_given_up_and_not_from_when_it_was_asked(room, desk):
    slot = desk.slot(desk.budi, SlotState.MISSED, ago=5 * DAY)
    slot.miss_at = NOW - 3 * DAY
    room.keep()
    page = room.get("sari", f"/orang/{desk.budi.ref}/riwayat").text
    line = page[: page.index("Check-in not answered;")].rsplit("<time", 1)[1]
    assert f'datetime="{(NOW - 3 * DAY).isoformat()}"' in line


def test_texts_to_family_are_another_world(room, desk):
    from companion.models import FamilyMember, Message
    from companion.rules.terms import Purpose

    member = FamilyMember(
        institution_id=desk.damai.id, person_id=desk.budi.id, name="Rina", pin_hash="x", first_week_at=NOW,
        invited_at=NOW, number_id=desk.budi.phones[0].number_id,
    )  # fmt: skip
    desk.session.add(member)
    desk.session.flush()
    for subject, about in (("f", {"family_member_id": member.id}), ("g", {})):
        desk.session.add(
            Message(
                institution_id=desk.damai.id, purpose=Purpose.FAMILY_WEEKLY if about else Purpose.INVITATION,
                subject=subject, person_id=desk.budi.id, number_id=member.number_id, state="delivered",
                planned_for=NOW, expires_at=NOW, state_at=NOW, **about,
            )
        )  # fmt: skip
    page = room.get("sari", f"/orang/{desk.budi.ref}/riwayat").text
    assert page.count(": arrived") == 1
    assert "Invitation: arrived" in page


def test_a_long_history_has_pages(room, desk):
    for number in range(30):
        desk.slot(desk.budi, SlotState.ANSWERED, ago=(number + 1) * DAY)
    first = room.get("sari", f"/orang/{desk.budi.ref}/riwayat").text
    assert "Older" in first and "Newer" not in first
    second = room.get("sari", f"/orang/{desk.budi.ref}/riwayat", halaman=2).text
    assert "Newer" in second
    assert room.get("sari", f"/orang/{desk.budi.ref}/riwayat", halaman=9).status_code == 200
