"""What tests of messages on their way share: what the carrier knows of a text, and its reports."""

from companion.channels.protocol import Found, Receipt, Status
from companion.engine import settle
from tests.engine.scene import BUDI

LEFT = "SM" + "a" * 32


def know(scene, slot, sid=LEFT, status=Status.SENT, reason=None):
    """Let the carrier know a text with this invitation's link."""
    found = Found(sid, status, None, f"Sahabat: https://s.id/c/{scene.message(slot).token}", reason)
    scene.carrier.known.setdefault(BUDI, []).append(found)


def come(scene, slot, status, reason=None, sid=LEFT):
    return settle.receive(scene.house, scene.message(slot).ref, Receipt(status, reason, None, sid))
