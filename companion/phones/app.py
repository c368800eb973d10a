"""The simulated phones as a WSGI program: the carrier's API, the faults, and pages to look at the phones."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from werkzeug.exceptions import BadRequest
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from companion.phones.api import segments
from companion.phones.callbacks import Courier
from companion.phones.carrier import VERSION, Carrier, in_json
from companion.phones.exchange import Exchange, Text
from companion.phones.faults import BadFaults, Faults

_LINK = re.compile(r"https?://[^\s<>\"']+")
_AFTER_A_LINK = ".,;:!?)]}"
_WIB = timezone(timedelta(hours=7), "WIB")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class App:
    """Finds who answers an address. The phones' own pages ask for no password: they show invented people."""

    def __init__(self, carrier: Carrier, exchange: Exchange, courier: Courier):
        self.carrier, self.exchange, self.courier = carrier, exchange, courier
        self._pages = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, trim_blocks=True
        )
        self._doors: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/"): lambda request: redirect(f"{request.root_path}/phones"),
            ("GET", "/health"): self._health,
            ("GET", "/faults"): lambda request: in_json(carrier.faults.as_json()),
            ("POST", "/faults"): self._set_faults,
            ("POST", "/reset"): self._reset,
            ("GET", "/phones"): self._list,
        }

    def __call__(self, environ, start_response) -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith(VERSION):
            return self.carrier.answer(request)(environ, start_response)
        response = self._other(request)
        response.headers.update(_HEADERS)
        return response(environ, start_response)

    def _other(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        door = self._doors.get((method, request.path))
        if door is not None:
            return door(request)
        name = request.path.removeprefix("/phones/")
        if method == "GET" and name and name != request.path:
            return self._phone(name)
        return in_json({"error": "not found"}, 404)

    def _health(self, request: Request) -> Response:
        waiting = len(self.courier.pending())
        return in_json({"status": "ok", "texts": len(self.exchange), "pending_callbacks": waiting})

    def _set_faults(self, request: Request) -> Response:
        """Replace all faults; what is not named is off."""
        try:
            self.carrier.faults = Faults.read(request.get_json(force=True))
        except (BadFaults, BadRequest) as error:
            reason = str(error) if isinstance(error, BadFaults) else "a JSON object is expected"
            return in_json({"error": reason}, 400)
        return in_json(self.carrier.faults.as_json())

    def _reset(self, request: Request) -> Response:
        self.reset()
        return in_json({"status": "ok"})

    def reset(self) -> None:
        """Forget every text, callback, call and fault."""
        self.courier.forget()
        self.exchange.clear()
        self.carrier.faults = Faults()
        self.carrier.start_over()

    def _list(self, request: Request) -> Response:
        phones = [
            {"e164": e164, "address": quote(e164, safe=""), "texts": len(inbox), "last": _shown(inbox[-1])}
            for e164, inbox in self.exchange.phones()
        ]
        return self._page("phones.html", phones=phones)

    def _phone(self, name: str) -> Response:
        e164 = "+" + name.removesuffix(".json").lstrip("+ ")
        inbox = self.exchange.inbox(e164)
        if name.endswith(".json"):
            return in_json([as_received(text) for text in inbox])
        return self._page("phone.html", e164=e164, texts=[_shown(text) for text in reversed(inbox)])

    def _page(self, name: str, **shown: object) -> Response:
        return Response(self._pages.get_template(name).render(**shown), mimetype="text/html")


def as_received(text: Text) -> dict:
    """A text as the phone has it; `at` is machine time, UTC."""
    at = datetime.fromtimestamp(text.created, UTC).isoformat(timespec="milliseconds")
    return {
        "sid": text.sid,
        "at": at.replace("+00:00", "Z"),
        "from": text.sender or text.service,
        "body": text.shown,
        "links": links_in(text.shown or ""),
    }


def links_in(body: str) -> list[str]:
    """The absolute links of a text, as a phone would make them tappable."""
    return [link.rstrip(_AFTER_A_LINK) for link in _LINK.findall(body)]


def _shown(text: Text) -> dict:
    """A text for the page: its words in parts, of which the links can be tapped."""
    parts, rest = [], text.shown or ""
    for link in links_in(rest):
        before, _, rest = rest.partition(link)
        parts += [(before, None), (link, link)]
    at = datetime.fromtimestamp(text.created, _WIB)
    return {
        "sid": text.sid,
        "from": text.sender or "SMS",
        "parts": [*parts, (rest, None)],
        "words": text.shown,
        "at": f"{at:%d/%m %H.%M.%S} WIB",
        "iso": at.isoformat(timespec="seconds"),
        "segments": segments(text.shown or ""),
    }
