"""The card before a call: whom it is about, why, which phone may ring, and what to say first."""

import re

from companion.models import Answer, Contact
from companion.rules.states import Family, Level
from companion.rules.terms import PhoneKind
from companion.services.contact_alerts import unclosed
from tests.services.desk import DAY, HOUR, NOW
from tests.web.staff_room import card


def answer(desk, said, *, ago=HOUR, proven=True, person=None):
    person = person or desk.budi
    desk.session.add(
        Answer(
            institution_id=person.institution_id, person_id=person.id, at=NOW - ago, proven=proven,
            said=said | {"calm": False, "codes": []},
        )
    )  # fmt: skip
    desk.session.flush()


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


def test_a_life_in_danger_stands_before_all_else_that_is_as_urgent(room, desk):
    desk.alert(desk.budi, level=Level.RED, code="R4", values={"value": 8, "usual": 3, "confidence": 2, "usual_confidence": None})  # fmt: skip
    safety = desk.alert(desk.budi, Family.SAFETY, Level.RED, code="R1", values={})
    assert [one.family for one in unclosed(desk.session, desk.budi.id)] == [Family.SAFETY, Family.STRUGGLING]
    assert re.findall(r"peringatan=([\w-]+)", card(room))[0] == safety.ref


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
