"""What it means for us when sending a text did not end with a plain yes."""

import ssl

from companion.channels.protocol import CarrierError, Misconfigured, NeverLeft, Refused, TooLate, Unsure
from companion.channels.vendor_words import Action, code_in, meaning

_WRONG_DOOR = frozenset({401, 403, 404, 405})
"""Answers of a server that is not the carrier, or does not know us: every other text would meet them too."""


def meaning_of(error: Exception) -> CarrierError:
    """Turn whatever a send raised into one of our own errors, without a word of the carrier's.

    The line between 'try again' and 'never by machine' runs here (design 4.2): only what proves that nothing was
    taken is NeverLeft; a time-out, a broken connection, a 5xx or an unknown answer is Unsure.
    """
    from twilio.base.exceptions import TwilioException

    from companion.channels.twilio_http import TooMany

    if isinstance(error, TooLate):
        return error
    if isinstance(error, TooMany):
        return NeverLeft(20429, error.retry_after, "slow down")
    if isinstance(error, TwilioException) and isinstance(getattr(error, "status", None), int):
        return _of_answer(error.status, code_in(getattr(error, "code", None)))
    return _of_silence(error)


def _of_answer(status: int, code: int | None) -> CarrierError:
    """The carrier answered, but not with a 2xx. Without Twilio's JSON, `code` is the HTTP status itself."""
    if status >= 500:
        return Unsure(code, f"HTTP {status}")
    if 300 <= status < 400 or (code == status and status in _WRONG_DOOR):
        return Misconfigured(status, "not the carrier's door")
    if code is None or code == status:
        return Unsure(status, "unknown answer")
    action, reason = meaning(code)
    if action is Action.BACK_OFF:
        return NeverLeft(code, why="slow down")
    if action is Action.HOLD:
        return Misconfigured(code, reason.value)
    if action is Action.DOUBT:
        return Unsure(code, f"HTTP {status}")
    return Refused(reason, code)


def _of_silence(error: Exception) -> CarrierError:
    """There was no answer at all, or none that could be read."""
    from urllib3.exceptions import NewConnectionError, SSLError

    if isinstance(error, NewConnectionError):
        return NeverLeft(why="no connection")
    # The handshake comes before the text: a certificate we do not trust has stopped it in time.
    if isinstance(error, SSLError) and isinstance(error.args[0], ssl.SSLCertVerificationError):
        return Misconfigured(why="certificate")
    return Unsure(why=type(error).__name__)
