"""Whose people somebody sees, and the list of one's own (design 5)."""

import pytest

from companion import i18n
from companion.models import Contact
from companion.rules.states import Family, Level, Within
from companion.rules.terms import ConsentPurpose
from companion.services import alerts, caseload, closing, enrol, people_list, person_card
from companion.services.caseload_lists import Listing
from companion.services.person import find
from tests.services.desk import DAY, HOUR, NOW
from tests.services.work_lists import SECOND, free_of_tasks, names, view, work

pytestmark = pytest.mark.usefixtures("english")


# --- whose people ---------------------------------------------------------------------------------------------------


def test_a_caseworker_sees_their_own_people_and_a_supervisor_may_see_all_of_the_institution(desk):
    for person in (desk.budi, desk.wati, desk.joko):
        desk.alert(person)
    assert names(desk) == ["Budi S."]
    assert names(desk, staff=desk.dewi) == ["Wati K."]
    assert names(desk, staff=desk.tuti) == []
    assert names(desk, staff=desk.tuti, whole=True) == ["Budi S.", "Wati K."]
    assert names(desk, staff=desk.rudi, whole=True) == ["Joko S."]


def test_a_colleague_who_was_given_an_alert_sees_the_person_until_it_is_closed(desk):
    free_of_tasks(desk)
    alert = desk.alert(desk.budi, Family.SYSTEM, Level.NONE)
    assert find(desk.session, desk.dewi, desk.budi.ref) is None
    assert closing.hand_over(desk.session, NOW, alert, desk.sari, desk.dewi)
    assert find(desk.session, desk.dewi, desk.budi.ref) is not None
    assert names(desk, staff=desk.dewi) == ["Budi S."]
    closing.close_alert(desk.session, NOW, alert, desk.dewi, "nothing", None)
    assert find(desk.session, desk.dewi, desk.budi.ref) is None


def test_only_the_holder_or_a_supervisor_passes_an_alert_on(desk):
    alert = desk.alert(desk.budi)
    alerts.claim(desk.session, NOW, alert.id, desk.tuti)
    desk.session.expire_all()
    assert not closing.hand_over(desk.session, NOW, alert, desk.sari, desk.dewi)
    assert closing.hand_over(desk.session, NOW, alert, desk.tuti, desk.dewi)


def test_of_two_who_take_it_at_once_one_wins(desk):
    alert = desk.alert(desk.budi)
    assert alerts.claim(desk.session, NOW, alert.id, desk.sari)
    assert not alerts.claim(desk.session, NOW, alert.id, desk.tuti)


def test_a_red_alert_is_put_off_only_after_a_conversation_and_for_three_days(desk):
    alert = desk.alert(desk.budi, level=Level.RED)
    soon = NOW + 2 * DAY

    def snooze(until, reason="away"):
        return closing.snooze_alert(desk.session, NOW, alert, desk.sari, until, reason)

    assert snooze(soon) == "contact"
    desk.session.add(
        Contact(
            institution_id=desk.damai.id, person_id=desk.budi.id, window_id=alert.window_id, staff_id=desk.sari.id,
            code="spoke_well", at=NOW, once="x",
        )
    )  # fmt: skip
    desk.session.flush()
    assert snooze(NOW + 3 * DAY + SECOND) == "far"
    assert snooze(NOW) == "past"
    assert snooze(soon, "because") == "reason"
    assert snooze(NOW + 3 * DAY) is None


# --- my people ------------------------------------------------------------------------------------------------------


def test_a_search_finds_parts_of_a_name_and_of_what_somebody_is_called(desk):
    desk.graduate("Ayu D'Angelo Pratiwi", desk.sari, called="Kak Ayu")
    seen = view(desk)

    def found(words):
        return [row.name for row in people_list.search(desk.session, seen, words).rows]

    assert found("d'ang") == found("pratiwi ayu") == found("KAK") == ["Kak Ayu"]
    assert found("wati") == []  # Dewi's
    assert found("tidak ada") == []


def test_people_are_listed_with_their_next_check_in_and_without_what_was_never_heard(desk):
    desk.graduate("Eko", desk.sari, consent=False, days_ago=1)
    eko, budi = people_list.listing(desk.session, view(desk), 1).rows
    assert (eko.name, eko.consented, eko.next_at, eko.heard_at) == ("Eko", False, None, None)
    assert (budi.name, budi.consented, budi.day, budi.days) == ("Budi S.", True, 20, 120)
    assert budi.next_at > NOW


@pytest.mark.parametrize(("heard", "first"), [(3 * DAY, "15"), (9 * DAY, "8")])
def test_what_was_settled_by_a_conversation_is_no_longer_the_first_reason(desk, heard, first):
    """Silence before the person was last heard; the newer fact stands on the list and on top of the card."""
    window = desk.window(desk.budi)
    for day, level, at in ((8, Level.AMBER, NOW - 5 * DAY), (15, Level.NONE, NOW - HOUR)):
        desk.alert(
            desk.budi, Family.SILENCE, level, code="M1", values={"due_at": f"2026-10-{day:02}T03:00:00+00:00"},
            about=f"slot:{day}", at=at, within=Within.DAYS_2 if day == 8 else None,
        )  # fmt: skip
    window.heard_at = NOW - heard
    desk.session.flush()
    with i18n.speaking("en"):
        [line] = caseload.work_list(desk.session, view(desk), Listing.ALL, 1).lines
        [alert] = person_card.card(desk.session, view(desk), desk.budi).alerts
    assert f" {first} " in line.first.sentence
    assert alert.reasons[0].sentence == line.first.sentence


def test_a_yes_to_the_familys_reading_is_no_consent_to_check_ins(desk):
    eko = desk.graduate("Eko", desk.sari, consent=False, days_ago=1)
    enrol.record_consent(desk.session, NOW, eko, ConsentPurpose.FAMILY, "map 3")
    shown, _budi = people_list.listing(desk.session, view(desk), 1).rows
    assert (shown.name, shown.consented) == ("Eko", False)


def test_an_empty_caseload_is_an_empty_list(desk):
    assert people_list.listing(desk.session, view(desk, desk.tuti), 1).rows == []
    assert work(desk, staff=desk.tuti).lines == []
