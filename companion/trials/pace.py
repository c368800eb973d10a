"""A machine's clock that runs faster, so that a trial need not wait an hour for what takes an hour.

Everybody in such a trial lives by it, the carrier too: a lease, a look-up and the date the carrier puts on a text keep
their proportions. Only the network's own patience stays in real seconds, which makes it longer than it is in life.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from companion.clock import Clock


@dataclass(frozen=True)
class PacedClock(Clock):
    """Real time until `began` (seconds since 1970), `pace` times as fast afterwards."""

    began: float
    pace: float

    def seconds(self) -> float:
        """Seconds since 1970, as a carrier counts them."""
        return self.began + (time.time() - self.began) * self.pace

    def machine(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)
