"""`python -m companion.phones --port N`: the simulated phones as a program of their own, on the loopback."""

import argparse
import os
import secrets
import signal
import threading

from companion.phones import make_phones


def main() -> None:
    """Run until told to stop. Account and token are the same two words the sending side is given."""
    parser = argparse.ArgumentParser(prog="python -m companion.phones", description=__doc__)
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--seed", type=int, help="makes faults by chance strike at the same texts every time")
    wanted = parser.parse_args()
    # A stand-in is its own program and reads its own environment: config.py belongs to the companion.
    account, token = (os.environ.get(name, "") for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"))
    if not (account and token):
        parser.error("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN must be set")
    phones = make_phones(account, token, secrets.randbits(32) if wanted.seed is None else wanted.seed)
    stopped = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stopped.set())
    print(f"Simulated phones: {phones.start(wanted.port, wanted.host)}/phones", flush=True)
    stopped.wait()
    phones.stop()


if __name__ == "__main__":
    main()
