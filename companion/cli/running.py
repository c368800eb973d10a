"""serve, worker, tick: the processes, and one step of the engine by hand."""

import json
import signal
import sys
import time
from dataclasses import replace

import click
from flask import current_app

from companion.cli import common
from companion.clock import SetClock
from companion.engine import tick as ticking
from companion.engine import time as engine_time
from companion.engine.house import House
from companion.engine.walk import walk
from companion.engine.worker import run_worker

RECEIPTS = 0.05  # seconds in which a carrier on this machine may call back before a walk goes on


@click.command("serve")
@click.option("--port", default=5000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(port, host):
    """Serve the pages (web only)."""
    import waitress

    common.database()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # waitress then lets what it has begun end
    # Slow phones hold a connection for minutes; 1,000 of them cost little here (tech.md 4).
    waitress.serve(
        current_app._get_current_object(), host=host, port=port, threads=8, connection_limit=1000, ident=None
    )


@click.command("worker")
@click.option("--every", default=15, show_default=True, help="Seconds between two ticks.")
@click.option("--senders", default=8, show_default=True)
def worker(every, senders):
    """Run the engine (no pages): state steps, senders, watch."""
    house = common.house()
    run_worker(house, every=every, senders=senders, heartbeat_url=common.config().heartbeat_url)


@click.command("tick")
@click.option(
    "--at", type=common.INSTANT, default=None, help="One tick at this instant; the gap rule applies."
)
@click.option("--walk", "walking", is_flag=True, help="Live through the time since the last tick.")
@click.option("--no-send", is_flag=True)
@click.option("--senders", default=8, show_default=True)
def tick(at, walking, no_send, senders):
    """Do what is due, until nothing is, and print one JSON line."""
    house = common.house()
    if at or walking:
        try:
            engine_time.require_pretending(common.config())
        except engine_time.PretendedTimeRefused as error:
            common.refuse(str(error), ticking.Exit.REFUSED)
    if walking:
        report = _walk(house, at or common.now(), not no_send, senders)
    else:
        report = ticking.tick(_at(house, at), send=not no_send, senders=senders)
    click.echo(json.dumps(report.as_json()))
    sys.exit(report.exit)


def _at(house: House, at) -> House:
    if at is None:
        return house
    return replace(house, clock=SetClock(at))


def _walk(house, until, send, senders):
    def wait_for_receipts(_at, report):
        if report.did["sent"]:
            time.sleep(RECEIPTS)

    report = walk(house, until, send=send, senders=senders, after=wait_for_receipts, move_clock=True)
    if report.exit is not ticking.Exit.CLOCK_WENT_BACK:
        with house.database.write() as session:
            engine_time.set_clock(session, until, house.clock.machine())
    return report


COMMANDS = (serve, worker, tick)
