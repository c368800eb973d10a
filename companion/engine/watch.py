"""The system tells when it is broken (design 2.13): its alarms reach a person outside it."""

import http.client
import logging
import shlex
import subprocess
import urllib.request
from datetime import datetime
from urllib.parse import urlsplit

from companion.clock import Clock
from companion.engine.alarms import ONCE, Alarm, found
from companion.engine.house import House
from companion.services import raised

log = logging.getLogger(__name__)

OVER = "over"
"""The name under which it is told that an alarm is over; the words begin with the alarm's own name."""
PATIENCE = 20, 5
"""Seconds for the operator's command, and for the heartbeat."""


def look(house: House, heartbeat_url: str) -> None:
    """Once a minute: raise what is wrong, and tell the outside world that somebody is looking at all.

    The heart beats only while nothing is wrong (what is foreseen, `alarms.ONCE`, is nothing wrong).
    """
    try:
        with house.database.read() as session:
            wrong = found(session, house.clock.now(), house.clock.machine())
    except Exception as error:  # noqa: BLE001 - a watch that dies tells nobody
        wrong = [Alarm(f"watch:{type(error).__name__}")]
    for name, words in _to_tell(house, wrong):
        house.alarm(name, words)
    if heartbeat_url and all(alarm.name in ONCE for alarm in wrong):
        _beat(heartbeat_url)


def _to_tell(house: House, wrong: list[Alarm]) -> list[tuple[str, str]]:
    """What is news by the book that all workers share; without that book, everything."""
    keys = {(alarm.name, alarm.about): alarm for alarm in wrong}
    try:
        with house.database.write() as session:
            machine = house.clock.machine()
            news = raised.to_tell(session, machine, keys, ONCE)
            ended = raised.over(session, machine, keys, ONCE)
    except Exception as error:  # noqa: BLE001 - what cannot be written down must be told all the more
        log.error("alarms not written down: %s", type(error).__name__)
        news, ended = list(keys), []
    return [(name, keys[name, about].words) for name, about in news] + [
        (OVER, f"{name} is over. {about}".strip()) for name, about in ended
    ]


def _beat(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        return
    try:
        urllib.request.urlopen(url, timeout=PATIENCE[1]).close()  # noqa: S310 - scheme checked above
    except (OSError, ValueError, http.client.HTTPException) as error:
        log.warning("heartbeat not delivered: %s", type(error).__name__)


def alarm_by(command: str):
    """An alarm function that runs the operator's command with the alarm's name and words.

    The same words at most once in 15 minutes from this process; a command that fails or hangs breaks nothing.
    """
    last: dict[tuple[str, str], datetime] = {}

    def alarm(name: str, words: str) -> None:
        at = Clock().machine()
        if (name, words) in last and at - last[name, words] < raised.AGAIN:
            return
        last[name, words] = at
        log.error("ALARM %s: %s", name, words)
        if command:
            _run(command, name, words)

    return alarm


def _run(command: str, name: str, words: str) -> None:
    try:
        done = subprocess.run([*shlex.split(command), name, words], timeout=PATIENCE[0], check=False)  # noqa: S603
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        log.error("ALARM_COMMAND failed: %s", type(error).__name__)
        return
    if done.returncode:
        log.error("ALARM_COMMAND failed: status %s", done.returncode)
