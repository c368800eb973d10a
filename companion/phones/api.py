"""Twilio's Messages resource, version 2010-04-01: create, fetch, list, redact and delete.

Written from the carrier's public description of it and from its error pages, not from its client library.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode, urlsplit

from companion.phones.exchange import Exchange, Text

LONGEST_BODY = 1_600
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
"""The carrier's own test numbers and what each answers; From +15005550006 is the one that always works."""
SAYS = {
    20001: "A parameter cannot be read",
    20003: "Authenticate",
    20009: "The text is still on its way and cannot be changed",
    20404: "The requested resource {path} was not found",
    20429: "Too many requests",
    20500: "Internal server error",
    20503: "Service unavailable",
    21211: "The 'To' number {to} is not a valid phone number",
    21212: "The 'From' {sender} is not a valid phone number, shortcode, or alphanumeric sender",
    21408: "Texts to the region of the 'To' number {to} are not enabled",
    21602: "A text needs a body",
    21603: "A 'From' or a Messaging Service is required",
    21604: "A 'To' phone number is required",
    21606: "The 'From' {sender} cannot send texts",
    21609: "The status callback address is not valid",
    21610: "The person at {to} has asked for no more texts",
    21611: "The queue of 'From' {sender} is full",
    21612: "No route from {sender} to {to}",
    21614: "The 'To' number {to} is not a mobile number",
    21617: "The body is longer than 1600 characters",
    21705: "The Messaging Service is not valid",
    30409: "The text is no longer scheduled and cannot be canceled",
    90007: "The validity period must be from 1 to 36000 seconds",
}
_HTTP = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503, 20009: 409}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_TWICE = frozenset("^{}\\[~]|€\f")


class ApiError(Exception):
    """An answer that is not a success, by the carrier's code."""

    def __init__(self, code: int, **about: str):
        self.code = code
        self.status = _HTTP.get(code, 400)
        self.message = SAYS.get(code, "The request cannot be carried out").format_map(_Blank(about))
        super().__init__(self.message)

    def as_json(self) -> dict:
        """The carrier's way of saying no."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more, "status": self.status}


class _Blank(dict):
    def __missing__(self, key: str) -> str:
        return ""


def letter_in(form: dict[str, str], now: float) -> Text:
    """A text as it was asked for at `now`, not yet taken. Raises ApiError where the carrier would refuse it."""
    to, body = form.get("To", ""), form.get("Body", "")
    sender, service = form.get("From") or None, form.get("MessagingServiceSid") or None
    about = {"to": to, "sender": sender or service or ""}
    for wrong, code in (
        (not to, 21604),
        (not _E164.fullmatch(to), 21211),
        (to in MAGIC_TO, MAGIC_TO.get(to)),
        (not sender and not service, 21603),
        (service and not _SERVICE.fullmatch(service), 21705),
        (sender and not _SENDER.fullmatch(sender), 21212),
        (sender in MAGIC_FROM, MAGIC_FROM.get(sender)),
        (not body, 21602),
        (len(body) > LONGEST_BODY, 21617),
        (not _valid_address(form.get("StatusCallback")), 21609),
    ):
        if wrong:
            raise ApiError(code, **about)
    validity = _validity(form.get("ValidityPeriod"))
    return Text(to, body, sender, service, form.get("StatusCallback"), validity, created=now)


def _validity(seconds: str | None) -> int:
    if seconds is None:
        return 36_000
    if not (seconds.isascii() and seconds.isdigit() and 1 <= int(seconds) <= 36_000):
        raise ApiError(90007)
    return int(seconds)


def _valid_address(url: str | None) -> bool:
    if url is None:
        return True
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in parts.hostname


def change(exchange: Exchange, text: Text, form: dict[str, str]) -> None:
    """Redact a text that has arrived or failed. Raises ApiError for anything else the carrier refuses."""
    if "Status" in form:
        raise ApiError(30409)
    if form.get("Body") != "":
        raise ApiError(20001)
    remove(exchange, text, whole=False)


def remove(exchange: Exchange, text: Text, *, whole: bool) -> None:
    """Empty or delete the API's copy; not while the text is still waiting to be handed to an operator."""
    if text.status in ("queued", "accepted"):
        raise ApiError(20009)
    exchange.erase(text, whole=whole)


def listing(exchange: Exchange, base: str, args: dict[str, str]) -> dict:
    """One page of texts, newest first. `base` is the path of the list; a page token names the last text seen."""
    size = _within(args.get("PageSize"), 50, 1, 1000)
    number = _within(args.get("Page"), 0, 0, 10**6)
    texts = [text for text in exchange.newest_first(args.get("To")) if _wanted(text, args)]
    sids = [text.sid for text in texts]
    last = args.get("PageToken", "").removeprefix("PA")
    start = sids.index(last) + 1 if last in sids else number * size
    page = texts[start : start + size]
    more = start + size < len(texts)

    def address(page_number: int, token: str | None = None) -> str:
        query = {key: value for key, value in args.items() if key not in ("Page", "PageToken", "PageSize")}
        query |= {"PageSize": str(size), "Page": str(page_number)} | ({"PageToken": token} if token else {})
        return f"{base}?{urlencode(query)}"

    return {
        "messages": [as_json(text, base) for text in page],
        "first_page_uri": address(0),
        "next_page_uri": address(number + 1, f"PA{page[-1].sid}") if more else None,
        "previous_page_uri": address(number - 1) if number else None,
        "uri": address(number),
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(page) - 1, 0),
    }


def _within(value: str | None, default: int, least: int, most: int) -> int:
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise ApiError(20001)
    return int(value)


def _wanted(text: Text, args: dict[str, str]) -> bool:
    if "From" in args and args["From"] != text.sender:
        return False
    if text.sent is None:  # as at the carrier: what still waits in its queue has no DateSent to compare
        return not any(key.startswith("DateSent") for key in args)
    on, before, after = (_instant(args.get(f"DateSent{sign}")) for sign in ("", "<", ">"))
    sent = datetime.fromtimestamp(text.sent, UTC)
    if on is not None and not on <= sent < on + timedelta(days=1):
        return False
    return (before is None or sent <= before) and (after is None or sent >= after)


def _instant(value: str | None) -> datetime | None:
    try:
        moment = None if value is None else datetime.fromisoformat(value)
    except ValueError:
        raise ApiError(20001) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def as_json(text: Text, base: str) -> dict:
    """A text as the API shows it. `base` is the path of the list it belongs to."""
    own = f"{base.removesuffix('.json')}/{text.sid}"
    return {
        "account_sid": base.split("/")[-2],
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": _rfc2822(text.created),
        "date_sent": _rfc2822(text.sent) if text.sent else None,
        "date_updated": _rfc2822(text.updated),
        "direction": "outbound-api",
        "error_code": text.error,
        "error_message": None,
        "from": text.sender,
        "messaging_service_sid": text.service,
        "num_media": "0",
        "num_segments": "0" if text.status == "accepted" else str(segments(text.body)),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{own}/Media.json"},
        "to": text.to,
        "uri": f"{own}.json",
    }


def _rfc2822(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(moment), UTC))


def segments(body: str) -> int:
    """How many texts a phone company counts: 160 characters alone or 153 each in GSM-7, else 70 or 67."""
    if all(sign in _GSM7 or sign in _GSM7_TWICE for sign in body):
        length, alone, each = len(body) + sum(sign in _GSM7_TWICE for sign in body), 160, 153
    else:
        length, alone, each = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else -(-length // each)
