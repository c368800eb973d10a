"""The desk of tests/services/desk.py behind the pages: signed-in browsers, forms, and what stands in the database."""

import re
from urllib.parse import parse_qsl

from companion import create_app
from companion.clock import SetClock
from tests.carriers import RecordingChannel
from tests.conftest import CONFIG
from tests.services.desk import NOW, Desk


class Standing(SetClock):
    """A clock whose machine time stands where it was put, too: sessions idle by machine time."""

    def machine(self):
        return self.at


class StaffRoom:
    """One app on one database. `desk` is a desk in an open session: write with `keep()`, then look with pages."""

    def __init__(self, database):
        self.clock = Standing(NOW)
        self.database = database
        self.app = create_app(
            CONFIG, clock=self.clock, database=database, channels={"sms": RecordingChannel()}
        )
        self.app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
        self.session = database.sessions()
        self.desk = Desk(self.session)
        self.keep()

    def keep(self) -> None:
        """Commit what a test has put on the desk, and read afresh from then on."""
        self.session.commit()
        self.session.expire_all()

    def close(self) -> None:
        self.session.close()

    def as_(self, login: str):
        """A browser in which this member of staff has signed in; without the time a password costs."""
        self.keep()
        staff = getattr(self.desk, login)
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = f"staff:{staff.ref}:{staff.session_key}"
            cookie["_fresh"] = True
            cookie["seen"] = int(self.clock.at.timestamp())
        self.session.rollback()
        return client

    def get(self, login: str, path: str, language: str = "en", **query):
        path, _mark, rest = path.partition("?")
        asked = {"bahasa": language} | dict(parse_qsl(rest)) | query
        return self.as_(login).get(path, query_string=asked)

    def post(self, login: str, path: str, follow: bool = False, **fields):
        """Send a form; the desk then reads what was stored."""
        answer = self.as_(login).post(
            path, data=fields, query_string={"bahasa": "en"}, follow_redirects=follow
        )
        self.session.expire_all()
        return answer


def card(room, login="sari", language="en"):
    """One person's own page, as it is open during a call."""
    return room.get(login, f"/orang/{room.desk.budi.ref}", language=language).text


def names(page) -> list[str]:
    """Who stands on a work list, from the top."""
    return re.findall(r"<h2><a href=\"/orang/[^\"]+\">([^<]+)</a></h2>", page.text)
