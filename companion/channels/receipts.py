"""Status callbacks: is this really the carrier, and does it say anything new?"""

from collections.abc import Mapping

from companion.channels.protocol import Receipt, Status
from companion.channels.vendor_words import NOTHING_NEW, STATUSES, code_in, reason_for

_ALGORITHMS = {"HMAC_SHA1", "HMAC_SHA256"}


class Forged(Exception):
    """The signature is missing or wrong: whoever sent this does not hold our token."""


def read_receipt(token: str, url: str, form: Mapping, headers: Mapping) -> Receipt | None:
    """Read one status callback; None if it says nothing new (queued, sending) or nothing we know.

    `url` is the whole address as the carrier was given it, built from PUBLIC_URL by the caller: behind a proxy the
    address of the request itself is another one (tech.md 3). A callback carries no time, so a replayed one is
    genuine and must simply change nothing (failures 53). Raises Forged.
    """
    _check_signature(token, url, form, headers)
    word = form.get("MessageStatus") or form.get("SmsStatus") or ""
    status = None if word in NOTHING_NEW else STATUSES.get(word)
    if status is None:
        return None
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if status is not Status.UNDELIVERED:
        return Receipt(status, reason=None, code=None, sid=sid)
    code = code_in(form.get("ErrorCode"))
    return Receipt(status, reason_for(code), code, sid)


def _check_signature(token: str, url: str, form: Mapping, headers: Mapping) -> None:
    from twilio.request_validator import (
        SIGNATURE_HEADER,
        SIGNATURE_SETTINGS_HEADER,
        RequestValidator,
        get_signature_algorithm,
    )

    signature = headers.get(SIGNATURE_HEADER)
    algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS_HEADER)).upper()
    # An empty token would make a signature that anybody can compute. A foreign algorithm is sorted out here
    # because the library would write the stranger's header into the log.
    if not token or not signature or algorithm not in _ALGORITHMS:
        raise Forged
    try:
        genuine = RequestValidator(token).validate(url, form, signature, algorithm)
    except ValueError:  # words that cannot be put into bytes were never signed by anybody
        genuine = False
    if not genuine:
        raise Forged
