"""A small HTTP server for the loopback: one thread a connection, kept open, each answer written at once.

Why not the companion's own server: it must be able to break off an answer, and it shares a process (and so Python's
one lock) with the engine under trial, where a server with an event loop answered a third as many requests.
"""

import logging
import socket
import socketserver
import struct
import sys
from collections.abc import Iterable
from io import BytesIO
from urllib.parse import unquote_to_bytes

LONGEST_LINE = 65_536
MOST_HEADERS = 100
BIGGEST_BODY = 1_000_000
IDLE = 120
"""Seconds after which a silent connection is closed."""

log = logging.getLogger(__name__)


class AnswerLost(Exception):
    """Raised by the program: whatever was written so far is all that is to be sent."""

    def __init__(self, *, reset: bool = False):
        self.reset = reset
        super().__init__("reset" if reset else "dropped")


class Malformed(Exception):
    """Not HTTP as we speak it."""


class Server(socketserver.ThreadingTCPServer):
    """Serves one WSGI program on one address until stopped."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, app, host: str, port: int):
        self.app = app
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Connection)

    def get_request(self):
        """A new connection, remembered so that stop can end it."""
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request):
        """End one connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """A client that went away is nobody's error; anything else is told without the request's words."""
        if not isinstance(sys.exc_info()[1], OSError):
            log.exception("a connection was given up")

    def stop(self) -> None:
        """Stop listening and hang up on everybody."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has gone by itself


class _Connection(socketserver.StreamRequestHandler):
    timeout = IDLE
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            while (environ := self._read()) is not None and self._answer(environ):
                pass
        except Malformed:
            self.request.sendall(
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )

    def _read(self) -> dict | None:
        first = self.rfile.readline(LONGEST_LINE)
        if not first:
            return None
        try:
            method, target, protocol = first.decode("latin-1").split()
        except ValueError:
            raise Malformed from None
        path, _, query = target.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": protocol,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        environ |= self._headers()
        environ["wsgi.input"] = BytesIO(self._body(environ))
        return environ

    def _headers(self) -> dict[str, str]:
        headers = {}
        for _ in range(MOST_HEADERS):
            line = self.rfile.readline(LONGEST_LINE).decode("latin-1").strip("\r\n")
            if not line:
                return headers
            name, colon, value = line.partition(":")
            key = name.upper().replace("-", "_")
            if not colon:
                raise Malformed
            headers[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.strip()
        raise Malformed

    def _body(self, environ: dict) -> bytes:
        length = environ.get("CONTENT_LENGTH") or "0"
        if "HTTP_TRANSFER_ENCODING" in environ or not length.isdigit() or int(length) > BIGGEST_BODY:
            raise Malformed
        return self.rfile.read(int(length))

    def _answer(self, environ: dict) -> bool:
        """Call the program and write what it says; False when the connection is to be closed."""
        said: list = []
        body, lost = [], None
        try:
            chunks: Iterable[bytes] = self.server.app(environ, lambda *head: said.extend(head))
            body.extend(chunks) if isinstance(chunks, list | tuple) else _collect(chunks, body)
        except AnswerLost as reason:
            lost = reason
        if lost is not None and lost.reset:
            # Closed with a linger of nothing, before the base class says goodbye: "connection reset by peer".
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
            return False
        if said:
            self.request.sendall(_head(said[0], said[1], body) + b"".join(body))
        return lost is None and environ["SERVER_PROTOCOL"] == "HTTP/1.1" and _stays_open(environ)


def _collect(chunks: Iterable[bytes], body: list[bytes]) -> None:
    for chunk in chunks:
        body.append(chunk)  # noqa: PERF402 - what came before an AnswerLost must be kept


def _head(status: str, headers: list[tuple[str, str]], body: list[bytes]) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
    if not any(name.lower() == "content-length" for name, _ in headers) and not status.startswith("204"):
        lines.append(f"Content-Length: {sum(map(len, body))}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _stays_open(environ: dict) -> bool:
    return environ.get("HTTP_CONNECTION", "").lower() != "close"
