"""A new link: to the phone on file, once in 24 hours, and said in the same words to everybody."""

from datetime import timedelta

from sqlalchemy import select

from companion.models import Link, Message
from companion.rules.states import MessageState
from companion.rules.terms import LinkKind, Purpose
from companion.services import answers, new_links, numbers, slots
from tests.services.answering import CALM, DAY, SECOND, tell
from tests.services.centre import HOUR, NIGHT, NOW


def texts(session):
    return list(
        session.scalars(select(Message).where(Message.purpose == Purpose.NEW_LINK).order_by(Message.id))
    )


def ask_new_link(session, guest, now):
    return new_links.send(session, answers.look(session, guest.token, now), now)


def test_a_new_link_goes_to_the_phone_on_file_once_in_24_hours(session, centre, budi):
    slots.cancel_open(session, NOW, budi.window.id, "test")
    for after in (timedelta(), HOUR, DAY - SECOND):
        assert ask_new_link(session, budi, NOW + after) >= NOW + after
    assert len(texts(session)) == 1
    ask_new_link(session, budi, NOW + DAY)
    first, second = texts(session)
    assert first.number_id == second.number_id == budi.phone.number_id
    fresh = session.scalars(select(Link).where(Link.token == first.token)).one()
    assert (fresh.kind, fresh.expires_at) == (LinkKind.FRESH, NOW + 7 * DAY)


def test_a_new_link_is_the_one_of_the_newest_open_check_in(session, centre, budi):
    old = centre.link(budi.person, LinkKind.FRESH, expires_at=NOW)
    new_links.send(session, answers.look(session, old, NOW), NOW)
    assert texts(session)[0].token == budi.token


def test_whoever_answers_needs_no_new_link_any_more(session, centre, budi):
    """Else it would arrive tomorrow as if nothing had been said."""
    ask_new_link(session, budi, NOW)
    tell(session, budi, CALM)
    (message,) = texts(session)
    session.refresh(message)
    assert (message.state, message.reason, message.look_at) == (MessageState.CANCELLED, "answered", None)


def test_whoever_calls_for_help_by_an_old_link_still_gets_the_new_one(session, centre, budi):
    ask_new_link(session, budi, NOW)
    budi.slot.closes_at = NOW
    session.flush()
    assert tell(session, budi, {"unsafe": True}).thanks == "unsafe"
    (message,) = texts(session)
    session.refresh(message)
    assert message.state is MessageState.PLANNED


def test_a_link_that_was_made_for_another_number_is_not_sent_to_the_one_on_file_now(session, centre, budi):
    """Behind it the messages to the old number would be stopped, and its answers taken for the person's own."""
    budi.phone.rank = 1
    other = numbers.attach(session, budi.person, "+6281299990000", "shared")
    session.expire(budi.person, ["phones"])
    ask_new_link(session, budi, NOW)
    (message,) = texts(session)
    behind = answers.look(session, message.token, NOW)
    assert message.number_id == other.number_id == behind.number_id
    assert not behind.proven


def test_the_same_is_said_where_no_phone_is_on_file(session, centre, budi):
    slots.cancel_open(session, NOW, budi.window.id, "test")
    with_phone = ask_new_link(session, budi, NOW)
    session.delete(texts(session)[0])
    session.delete(budi.phone)
    session.flush()
    session.expire_all()
    assert ask_new_link(session, budi, NOW) == with_phone
    assert texts(session) == []


def test_at_night_a_new_link_is_promised_for_the_morning(session, budi):
    slots.cancel_open(session, NOW, budi.window.id, "test")
    assert ask_new_link(session, budi, NIGHT).isoformat() == "2026-11-25T01:00:00+00:00"
