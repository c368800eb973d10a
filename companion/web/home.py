"""The front page: neutral, with the ways in."""

from flask import Blueprint, render_template

from companion.web.access import Who, open_to

door = Blueprint("home", __name__)


@door.get("/")
@open_to(Who.ANYONE)
def index():
    """What stands at the bare address: it names no institution and no reason for being here."""
    return render_template("home.html")
