"""What may not be lost is carried out again if the database ended it: of two that wait for each other one has to go."""

import pytest
from sqlalchemy.exc import OperationalError

from companion.models import Answer, Number
from companion.services import answers, numbers
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
