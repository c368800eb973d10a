"""How many texts leave in a second at a carrier that takes its time (design 7)."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, select, update

from companion.channels.sms import make_sms
from companion.clock import SetClock
from companion.config import Config
from companion.db import Database
from companion.engine.house import House
from companion.engine.sending import send_due
from companion.models import Link, Message, Slot
from companion.rules.states import SlotState
from companion.rules.terms import LinkKind, Purpose
from companion.services import flow
from companion.trials.bench_engine import HOUR, ten_o_clock
from companion.trials.bench_rows import Options, least, not_measured
from companion.trials.bulk import Loader
from companion.trials.grounds import make_config, migrated
from companion.trials.serving import ROOT
from companion.trials.stopwatch import Stopwatch
from companion.trials.wire import Browser

SENDERS, SLOW_MS, SHARE = 16, 200, 90
WARM = 32
PACE = 100
"""Texts a second that the sender may send, as of a short code: above what is measured, but asked for every text."""


def rows(options: Options) -> list[dict]:
    """The share of what so many senders could do at best: 16 / 0.2 s = 80 texts a second."""
    found = [_share(options, None, "SQLite")]
    if options.server is None:
        return [*found, not_measured("dispatch at a slow carrier, PostgreSQL", "%", f">= {SHARE} %")]
    return [*found, _share(options, options.server, "PostgreSQL")]


def _share(options: Options, server: str | None, where: str) -> dict:
    with migrated(server, on_disk=True) as (database, key), carrier() as config:
        house = _house(database, key, config)
        planned = _plan(database, house.clock.at, WARM + options.texts)
        _release(database, planned[:WARM], house.clock.at)
        send_due(house, house.clock.at, SENDERS)
        _release(database, planned[WARM:], house.clock.at)
        watch = Stopwatch()
        did = send_due(house, house.clock.at, SENDERS)
        while (
            did["sent"] < options.texts
        ):  # a round ends after some seconds, to let the state steps have a turn
            more = send_due(house, house.clock.at, SENDERS)
            if not more["sent"]:
                raise RuntimeError(f"{did['sent']} of {options.texts} texts left")
            did += more
        best = SENDERS / (SLOW_MS / 1000)
        return least(
            f"dispatch at a slow carrier, of {best:g}/s, {where}",
            100 * options.texts / watch.seconds() / best, "%", SHARE,
        )  # fmt: skip


def _house(database: Database, key: bytes, config: Config) -> House:
    config = replace(
        make_config(key, "sqlite://", config.twilio_api_url), twilio_auth_token=config.twilio_auth_token
    )
    return House(
        database, SetClock(ten_o_clock()), {"sms": make_sms(config)}, config.public_url,
        paces=flow.paces(config.twilio_sender, PACE),
    )  # fmt: skip


@contextmanager
def carrier() -> Iterator[Config]:
    """The simulated phones as a program of their own, slow; the configuration says where and how to reach them."""
    wanted = make_config(secrets.token_bytes(32), "sqlite://", "http://127.0.0.1:9")
    process = subprocess.Popen(
        [sys.executable, "-m", "companion.phones", "--port", "0"],
        stdout=subprocess.PIPE, cwd=ROOT, text=True,
        env={"TWILIO_ACCOUNT_SID": wanted.twilio_account_sid, "TWILIO_AUTH_TOKEN": wanted.twilio_auth_token},
    )  # fmt: skip
    try:
        url = process.stdout.readline().split()[-1].removesuffix("/phones")
        Browser(int(url.rsplit(":", 1)[1])).post_json("/faults", {"slow_ms": SLOW_MS})
        yield replace(wanted, twilio_api_url=url)
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def _plan(database: Database, now, n: int) -> list[int]:
    """So many invitations, each to another person, that nobody has to look at yet."""
    loader = Loader(database, now, size=min(1000, n))
    place = loader.institution("melati", 20)
    while loader.people < n:
        loader.block(place)
    loader.done()
    with database.write() as session:
        slots = session.execute(
            select(Slot.id, Slot.institution_id, Slot.person_id)
            .where(Slot.state == SlotState.PLANNED, Slot.seq == 21).order_by(Slot.id).limit(n)
        ).all()  # fmt: skip
        about = [
            {
                "institution_id": slot.institution_id, "person_id": slot.person_id, "number_id": slot.person_id,
                "slot_id": slot.id, "token": f"d{slot.id:011x}",
            }
            for slot in slots
        ]  # fmt: skip
        session.execute(
            insert(Link.__table__), [one | {"kind": LinkKind.SLOT, "created_at": now} for one in about]
        )
        session.execute(
            insert(Message.__table__),
            [
                one | {
                    "id": n, "purpose": Purpose.INVITATION, "subject": f"slot:{one['slot_id']}", "planned_for": now,
                    "expires_at": now + 9 * HOUR, "state_at": now,
                }
                for n, one in enumerate(about, start=1)
            ],
        )  # fmt: skip
        _open(session, [slot.id for slot in slots], now)
    loader.done()
    return list(range(1, len(slots) + 1))


def _open(session, ids, now) -> None:
    for start in range(0, len(ids), 500):
        session.execute(
            update(Slot)
            .where(Slot.id.in_(ids[start : start + 500]))
            .values(
                state=SlotState.OPEN,
                due_at=now,
                give_up_at=now + 24 * HOUR,
                closes_at=now + timedelta(days=3),
            )
        )


def _release(database: Database, ids, now) -> None:
    with database.write() as session:
        for start in range(0, len(ids), 500):
            session.execute(
                update(Message).where(Message.id.in_(ids[start : start + 500])).values(look_at=now)
            )
