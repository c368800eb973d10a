"""An institution's own words: written, proposed, decided by a second person, taken back (issue 3, words)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from companion.models import Audit, Wording
from companion.rules.states import WordingState
from companion.services import wording_views, wordings
from tests import cast
from tests.services.desk_of_words import INVITATION_A, OTHER, SAID, WordDesk


@pytest.fixture
def desk(scene):
    return WordDesk(scene)


def test_a_proposal_leaves_once_a_second_person_has_approved_it(desk):
    ref = desk.write("bayu")
    assert desk.standing().approved is None
    assert desk.mark() is None
    assert desk.do(wordings.approve, "ratna", ref, at=cast.later(hours=1))
    own = desk.standing().approved
    assert (own.ref, own.said, own.writer, own.decider) == (ref, SAID, "Bayu", "Ratna")
    assert own.decided_at == cast.later(hours=1)
    assert desk.mark()


@pytest.mark.parametrize("act", [wordings.approve, lambda *given: wordings.reject(*given, "kurang pas")])
def test_whoever_wrote_it_decides_nothing_about_it(desk, act):
    ref = desk.write("bayu")
    assert not desk.do(act, "bayu", ref)
    assert desk.states() == [(1, "proposed")]


def test_not_even_a_row_that_is_written_by_hand_says_that_the_writer_approved(desk):
    ref = desk.write("bayu")
    with pytest.raises(IntegrityError), desk.database.write() as session:
        session.execute(update(Wording).where(Wording.ref == ref).values(decided_by=desk.ids["bayu"]))


def test_another_institution_neither_sees_nor_decides(desk):
    ref = desk.write("bayu")
    assert desk.version(ref, "galih") is None
    for act in (wordings.approve, wordings.withdraw, wordings.give_up, wordings.take_back):
        assert not desk.do(act, "galih", ref)
    assert desk.states("galih") == []
    assert desk.states() == [(1, "proposed")]


def test_a_draft_is_nobodys_to_approve(desk):
    ref = desk.write("bayu", propose=False)
    assert not desk.do(wordings.approve, "ratna", ref)
    assert desk.states() == [(1, "draft")]


def test_a_rejected_one_says_why_and_by_whom(desk):
    ref = desk.write("bayu")
    assert desk.do(wordings.reject, "ratna", ref, "Lebih hangat, ya.")
    found = desk.version(ref)
    assert (found.state, found.reason, found.decider) == ("rejected", "Lebih hangat, ya.", "Ratna")
    assert not desk.do(wordings.approve, "citra", ref)


def test_an_approved_one_replaces_the_one_before(desk):
    desk.approved()
    before = desk.mark()
    desk.approved(OTHER, seen=1, writer="ratna", by="bayu")
    assert desk.states() == [(2, "approved"), (1, "retired")]
    assert desk.mark() != before


def test_a_rejected_one_leaves_the_one_before_in_force(desk):
    desk.approved()
    ref = desk.write("bayu", OTHER, seen=1)
    desk.do(wordings.reject, "ratna", ref, "nanti saja")
    assert desk.states() == [(2, "rejected"), (1, "approved")]


def test_withdrawn_words_give_way_to_the_shipped_ones(desk):
    ref = desk.approved()
    before = desk.mark()
    assert desk.do(wordings.withdraw, "bayu", ref)
    assert desk.standing().said == INVITATION_A.shipped
    assert desk.mark() not in (None, before)
    assert not desk.do(wordings.withdraw, "bayu", ref)


def test_only_the_writer_takes_a_proposal_back_and_it_is_a_draft_again(desk):
    ref = desk.write("bayu")
    assert not desk.do(wordings.take_back, "ratna", ref)
    assert desk.do(wordings.take_back, "bayu", ref)
    assert not desk.do(wordings.approve, "ratna", ref)
    assert desk.do(wordings.give_up, "ratna", ref)
    assert desk.states() == [(1, "retired")]


# --- versions -------------------------------------------------------------------------------------------------------


def test_editing_makes_the_next_version_and_the_words_of_one_never_change(desk):
    first = desk.write("bayu", propose=False)
    second = desk.write("bayu", OTHER, seen=1)
    assert desk.states() == [(2, "proposed"), (1, "retired")]
    assert (desk.version(first).said, desk.version(second).said) == (SAID, OTHER)


def test_the_same_form_sent_twice_makes_one_version(desk):
    assert desk.write("bayu") == desk.write("bayu")
    assert desk.states() == [(1, "proposed")]


def test_somebody_who_has_not_seen_the_newest_version_overwrites_nothing(desk):
    desk.write("bayu", propose=False)
    with pytest.raises(wordings.Overtaken):
        desk.write("citra", OTHER, seen=0)
    assert desk.states() == [(1, "draft")]


def test_nobody_writes_over_a_proposal_that_waits(desk):
    desk.write("bayu")
    with pytest.raises(wordings.Overtaken):
        desk.write("citra", OTHER, seen=1)
    assert desk.states() == [(1, "proposed")]


def test_each_text_and_each_institution_counts_for_itself(desk):
    desk.write("bayu")
    desk.write("bayu", place=wordings.place("invitation", "b"))
    desk.write("bayu", place=wordings.place("reminder", "a"))
    desk.write("galih")
    assert desk.states() == desk.states("galih") == [(1, "proposed")]


def test_a_text_that_does_not_exist_is_no_place():
    assert wordings.place("invitation", "c") is None
    assert wordings.place("greeting", "a") is None


# --- races ----------------------------------------------------------------------------------------------------------


def together(*acts):
    """Run them at the same moment; what each gave, or the exception it raised."""
    meet = threading.Barrier(len(acts))

    def run(act):
        meet.wait()
        try:
            return act()
        except wordings.Overtaken:
            return "overtaken"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_who_approve_at_once_one_does(desk):
    desk.approved()
    ref = desk.write("bayu", OTHER, seen=1)
    won = together(
        lambda: desk.do(wordings.approve, "ratna", ref), lambda: desk.do(wordings.approve, "citra", ref)
    )
    assert sorted(won) == [False, True]
    assert desk.states() == [(2, "approved"), (1, "retired")]
    decided = desk.version(ref).decider
    assert decided == ("Ratna" if won[0] else "Citra")


def test_approved_and_rejected_at_once_is_one_of_both_and_never_nothing(desk):
    """Whoever loses must not take the words out of use that were in force before."""
    for seen in range(1, 6):
        desk.approved(seen=seen - 1) if seen == 1 else None
        ref = desk.write("bayu", OTHER, seen=seen)
        won = together(
            lambda ref=ref: desk.do(wordings.approve, "ratna", ref),
            lambda ref=ref: desk.do(wordings.reject, "citra", ref, "nanti"),
        )
        assert sorted(won) == [False, True]
        assert [state for _, state in desk.states()].count("approved") == 1


def test_of_two_who_write_at_once_one_is_told(desk):
    refs = together(lambda: desk.write("bayu", SAID), lambda: desk.write("citra", OTHER))
    assert refs.count("overtaken") == 1
    assert desk.states() == [(1, "proposed")]


# --- what is told ---------------------------------------------------------------------------------------------------


def test_the_overview_counts_what_waits_for_this_supervisor(desk):
    desk.write("bayu")
    for login, n in (("ratna", 1), ("bayu", 0), ("galih", 0)):
        with desk.database.read() as session:
            assert wording_views.waiting(session, desk.staff(session, login)) == (wording_views.Waiting(n, 0))


def test_the_second_people_are_the_other_supervisors_who_are_here(desk):
    with desk.database.write() as session:
        desk.staff(session, "citra").active = False
    with desk.database.read() as session:
        assert wording_views.second_people(session, desk.staff(session, "ratna")) == ["Bayu"]
        assert wording_views.second_people(session, desk.staff(session, "galih")) == []


def test_who_did_what_is_written_down_without_a_word_of_it(desk):
    desk.approved()
    with desk.database.read() as session:
        lines = [(one.act, one.staff_id) for one in session.scalars(select(Audit).order_by(Audit.id))]
    told = [line for line in lines if line[0].startswith("wording")]
    assert told == [("wording_proposed", desk.ids["bayu"]), ("wording_approved", desk.ids["ratna"])]


def test_every_state_can_be_stored(desk):
    ref = desk.write("bayu")
    for state in WordingState:
        with desk.database.write() as session:
            session.execute(update(Wording).where(Wording.ref == ref).values(state=state))
        assert desk.version(ref).state is state
