"""Each check of the crash trial is handed what it must find, and finds it."""

from dataclasses import replace

import pytest

from companion.trials.chaos_aftermath import Took
from companion.trials.chaos_checks import broken
from companion.trials.chaos_people import ANSWER, STOP, Act
from tests.trials.aftermaths import AT, HOUR, SECOND, attempt, message, number, row, slot


def with_rows(seen, **tables):
    return replace(seen, rows=seen.rows | tables)


def complains(seen):
    return {name for name, places in broken(seen).items() if places}


def test_where_all_is_well_no_check_complains(whole):
    assert complains(whole) == set()


def test_a_text_that_the_carrier_took_twice_is_found(whole):
    again = [*whole.took, Took("r1", AT + SECOND, "delivered", "t1")]
    assert "sent twice" in complains(replace(whole, took=again))


def test_a_text_that_was_taken_twice_but_arrived_once_is_found(whole):
    again = [*whole.took, Took("r1", AT + SECOND, "undelivered")]
    assert complains(replace(whole, took=again)) == {"sent twice"}


def test_a_link_that_arrived_more_often_than_there_are_messages_is_found(whole):
    again = [*whole.took, Took("r2", AT, "delivered", "t1")]
    rows = with_rows(whole, message=[message(1), message(2, attempts=1)])
    assert "sent twice" in complains(replace(rows, took=again))


def test_a_text_of_which_nothing_is_in_the_books_is_found(whole):
    assert "sent twice" in complains(replace(whole, took=[*whole.took, Took("unknown", AT, "delivered")]))


def test_one_step_promised_twice_is_found(whole):
    twice = [message(1), message(2), message(3, subject="slot:1", token="t1")]
    assert "sent twice" in complains(with_rows(whole, message=twice))


@pytest.mark.parametrize(("seconds", "found"), [(-1, False), (0, False), (1, True)])
@pytest.mark.parametrize(
    ("kind", "check"), [(STOP, "begun after an opt-out"), (ANSWER, "begun after an answer")]
)
def test_an_attempt_that_began_after_the_page_had_confirmed_it_is_found(whole, kind, check, seconds, found):
    late = with_rows(whole, attempt=[attempt(1), attempt(2, AT + seconds * SECOND)])
    seen = replace(late, acts=[*whole.acts, Act(kind, "t2", AT, 303)])
    assert (check in complains(seen)) is found


@pytest.mark.parametrize(("seconds", "found"), [(60, False), (61, True)])
def test_a_text_that_reached_the_carrier_long_after_an_opt_out_is_found_whatever_our_books_say(
    whole, seconds, found
):
    took = [whole.took[0], Took("r2", AT + seconds * SECOND, "delivered", "t2")]
    stopped = with_rows(whole, number=[number(1), number(2, AT)])
    seen = replace(stopped, took=took, acts=[*whole.acts, Act(STOP, "t2", AT, 303)])
    assert ("begun after an opt-out" in complains(seen)) is found


@pytest.mark.parametrize(("seconds", "found"), [(60, False), (61, True)])
def test_an_attempt_long_after_the_carrier_said_that_the_number_wants_no_texts_is_found(
    whole, seconds, found
):
    late = [attempt(1), attempt(2, AT + seconds * SECOND)]
    seen = with_rows(whole, number=[number(1), number(2, AT)], attempt=late)
    assert ("begun after an opt-out" in complains(seen)) is found


def test_an_opt_out_that_the_page_did_not_confirm_forbids_nothing(whole):
    acts = [*whole.acts, Act(STOP, "t2", AT - HOUR, 400)]
    assert complains(replace(whole, acts=acts)) == set()


@pytest.mark.parametrize("state", ["planned", "sending"])
def test_a_message_that_nobody_will_look_at_is_lost(whole, state):
    name = "lost: not ended and on no list"
    assert name in complains(with_rows(whole, message=[message(1), message(2, state=state)]))
    overdue = message(2, state=state, look_at=whole.end)
    assert name in complains(with_rows(whole, message=[message(1), overdue]))


def test_a_message_that_waits_for_its_hour_is_not_lost(whole):
    ahead = message(2, state="planned", attempts=0, look_at=whole.end + HOUR)
    seen = replace(with_rows(whole, message=[message(1), ahead]), took=whole.took[:1])
    assert complains(seen) == set()


@pytest.mark.parametrize("state", ["planned", "open"])
def test_a_check_in_that_has_not_ended_is_lost(whole, state):
    seen = with_rows(whole, slot=[whole.rows["slot"][0], slot(2, state)])
    assert "lost: not ended and on no list" in complains(seen)


def test_a_check_in_that_is_gone_is_lost(whole):
    assert "lost: not ended and on no list" in complains(with_rows(whole, slot=whole.rows["slot"][:1]))


