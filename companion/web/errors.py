"""Error pages a person understands. They never say more than the person may know."""

from flask import render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from companion.i18n import lazy as _l

PAGES = {
    400: (_l("Something in the form was not right"), _l("Please go back, check it, and send it once more.")),
    403: (_l("This page is not for your role"), _l("If you think it should be, ask your supervisor.")),
    404: (
        _l("This page is not here"),
        _l("Perhaps the link is old or was cut off. Nothing is wrong with you."),
    ),
    405: (_l("This page cannot be used that way"), _l("Please open it again from the beginning.")),
    413: (_l("This file or form is too big"), _l("At most 10 MB. Split the sheet in two and try again.")),
    429: (_l("Too many tries"), _l("Please wait a quarter of an hour and try again.")),
    500: (_l("Something broke on our side"), _l("It was not you. Please try again in a few minutes.")),
}
FORM_TOO_OLD = (_l("This form was open too long"), _l("For safety it has ended. Please open the page again."))


def show(error):
    """Any HTTP error as a page with the way back and the way to help."""
    code = error.code if isinstance(error, HTTPException) and error.code in PAGES else 500
    if isinstance(error, HTTPException) and error.code and error.code < 500 and error.code not in PAGES:
        code = 400
    title, text = FORM_TOO_OLD if isinstance(error, CSRFError) else PAGES[code]
    # A database's error has a `code` too, which is no status.
    status = error.code if isinstance(error, HTTPException) and error.code else 500
    return render_template("errors/error.html", title=title, text=text), status


def register(app) -> None:
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(Exception, _broke)
    app.register_error_handler(CSRFError, show)


def _broke(error):
    from flask import current_app

    # The kind and the place only: a message may quote what somebody typed.
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    current_app.logger.error("request failed: %s at %s", type(error).__name__, where)
    return show(error)
