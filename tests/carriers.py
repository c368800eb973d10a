"""A carrier for tests, written by hand: it records what it was given and answers as it was told."""

import itertools
from dataclasses import dataclass, field, replace

from companion.channels.protocol import Accepted, Found, Letter, Status


@dataclass
class RecordingChannel:
    """Accepts everything unless `answers` says otherwise: an exception to raise, by position or number."""

    name: str = "sms"
    letters: list[Letter] = field(default_factory=list)
    refuses: dict[str, Exception] = field(default_factory=dict)
    """Number -> what is raised when it is sent to."""
    next_answers: list[Exception | None] = field(default_factory=list)
    """What the next calls raise, in order; None accepts."""
    known: dict[str, list[Found]] = field(default_factory=dict)
    """Number -> what a look-up finds."""
    look_up_fails: Exception | None = None
    erased: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    _sids: itertools.count = field(default_factory=itertools.count)

    def send(self, letter: Letter) -> Accepted:
        self.letters.append(letter)
        answer = self.next_answers.pop(0) if self.next_answers else self.refuses.get(letter.to)
        if answer is not None:
            raise answer
        sid = f"SM{next(self._sids):032x}"
        self.known.setdefault(letter.to, []).append(Found(sid, Status.SENT, None, letter.body))
        return Accepted(sid)

    def find(self, to: str, since, containing: str) -> list[Found]:
        if self.look_up_fails is not None:
            raise self.look_up_fails
        return [found for found in self.known.get(to, []) if not found.body or containing in found.body]

    def erase(self, sid: str) -> None:
        self.erased.append(sid)

    def erase_all(self) -> None:
        """Whatever it has, its words are gone."""
        self.known = {to: [replace(one, body="") for one in found] for to, found in self.known.items()}

    def alarm(self, name: str, words: str) -> None:
        self.alarms.append(name)

    def bodies(self, number: str) -> list[str]:
        return [letter.body for letter in self.letters if letter.to == number]
