"""Text messages through Twilio's Messages API, or through a stand-in that speaks it."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

from companion.channels.answers import meaning_of
from companion.channels.protocol import (
    Accepted,
    Found,
    Letter,
    Misconfigured,
    NotAnswered,
    Status,
    Unsure,
)
from companion.channels.vendor_words import STATUSES, code_in, reason_for

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
VENDOR = "https://api.twilio.com"
"""Where the client library believes it is; CarrierHttp puts the real address in its place."""
PAGE = 1_000
MOST_PAGES = 10
"""A number with more texts than this is not ours to understand: better no answer than a wrong 'absent'."""
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


class SmsSettings(Protocol):
    """The part of the configuration this door needs."""

    twilio_account_sid: str
    twilio_auth_token: str
    twilio_sender: str
    twilio_api_url: str
    public_url: str


def make_sms(config: SmsSettings, line=None) -> "SmsChannel":
    """The door for text messages as the environment describes it. Raises ValueError on a bad TWILIO_API_URL.

    `line` carries requests instead of connections of our own (twilio_http.Line).
    """
    return SmsChannel(
        config.twilio_account_sid,
        config.twilio_auth_token,
        config.twilio_sender,
        config.twilio_api_url,
        config.public_url,
        line,
    )


class SmsChannel:
    """A Channel over SMS. `sender` is a name, a number, or the sid of a Messaging Service.

    The library takes a quarter of a second to import, so it is loaded when first something is sent: commands
    that send nothing never wait for it.
    """

    name = "sms"

    def __init__(
        self, account_sid: str, auth_token: str, sender: str, api_url: str, callback_base: str, line=None
    ):
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._api_url = _checked(api_url)
        self._sender = {"messaging_service_sid" if _SERVICE.fullmatch(sender) else "from_": sender}
        self._callback_base = callback_base.rstrip("/") if _reachable(callback_base, self._api_url) else None
        self._line = line

    def send(self, letter: Letter) -> Accepted:
        """Hand one text over; see Channel. A receipt will come to /twilio/status/<our own reference>."""
        messages = self._client.messages
        from companion.channels.twilio_http import only_while  # loaded with the client, for the same reason

        callback = self._callback_base and f"{self._callback_base}/twilio/status/{quote(letter.ref, safe='')}"
        failure = sid = None
        try:
            with only_while(letter.wanted):
                sid = messages.create(
                    to=letter.to,
                    body=letter.body,
                    validity_period=letter.valid_for,
                    **({"status_callback": callback} if callback else {}),
                    **self._sender,
                ).sid
        except Exception as error:  # noqa: BLE001 - whatever it is, the text may be on its way
            failure = meaning_of(error)
        if failure is None and not (isinstance(sid, str) and _SID.fullmatch(sid)):
            failure = Unsure(why="answer without a sid")
        if failure is not None:  # raised out here, so that no number travels along in __context__
            raise failure
        return Accepted(sid)

    def find(self, to: str, since: datetime, containing: str) -> list[Found]:
        """Texts to this number created since then that contain these words or none any more; see Channel."""
        if since.tzinfo is None:
            raise ValueError("since must be aware")
        failure = None
        try:
            records = self._list(to)
            return [_found(record) for record in records if _is_it(record, to, since, containing)]
        except Exception as error:  # noqa: BLE001 - no connection, no JSON, JSON of another shape
            failure = error
        raise failure if isinstance(failure, NotAnswered) else NotAnswered(why=type(failure).__name__)

    def erase(self, sid: str) -> None:
        """Empty the carrier's copy of the words; see Channel. A copy that is already gone is fine."""
        failure = None
        try:
            self._client.messages(sid).update(body="")
        except Exception as error:  # noqa: BLE001 - what was not confirmed was not done
            failure = error
        if failure is not None and getattr(failure, "status", None) != 404:
            raise NotAnswered(code_in(getattr(failure, "code", None)), type(failure).__name__)

    def _list(self, to: str) -> list[dict]:
        """Every text to one number, however many pages that takes.

        Not filtered by date at the carrier: a text still in its queue has no DateSent and would look absent
        (tech.md 3). Read here rather than by the library, whose pager takes any JSON with one key for a list.
        """
        url = f"{VENDOR}/2010-04-01/Accounts/{self._account_sid}/Messages.json"
        params, records = {"To": to, "PageSize": PAGE}, []
        for _ in range(MOST_PAGES):
            answer = self._client.request("GET", url, params=params)
            if answer.status_code != 200:
                raise NotAnswered(answer.status_code)
            page = json.loads(answer.text)
            if not isinstance(page["messages"], list):
                raise NotAnswered(why="no list")
            records += page["messages"]
            if page["next_page_uri"] is None:
                return records
            url, params = urljoin(VENDOR, page["next_page_uri"]), None
        raise NotAnswered(why="too many pages")

    @cached_property
    def _client(self):
        from twilio.rest import Client

        from companion.channels.twilio_http import CarrierHttp

        if not (self._account_sid and self._auth_token):  # the library would look for them in the environment
            raise Misconfigured(why="no credentials")
        return Client(self._account_sid, self._auth_token, http_client=CarrierHttp(self._api_url, self._line))


def _checked(api_url: str) -> str:
    """Refuse to send credentials in the clear to anybody but this machine (tech.md 3)."""
    parts = urlsplit(api_url)
    bare = parts.hostname and not (parts.query or parts.fragment or parts.username)
    if bare and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return api_url.rstrip("/")
    raise ValueError("TWILIO_API_URL must be https, or http on the loopback, with nothing after the path")


def _reachable(public_url: str, api_url: str) -> bool:
    """Whether the carrier would take this address for receipts: it refuses the whole text for a bad one (21609)."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "_" in host:
        return False
    if urlsplit(api_url).hostname in LOOPBACK:
        return True
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))


def _is_it(record: dict, to: str, since: datetime, containing: str) -> bool:
    if record["to"] != to or (record["body"] and containing not in record["body"]):
        return False
    return not record["date_created"] or _at(record["date_created"]) >= since


def _at(rfc2822: str) -> datetime:
    moment = parsedate_to_datetime(rfc2822)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _found(record: dict) -> Found:
    status, code = STATUSES[record["status"]], code_in(record["error_code"])
    reason = reason_for(code) if status is Status.UNDELIVERED else None
    return Found(record["sid"], status, code, record["body"], reason)
