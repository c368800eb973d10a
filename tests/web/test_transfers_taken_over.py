"""After somebody was taken over, by the pages of both: what came along, and what may still be sent about them there."""

import re

import pytest
from sqlalchemy import func, select

from companion.models import (
    Alert,
    Answer,
    Consent,
    Contact,
    Message,
    Phone,
    Signal,
    Slot,
    Task,
    Transfer,
    Window,
)
from companion.rules.states import Family, Level, WindowState
from tests.web.handing import accept, facts, offer, over_there

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_the_new_card_holds_the_note_and_figures_and_the_list_asks_for_a_first_call(room, desk):
    desk.alert(desk.budi)
    offer(room)
    accept(room)
    work = room.get("sinta", "/kasus").text
    assert (
        "Handed over to us by another institution, today 10.00. Still open there: having a hard time." in work
    )
    page = room.get("sinta", f"/orang/{over_there(room).ref}").text
    for words in (
        "Taken over from Rumah Damai, today.",
        "Suka ditelepon sore.",
        "Budi Santoso",
        "Check-ins there:",
    ):
        assert words in page, words


def test_what_came_along_stays_in_sight_while_they_are_offered_onward(room, desk):
    offer(room)
    accept(room)
    here = over_there(room)
    room.post("sinta", f"/orang/{here.ref}/serah", institution="damai", proof="berkas 40", note="Kembali.")
    page = room.get("sinta", f"/orang/{here.ref}").text
    assert "Offered to Rumah Damai, today." in page
    for words in (
        "What came along",
        "Taken over from Rumah Damai, today.",
        "Suka ditelepon sore.",
        "Check-ins there:",
    ):
        assert words in page, words
    assert "Kembali." not in page


def test_the_old_pages_say_who_follows_them_now(room, desk):
    offer(room)
    accept(room)
    card = room.get("sari", f"/orang/{desk.budi.ref}").text
    assert "Followed by Griya Sinar now, since today." in card
    assert "The phone numbers went along with the person." in card and "tel:" not in card
    assert "Moved, followed up elsewhere" in facts(room)
    answer = room.post("sari", f"/orang/{desk.budi.ref}/pulang", left_on="2026-11-01")
    assert answer.status_code == 400 and "Another institution follows them now." in answer.text


STILL_DONE = {
    "transfers.offer", "transfers.withdraw", "person_change.come_out_again",  # these say themselves why not
    "person_facts.withdraw",  # a yes may be taken back wherever it stands
    "person_window.assign", "person_window.lift_lock",  # who reads the record, and what the family there may see
    "family_invite.invite",  # refused since the follow-up is closed
}  # fmt: skip
"""What may still be sent about somebody whom another institution has taken over."""


@pytest.mark.parametrize("deleted", [False, True])
def test_the_old_page_says_so_where_the_follow_up_over_there_has_ended_since(room, desk, deleted):
    offer(room)
    accept(room)
    desk.session.expire_all()
    transfer = desk.session.scalars(select(Transfer)).one()
    if deleted:
        transfer.to_person_id = None
    else:
        there = desk.session.scalars(select(Window).where(Window.person_id == transfer.to_person_id)).one()
        there.state = WindowState.CLOSED
    desk.session.commit()
    card = room.get("sari", f"/orang/{desk.budi.ref}").text
    assert "Handed over to Griya Sinar, today. Their follow-up there has ended since." in card
    assert "Followed by" not in card and "lead there" not in card


def test_nothing_more_is_written_down_about_somebody_who_is_followed_elsewhere(room, desk):
    offer(room)
    late = room.get("tuti", f"/orang/{desk.budi.ref}/hasil", kode="spoke_well")
    assert late.status_code == 200  # this form is being filled in while they accept
    accept(room)
    before = stored(room)
    for rule in room.app.url_map.iter_rules():
        if not rule.rule.startswith("/orang/<ref>") or "POST" not in rule.methods or len(rule.arguments) > 1:
            continue
        if rule.endpoint in STILL_DONE:
            continue
        answer = room.post(
            "tuti", rule.rule.replace("<ref>", desk.budi.ref), code="violence", once="a" * 12, number="0812 9999 0000",
            purpose="follow_up", proof="berkas", until="2026-11-09", reason="asked", hour="09.00", kind="own",
        )  # fmt: skip
        where = answer.location.split("?")[0] if answer.status_code == 303 else answer.status_code
        assert where == f"/orang/{desk.budi.ref}", rule.endpoint
    assert stored(room) == before
    said = room.post(
        "tuti", f"/orang/{desk.budi.ref}/hasil", follow=True, code="no_answer", once="b" * 12
    ).text
    assert "This person was handed over to another institution, so nothing was saved." in said


def stored(room) -> list[int]:
    """How many rows there are of what a page could write."""
    kinds = (Alert, Answer, Consent, Contact, Message, Phone, Signal, Slot, Task)
    return [room.session.scalar(select(func.count()).select_from(kind)) for kind in kinds]


def test_the_old_pages_offer_nothing_that_is_refused(room, desk):
    offer(room)
    accept(room)
    pages = [room.get("tuti", f"/orang/{desk.budi.ref}{page}").text for page in ("", "/data", "/keluarga")]
    acts = set(re.findall(rf'action="/orang/{desk.budi.ref}/([a-z/]+)', "".join(pages)))
    assert acts == {"izin/cabut", "pulang", "petugas"}
    assert f"/orang/{desk.budi.ref}/hasil" not in "".join(pages)
    assert room.get("tuti", f"/orang/{desk.budi.ref}/hasil").status_code == 303


def test_what_was_heard_there_in_the_last_moment_is_closed_without_a_call(room, desk):
    """They have no number to ring any more; those who follow the person now were told."""
    offer(room)
    accept(room)
    desk.session.expire_all()
    alert = desk.alert(desk.budi, Family.SAFETY, Level.RED)
    page = room.get("tuti", f"/orang/{desk.budi.ref}").text
    assert f"/peringatan/{alert.ref}/tutup" in page and "Note the result" not in page
    room.post("tuti", f"/peringatan/{alert.ref}/tutup", hasil="referred")
    assert room.session.get_one(Alert, alert.id).state == "closed"


def test_where_they_are_now_everything_can_be_written_down(room):
    offer(room)
    accept(room)
    here = over_there(room)
    answer = room.post("sinta", f"/orang/{here.ref}/hasil", code="no_answer", once="c" * 12)
    assert answer.status_code == 303
    assert room.session.scalar(select(func.count(Contact.id)).where(Contact.person_id == here.id)) == 1
