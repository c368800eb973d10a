"""A place to try things on: own keys, an empty database, simulated phones, and the whole application on top.

Nothing of the installation is touched: no environment is read, nothing is written beside the temporary folder, and on
PostgreSQL a database of its own is made on the server and dropped afterwards.
"""

import logging
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from companion import create_app, crypto, migrations
from companion.channels.sms import make_sms
from companion.clock import SetClock
from companion.config import Config
from companion.db import Database
from companion.engine.house import House
from companion.phones import Phones, make_phones
from companion.trials.visiting import OwnLine, Visitor

PUBLIC_URL = "https://k.example"
"""With it a link is 32 characters long, the longest that design 6 allows."""
ACCOUNT = "AC" + "0" * 32
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


def make_config(data_key: bytes, database_url: str, carrier_url: str) -> Config:
    """The configuration of a trial: made-up secrets, a carrier on this machine."""
    return Config(
        secret_key=secrets.token_urlsafe(32),
        data_keys=(data_key,),
        database_url=database_url,
        public_url=PUBLIC_URL,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=secrets.token_hex(16),
        twilio_api_url=carrier_url,
    )


@contextmanager
def empty_database(server: str | None = None, *, on_disk: bool = False) -> Iterator[str]:
    """The address of a new database, migrated by nobody yet; it is gone afterwards.

    `server`: any PostgreSQL address with the right to create databases. Otherwise a SQLite file, in memory where the
    machine has such a folder: a trial asks what the program does, not how fast the disk is (`on_disk` does).
    """
    if server is None:
        folder = None if on_disk or not IN_MEMORY.is_dir() else IN_MEMORY
        with tempfile.TemporaryDirectory(prefix="companion-trial-", dir=folder) as place:
            yield f"sqlite:///{place}/trial.db"
        return
    name = f"companion_trial_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        admin.dispose()


@contextmanager
def migrated(server: str | None = None, *, on_disk: bool = False) -> Iterator[tuple[Database, bytes]]:
    """A new database with our tables, and the key its values are closed with."""
    with empty_database(server, on_disk=on_disk) as url:
        key = secrets.token_bytes(32)
        crypto.use((key,))
        database = Database(url)
        try:
            migrations.upgrade(database)
            yield database, key
        finally:
            database.dispose()


@dataclass
class Grounds:
    """Everything a trial plays with. `clock` is the one that simulated people and pages live by."""

    app: Flask
    house: House
    phones: Phones
    clock: SetClock
    alarms: list[str]

    @property
    def database(self) -> Database:
        return self.house.database

    @cached_property
    def visitor(self) -> Visitor:
        return Visitor(self.app)

    def post_receipt(self, url: str, form: dict, headers: dict) -> None:
        """The carrier's call at our door, without a network."""
        self.visitor.ask("POST", urlsplit(url).path, form, headers)


@contextmanager
def open_grounds(begin: datetime, seed: int, server: str | None = None, on_text=None) -> Iterator[Grounds]:
    """A running house at `begin`, with everything that is left to chance decided by `seed`."""
    with migrated(server) as (database, key):
        config = make_config(key, database.url.render_as_string(hide_password=False), "http://127.0.0.1:9")
        phones = make_phones(
            config.twilio_account_sid,
            config.twilio_auth_token,
            seed,
            callbacks=False,
            keep=10**6,
            on_text=on_text,
        )
        with phones:
            config = replace(config, twilio_api_url=phones.url)
            clock, alarms = SetClock(begin), []
            app = create_app(config, clock=clock, database=database)
            app.config["PROPAGATE_EXCEPTIONS"] = False
            house = replace(
                app.extensions["house"],
                channels={"sms": make_sms(config, OwnLine(phones.app))},
                shuffle=lambda ids: None,
                alarm=lambda name, words: alarms.append(name),
            )
            app.extensions["house"] = house
            with hushed(app.logger):
                yield Grounds(app, house, phones, clock, alarms)


@contextmanager
def hushed(logger: logging.Logger) -> Iterator[None]:
    """A page that broke is reported by the trial itself. The logger is the whole process's: it gets its voice back."""
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
