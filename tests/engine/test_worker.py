"""The engine's own process: it ends cleanly when told to, and a tick that breaks does not end it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from apscheduler.schedulers.base import BaseScheduler

from companion import crypto
from companion.engine import worker

ROOT = Path(__file__).resolve().parents[2]


def test_a_tick_that_breaks_does_not_end_the_worker(house, monkeypatch, caplog):
    monkeypatch.setattr(worker, "tick", lambda *given, **named: 1 / 0)
    worker._guarded(house, 1, lambda: False)
    assert "tick failed: ZeroDivisionError" in caplog.text


def test_it_ticks_and_stops_when_asked_to(tmp_path):
    env = {
        "PATH": os.environ["PATH"], "SECRET_KEY": "x" * 40, "DATA_KEYS": crypto.new_key(),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'companion.db'}",
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "app"]
    subprocess.run([*command, "migrate"], env=env, cwd=ROOT, check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, "worker", "--every", "1"],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert _has_ticked(tmp_path / "companion.db")
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"Traceback" not in errors


@pytest.mark.timeout(30)
def test_a_worker_that_is_told_to_end_while_it_begins_ends(house, monkeypatch):
    """Between taking the signal on and the first tick: an operator who starts and stops at once waits for nobody."""
    start = BaseScheduler.start
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}

    def told_meanwhile(scheduler, *given, **named):
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.2)
        start(scheduler, *given, **named)

    monkeypatch.setattr(BaseScheduler, "start", told_meanwhile)
    try:
        worker.run_worker(house, every=1, senders=1)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _has_ticked(path) -> bool:
    from pysqlite3 import dbapi2

    for _ in range(150):
        connection = dbapi2.connect(path)
        found = connection.execute("SELECT last_tick_at FROM engine_state").fetchall()
        connection.close()
        if found and found[0][0]:
            return True
        time.sleep(0.2)
    return False
