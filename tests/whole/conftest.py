"""The world of the tests about the whole: one app, one database, everybody at home."""

import pytest

from companion import create_app
from companion.channels.sms import SmsChannel
from companion.clock import SetClock
from companion.engine.house import House
from companion.phones import make_phones
from tests import cast
from tests.carriers import RecordingChannel
from tests.conftest import CONFIG, a_file, on_a_server
from tests.engine.scene import Scene
from tests.whole import world


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def whole(request, tmp_path_factory):
    """(app, world) on both databases; made once per module, since these tests only knock and look."""
    template = request.getfixturevalue(f"_{request.param}_template")
    if request.param == "sqlite":
        place = a_file(tmp_path_factory.mktemp("whole"), template)
    else:
        place = on_a_server(*template)
    with place as database:
        clock, carrier = SetClock(cast.NOW), RecordingChannel()
        house = House(database, clock, {"sms": carrier}, "https://s.id", shuffle=lambda ids: None)
        app = create_app(CONFIG, clock=clock, database=database, channels={"sms": carrier})
        app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
        yield app, world.build(house, clock)


ROLES = ("nobody", "owner", "colleague", "supervisor", "stranger", "family")
"""Sari owns Budi; Dewi is her colleague, Ratna their supervisor, Tono works elsewhere, Budi's mother reads."""
LOGINS = {"owner": "sari", "colleague": "dewi", "supervisor": "ratna", "stranger": "tono"}


@pytest.fixture(scope="module")
def clients(whole):
    """A browser per role, signed in."""
    app, here = whole
    made = {}
    for role in ROLES:
        client = made[role] = app.test_client()
        if role in LOGINS:
            assert world.sign_in(client, LOGINS[role]).status_code == 303
        elif role == "family":
            assert world.enter_family(client, here).status_code == 303
    return made


@pytest.fixture
def scene(house, clock, carrier, people):
    """Budi, Wati and Yusuf on both databases, and an engine that has just ticked on Monday at nine."""
    made = Scene(house, clock, carrier, people)
    made.at(clock.at)
    return made


@pytest.fixture
def site(scene):
    """The pages, on the scene's own database."""
    made = create_app(
        CONFIG, clock=scene.clock, database=scene.database, channels={"sms": scene.house.channels["sms"]}
    )
    made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    return made


@pytest.fixture
def phones(scene):
    """Simulated phones, spoken to by the carrier's own client; receipts wait until they are told."""
    account, token = CONFIG.twilio_account_sid, CONFIG.twilio_auth_token
    with make_phones(account, token, callbacks=False) as made:
        scene.house.channels["sms"] = SmsChannel(account, token, "Sahabat", made.url, CONFIG.public_url)
        yield made
