"""A real Chromium before the real pages, with the engine and the simulated phones beside them."""

import os
import shutil
import socket
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import sync_playwright

from companion import create_app
from companion.clock import SetClock
from companion.db import Database
from companion.engine.house import House
from companion.phones import make_phones
from companion.trials.serving import served
from tests import cast
from tests.conftest import CONFIG

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find_chromium() -> str | None:
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )


def pytest_collection_modifyitems(items):
    if find_chromium() or os.environ.get("CI") == "true":
        return  # with CI=true a missing browser fails in the fixture: nothing is skipped
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium"))


@dataclass
class Stack:
    """Everything that runs on one machine, with a clock that a test moves."""

    url: str
    house: House
    clock: SetClock
    phones: object
    app: object

    def receipts(self) -> None:
        """Let the carrier call back now; in a test nothing waits for real time."""
        client = self.app.test_client()
        self.phones.flush(lambda url, form, headers: client.post(url, data=form, headers=headers))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def stack(tmp_path, _sqlite_template):
    path = tmp_path / "companion.db"
    path.write_bytes(_sqlite_template)
    port = free_port()
    phones = make_phones(CONFIG.twilio_account_sid, CONFIG.twilio_auth_token, callbacks=False)
    config = replace(
        CONFIG,
        public_url=f"http://127.0.0.1:{port}",
        twilio_api_url=phones.start(),
        database_url=f"sqlite:///{path}",
    )
    database, clock = Database(config.database_url), SetClock(cast.NOW)
    app = create_app(config, clock=clock, database=database)
    with served(app, port):
        yield Stack(config.public_url, app.extensions["house"], clock, phones, app)
    phones.stop()
    database.dispose()


@pytest.fixture(scope="session")
def chromium():
    path = find_chromium()
    assert path, "no Chromium is installed, and with CI=true nothing is skipped"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium):
    """A small phone without JavaScript: what works here works everywhere."""
    context = chromium.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def laptop(chromium):
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    yield context.new_page()
    context.close()
