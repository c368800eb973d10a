"""Browsers for tests of the pages: sign in as somebody of the cast, send forms as they stand, and read what was stored."""

import re

from companion.clock import SetClock
from tests.cast import PASSWORD


class Standing(SetClock):
    """A clock whose machine time stands where it was put, too: sessions idle by machine time."""

    def machine(self):
        return self.at


def browser(app, login=None):
    """A fresh browser; with a login, one that has signed in."""
    client = app.test_client()
    if login:
        answer = post(client, "/masuk", login=login, password=PASSWORD)
        assert answer.status_code == 303, answer.text
    return client


def token_in(page: str) -> str:
    """The form's own secret, as a browser would send it back."""
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def post(client, path, page=None, **fields):
    """Send the form that stands at `page` (default: the same path) to `path`."""
    shown = client.get(page or path)
    return client.post(path, data={"csrf_token": token_in(shown.text)} | fields)


def rows(app, statement):
    """What stands in the app's database."""
    with app.extensions["database"].read() as session:
        return list(session.scalars(statement))
