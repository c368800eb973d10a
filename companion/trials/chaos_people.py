"""The people of a crash trial: they answer and opt out over HTTP while workers die, and note when it was confirmed.

Who does what is decided by the seed and the number. Most wait for their text; some stop the texts by an older link at
any moment, and some answer before their text has come (their caseworker showed them the link): these race with senders.
"""

import heapq
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from random import Random

from companion.clock import Clock
from companion.trials.wire import Browser

HANDS = 8
TRIES, TRY_AGAIN = 12, 0.5
"""How often somebody taps again where no page came, and after how many seconds."""
ANSWER, STOP = "answer", "stop"
STAFF = "+62811"
"""Staff are texted too, and have a work list to open, which is not tried here."""


@dataclass(frozen=True)
class Act:
    """One thing somebody did, and the machine's time at which the page had confirmed it. `help`: they asked for it.

    A call for help is taken in every state of a check-in, so it may be confirmed without answering it (design 2.3).
    """

    kind: str
    token: str
    at: datetime
    status: int
    help: bool = False

    @property
    def done(self) -> bool:
        """The page took it."""
        return self.status == 303


@dataclass(order=True)
class _Errand:
    due: float
    nth: int
    kind: str = field(compare=False)
    token: str = field(compare=False)
    form: dict = field(compare=False)


class People:
    """Give it what the carrier tells; it acts in threads of its own until `stop`."""

    def __init__(self, port: int, machine: Callable[[], datetime], seed: int):
        self.acts: list[Act] = []
        self.longest_wait = 20.0
        """Seconds. In a calm in which days pass in seconds nobody may take their time."""
        self._browser, self._machine, self._seed = Browser(port), machine, seed
        self._errands: list[_Errand] = []
        self._nth = count()
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(HANDS)
        self._busy = 0
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def hear(self, text: dict) -> None:
        """A text came to a phone: some answer at once, some later, some twice, some never; a few want no more."""
        if text["to"].startswith(STAFF) or text["door"] != "c":
            return
        dice = Random(f"{self._seed}:{text['to']}:{text['ref']}")  # noqa: S311 - play, not secrecy
        fate = dice.random()
        wait = dice.choice((0.0, dice.uniform(0, 0.15), dice.random())) * self.longest_wait
        if fate < 0.45:
            form = _said(dice)
            for _ in range(dice.choice((1, 1, 1, 2))):
                self._later(wait, ANSWER, text["token"], form)
        elif fate < 0.50:
            self._later(wait, STOP, text["token"], {"karena": dice.choice(("", "bukan"))})

    def answer(self, tokens: Iterable[str], *, in_danger: bool = False) -> None:
        """These answer at once, although perhaps no text has reached them yet."""
        for token in tokens:
            said = _said(Random(f"{self._seed}:{token}"))  # noqa: S311
            self._later(0, ANSWER, token, said | ({"unsafe": 1} if in_danger else {}))

    def opt_out(self, tokens: Iterable[str], within: float) -> None:
        """These stop their texts by a link of last week, each at some moment in so many seconds."""
        dice = Random(f"{self._seed}:stop")  # noqa: S311
        for token in tokens:
            self._later(dice.uniform(0, within), STOP, token, {})

    def settle(self) -> None:
        """Wait until everybody has done what they meant to do."""
        with self._changed:
            self._changed.wait_for(lambda: not self._errands and not self._busy, timeout=60)

    def stop(self) -> None:
        """No more errands; those under way are finished."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join()
        self._pool.shutdown()

    def _later(self, wait: float, kind: str, token: str, form: dict) -> None:
        with self._changed:
            heapq.heappush(
                self._errands, _Errand(Clock.stopwatch() + wait, next(self._nth), kind, token, form)
            )
            self._changed.notify_all()

    def _run(self) -> None:
        with self._changed:
            while not self._over:
                ahead = self._errands[0].due - Clock.stopwatch() if self._errands else None
                if ahead is None or ahead > 0:
                    self._changed.wait(ahead)
                    continue
                self._busy += 1
                self._pool.submit(self._do, heapq.heappop(self._errands))

    def _do(self, errand: _Errand) -> None:
        """One click, and again if the page did not come: people do that."""
        path = f"/c/{errand.token}" + ("/berhenti" if errand.kind == STOP else "")
        for _ in range(TRIES):
            try:
                status = self._browser.post(path, errand.form).status
            except (OSError, ValueError, IndexError):
                status = 0
            calls = "unsafe" in errand.form or errand.form.get("contact") == "soon"
            act = Act(errand.kind, errand.token, self._machine(), status, calls)
            with self._changed:
                self.acts.append(act)
            if 0 < status < 500:
                break
            time.sleep(TRY_AGAIN)
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()


def _said(dice: Random) -> dict:
    """A day like others, or a hard one; one in fifty is not safe."""
    form = {
        "mood": dice.randint(1, 5), "urge": dice.choice((0, 2, 3, 5, 9)), "confidence": dice.choice((9, 7, 4)),
        "situation": "no", "sleep": dice.randint(1, 4), "contact": dice.choice(("no", "no", "no", "week", "soon")),
        "here": 1,
    }  # fmt: skip
    return form | ({"unsafe": 1} if dice.random() < 0.02 else {})
