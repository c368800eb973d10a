"""The web application for measurements: in a thread of ours, or as a process of its own beside a bare one.

`python -m companion.trials.serving` reads what to serve as JSON from its input and prints its port.
"""

import base64
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, request

ROOT = Path(__file__).resolve().parents[2]
THREADS = 8
"""As many as `serve` has (cli/running)."""


def make_server(app: Flask, port: int = 0, sockets: dict | None = None):
    """The same server with the same settings as `serve`; what it has open is in `sockets`."""
    from waitress.server import create_server

    logging.getLogger("waitress").setLevel(logging.ERROR)
    return create_server(
        app, host="127.0.0.1", port=port, threads=THREADS, connection_limit=1000, ident=None, map=sockets
    )


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[int]:
    """The application in a thread of this process, on a free port unless told which; yields the port."""
    from waitress.wasyncore import close_all

    sockets: dict = {}
    server = make_server(app, port, sockets)
    thread = threading.Thread(target=server.run, name="served", daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        # Whoever answers ends first, as they speak to the thread that listens; and that one closes its sockets
        # itself, as one closed under it makes it fail.
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: close_all(sockets))
        thread.join()


@contextmanager
def apart(kind: str, database_url: str, data_key: bytes) -> Iterator[int]:
    """The real application (`real`) or one bare route (`bare`) as a process of its own; yields its port."""
    wanted = {"kind": kind, "database": database_url, "key": base64.b64encode(data_key).decode()}
    process = subprocess.Popen(
        [sys.executable, "-m", "companion.trials.serving"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
    )  # fmt: skip
    try:
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def bare_app(database) -> Flask:
    """One route that does what no web application can do without: one Core INSERT and its durable COMMIT."""
    from sqlalchemy import Column, Index, Integer, MetaData, String, Table

    table = Table(
        "bare", MetaData(), Column("id", Integer, primary_key=True),
        *(Column(name, String) for name in ("token", "mood", "urge", "confidence", "sleep", "contact", "note")),
    )  # fmt: skip
    Index("ix_bare_token", table.c.token)
    Index("ix_bare_note", table.c.note)
    table.metadata.create_all(database.writer, checkfirst=True)
    app = Flask("bare")

    @app.post("/c/<token>")
    def take(token):
        row = {name: request.form.get(name) for name in ("mood", "urge", "confidence", "sleep", "contact")}
        with database.writer.begin() as connection:
            connection.execute(table.insert(), row | {"token": token, "note": token * 10})
        return "", 303, {"Location": f"/c/{token}"}

    return app


def main() -> None:
    """Serve until the input ends."""
    from companion import create_app, crypto
    from companion.db import Database
    from companion.trials.grounds import make_config

    wanted = json.loads(sys.stdin.readline())
    key = base64.b64decode(wanted["key"])
    crypto.use((key,))
    database = Database(wanted["database"])
    if wanted["kind"] == "bare":
        app = bare_app(database)
    else:
        app = create_app(make_config(key, wanted["database"], "http://127.0.0.1:9"), database=database)
    server = make_server(app)
    threading.Thread(target=server.run, daemon=True).start()
    print(server.effective_port, flush=True)
    sys.stdin.read()
    database.dispose()


if __name__ == "__main__":
    main()
