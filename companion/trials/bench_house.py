"""The house as it is run: memory of web and worker together, and how soon the first page comes (design 7)."""

import base64
import compileall
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from companion import crypto
from companion.clock import Clock
from companion.db import Database
from companion.migrations import upgrade
from companion.trials.bench_pages import ANSWER, open_links
from companion.trials.bench_rows import Options, figure, most, not_measured
from companion.trials.bulk import Loader
from companion.trials.grounds import empty_database
from companion.trials.serving import ROOT
from companion.trials.wire import Browser

PATIENCE = 60
PAGES = ("/", "/masuk", "/bantuan", "/kasus")
MEGABYTE = 1024
OF_THE_UNITS = {"MALLOC_ARENA_MAX": "2"}


def rows(options: Options) -> list[dict]:
    """Starts `serve` and `worker` as somebody would, asks for pages, answers check-ins, and looks at both.

    As an installation has them: compiled before (docs/operations.md 1.2), and with the setting of the units.
    """
    compileall.compile_dir(ROOT / "companion", quiet=1)
    with empty_database(on_disk=True) as url:
        key = secrets.token_bytes(32)
        tokens = _fill(url, key, options)
        with _started(url, key, "serve", f"--port={(port := _free_port())}") as web:
            first = _first_answer(port, web)
            with _started(url, key, "worker", "--every=1") as worker:
                _use(port, tokens)
                memory = [_memory(process.pid) for process in (web, worker)]
    found = [most("time to the first answer", first, "s", 2)]
    if None in memory:
        return [*found, not_measured("resident memory, web and worker", "MB", "<= 200 MB")]
    return [
        *found,
        figure("resident memory, web", memory[0], "MB"),
        figure("resident memory, worker", memory[1], "MB"),
        most("resident memory, web and worker", sum(memory), "MB", 200),
    ]


def _fill(url: str, key: bytes, options: Options) -> list[str]:
    crypto.use((key,))
    database = Database(url)
    upgrade(database)
    loader = Loader(database, Clock().machine(), size=min(1000, options.enrolled))
    place = loader.institution("melati", 20)
    loader.block(place)
    loader.done()
    tokens = open_links(database, loader.now, 50)
    database.dispose()
    return tokens


@contextmanager
def _started(url: str, key: bytes, *command: str) -> Iterator[subprocess.Popen]:
    """One of our own commands as a process of its own, with the environment that it needs and nothing else."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "flask", "--app", "app", *command], cwd=ROOT, stderr=subprocess.DEVNULL,
        env={
            "DATABASE_URL": url, "SECRET_KEY": secrets.token_urlsafe(32),
            "DATA_KEYS": base64.urlsafe_b64encode(key).decode(), "PUBLIC_URL": "http://127.0.0.1",
            "TWILIO_API_URL": "http://127.0.0.1:9", **OF_THE_UNITS,
        },
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _first_answer(port: int, process: subprocess.Popen) -> float:
    """Seconds from the start of the process to its first page."""
    began = Clock.stopwatch()
    while Clock.stopwatch() - began < PATIENCE and process.poll() is None:
        try:
            if Browser(port).get("/").status == 200:
                return Clock.stopwatch() - began
        except OSError:
            sleep(0.02)
    raise RuntimeError("serve did not answer")


def _use(port: int, tokens: list[str]) -> None:
    """A little of everything, so that what is loaded when first needed is loaded."""
    browser = Browser(port)
    for path in PAGES * 5:
        browser.get(path)
    for token in tokens:
        browser.get(f"/c/{token}")
        browser.post(f"/c/{token}", ANSWER)
    sleep(3)  # the worker ticks meanwhile


def _memory(pid: int) -> float | None:
    """Resident memory in megabytes; None where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / MEGABYTE
