"""What the engine is handed: database, clock, carriers, and where its links lead."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from companion.channels.protocol import Channel
from companion.clock import Clock
from companion.db import Database
from companion.services.flow import Paces


def no_alarm(name: str, words: str) -> None:
    """For trials and tests that watch alarms in another way."""


@dataclass
class House:
    """The parts of one running engine. `alarm(name, words)` reaches a person outside the system."""

    database: Database
    clock: Clock
    channels: dict[str, Channel]
    link_base: str
    alarm: Callable[[str, str], None] = no_alarm
    shuffle: Callable[[list], None] = field(default=random.shuffle)
    """Several workers look at the same list: each begins elsewhere, so they seldom reach for the same row."""
    paces: Paces = field(default_factory=dict)
    """By channel: how fast its sender's ordinary texts may leave. None for a channel: as fast as it takes them."""
    sleep: Callable[[float], None] = time.sleep
