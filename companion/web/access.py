"""Who may use which view, said as data and enforced once. A view that says nothing is closed to everyone."""

from enum import StrEnum

from flask import abort, current_app, request
from flask_login import current_user


class Who(StrEnum):
    ANYONE = "anyone"
    CARRIER = "carrier"  # signed by the carrier; the view checks the signature
    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    FAMILY = "family"
    DEMO = "demo"  # anyone, while DEMO=1; otherwise it does not exist


STAFF = (Who.CASEWORKER, Who.SUPERVISOR)
UNGUARDED = {Who.ANYONE, Who.CARRIER}


def open_to(*who: Who):
    """Say who may use a view."""

    def mark(view):
        view.open_to = frozenset(who)
        return view

    return mark


def guard():
    """Run before every request; the only place where roles are checked."""
    view = current_app.view_functions.get(request.endpoint)
    if view is None:
        return None  # no such page: Flask answers 404 or 405
    who = getattr(view, "open_to", frozenset())
    if who & UNGUARDED:
        return None
    if Who.DEMO in who:
        return None if current_app.config["COMPANION"].demo else abort(404)
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()
    if current_user.role not in who:
        abort(403)
    return None
