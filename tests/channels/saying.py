"""A carrier that says exactly what a test wants it to say, and the words all these tests share."""

import socket
import struct
import threading
from contextlib import contextmanager

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "token-that-nobody-may-see"
HERE = "http://127.0.0.1:5000"
RATNA = "+6281234567890"


@contextmanager
def saying(answer: bytes | None, *, reset: bool = False):
    """A carrier that gives this very answer to every request; with None it only keeps silent."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve():
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                if answer is None:
                    done.wait(5)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                elif answer:
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
