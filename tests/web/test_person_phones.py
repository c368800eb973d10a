"""A person's phones by their forms: whose they are, when they are safe, and which of them gets the texts."""

import pytest
from sqlalchemy import select

from companion.models import Consent, Number, Phone
from companion.rules.terms import PhoneKind
from companion.services import numbers
from tests.services.desk import NOW


def phone(desk, place=0) -> Phone:
    desk.session.expire_all()
    return desk.session.scalars(
        select(Phone).where(Phone.person_id == desk.budi.id).order_by(Phone.rank)
    ).all()[place]


def test_a_phone_is_written_down_as_shared_with_its_safe_hours(room, desk):
    fields = {"phone": phone(desk).id, "kind": "shared", "safe_from": "09:00", "safe_to": "17.00"}
    assert room.post("sari", f"/orang/{desk.budi.ref}/hp", **fields).status_code == 303
    stored = phone(desk)
    assert (stored.kind, stored.safe_from, stored.safe_to, stored.may_call) == (
        "shared",
        "09:00",
        "17:00",
        False,
    )


def test_that_a_phone_may_ring_again_forgets_an_old_not_this_phone(room, desk):
    phone(desk).safe_way = "not_here"
    room.post("sari", f"/orang/{desk.budi.ref}/hp", phone=phone(desk).id, kind="own", may_call="1")
    assert phone(desk).safe_way is None


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"kind": "own", "safe_from": "09:00"}, "Fill in both times, or neither."),
        (
            {"kind": "own", "safe_from": "17:00", "safe_to": "09:00"},
            "The first time must be before the second.",
        ),
        ({"kind": "own", "safe_from": "pagi", "safe_to": "09:00"}, "Write the time like 09.00."),
        (
            {"kind": "own", "safe_from": "09:00+07:00", "safe_to": "17:00+07:00"},
            "Write the time like 09.00.",
        ),
        ({"kind": "own", "safe_from": "20:00", "safe_to": "22:00"}, "Messages leave only between 08.00 and"),
        ({"kind": "own", "safe_from": "05:00", "safe_to": "08:00"}, "Messages leave only between 08.00 and"),
        ({"kind": "nobody's"}, "Choose whose phone it is."),
    ],
)
def test_a_fault_in_a_phone_is_said_beside_the_field_and_stores_nothing(room, desk, fields, fault):
    answer = room.post("sari", f"/orang/{desk.budi.ref}/hp", phone=phone(desk).id, **fields)
    assert answer.status_code == 400
    assert fault in answer.text
    assert phone(desk).safe_from is None
    assert phone(desk).may_call


def test_nobody_elses_phone_is_changed_through_my_person(room, desk):
    other = desk.session.scalars(select(Phone).where(Phone.person_id == desk.wati.id)).one()
    for path in ("/hp", "/hp/utama", "/hp/buka", "/hp/aktif"):
        answer = room.post("sari", f"/orang/{desk.budi.ref}{path}", phone=other.id, kind="shared")
        assert answer.status_code == 404
    for nonsense in ("", "x", "9" * 40, "-1"):
        assert room.post("sari", f"/orang/{desk.budi.ref}/hp", phone=nonsense, kind="own").status_code == 404


def test_another_number_can_be_added_and_become_the_one_for_texts(room, desk):
    path = f"/orang/{desk.budi.ref}/hp"
    wrong = room.post("sari", f"{path}/baru", number="12", kind="own")
    assert wrong.status_code == 400
    assert "This is no Indonesian mobile number." in wrong.text
    assert 'value="12"' in wrong.text
    assert room.post("sari", f"{path}/baru", number="0813 9999 0001", kind="own").status_code == 303
    again = room.post("sari", f"{path}/baru", number="0813 9999 0001", kind="own")
    assert "The person has this number already." in again.text
    new = phone(desk, 1)
    assert new.kind is PhoneKind.OWN
    room.post("sari", f"{path}/utama", phone=new.id)
    assert phone(desk).id == new.id


def test_a_silenced_number_opens_only_on_the_persons_own_recorded_word(room, desk):
    number_id = phone(desk).number_id
    numbers.silence(desk.session, NOW, number_id, "page")
    path = f"/orang/{desk.budi.ref}/hp/buka"
    answer = room.post("sari", path, phone=phone(desk).id, proof="  ")
    assert answer.status_code == 400
    assert "Write down when and how the person asked for it." in answer.text
    assert desk.session.get_one(Number, number_id).silenced_at
    room.post("sari", path, phone=phone(desk).id, proof="lewat telepon, 2 November")
    desk.session.expire_all()
    assert desk.session.get_one(Number, number_id).silenced_at is None
    consent = desk.session.scalars(select(Consent).where(Consent.person_id == desk.budi.id)).one()
    assert "lewat telepon, 2 November" in consent.proof


def test_after_an_opt_out_another_number_gets_the_texts_only_on_the_persons_word(room, desk):
    page, path = f"/orang/{desk.budi.ref}/data", f"/orang/{desk.budi.ref}/hp/utama"
    room.post("sari", f"/orang/{desk.budi.ref}/hp/baru", number="0813 9999 0001", kind="own")
    assert "The person wants messages here instead" not in room.get("sari", page).text
    numbers.silence(desk.session, NOW, phone(desk).number_id, "page")
    second = phone(desk, 1)
    room.keep()
    assert "The person wants messages here instead" in room.get("sari", page).text
    answer = room.post("sari", path, phone=second.id, proof=" ")
    assert answer.status_code == 400
    assert "Write down when and how the person asked for it." in answer.text
    assert 'value="own" selected' in answer.text, "the form about the phone above shows what is on file"
    asked = room.post("sari", f"/orang/{desk.budi.ref}/hp/tanya", phone=second.id)
    assert asked.status_code == 400, "a question there would be a way around it too"
    assert "no check-ins are planned" in asked.text
    assert phone(desk).id != second.id
    assert room.post("sari", path, phone=second.id, proof="datang sendiri").status_code == 303
    assert phone(desk).id == second.id
    assert "no check-ins are planned" not in room.get("sari", page).text


def test_a_number_not_made_sure_of_can_be_asked_about_or_tried_together(room, desk):
    ref, phone = desk.budi.ref, desk.budi.phones[0]
    phone.confirmed_at = None
    room.keep()
    page = room.get("sari", f"/orang/{ref}/data").text
    assert "Ask by text" in page and "Tried together: it is right" in page
    asked = room.post("sari", f"/orang/{ref}/hp/tanya", follow=True, phone=phone.id).text
    assert "The question is on its way." in asked and "Asked by text" in asked
    again = room.post("sari", f"/orang/{ref}/hp/tanya", follow=True, phone=phone.id).text
    assert "within the last 7 days" in again
    done = room.post("sari", f"/orang/{ref}/hp/pasti", follow=True, phone=phone.id).text
    assert "The number is made sure of." in done and "not made sure of yet" not in done
    assert desk.session.get(Phone, phone.id).confirmed_at == NOW
