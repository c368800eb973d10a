"""The processes of a crash trial: workers that can be killed, the web, the carrier, commands; each a program of its own.

`python -m companion.trials.chaos_processes worker|web|carrier|command WORDS` reads its setting as one line of JSON and
ends when its input does, so that nothing outlives a trial that was itself killed. A command is the program's own, in
the trial's time.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from companion import crypto
from companion.channels.sms import make_sms
from companion.config import Config
from companion.db import Database
from companion.engine import presence
from companion.engine.house import House
from companion.engine.time import clock_for
from companion.phones import make_phones
from companion.phones.exchange import Text
from companion.trials.diary import arrival
from companion.trials.grounds import make_config
from companion.trials.pace import PacedClock
from companion.trials.serving import ROOT, make_server

TOLD_TO_END = (0, -signal.SIGTERM)
"""How a worker ends that is told to: after its tick, or at once if it had only begun to start."""
TICK_EVERY = 1
"""Seconds. `worker --every` of the trial's workers."""
FOR_EVER = 10**6
PATIENCE = 60


@dataclass(frozen=True)
class Setting:
    """What all processes of one trial agree on. It holds secrets that are made up for this trial."""

    database_url: str = field(repr=False)
    key: str = field(repr=False)
    token: str = field(repr=False)
    public_url: str
    began: float
    pace: float
    senders: int
    seed: int
    folder: str
    """Of this trial alone: where commands may leave something."""
    carrier_url: str = "http://127.0.0.1:9"

    @property
    def told(self) -> Path:
        """What reached a person outside the system: a line with the name of each alarm."""
        return Path(self.folder, "alarms")

    @property
    def clock(self) -> PacedClock:
        return PacedClock(self.began, self.pace)

    def config(self) -> Config:
        made = make_config(base64.b64decode(self.key), self.database_url, self.carrier_url)
        given = {
            "public_url": self.public_url, "twilio_auth_token": self.token, "demo": True,
            "alarm_command": f"sh -c 'echo $0 >> {self.told}'",
        }  # fmt: skip
        return Config(**vars(made) | given)

    def house(self, database: Database) -> House:
        """The engine as `worker` has it, in the trial's time; the date of its Tuesday stands in the database."""
        config = self.config()
        clock = clock_for(config, database, self.clock)
        return House(database, clock, {"sms": make_sms(config)}, config.public_url)


@contextmanager
def started(kind: str, setting: Setting, log: Path) -> Iterator[subprocess.Popen]:
    """One of these programs; ended when we are done with it, if it still runs."""
    process = start(kind, setting, log)
    try:
        yield process
    finally:
        end(process)


def start(kind: str, setting: Setting, log: Path, *words: str) -> subprocess.Popen:
    """Start a program; what it has to say about itself goes to the end of `log`."""
    with log.open("ab") as complaints:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "companion.trials.chaos_processes", kind, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, cwd=ROOT, text=True,
        )  # fmt: skip
    process.stdin.write(json.dumps(asdict(setting)) + "\n")
    process.stdin.flush()
    return process


def end(process: subprocess.Popen) -> int:
    """Tell it to stop as an operator would, and say how it ended."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(PATIENCE)
    process.stdin.close()
    process.stdout.close()
    return process.returncode


def tell_to_end(workers: list[subprocess.Popen]) -> list[str]:
    """All at once; which of them did not end as one that is told to."""
    for worker in workers:
        worker.terminate()
    return [
        f"a worker that was told to end did so with status {status}"
        for worker in workers
        if (status := end(worker)) not in TOLD_TO_END
    ]


def command(setting: Setting, log: Path, *words: str) -> tuple[int, str]:
    """Run a command to its end: its exit status, and what it printed."""
    process = start("command", setting, log, *words)
    try:
        said = process.stdout.read()
        process.wait(PATIENCE)
    finally:
        end(process)
    return process.returncode, said


def kill(process: subprocess.Popen) -> None:
    """`kill -9`: it has no time to tidy up."""
    process.kill()
    process.wait(PATIENCE)
    process.stdin.close()
    process.stdout.close()


def _worker(setting: Setting) -> None:
    """The loop of `flask worker` itself."""
    from companion.engine.worker import run_worker

    crypto.use((base64.b64decode(setting.key),))
    _when_input_ends(lambda: os.kill(os.getpid(), signal.SIGTERM))
    _tell(ready=True)
    run_worker(setting.house(Database(setting.database_url)), every=TICK_EVERY, senders=setting.senders)


def _web(setting: Setting) -> None:
    """The pages of `flask serve`, which also take the carrier's callbacks."""
    from companion import create_app

    config = setting.config()
    database = Database(setting.database_url)
    app = create_app(config, clock=clock_for(config, database, setting.clock), database=database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    server = make_server(app, int(config.public_url.rpartition(":")[2]))
    with presence.at_work(database):
        threading.Thread(target=server.run, daemon=True).start()
        _tell(ready=True)
        _wait()


def _command(setting: Setting, *words: str) -> None:
    """What `flask --app app WORDS` runs; only time and settings are the trial's."""
    from companion import create_app

    config = setting.config()
    database = Database(setting.database_url)
    app = create_app(config, clock=clock_for(config, database, setting.clock), database=database)
    _when_input_ends(lambda: os.kill(os.getpid(), signal.SIGTERM))
    with app.app_context():
        app.cli.main(words, prog_name="flask")


def _carrier(setting: Setting) -> None:
    """Simulated phones. Tells each text that reaches one as it comes, and at the end every text that was taken."""
    config = setting.config()
    phones = make_phones(
        config.twilio_account_sid, config.twilio_auth_token, setting.seed,
        keep=FOR_EVER, on_text=lambda text: _tell(arrived=_as_told(text)), clock=setting.clock.seconds,
    )  # fmt: skip
    with phones:
        _tell(url=phones.url)
        _wait()
        for text in phones.texts():
            _tell(taken=_as_told(text))
        _tell(over=True)


def _as_told(text: Text) -> dict:
    """A text without its words. The reference in its callback's address is ours: it says which message it was."""
    seen = arrival(text, None) if text.shown else None
    return {
        "ref": (text.callback or "").rpartition("/")[2], "to": text.to, "at": text.created, "status": text.status,
        "door": seen and seen.door, "token": seen and seen.token,
    }  # fmt: skip


_telling = threading.Lock()


def _tell(**what) -> None:
    with _telling:
        print(json.dumps(what), flush=True)


def _when_input_ends(act: Callable[[], None]) -> None:
    def wait():
        sys.stdin.read()
        act()

    threading.Thread(target=wait, daemon=True).start()


def _wait() -> None:
    """Until the input ends, or somebody says that it is time."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    _when_input_ends(over.set)
    over.wait()


if __name__ == "__main__":
    {"worker": _worker, "web": _web, "carrier": _carrier, "command": _command}[sys.argv[1]](
        Setting(**json.loads(sys.stdin.readline())), *sys.argv[2:]
    )
