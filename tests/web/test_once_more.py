"""What may not be lost is carried out again if the database ended it: of two that wait for each other one has to go."""

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from companion.channels.protocol import Receipt, Status
from companion.engine import settle
from companion.models import Alert, Answer, Contact, Message, Number
from companion.rules.states import AlertState, Level, MessageState
from companion.services import answers, contacts, numbers
from companion.web import carrier
from tests.web.guests import rows


def ended(times, act):
    """The act, ended by the database so many times after it has begun to write."""
    left = [times]

    def acting(session, *given, **named):
        done = act(session, *given, **named)
        if left[0]:
            left[0] -= 1
            raise OperationalError("", None, Exception("deadlock detected"))
        return done

    return acting


def test_a_stop_that_is_ended_once_is_kept_and_confirmed(client, url, database, guests, monkeypatch):
    monkeypatch.setattr(numbers, "silence", ended(1, numbers.silence))
    response = client.post(f"{url('own')}/berhenti")
    assert (response.status_code, response.headers["Location"]) == (303, f"{url('own')}/berhenti")
    assert [one.silenced_how for one in rows(database, Number, Number.silenced_at.is_not(None))] == ["page"]


def test_an_answer_that_is_ended_once_is_kept_once(client, url, database, monkeypatch):
    monkeypatch.setattr(answers, "receive", ended(1, answers.receive))
    assert client.post(url("own"), data={"mood": "4"}).status_code == 303
    assert [one.said["mood"] for one in rows(database, Answer)] == [4]


@pytest.mark.parametrize("path", ["", "/berhenti"])
def test_what_is_ended_twice_is_an_error_and_changes_nothing(client, url, database, monkeypatch, path):
    for module, name in ((numbers, "silence"), (answers, "receive")):
        monkeypatch.setattr(module, name, ended(2, getattr(module, name)))
    assert client.post(f"{url('own')}{path}", data={"mood": "4"}).status_code == 500
    assert rows(database, Answer) == []
    assert rows(database, Number, Number.silenced_at.is_not(None)) == []


def test_a_call_that_is_ended_once_is_written_down_once_and_said_once(room, desk, monkeypatch):
    alert = desk.alert(desk.budi, level=Level.RED)
    address, given = f"/orang/{desk.budi.ref}/hasil", {"code": "spoke_well", "once": "k" * 12}
    given |= {"peringatan": alert.ref, "tutup": "1", "berguna": "ya"}
    monkeypatch.setattr(contacts, "note", ended(1, contacts.note))
    answer = room.post("sari", address, follow=True, **given)
    assert answer.text.count("Saved and closed.") == 1
    assert room.session.scalar(select(func.count()).select_from(Contact)) == 1
    assert room.session.get_one(Alert, alert.id).state is AlertState.CLOSED


def test_a_carriers_word_that_is_ended_once_is_kept(client, guests, database, monkeypatch):
    """Told once: what the carrier has told is not asked for again."""
    monkeypatch.setattr(carrier, "read_receipt", lambda *_: Receipt(Status.DELIVERED, None, None, "SM1"))
    monkeypatch.setattr(settle, "_take_in", ended(1, settle._take_in))
    message = rows(database, Message)[0]
    with database.write() as session:
        session.execute(
            update(Message)
            .where(Message.id == message.id)
            .values(state=MessageState.SENT, carrier_sid="SM1", attempts=1)
        )
    assert client.post(f"/twilio/status/{message.ref}").status_code == 204
    assert rows(database, Message)[0].state is MessageState.DELIVERED
