"""One request to the carrier's API, from the door to the answer, with everything that may go wrong in between."""

import base64
import hmac
import json
import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from werkzeug.wrappers import Request, Response

from companion.phones import api
from companion.phones.callbacks import Courier, outcome
from companion.phones.exchange import Exchange
from companion.phones.faults import Fate, Faults, draw
from companion.phones.server import AnswerLost

VERSION = "/2010-04-01"
REMEMBERED = 2_000
SLOW_DOWN = "2"
"""Seconds in Retry-After when a request is turned away with 429."""


@dataclass(frozen=True)
class Call:
    """One request as it arrived, for tests that check what our client really sends."""

    method: str
    path: str
    args: dict[str, str] = field(repr=False)
    form: dict[str, str] = field(repr=False)
    content_type: str
    status: int | None
    """None if the answer was lost."""


class Carrier:
    """The API of one account. `faults` may be replaced at any time."""

    def __init__(self, account_sid: str, token: str, exchange: Exchange, courier: Courier, seed: int):
        self._base = f"{VERSION}/Accounts/{account_sid}/Messages"
        self._key = base64.b64encode(f"{account_sid}:{token}".encode())
        self._exchange, self._courier, self._seed = exchange, courier, seed
        self._nth: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._closing = threading.Event()
        self.faults = Faults()
        self._calls: deque[Call] = deque(maxlen=REMEMBERED)

    def answer(self, request: Request) -> Response:
        """Answer one request as the carrier would; raises AnswerLost where there is to be no answer."""
        form, args = request.form.to_dict(), request.args.to_dict()
        response = None
        try:
            response = self._at(request, form, args)
        except api.ApiError as error:
            response = in_json(error.as_json(), error.status)
            if error.status == 429:
                response.headers["Retry-After"] = SLOW_DOWN
        finally:
            status = response.status_code if response is not None else None
            with self._counting:
                self._calls.append(Call(request.method, request.path, args, form, request.mimetype, status))
        return response

    def calls(self) -> list[Call]:
        """The latest requests, oldest first."""
        with self._counting:
            return list(self._calls)

    def close(self) -> None:
        """Let go of every request that is being kept waiting."""
        self._closing.set()

    def start_over(self) -> None:
        """Forget what was called and begin the dice anew."""
        with self._counting:
            self._nth.clear()
            self._calls.clear()

    def _at(self, request: Request, form: dict[str, str], args: dict[str, str]) -> Response:
        given = request.headers.get("Authorization", "").removeprefix("Basic ").encode()
        if not hmac.compare_digest(given, self._key):
            raise api.ApiError(20003)
        path, method = request.path.removesuffix(".json"), request.method
        if path == self._base and method == "POST":
            return self._create(form)
        if path == self._base and method == "GET":
            self._look(args.get("To", ""))
            return in_json(api.listing(self._exchange, f"{self._base}.json", args))
        parent, _, sid = path.rpartition("/")
        text = self._exchange.get(sid) if parent == self._base else None
        if text is None or method not in ("GET", "POST", "DELETE"):
            raise api.ApiError(20404, path=request.path)
        if method == "DELETE":
            api.remove(self._exchange, text, whole=True)
            return Response(status=204)
        if method == "POST":
            api.change(self._exchange, text, form)
        else:
            self._look(text.to)
        return in_json(api.as_json(text, f"{self._base}.json"))

    def _look(self, to: str) -> None:
        faults, fate = self._fate("look", to)
        self._wait(faults.slow_ms)
        if fate.blind:
            raise api.ApiError(20503)

    def _create(self, form: dict[str, str]) -> Response:
        to = form.get("To", "")
        faults, fate = self._fate("send", to)
        self._wait(faults.slow_ms)
        self._lost(faults, fate.lose_before)
        if fate.error_before:
            raise api.ApiError(20503)
        text = api.letter_in(form, self._exchange.clock())
        if fate.refuse is not None:
            raise api.ApiError(fate.refuse, to=to, sender=text.sender or text.service or "")
        answer = in_json(api.as_json(text, f"{self._base}.json"), 201)
        self._exchange.add(text, arrives=outcome(text, faults, fate)[0] == "delivered")
        self._courier.plan(text, faults, fate)
        self._lost(faults, fate.lose, answer)
        if fate.error:
            raise api.ApiError(20500)
        return Response("<html>OK</html>", 201, mimetype="text/html") if fate.garbage else answer

    def _fate(self, what: str, to: str) -> tuple[Faults, Fate]:
        faults = self.faults.towards(to)
        with self._counting:
            self._nth[what + to] += 1
            nth = self._nth[what + to]
        return faults, draw(faults, self._seed, what + to, nth)

    def _wait(self, milliseconds: int) -> None:
        if milliseconds:
            self._closing.wait(milliseconds / 1000)

    def _lost(self, faults: Faults, lost: bool, answer: Response | None = None) -> None:
        if not lost:
            return
        if faults.lose_mode == "hang":
            self._wait(faults.hang_ms)
        if faults.lose_mode == "cut" and answer is not None:
            answer.response = _half(answer.get_data())
            return
        raise AnswerLost(reset=faults.lose_mode == "reset")


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise AnswerLost


def in_json(what: object, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(what, ensure_ascii=False), status, mimetype="application/json")
