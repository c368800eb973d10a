"""One database session per request: a reading one for GET, a writing one otherwise. Views commit.

And the session of a browser, which is a cookie.
"""

from functools import wraps

from flask import current_app, g, request
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.exc import OperationalError


class Cookies(SecureCookieSessionInterface):
    """Flask's own sessions. Who brings no cookie has an empty one: a graduate's pages need none (design 6)."""

    def open_session(self, app, request):
        if app.secret_key and self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def db():
    """This request's session. GET and HEAD get a session that never writes, so they change nothing."""
    if "session" not in g:
        database = current_app.extensions["database"]
        reading = request.method in ("GET", "HEAD", "OPTIONS")
        g.session = database.readers() if reading else database.sessions()
    return g.session


def fresh_writing():
    """A short writing transaction of its own, for the access log of a page that is only read.

    The request's reading session is another connection, so this never waits for itself.
    """
    return current_app.extensions["database"].write()


def once_more(view):
    """A view that is carried out again, once, if the database ended it: of two that wait for each other one has to go.

    For what may not be lost and, sent twice, changes nothing.
    """

    @wraps(view)
    def carried_out(*given, **named):
        try:
            return view(*given, **named)
        except OperationalError:
            db().rollback()
            return view(*given, **named)

    return carried_out


def close(error=None) -> None:
    session = g.pop("session", None)
    if session is not None:
        session.close()


def now():
    """This request's instant, taken once."""
    if "now" not in g:
        g.now = current_app.extensions["clock"].now()
    return g.now


def machine():
    """This request's instant in machine time, by which the engine's pulse and leases are measured."""
    if "machine" not in g:
        g.machine = current_app.extensions["clock"].machine()
    return g.machine
