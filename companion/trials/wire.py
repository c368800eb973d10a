"""A browser of few lines that counts every byte that comes over the wire."""

import gzip
import json
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin

_LOADED = re.compile(
    r"<link[^>]+rel=\"(?:stylesheet|icon)\"[^>]+href=\"([^\"]+)\"|<(?:script|img|source)[^>]+src=\"([^\"]+)\""
)
_SECRET = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """One answer; `wire` is its whole length as it came, head and compressed body."""

    status: int
    wire: int
    text: str = field(repr=False)
    head: dict[str, str] = field(repr=False)


@dataclass
class Browser:
    """Speaks to one port of this machine; keeps cookies, follows nothing."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict, repr=False)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, b"")

    def post(self, path: str, form: dict) -> Answer:
        return self._ask("POST", path, urlencode(form, doseq=True).encode())

    def post_json(self, path: str, what: object) -> Answer:
        return self._ask("POST", path, json.dumps(what).encode(), "application/json")

    def sign_in(self, login: str, password: str) -> None:
        """Raises RuntimeError if we are not let in."""
        secret = _SECRET.search(self.get("/masuk").text)[1]
        done = self.post("/masuk", {"login": login, "password": password, "csrf_token": secret})
        if done.status != 303:
            raise RuntimeError("not let in")

    def first_visit(self, path: str) -> tuple[int, int]:
        """Bytes and requests of a page with all that it loads."""
        page = self.get(path)
        if page.status != 200:
            raise RuntimeError(f"a page answered {page.status}")
        parts = {urljoin(path, first or second) for first, second in _LOADED.findall(page.text)}
        local = sorted(part for part in parts if not part.startswith("data:"))
        return page.wire + sum(self.get(part).wire for part in local), 1 + len(local)

    def _ask(
        self, method: str, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded"
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", "Host: k.example", "Connection: close", "Accept-Encoding: gzip"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body:
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            came = b"".join(iter(lambda: line.recv(65536), b""))
        return self._read(came)

    def _read(self, came: bytes) -> Answer:
        first, _, rest = came.partition(b"\r\n")
        raw, _, body = rest.partition(b"\r\n\r\n")
        head = {}
        for line in raw.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(": ")
            head[name.lower()] = value
            if name.lower() == "set-cookie":
                cookie, _, kept = value.split(";")[0].partition("=")
                self.cookies[cookie] = kept
        if head.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(int(first.split()[1]), len(came), body.decode("utf-8", "replace"), head)
