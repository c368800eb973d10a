"""up: everything on one machine for a demonstration; what `make run` calls."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import click
from sqlalchemy import select

from companion.cli import common
from companion.models import Institution

READY_WITHIN = 60  # seconds


@click.command("up")
@click.option(
    "--port", default=5000, show_default=True, help="Pages; the simulated phones take the next one."
)
def up(port):
    """Schema, demo data if the database is empty, then pages, engine and simulated phones until Ctrl-C."""
    database = common.storage()
    common.migrate(database)
    processes = [_start("phones", [sys.executable, "-m", "companion.phones", "--port", str(port + 1)])]
    try:
        with database.read() as session:
            empty = session.scalar(select(Institution.id).limit(1)) is None
        database.dispose()
        processes.append(_start("pages", _flask("serve", "--port", str(port))))
        _wait_for(f"http://127.0.0.1:{port}/bantuan", processes)
        if empty:
            click.echo("Making the demo data: forty graduates, two weeks of history. Half a minute ...")
            subprocess.run(_flask("demo-data"), check=True)  # noqa: S603
        processes.append(_start("engine", _flask("worker")))
        _greet(port)
        _watch(processes)
    finally:
        _stop(processes)


def _flask(*words: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "app", *words]


def _start(name: str, command: list[str]):
    process = subprocess.Popen(command, env=os.environ)  # noqa: S603
    return name, process


def _wait_for(url: str, processes) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        _alive(processes)
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own loopback address
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    common.refuse("The pages did not come up in time.", 1)


def _alive(processes) -> None:
    for name, process in processes:
        if process.poll() is not None:
            common.refuse(f"{name} ended with status {process.returncode}.", 1)


def _greet(port: int) -> None:
    click.echo(
        f"""
  Pages             http://127.0.0.1:{port}/masuk
  Simulated phones  http://127.0.0.1:{port + 1}/phones
  Help now          http://127.0.0.1:{port}/bantuan

  Sign in as        sari   (caseworker)    password: sahabat-demo
                    dewi   (caseworker)    password: sahabat-demo
                    ratna  (supervisor)    password: sahabat-demo
                    bayu   (supervisor)    password: sahabat-demo
                    lina   (supervisor elsewhere, for transfers)  password: sahabat-demo
  Family            the link is on their phone; PIN 246810

  The bar on top of every page moves the clock. Ctrl-C stops everything.
"""
    )


def _watch(processes) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            _alive(processes)
            time.sleep(1)
    except KeyboardInterrupt:
        click.echo("stopping")


def _stop(processes) -> None:
    for _name, process in reversed(processes):
        if process.poll() is None:
            process.terminate()
    for _name, process in processes:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


COMMANDS = (up,)
