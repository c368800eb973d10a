"""The carrier's door: signed reports about texts that we handed over."""

from flask import Blueprint, abort, current_app, request

from companion.channels.receipts import Forged, read_receipt
from companion.engine import settle
from companion.web import sessions
from companion.web.access import Who, open_to

door = Blueprint("carrier", __name__)


@door.post("/twilio/status/<ref>")
@open_to(Who.CARRIER)
@sessions.once_more
def status(ref):
    """Found by our own reference; unknown and repeated ones are thanked and change nothing."""
    config = current_app.config["COMPANION"]
    # The public address as the carrier knows it: behind a proxy the request's own would be another.
    url = f"{config.public_url}{request.full_path.rstrip('?')}"
    try:
        receipt = read_receipt(config.twilio_auth_token, url, request.form.to_dict(), request.headers)
    except Forged:
        abort(403)
    if receipt is not None:
        settle.receive(current_app.extensions["house"], ref, receipt)
    return "", 204
