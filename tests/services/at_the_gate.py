"""A text to Budi, and what the gate says about it."""

from companion.rules.states import MessageState
from companion.rules.terms import Purpose
from companion.services import gate, outbox
from tests import cast
from tests.engine.scene import DAY, HOUR

MONDAY = cast.NOW + 2 * HOUR  # 11.00 in Jakarta, 12.00 in Makassar, 13.00 in Jayapura


def promise(scene, purpose=Purpose.WE_RANG, at=MONDAY, lives=2 * DAY, **about):
    """Promise one text; gives the message."""
    about = {"person_id": scene.people.budi, "number_id": scene.number_id(scene.people.budi)} | about
    subject = about.pop("subject", f"test:{at}:{purpose}")
    scene.write(
        outbox.promise, cast.NOW, institution_id=scene.people.melati, purpose=purpose, subject=subject, at=at,
        expires_at=at + lives, token="abcdefghijkl", **about,
    )  # fmt: skip
    return scene.messages(subject=subject)[0]


def taken(scene, message, at=MONDAY):
    """What the gate gives a sender for it."""
    return scene.write(gate.take, message.id, at, at, "https://s.id")


def ask(scene, message, at=MONDAY):
    """Ask the gate; gives the state, the reason or why it waits, and when it is asked again."""
    given = taken(scene, message, at)
    message = scene.messages(id=message.id)[0]
    assert (given is not None) == (message.state is MessageState.SENDING)
    return message.state.value, message.held_because or message.reason, message.look_at
