"""Commands as an administrator types them, against a database of the test's own."""

from dataclasses import replace

import pytest

from companion import create_app
from tests.conftest import CONFIG

DEMO = replace(CONFIG, demo=True)


class Shell:
    """`run("tick", "--no-send")` gives the result; `status` is what the shell would see."""

    def __init__(self, app):
        self.app, self.runner = app, app.test_cli_runner()

    def run(self, *words, status=0, **how):
        with self.app.app_context():  # as the `flask` command does
            done = self.runner.invoke(args=[str(word) for word in words], **how)
        assert done.exit_code == status, (words, done.output, done.exception)
        return done


@pytest.fixture
def shell_of(sqlite, clock, carrier):
    """Make a shell for a configuration; with `clock` None the app finds its own."""

    def make(config=CONFIG, clock=clock, database=sqlite):
        return Shell(create_app(config, clock=clock, database=database, channels={"sms": carrier}))

    return make


@pytest.fixture
def shell(shell_of):
    return shell_of()


@pytest.fixture
def demo(shell_of):
    """DEMO=1 and a carrier on this machine: time may be pretended."""
    return shell_of(DEMO)


@pytest.fixture
def database(sqlite):
    """Commands are tested on one database: what they call is tested on both."""
    return sqlite
