"""What the carrier of a crash trial tells: texts as they reach phones, and at the end all that it took."""

import json
import threading
from datetime import UTC, datetime
from subprocess import Popen

from companion.trials import chaos_processes as processes
from companion.trials.chaos_aftermath import Took
from companion.trials.chaos_people import STAFF, People


class Ears:
    """Listens to what the carrier tells: texts as they arrive for the people, and at the end all that it took."""

    def __init__(self, carrier: Popen, people: People):
        self._carrier, self._people, self._taken, self._over = carrier, people, [], False
        self.arrived: list[str] = []
        """The references of the texts that phones have, in the order in which they came."""
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for line in self._carrier.stdout:
            told = json.loads(line)
            if "arrived" in told:
                self.arrived.append(told["arrived"]["ref"])
                self._people.hear(told["arrived"])
            elif "taken" in told:
                self._taken.append(told["taken"])
            self._over = self._over or "over" in told

    def all_taken(self) -> list[Took]:
        """Ends the carrier. Raises RuntimeError if it did not tell everything."""
        self._carrier.stdin.close()
        self._thread.join(processes.PATIENCE)
        if not self._over:
            raise RuntimeError("the carrier did not tell what it took")
        return [
            Took(one["ref"], datetime.fromtimestamp(one["at"], UTC), one["status"], one["token"],
                 one["to"], one["to"].startswith(STAFF))
            for one in self._taken
        ]  # fmt: skip
