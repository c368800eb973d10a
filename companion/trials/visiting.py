"""Requests at the application's own door, without a network between: a trial of months makes hundreds of thousands."""

import sys
from io import BytesIO
from urllib.parse import unquote, urlencode

from flask import Flask

_ALWAYS = {
    "SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
    "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
}  # fmt: skip


class Visitor:
    """Somebody who asks for pages and remembers nothing: no cookies, no redirect is followed.

    The same call that a server makes (PEP 3333), so everything behind it is real; werkzeug's test client builds and
    takes apart objects around it that cost as much as a receipt of the carrier.
    """

    def __init__(self, app: Flask):
        self._app = app

    def ask(self, method: str, path: str, form: dict | None = None, headers: dict | None = None) -> int:
        """The status of the answer, read to its end. A value of `form` may be a list."""
        body = urlencode(form or {}, doseq=True).encode()
        place, _, query = path.partition("?")
        environ = _ALWAYS | {
            "REQUEST_METHOD": method, "PATH_INFO": unquote(place, "latin-1"), "QUERY_STRING": query,
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr,
        }  # fmt: skip
        for name, value in (headers or {}).items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        came: list[str] = []
        answer = self._app(environ, lambda status, head, error=None: came.append(status))
        try:
            for _ in answer:
                pass
        finally:
            if close := getattr(answer, "close", None):
                close()
        return int(came[-1].split()[0])
