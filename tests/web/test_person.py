"""One person's pages: the card before a call, the history, the access log, the facts and what changes them."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from companion.models import Alert, Answer, Audit, Consent, Contact, Number, Person, Phone, Slot
from companion.rules.states import AlertState, Family, Level, SlotState, WindowState
from companion.rules.terms import PersonStatus, PhoneKind
from companion.services import audit, numbers
from tests.services.desk import DAY, HOUR, NOW
from tests.web.staff_room import StaffRoom


@pytest.fixture
def room(database):
    room = StaffRoom(database)
    yield room
    room.close()


@pytest.fixture
def desk(room):
    return room.desk


def answer(desk, said, *, ago=HOUR, proven=True, person=None):
    person = person or desk.budi
    desk.session.add(
        Answer(
            institution_id=person.institution_id, person_id=person.id, at=NOW - ago, proven=proven,
            said=said | {"calm": False, "codes": []},
        )
    )  # fmt: skip
    desk.session.flush()


def card(room, login="sari", language="en"):
    return room.get(login, f"/orang/{room.desk.budi.ref}", language=language).text


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


# --- the card -------------------------------------------------------------------------------------------------------


def test_the_card_says_how_to_address_why_and_what_to_do_first(room, desk):
    desk.budi.called = "Mas Budi"
    desk.alert(desk.budi, level=Level.RED, code="R4", values={"value": 8, "usual": 3, "confidence": 2, "usual_confidence": None})  # fmt: skip
    page = card(room)
    for words in (
        "Call them Mas Budi", "Urge 8 (usual 3) and confidence 2 (nothing to compare yet)",
        "Get in touch today. Ask what would help for the next hour.", "Hello Mas Budi, it is Sari.",
        "Nobody has it yet", "Opioid history not known",
    ):  # fmt: skip
        assert words in page, words


def test_only_here_stands_a_number_and_it_can_be_tapped(room, desk):
    e164 = desk.budi.phones[0].number.e164
    page = card(room)
    assert f'href="tel:{e164}"' in page
    assert "Call 0812-" in page


def test_a_phone_that_must_not_ring_cannot_be_tapped(room, desk):
    desk.budi.phones[0].safe_way = "not_here"
    page = card(room)
    assert "tel:" not in page
    assert "Not this phone." in page


def test_on_a_shared_phone_nothing_is_said_first_that_tells_anything(room, desk):
    desk.budi.phones[0].kind = PhoneKind.SHARED
    page = card(room)
    assert "Shared phone: do not say a name." in page
    first = re.search(r'id="words".*?</section>', page, re.DOTALL)[0]
    opening = re.search(r"<p[^>]*>(.*?)</p>", first, re.DOTALL)[1]
    assert "Budi" not in opening and "Sari" not in opening
    assert "Sorry, wrong number." in first


def test_a_report_of_somebody_close_is_never_in_the_first_sentence(room, desk):
    desk.alert(desk.budi, Family.WORRY, Level.RED, code="R6", values={"danger": "missing"})
    page = card(room)
    assert "Never say that there was a report." in page
    first = re.search(r'id="words".*?</section>', page, re.DOTALL)[0]
    assert "report" not in first and "read your message" not in first


def test_the_last_three_proven_answers_stand_in_plain_words(room, desk):
    answer(desk, {"mood": 2, "urge": 8, "confidence": 2, "situation": "both", "situation_kind": ["uang"], "sleep": 1,
                  "use": "rather_not", "contact": "soon"})  # fmt: skip
    answer(desk, {"here": True}, ago=2 * DAY)
    answer(desk, {"mood": 5, "harder": "tell"}, ago=3 * DAY)
    answer(desk, {"mood": 1}, ago=4 * DAY)
    answer(desk, {"mood": 4}, proven=False, ago=2 * HOUR)
    page = card(room)
    told = re.findall(r'<div class="told"><h3>(.*?)</h3><p>(.*?)</p>', page)
    assert [words for _when, words in told] == [
        (
            "Mood: Hard · Urge 8 · Confidence 2 · Something shook them and more is coming: money, debt or payday · "
            "Sleep: Far too little · Old habit: I&#39;d rather not say · Wants to talk as soon as possible"
        ),
        "Only said hello",
        "Mood: Very good · Wants to tell it in person",
    ]


def test_urge_and_confidence_are_drawn_with_a_sentence_that_says_the_same(room, desk):
    answer(desk, {"urge": 3, "confidence": 7}, ago=10 * DAY)
    assert "<polyline" not in card(room)
    answer(desk, {"urge": 8, "confidence": 2})
    answer(desk, {"urge": 0, "confidence": 10}, proven=False, ago=2 * DAY)
    page = card(room)
    assert page.count("<polyline") == 2
    assert "urge 3 to 8, confidence 7 to 2, in 2 updates." in page
    assert 'points="8.0,73.8' in page and "312.0,26.8" in page


def test_two_calls_at_different_times_of_day_lead_to_another_way(room, desk):
    window = desk.window(desk.budi)

    def tried(at):
        desk.session.add(
            Contact(
                institution_id=desk.damai.id, person_id=desk.budi.id, window_id=window.id, staff_id=desk.sari.id,
                code="no_answer", at=at, once=str(at),
            )
        )  # fmt: skip

    tried(NOW - DAY)
    tried(NOW - HOUR)
    assert "Try another agreed way now." not in card(room)
    tried(NOW - DAY + 5 * HOUR)
    assert "Try another agreed way now." in card(room)


def test_a_teen_is_spoken_to_as_one(room, desk):
    desk.budi.born_on = "2010-11-02"
    assert "Under 18" in card(room)
    desk.budi.born_on = "2008-11-02"
    assert "Under 18" not in card(room)


def test_a_name_with_signs_stays_a_name(room, desk):
    desk.budi.name = "Budi <b>O'Neil</b> & Co"
    page = card(room)
    assert "<b>O'Neil" not in page
    assert "Budi &lt;b&gt;O&#39;Neil&lt;/b&gt; &amp; Co" in page


def test_nothing_open_is_said_kindly(room, desk):
    assert "Nothing is open for this person." in card(room)
    assert "Tidak ada yang perlu ditangani untuk orang ini." in card(room, language="id")


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


# --- phones ---------------------------------------------------------------------------------------------------------


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


# --- consent, pause, end --------------------------------------------------------------------------------------------


def test_consent_is_recorded_with_its_proof_and_check_ins_begin(room, desk):
    ani = desk.graduate("Ani Lestari", desk.sari, consent=False)
    room.keep()
    path = f"/orang/{ani.ref}/izin"
    answer = room.post("sari", path, purpose="follow_up")
    assert answer.status_code == 400
    assert "Write down where the written consent lies." in answer.text
    assert room.post("sari", path, purpose="everything", proof="berkas 3").status_code == 400
    assert room.post("sari", path, purpose="follow_up", proof="berkas 3").status_code == 303
    assert desk.session.scalar(select(func.count()).where(Slot.person_id == ani.id)) > 0
    again = room.post("sari", path, follow=True, purpose="follow_up", proof="berkas 3")
    assert "This consent was on file already." in again.text


def test_where_the_number_was_stopped_a_yes_says_that_no_check_in_is_planned(room, desk):
    ani = desk.graduate("Ani Lestari", desk.sari, consent=False)
    numbers.silence(desk.session, NOW, ani.phones[0].number_id, "page")
    room.keep()
    path = f"/orang/{ani.ref}/izin"
    said = "Messages to their number were stopped, so no check-ins are planned."
    assert said not in room.post("sari", path, follow=True, purpose="family", proof="berkas 3").text
    answer = room.post("sari", path, follow=True, purpose="follow_up", proof="berkas 3").text
    assert "Consent is on file. " + said in answer
    next_steps = room.get("sari", f"/klien/{ani.ref}/berikutnya").text
    assert said in next_steps and "No check-in lies ahead" not in next_steps
    assert desk.session.scalar(select(func.count()).where(Slot.person_id == ani.id)) == 0


def test_a_withdrawn_consent_ends_what_was_promised_on_it(room, desk):
    room.post("sari", f"/orang/{desk.budi.ref}/izin/cabut", purpose="follow_up")
    ahead = select(func.count()).where(Slot.person_id == desk.budi.id, Slot.state == SlotState.PLANNED)
    assert desk.session.scalar(ahead) == 0
    standing = select(Consent.purpose).where(
        Consent.person_id == desk.budi.id, Consent.withdrawn_at.is_(None)
    )
    assert desk.session.scalars(standing).all() == []
    assert room.post("sari", f"/orang/{desk.budi.ref}/izin/cabut", purpose="x").status_code == 400


def test_a_pause_has_an_end_and_a_reason(room, desk):
    path = f"/orang/{desk.budi.ref}/jeda"
    for fields, fault in (
        ({"reason": "asked"}, "Say until when."),
        ({"until": "2026-11-02", "reason": "asked"}, "Choose a day that is still to come."),
        ({"until": "2026-11-17", "reason": "asked"}, "At most 14 days"),
        ({"until": "kapan-kapan", "reason": "asked"}, "Say until when."),
        ({"until": "2026-11-05"}, "Choose a reason."),
    ):
        answer = room.post("sari", path, **fields)
        assert answer.status_code == 400
        assert fault in answer.text
    assert room.post("sari", path, until="2026-11-16", reason="asked").status_code == 303
    assert desk.window(desk.budi).state is WindowState.PAUSED
    assert "Paused until" in card(room)
    room.post("sari", f"/orang/{desk.budi.ref}/lanjut")
    desk.session.expire_all()
    assert desk.window(desk.budi).state is WindowState.ACTIVE


def test_a_follow_up_is_closed_with_an_outcome_and_never_over_something_red(room, desk):
    path = f"/orang/{desk.budi.ref}/tutup"
    alert = desk.alert(desk.budi, level=Level.RED)
    assert "Choose how the follow-up ended." in room.post("sari", path, sure="1").text
    assert "Tick this" in room.post("sari", path, outcome="stable").text
    refused = room.post("sari", path, outcome="stable", sure="1")
    assert refused.status_code == 400
    assert "Something urgent is still open." in refused.text
    assert '<option value="stable" selected>' in refused.text
    desk.session.expire_all()
    assert desk.window(desk.budi).state is WindowState.ACTIVE
    desk.session.get_one(Alert, alert.id).state = AlertState.CLOSED
    assert room.post("sari", path, outcome="stable", sure="1").status_code == 303
    desk.session.expire_all()
    assert desk.window(desk.budi).outcome == "stable"
    assert room.post("sari", path, outcome="stable", sure="1").status_code == 303


# --- the supervisor -------------------------------------------------------------------------------------------------


def test_a_supervisor_gives_a_person_to_a_caseworker(room, desk):
    path = f"/orang/{desk.budi.ref}/petugas"
    for ref in ("", "tidak-ada", desk.rudi.ref):
        assert "Choose who takes this person on." in room.post("tuti", path, to=ref).text
    room.post("tuti", path, to=desk.dewi.ref)
    desk.session.expire_all()
    assert desk.session.get_one(Person, desk.budi.id).caseworker_id == desk.dewi.id
    assert room.get("sari", f"/orang/{desk.budi.ref}").status_code == 404


@pytest.mark.parametrize(
    ("said", "status", "outcome"), [("ya", "died", "died"), ("tidak", "not_reached", None)]
)
def test_a_supervisor_makes_sure_of_a_death(room, desk, said, status, outcome):
    room.post("sari", f"/orang/{desk.budi.ref}/hasil", code="died", once="a" * 12)
    assert "still has to make sure" in card(room)
    assert "It is so: close the follow-up" in room.get("tuti", f"/orang/{desk.budi.ref}/data").text
    assert "It is so: close" not in room.get("sari", f"/orang/{desk.budi.ref}/data").text
    assert room.post("tuti", f"/orang/{desk.budi.ref}/pasti", benar="mungkin").status_code == 400
    room.post("tuti", f"/orang/{desk.budi.ref}/pasti", benar=said)
    desk.session.expire_all()
    assert desk.session.get_one(Person, desk.budi.id).status == PersonStatus(status)
    assert desk.window(desk.budi).outcome == outcome


def test_only_a_supervisor_lifts_the_lock_after_violence(room, desk):
    room.post("sari", f"/orang/{desk.budi.ref}/hasil", code="violence", once="a" * 12)
    assert "Violence was reported" in card(room)
    room.post("tuti", f"/orang/{desk.budi.ref}/kunci")
    assert "Violence was reported" not in card(room)


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


# --- dates, and where a refused form stands --------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["2026-11-12", "12/11/2026", "12-11-26", "12 November 2026"])
def test_a_date_is_understood_as_people_write_it(room, desk, typed):
    """Browsers without a date field send what was typed, and our own hint says 31/12/2026."""
    room.post("sari", f"/orang/{desk.budi.ref}/jeda", until=typed, reason="asked")
    window = desk.window(desk.budi)
    assert window.state is WindowState.PAUSED
    assert f"{window.paused_until.astimezone(ZoneInfo('Asia/Jakarta')):%Y-%m-%d}" == "2026-11-12"


REFUSED = [
    "/orang/{person}/jeda",
    "/orang/{person}/hp/baru",
    "/orang/{person}/hasil",
    "/peringatan/{alert}/tunda",
    "/institusi/nomor",
    "/institusi/petugas/{staff}/berhalangan",
]


@pytest.mark.parametrize("path", REFUSED)
def test_the_other_language_of_a_refused_form_can_be_opened(room, desk, path):
    """Many forms are sent to an address that takes nothing but a form; the link to it would end at an error."""
    alert = desk.alert(desk.budi, level=Level.RED)
    room.keep()
    path = path.format(person=desk.budi.ref, alert=alert.ref, staff=desk.sari.ref)
    fields = {"code": "pause", "once": "one-form-1", "sampai": "x", "duty": "12"}
    refused = room.post("tuti", path, **fields)
    assert refused.status_code == 400
    link = re.search('hreflang="id" href="([^"]+)"', refused.text)[1].replace("&amp;", "&")
    there = room.as_("tuti").get(link)
    assert there.status_code == 200
    assert '<html lang="id">' in there.text