@pytest.mark.parametrize("state", ["missed", "unreached", "void"])
def test_an_end_without_a_line_on_a_list_is_lost(whole, state):
    seen = with_rows(whole, slot=[whole.rows["slot"][0], slot(2, state)], signal=[])
    assert complains(seen) == {"lost: not ended and on no list"}


def test_a_text_that_stays_unsure_without_anybody_being_asked_is_found(whole):
    unsure = with_rows(whole, message=[message(1), message(2, state="unsure")])
    assert complains(unsure) == {"unsure and on nobody's list"}
    asked = with_rows(unsure, signal=[*whole.rows["signal"], row(about="message:2", code="D2")])
    assert complains(asked) == set()


def test_an_unsure_text_to_staff_stands_on_the_list_as_its_alert(whole):
    bell = [message(1), message(2, state="unsure", alert_id=7, slot_id=None)]
    assert complains(with_rows(whole, message=bell, alert=[row(id=7)])) == set()
    assert complains(with_rows(whole, message=bell, alert=[])) == {"unsure and on nobody's list"}


def test_books_that_do_not_balance_are_found(whole):
    name = "books that do not balance"
    assert complains(replace(whole, promised=3)) == {name}
    assert complains(replace(whole, by_state={"answered": 1, "open": 1})) == {name}
    assert complains(replace(whole, by_state={"answered": 1, "forgotten": 1})) == {name}
    assert complains(replace(whole, faults=["slots_nobody_looks_at:1"])) == {name}


@pytest.mark.parametrize("state", ["cancelled", "expired", "refused", "planned"])
def test_a_text_that_left_although_the_books_say_otherwise_is_found(whole, state):
    seen = with_rows(whole, message=[message(1), message(2, state=state, look_at=whole.end + HOUR)])
    assert "books that do not balance" in complains(seen)


def test_an_answer_or_an_opt_out_that_was_confirmed_and_forgotten_is_found(whole):
    name = "confirmed and not kept"
    assert complains(with_rows(whole, answer=[])) == {name}
    forgotten = with_rows(whole, slot=[slot(1, "missed"), whole.rows["slot"][1]])
    assert name in complains(forgotten)
    stopped = replace(whole, acts=[*whole.acts, Act(STOP, "t2", AT + HOUR, 303)])
    assert complains(stopped) == {name}


def test_a_call_for_help_behind_a_closed_link_answers_nothing(whole):
    acts = [*whole.acts, Act(ANSWER, "t2", AT + 50 * HOUR, 303, help=True)]
    assert complains(replace(whole, acts=acts)) == set()


@pytest.mark.parametrize(("state", "found"), [("missed", True), ("answered", True), ("cancelled", False)])
def test_an_answer_that_was_turned_away_is_found_unless_its_check_in_was_taken_back(whole, state, found):
    name = "turned away while the door stood open"
    tried = replace(whole, acts=[*whole.acts, Act(ANSWER, "t2", AT + HOUR, 410)])
    told = with_rows(tried, slot=[whole.rows["slot"][0], slot(2, state)])
    assert (name in complains(told)) is found


@pytest.mark.parametrize("status", [0, 500, 503])
def test_a_page_that_broke_is_found(whole, status):
    acts = [*whole.acts, Act(ANSWER, "t2", AT + HOUR, status)]
    assert complains(replace(whole, acts=acts)) == {"confirmed and not kept"}


def test_that_no_page_came_while_there_was_none_is_no_fault(whole):
    tried = replace(whole, acts=[*whole.acts, Act(ANSWER, "t2", AT + HOUR, 0)])
    assert complains(tried) == {"confirmed and not kept"}
    assert complains(replace(tried, dark=[(AT + HOUR - SECOND, AT + HOUR + SECOND)])) == set()
    assert complains(replace(tried, dark=[(AT + HOUR + SECOND, AT + 2 * HOUR)])) == {"confirmed and not kept"}


def test_two_texts_on_one_day_are_found_unless_one_did_not_arrive(whole):
    name = "two texts to a number on one day"
    both = [message(1), message(2, number_id=1)]
    assert complains(with_rows(whole, message=both)) == {name}
    one = [message(1, state="undelivered"), message(2, number_id=1)]
    assert complains(with_rows(whole, message=one)) == set()
    other_day = [message(1), message(2, number_id=1, last_attempt_at=AT + 24 * HOUR)]
    assert complains(with_rows(whole, message=other_day)) == set()


def test_parked_rows_and_fallen_processes_are_found(whole):
    name = "parked rows, fallen processes"
    parked = row(kind="send", row_id=1, reason="IntegrityError")
    assert complains(with_rows(whole, parked=[parked])) == {name}
    assert complains(replace(whole, fell=["a worker ended by itself with status 1"])) == {name}
