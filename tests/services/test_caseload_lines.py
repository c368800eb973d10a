"""One line of the list: why, since when, what was tried, and whether the phone may ring."""

import pytest

from companion.models import Contact, FamilyMember, Number
from companion.rules.states import Family, Level
from companion.rules.terms import PhoneKind
from companion.services import alerts, closing, numbers
from companion.services.caseload_lists import Listing
from companion.services.person import shown_name
from tests.services.desk import DAY, HOUR, NOW
from tests.services.work_lists import SECOND, free_of_tasks, names, work

pytestmark = pytest.mark.usefixtures("english")


def test_several_reasons_are_one_line_the_most_urgent_first(desk):
    free_of_tasks(desk)
    desk.alert(desk.budi, code="A1", values={})
    desk.alert(desk.budi, level=Level.RED, code="R4", about="answer:2",
               values={"value": 8, "usual": 3, "confidence": 2, "usual_confidence": 7})  # fmt: skip
    desk.alert(desk.budi, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()}, about="slot:1")
    found = work(desk)
    assert len(found.lines) == 1
    line = found.lines[0]
    assert line.first.sentence.startswith("Urge 8 (usual 3) and confidence 2 (usual 7) in one answer")
    assert (line.more, line.level) == (2, Level.RED)


def test_a_filtered_list_shows_the_reason_that_belongs_to_it(desk):
    desk.alert(desk.budi, level=Level.RED, code="A1", values={})
    desk.alert(desk.budi, Family.SILENCE, code="M1", values={"due_at": NOW.isoformat()}, about="slot:1")
    assert work(desk, Listing.SILENCE).lines[0].first.sentence == "Check-in of today unanswered."


def test_what_is_put_off_is_not_on_the_list_until_it_comes_back(desk):
    free_of_tasks(desk)
    alert = desk.alert(desk.budi)
    alerts.claim(desk.session, NOW, alert.id, desk.sari)
    alerts.snooze(desk.session, NOW, alert.id, desk.sari, NOW + DAY, "agreed")
    assert names(desk) == []
    assert names(desk, now=NOW + DAY - SECOND) == []
    assert names(desk, now=NOW + DAY) == ["Budi S."]


def test_a_closed_alert_leaves_the_list(desk):
    free_of_tasks(desk)
    alert = desk.alert(desk.budi, Family.SYSTEM, Level.NONE)
    assert closing.close_alert(desk.session, NOW, alert, desk.sari, "nothing", None) is None
    assert names(desk) == []


def test_what_was_tried_is_counted_since_there_is_something_to_act_on(desk):
    desk.alert(desk.budi)
    window = desk.window(desk.budi)

    def contact(code, at):
        desk.session.add(
            Contact(
                institution_id=window.institution_id, person_id=desk.budi.id, window_id=window.id,
                staff_id=desk.sari.id, code=code, at=at, once=f"{code}{at}",
            )
        )  # fmt: skip

    assert work(desk).lines[0].tried is None
    contact("spoke_well", NOW - SECOND)
    assert work(desk).lines[0].tried.times == 0
    contact("no_answer", NOW)
    contact("not_connected", NOW + HOUR)
    tried = work(desk).lines[0].tried
    assert (tried.code, tried.times) == ("not_connected", 2)


def ring(desk, **how):
    return work(desk, **how).lines[0].ring


def test_may_this_phone_ring(desk):
    desk.alert(desk.budi)
    phone = desk.budi.phones[0]
    number = desk.session.get_one(Number, phone.number_id)
    assert ring(desk).words == ("Own phone: you may call.",)
    phone.kind = PhoneKind.SHARED
    assert ring(desk).words == ("Shared phone: do not say a name.",)
    phone.safe_from, phone.safe_to = "09:00", "10:00"
    assert not ring(desk).now  # it is 10.00 in Jakarta
    assert ring(desk, now=NOW - SECOND).now
    phone.safe_way = "message"
    assert ring(desk, now=NOW - SECOND).words[0] == "Send a message first."
    number.quiet_until = NOW + HOUR
    assert not ring(desk).usable
    number.quiet_until = NOW
    number.unusable_at = NOW
    assert ring(desk).words[0] == "The number is no longer in use."
    phone.may_call = False
    assert ring(desk).words[0] == "Not this phone."


def test_a_number_of_two_people_is_shared_whatever_the_phone_says(desk):
    desk.alert(desk.budi)
    numbers.attach(desk.session, desk.wati, desk.budi.phones[0].number.e164, PhoneKind.OWN, rank=1)
    assert ring(desk).shared


def test_a_number_on_which_family_reads_is_shared(desk):
    desk.alert(desk.budi)
    member = FamilyMember(
        institution_id=desk.damai.id, person_id=desk.budi.id, name="Rina", pin_hash="x", first_week_at=NOW,
        invited_at=NOW, number_id=desk.budi.phones[0].number_id,
    )  # fmt: skip
    desk.session.add(member)
    assert ring(desk).shared
    member.ended_at = NOW
    assert not ring(desk).shared


def test_the_time_where_the_person_lives_is_shown_only_if_it_is_another(desk):
    desk.alert(desk.budi)
    assert work(desk).lines[0].clock_there is None
    desk.budi.zone = "Asia/Pontianak"
    assert work(desk).lines[0].clock_there is None
    desk.budi.zone = "Asia/Jayapura"
    assert work(desk).lines[0].clock_there == "12.00 WIT there now"


NAMES = [
    ("Budi Santoso", None, "Budi S."),
    ("Budi Santoso", "Mas Budi", "Mas Budi"),
    ("Budi Santoso", "  ", "Budi S."),
    ("Ayu D'Angelo", None, "Ayu D."),
    ("Sukarno", None, "Sukarno"),
    ("  siti  nur aini ", None, "siti A."),
]


@pytest.mark.parametrize(("name", "called", "shown"), NAMES)
def test_a_list_shows_how_somebody_is_called_or_a_first_name_and_an_initial(name, called, shown):
    assert shown_name(name, called) == shown
